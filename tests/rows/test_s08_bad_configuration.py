"""S8: a configuration that cannot be meant does not start: within seconds, before anything listens, with one sentence
that names the setting and repeats nothing of it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

import app as application
from data.settings import BadSetting
from tests.edge.processes import free_port
from tests.rows.behind import plain_settings
from tests.rows.identities import Issuer
from tests.rows.marked import TOKEN

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 5.0
ANYWHERE = "0.0.0.0"  # noqa: S104  # what is refused
MARK = "MARK_VALUE_" + "m" * 30
SIGNED = {
    "BURNBOARD_IDENTITY": "oidc",
    "BURNBOARD_IDENTITY_ISSUER": "https://login.example",
    "BURNBOARD_IDENTITY_AUDIENCE": "burnboard",
    "BURNBOARD_PROXY_SECRET_FILE": "",
}
# What is set beside plain proxy mode, and the setting that the sentence has to name. {folder} holds files to name.
CONTRADICTIONS: dict[str, tuple[dict[str, str], str]] = {
    "no such mode": ({"BURNBOARD_AUTH": "none"}, "BURNBOARD_AUTH"),
    "local on all addresses": ({"BURNBOARD_AUTH": "", "BURNBOARD_HOST": ANYWHERE}, "BURNBOARD_"),
    "policy in local mode": ({"BURNBOARD_AUTH": "local", "BURNBOARD_SOCKET": ""}, "BURNBOARD_POLICY_FILE"),
    "no Metronome token": ({"METRONOME_BEARER_TOKEN": ""}, "METRONOME_BEARER_TOKEN"),
    "no identity": ({"BURNBOARD_IDENTITY": "", "BURNBOARD_PROXY_SECRET_FILE": ""}, "BURNBOARD_IDENTITY"),
    "no policy": ({"BURNBOARD_POLICY_FILE": ""}, "BURNBOARD_POLICY_FILE"),
    "policy that is not there": ({"BURNBOARD_POLICY_FILE": "{folder}/MARK"}, "BURNBOARD_POLICY_FILE"),
    "policy that is a folder": ({"BURNBOARD_POLICY_FILE": "{folder}"}, "BURNBOARD_POLICY_FILE"),
    "nobody trusted": ({"BURNBOARD_SOCKET": ""}, "BURNBOARD_TRUSTED_PROXIES"),
    "everybody trusted": ({"BURNBOARD_TRUSTED_PROXIES": "0.0.0.0/0"}, "BURNBOARD_TRUSTED_PROXIES"),
    "everybody trusted, in the newer way": ({"BURNBOARD_TRUSTED_PROXIES": "::/0"}, "BURNBOARD_TRUSTED_PROXIES"),
    "no secret": ({"BURNBOARD_PROXY_SECRET_FILE": ""}, "BURNBOARD_PROXY_SECRET_FILE"),
    "short secret": ({"BURNBOARD_PROXY_SECRET_FILE": "{folder}/short"}, "BURNBOARD_PROXY_SECRET_FILE"),
    "secret off without a socket": (
        {"BURNBOARD_PROXY_SECRET_FILE": "off", "BURNBOARD_SOCKET": "", "BURNBOARD_TRUSTED_PROXIES": "10.1.2.0/24"},
        "BURNBOARD_PROXY_SECRET_FILE",
    ),
    "secret off with a network": (
        {"BURNBOARD_PROXY_SECRET_FILE": "off", "BURNBOARD_TRUSTED_PROXIES": "10.1.2.0/24"},
        "BURNBOARD_PROXY_SECRET_FILE",
    ),
    "no such family of headers": ({"BURNBOARD_IDENTITY_HEADER": MARK}, "BURNBOARD_IDENTITY_HEADER"),
    "issuer of plain headers": ({"BURNBOARD_IDENTITY_ISSUER": MARK}, "BURNBOARD_IDENTITY_ISSUER"),
    "secret of signed assertions": (
        SIGNED | {"BURNBOARD_PROXY_SECRET_FILE": "{folder}/secret"},
        "BURNBOARD_PROXY_SECRET_FILE",
    ),
    "signed by nobody": (SIGNED | {"BURNBOARD_IDENTITY_ISSUER": ""}, "BURNBOARD_IDENTITY_ISSUER"),
    "signed for nobody": (SIGNED | {"BURNBOARD_IDENTITY_AUDIENCE": ""}, "BURNBOARD_IDENTITY_AUDIENCE"),
    "signed with no keys": (SIGNED, "BURNBOARD_IDENTITY_KEYS"),
    "keys in the clear": (
        SIGNED | {"BURNBOARD_IDENTITY_KEYS": f"http://{MARK}.example/keys"},
        "BURNBOARD_IDENTITY_KEYS",
    ),
    "keys that are none": (SIGNED | {"BURNBOARD_IDENTITY_KEYS": "{folder}/short"}, "BURNBOARD_IDENTITY_KEYS"),
    "a shared key's algorithm": (
        SIGNED | {"BURNBOARD_IDENTITY_ALGORITHMS": "HS256", "BURNBOARD_IDENTITY_KEYS": "{folder}/jwks.json"},
        "BURNBOARD_IDENTITY_ALGORITHMS",
    ),
    "no algorithm": (
        SIGNED | {"BURNBOARD_IDENTITY_ALGORITHMS": "none", "BURNBOARD_IDENTITY_KEYS": "{folder}/jwks.json"},
        "BURNBOARD_IDENTITY_ALGORITHMS",
    ),
    "embeds without keys": ({"BURNBOARD_AUTH": "proxy+embed"}, "BURNBOARD_EMBED_KEYS_FILE"),
    "embed keys without embeds": ({"BURNBOARD_EMBED_KEYS_FILE": "{folder}/short"}, "BURNBOARD_EMBED_KEYS_FILE"),
    "policy of embeds alone": ({"BURNBOARD_AUTH": "embed"}, "BURNBOARD_POLICY_FILE"),
    "public address beside the prefix": (
        {"BURNBOARD_PATH_PREFIX": "/billing/", "BURNBOARD_PUBLIC_URL": "https://mark.example/MARK/"},
        "BURNBOARD_PUBLIC_URL",
    ),
    "public address without the prefix": (
        {"BURNBOARD_PATH_PREFIX": "/billing/", "BURNBOARD_PUBLIC_URL": "https://mark.example/"},
        "BURNBOARD_PATH_PREFIX",
    ),
    "keys at half an address": (SIGNED | {"BURNBOARD_IDENTITY_KEYS": "http://[MARK"}, "BURNBOARD_IDENTITY_KEYS"),
    "keys at no host": (SIGNED | {"BURNBOARD_IDENTITY_KEYS": "https://"}, "BURNBOARD_IDENTITY_KEYS"),
    "keys at no port": (SIGNED | {"BURNBOARD_IDENTITY_KEYS": "https://x:MARK/"}, "BURNBOARD_IDENTITY_KEYS"),
    "traces to half an address": ({"BURNBOARD_TRACES_URL": "http://[MARK"}, "BURNBOARD_TRACES_URL"),
    "traces to no host": ({"BURNBOARD_TRACES_URL": "https:///MARK"}, "BURNBOARD_TRACES_URL"),
    "traces to a file": ({"BURNBOARD_TRACES_URL": "/var/MARK"}, "BURNBOARD_TRACES_URL"),
    "a store that is no number": ({"BURNBOARD_CACHE_URL": "redis://127.0.0.1/MARK"}, "BURNBOARD_CACHE_URL"),
    "numbers at the port of the app": (
        {"BURNBOARD_SOCKET": "", "BURNBOARD_TRUSTED_PROXIES": "10.1.2.0/24", "BURNBOARD_PORT": "39471",
         "BURNBOARD_METRICS_PORT": "39471"},
        "BURNBOARD_METRICS_PORT",
    ),
    **{
        f"{header} as an identity": (
            SIGNED | {"BURNBOARD_IDENTITY_HEADER": header, "BURNBOARD_IDENTITY_KEYS": "{folder}/jwks.json"},
            "BURNBOARD_IDENTITY_HEADER",
        )
        for header in ("Cookie", "host", "ORIGIN", "Sec-Fetch-Site", "X-Forwarded-For", "X-Request-Id", "X-Proxy-Auth")
    },
}  # fmt: skip
POLICIES = (
    "", "[]", "version: 2", f"version: 1\n{MARK}: 1", "version: 1\nversion: 1", "version: 1\ngroups: [",
    f"version: 1\nusers: {{{MARK}: {{}}}}", f"version: 1\nusers: {{a@x.example: {{groups: [{MARK}]}}}}",
    "version: 1\nusers: {a@x.example: {}, a@x.example: {}}", f"version: 1\ngroups: {{g: {{customers: [{MARK}]}}}}",
    "version: 1\ngroups: {g: {customers: ['*']}}", "version: 1\ngroups: {g: {all_customers: yes please}}",
    "version: 1\ngroups: {g: {customers: [], can: [everything]}}", f"version: 1\nproxy_groups: {{{MARK}: g}}",
    "version: 1\ngroups: &g {}\nusers: *g",
)  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "short").write_text("MARK_SHORT")
    (tmp_path / "jwks.json").write_bytes(Issuer().jwks())
    return tmp_path


def environment(folder: Path, changes: dict[str, str], policy: str | None = None) -> dict[str, str]:
    env = plain_settings(folder, **({} if policy is None else {"policy": policy}))
    changed = {name: value.replace("{folder}", str(folder)) for name, value in changes.items()}
    return {**env, "BURNBOARD_PORT": str(free_port()), **changed}


def told_by(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], env: dict[str, str]) -> str:
    """What ``main`` says before it returns; nothing may listen, and whoever imports the app instead gets it too."""
    for name in [name for name in os.environ if name.startswith(("BURNBOARD_", "METRONOME_"))]:
        monkeypatch.delenv(name)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("server.begin.serve", lambda *_, **__: pytest.fail("it listens"))
    began = time.monotonic()
    assert application.main() == 2
    with pytest.raises(BadSetting) as caught:
        application.create_server()
    assert time.monotonic() - began < SECONDS
    out, err = capfd.readouterr()
    assert out == ""
    assert err == f"{caught.value}\n"
    return err


def assert_one_sentence(text: str, setting: str) -> None:
    assert setting in text
    assert (text.count("\n"), text.endswith(".\n")) == (1, True), text
    assert not [mark for mark in ("MARK", TOKEN, "Traceback", "app.sock", "0.0.0.0/0") if mark in text], text


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_s08_a_contradiction_is_one_sentence(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], name: str
) -> None:
    changes, setting = CONTRADICTIONS[name]
    assert_one_sentence(told_by(monkeypatch, capfd, environment(folder, changes)), setting)


@pytest.mark.parametrize("number", range(len(POLICIES)))
def test_s08_a_bad_policy_is_one_sentence(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], number: int
) -> None:
    env = environment(folder, {}, POLICIES[number])
    assert_one_sentence(told_by(monkeypatch, capfd, env), "BURNBOARD_POLICY_FILE")


def test_s08_there_are_enough_of_them() -> None:
    assert len(CONTRADICTIONS) >= 20
    assert len(POLICIES) >= 15


@pytest.mark.process
@pytest.mark.parametrize("name", ["short secret", "everybody trusted", "policy that is not there"])
def test_s08_the_process_ends_and_its_port_was_never_there(folder: Path, name: str) -> None:
    """As it is really started. The start of Python is in the time, so the bound is a generous multiple."""
    changes, setting = CONTRADICTIONS[name]
    env = environment(folder, changes)
    quiet = {key: value for key, value in os.environ.items() if not key.startswith(("BURNBOARD_", "METRONOME_"))}
    process = subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, env=quiet | env, stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # fmt: skip
    try:
        out, err = process.communicate(timeout=8 * SECONDS)
    finally:
        process.kill()
        process.wait()
    assert (process.returncode, out) == (2, "")
    assert_one_sentence(err, setting)
    assert not (folder / "app.sock").exists()
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", int(env["BURNBOARD_PORT"]))) != 0


@pytest.mark.parametrize("mode", ["local", "proxy"])
def test_s08_a_good_one_gets_as_far_as_listening(folder: Path, monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
    """The positive control. In local mode a person waits for the answer of the API, so none is asked here."""
    env = (
        environment(folder, {})
        if mode == "proxy"
        else {"METRONOME_BEARER_TOKEN": TOKEN, "BURNBOARD_PORT": str(free_port())}
    )
    for name in [name for name in os.environ if name.startswith(("BURNBOARD_", "METRONOME_"))]:
        monkeypatch.delenv(name)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    began: list[str] = []
    monkeypatch.setattr("server.begin.serve", lambda *_, open_at, **__: began.append(open_at) or 0)
    monkeypatch.setattr("server.begin.cannot_ask", lambda *_: None)
    monkeypatch.setattr("server.begin.hand_down_start_token", lambda _: None)
    monkeypatch.setattr("server.begin.set_up_logs", lambda _: None)
    assert application.main() == 0
    assert len(began) == 1
    assert ("?token=" in began[0]) is (mode == "local")
