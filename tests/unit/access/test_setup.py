"""From settings to what decides. What contradicts itself is in row S8."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from access.denied import Denied, Reason
from access.identifiers import open_identifier
from access.jwks import FetchedKeys, FileKeys
from access.local import LocalGate
from access.peer import NOBODY
from access.plain import PlainHeaders
from access.proxy import ProxyGate
from access.setup import open_access
from access.signed import PRESETS, Assertions
from data.clock import Clock
from data.settings import VARIABLES, AuthMode, BadSetting, Identity, Secret, Settings
from tests.rows.behind import gate_of, plain_settings
from tests.rows.identities import ANA, SECRET, Issuer, MovedClock, environ_of

ROOT = Path(__file__).resolve().parents[3]
FIXED = "f" * 40


@pytest.mark.parametrize(
    ("given", "opens"),
    [({}, None), ({"BURNBOARD_START_TOKEN": "on"}, None), ({"BURNBOARD_START_TOKEN": FIXED}, FIXED)],
)
def test_local_mode_has_a_token_that_is_new_each_time_or_the_one_that_is_set(given: dict[str, str], opens: str) -> None:
    one, other = (open_access(Settings.from_env(given), Clock()) for _ in range(2))
    assert isinstance(one.gate, LocalGate)
    assert one.start_token is not None
    assert other.start_token is not None
    assert one.start_url == f"http://127.0.0.1:8050/?token={one.start_token.reveal()}"
    assert (one.start_token.reveal() == other.start_token.reveal()) is (opens is not None)
    assert one.embed is None
    assert one.problems() == ()


def test_a_token_can_be_handed_down_as_a_setting_and_never_shows() -> None:
    settings = Settings.from_env({"BURNBOARD_START_TOKEN": FIXED})
    assert isinstance(settings.start_token, Secret)
    assert FIXED not in repr(settings)
    assert FIXED not in repr(open_access(settings, Clock()).gate)
    for text in ("maybe", "x" * 31, "x" * 40 + "=", "true"):
        with pytest.raises(BadSetting, match="BURNBOARD_START_TOKEN"):
            Settings.from_env({"BURNBOARD_START_TOKEN": text})


def test_behind_a_proxy_files_are_watched_and_told(tmp_path: Path) -> None:
    clock = MovedClock()
    access = gate_of(tmp_path, clock)
    assert isinstance(access.gate, ProxyGate)
    assert [file.name for file in access.files] == ["policy", "proxy_secret"]
    assert access.gate.admit(environ_of(X_Proxy_Auth=SECRET, X_Forwarded_Email=ANA)).subject == ANA
    (tmp_path / "policy.yaml").write_text("nonsense")
    (tmp_path / "secret").unlink()
    clock.move(1.0)
    assert access.problems() == ("policy", "proxy_secret")


def test_who_it_is_is_asked_before_the_policy(tmp_path: Path) -> None:
    """Nobody learns from the answer whether the policy is in order."""
    clock = MovedClock()
    access = gate_of(tmp_path, clock)
    (tmp_path / "policy.yaml").unlink()
    for seconds in (1.0, 3600.0):
        clock.move(seconds)
        with pytest.raises(Denied) as caught:
            access.page_gate().admit(environ_of(X_Proxy_Auth="wrong", X_Forwarded_Email=ANA))
        assert caught.value.reason is Reason.BAD_SECRET


def test_in_embed_mode_there_are_no_pages() -> None:
    settings = Settings.from_env({"BURNBOARD_AUTH": "embed"})
    with pytest.raises(BadSetting, match="BURNBOARD_EMBED_KEYS_FILE"):
        open_access(settings, Clock())


def signed(**env: str) -> Assertions:
    base = {"BURNBOARD_IDENTITY_AUDIENCE": "app", "BURNBOARD_IDENTITY_ISSUER": "https://team.cloudflareaccess.com/"}
    found, _ = open_identifier(Settings.from_env({**base, **env}), NOBODY, Clock())
    assert isinstance(found, Assertions)
    return found


def test_presets_know_what_they_can_and_settings_override_it(tmp_path: Path) -> None:
    cloudflare = signed(BURNBOARD_IDENTITY="cloudflare")
    assert isinstance(cloudflare.keys, FetchedKeys)
    assert cloudflare.preset == PRESETS[Identity.CLOUDFLARE]
    path = tmp_path / "jwks.json"
    path.write_bytes(Issuer().jwks())
    more = {"HEADER": "x-my-jwt", "KEYS": str(path), "ALGORITHMS": "ES384, EdDSA", "EMAIL_CLAIM": "mail",
            "GROUPS_CLAIM": "roles"}  # fmt: skip
    own = signed(BURNBOARD_IDENTITY="oidc", **{f"BURNBOARD_IDENTITY_{name}": value for name, value in more.items()})
    assert isinstance(own.keys, FileKeys)
    assert (own.preset.header, own.preset.algorithms) == ("x-my-jwt", ("ES384", "EdDSA"))
    assert (own.preset.email_claim, own.preset.groups_claim) == ("mail", "roles")
    iap = Settings.from_env({"BURNBOARD_IDENTITY": "iap", "BURNBOARD_IDENTITY_AUDIENCE": "/projects/1/apps/x"})
    found, files = open_identifier(iap, NOBODY, Clock())
    assert isinstance(found, Assertions)
    assert (found.issuer, files) == ("https://cloud.google.com/iap", ())


def test_plain_headers_come_in_two_families(tmp_path: Path) -> None:
    env = plain_settings(tmp_path, BURNBOARD_IDENTITY_HEADER="X-Auth-Request")
    access = open_access(Settings.from_env(env), Clock())
    assert isinstance(access.gate, ProxyGate)
    assert isinstance(access.gate.identifier, PlainHeaders)
    assert access.gate.identifier.family == "X-Auth-Request"
    assert SECRET not in repr(access)


# What each setting is given where it has no effect; any text of its form would do.
IDLE = {
    "BURNBOARD_POLICY_FILE": "x", "BURNBOARD_IDENTITY": "iap", "BURNBOARD_IDENTITY_HEADER": "x-jwt",
    "BURNBOARD_IDENTITY_ISSUER": "x", "BURNBOARD_IDENTITY_AUDIENCE": "x", "BURNBOARD_IDENTITY_KEYS": "x",
    "BURNBOARD_IDENTITY_ALGORITHMS": "ES256", "BURNBOARD_IDENTITY_EMAIL_CLAIM": "x",
    "BURNBOARD_IDENTITY_GROUPS_CLAIM": "x", "BURNBOARD_PROXY_SECRET_FILE": "x", "BURNBOARD_EMBED_KEYS_FILE": "x",
    "BURNBOARD_ISSUER_KEYS_FILE": "x", "BURNBOARD_SESSION_KEY_FILE": "x", "BURNBOARD_SOCKET": "x",
    "BURNBOARD_TRUSTED_PROXIES": "10.1.2.0/24", "BURNBOARD_START_TOKEN": FIXED, "BURNBOARD_VIEWER_RATE": "3",
    "BURNBOARD_EMBED_RATE": "3", "BURNBOARD_CACHE_URL": "redis://127.0.0.1:6379/0", "BURNBOARD_HOST": "192.0.2.1",
    "BURNBOARD_PORT": "9999",
}  # fmt: skip


def modes_told(beginning: str) -> dict[str, dict[str, list[AuthMode]]]:
    """By row of the table that follows ``beginning`` in the reference: its settings, and the modes in its cells."""
    text = (ROOT / "docs" / "reference" / "access.md").read_text().split(beginning)[1].split("\n\n")[1]
    told: dict[str, dict[str, list[AuthMode]]] = {}
    for row in text.splitlines()[2:]:
        names, stopped, passed = (re.findall(r"`([^`]+)`", cell) for cell in row.strip("|").split("|"))
        for name in names:
            told[name] = {"stopped": [AuthMode(one) for one in stopped], "passed": [AuthMode(one) for one in passed]}
    return told


TOLD = modes_told("A setting that has no effect")


def mode_alone(mode: AuthMode, folder: Path) -> dict[str, str]:
    """What starts in ``mode``."""
    if mode is AuthMode.LOCAL:
        return {}
    (folder / "keys.secret").write_text("s" * 43)
    (folder / "keys.yaml").write_text(
        "version: 1\nkeys:\n  k1: {alg: HS256, secret_file: keys.secret, status: active, customers: all, "
        'dashboards: all, origins: ["https://a.example"]}\n'
    )
    proxy = plain_settings(folder) if mode.has_proxy else {"BURNBOARD_SOCKET": str(folder / "app.sock")}
    embed = {"BURNBOARD_EMBED_KEYS_FILE": str(folder / "keys.yaml")} if mode.has_embed else {}
    return proxy | embed | {"BURNBOARD_AUTH": mode}


def test_the_table_of_settings_without_effect_names_settings_and_gives_each_a_fate() -> None:
    assert set(TOLD) == set(IDLE)
    assert set(TOLD) <= set(VARIABLES)
    assert all(bool(fate["stopped"]) != bool(fate["passed"]) for fate in TOLD.values())


@pytest.mark.parametrize(("name", "mode"), [(name, mode) for name in TOLD for mode in AuthMode])
def test_a_setting_without_effect_stops_the_start_where_the_reference_says_so(
    tmp_path: Path, name: str, mode: AuthMode
) -> None:
    env = mode_alone(mode, tmp_path)
    open_access(Settings.from_env(env), Clock())
    changed = Settings.from_env(env | {name: IDLE[name]})
    if mode in TOLD[name]["stopped"]:
        with pytest.raises(BadSetting, match=f"^{name} "):
            open_access(changed, Clock())
    if mode in TOLD[name]["passed"]:
        open_access(changed, Clock())


def test_the_public_address_ends_with_the_prefix(tmp_path: Path) -> None:
    """Links that begin with another path would be answered with 404 (the prefix is the one path of the app)."""
    for prefix, url in (("/", "https://a.example"), ("/billing/", "https://a.example/billing")):
        env = plain_settings(tmp_path, BURNBOARD_PATH_PREFIX=prefix, BURNBOARD_PUBLIC_URL=url)
        open_access(Settings.from_env(env), Clock())
    for prefix, url in (("/", "https://a.example/billing/"), ("/billing/", "https://a.example/billing/x/")):
        env = plain_settings(tmp_path, BURNBOARD_PATH_PREFIX=prefix, BURNBOARD_PUBLIC_URL=url)
        with pytest.raises(BadSetting, match=r"BURNBOARD_PUBLIC_URL .*BURNBOARD_PATH_PREFIX"):
            open_access(Settings.from_env(env), Clock())


def test_every_reason_and_preset_stands_in_the_reference() -> None:
    text = (ROOT / "docs" / "reference" / "access.md").read_text()
    reasons = text.split("| reason |")[1]
    assert set(re.findall(r"`([a-z_]+)`", re.sub(r"(?m)\|[^|\n]*\|$", "|", reasons))) == set(Reason)
    for identity, preset in PRESETS.items():
        (row,) = re.findall(rf"(?m)^\| `{identity}` \|.*$", text)
        assert preset.header in row
        assert ", ".join(preset.algorithms) in row
        assert f"{preset.max_life // 60} min" in row or f"{preset.max_life // 3600} h" in row
        assert preset.keys.startswith("https") or preset.keys in row
