"""Starting: one line with the address, both processes gone at the end, and one sentence for whatever is wrong."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

import app
from sandbox.server import running_sandbox
from server.start import cannot_ask, cannot_listen
from tests.edge.processes import free_port

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60


@pytest.fixture(autouse=True)
def hang_ups_are_heard() -> Iterator[None]:
    """Also where the tests themselves run under ``nohup``: what is started takes over that a signal is ignored."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@contextmanager
def launched(module: str = "sandbox.launch", **env: str) -> Iterator[subprocess.Popen[str]]:
    """``make run`` without make, in a process group of its own; nothing of it is left afterwards."""
    quiet = {name: value for name, value in os.environ.items() if not name.startswith(("BURNBOARD_", "METRONOME_"))}
    process = subprocess.Popen(
        [sys.executable, "-m", module],
        cwd=ROOT,
        env={**quiet, "METRONOME_BEARER_TOKEN": "", "BURNBOARD_START_TOKEN": "off", **env},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        left = family_of(process.pid)
        if process.poll() is None:
            process.kill()
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # whoever lost its parent still is in the group
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        process.communicate()


def family_of(pid: int) -> list[int]:
    """Everything that ``pid`` started and what that started."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    parents = {int(child): int(parent) for child, parent in (line.split() for line in listed.splitlines())}
    found, last = [pid], [pid]
    while last:
        last = [child for child, parent in parents.items() if parent in last]
        found += last
    return found[1:]


def alive(pid: int) -> bool:
    """Whether ``pid`` still runs; one that only waits to be reaped does not."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return bool(state.strip()) and not state.strip().startswith("Z")


def address_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("Burnboard: http://127.0.0.1:"), line
    return line.split()[-1]


def wait_until_gone(pids: list[int]) -> list[int]:
    """Those of ``pids`` that are still there when patience ends."""
    until = time.monotonic() + PATIENCE
    while (left := [pid for pid in pids if alive(pid)]) and time.monotonic() < until:
        time.sleep(0.1)
    return left


@pytest.mark.process
@pytest.mark.parametrize("how", ["interrupt", "terminate", "hang up", "hang up and terminate"])
def test_it_starts_with_one_line_and_ends_with_nothing_left(how: str) -> None:
    port = free_port()
    with launched(BURNBOARD_PORT=str(port)) as process:
        url = address_of(process)
        assert url == f"http://127.0.0.1:{port}/"
        with urllib.request.urlopen(f"{url}_dash-layout", timeout=PATIENCE) as answer:  # noqa: S310  # our own
            assert answer.status == 200
            assert "sandbox data" in answer.read().decode().lower()
        family = family_of(process.pid)
        assert len(family) >= 2
        if how == "interrupt":
            os.killpg(process.pid, signal.SIGINT)  # as a terminal does: everybody in the group
        if how.startswith("hang up"):
            os.killpg(process.pid, signal.SIGHUP)
        if how.endswith("terminate"):
            process.terminate()
        out, err = process.communicate(timeout=PATIENCE)
        assert (out, err) == ("", "")
        assert process.returncode in {0, 128 + signal.SIGTERM, 128 + signal.SIGHUP}
        assert [pid for pid in family if alive(pid)] == []


@pytest.mark.process
def test_killed_outright_it_takes_everything_with_it() -> None:
    with launched(BURNBOARD_PORT=str(free_port())) as process:
        address_of(process)
        family = family_of(process.pid)
        assert len(family) >= 2
        process.kill()
        assert wait_until_gone(family) == []


@pytest.mark.process
@pytest.mark.parametrize("how", [signal.SIGHUP, signal.SIGKILL])
def test_the_app_alone_ends_with_its_terminal_and_not_with_its_standard_input(how: signal.Signals) -> None:
    with running_sandbox() as api, launched(
        "app", BURNBOARD_PORT=str(free_port()), METRONOME_BEARER_TOKEN="t", METRONOME_BASE_URL=api.url
    ) as process:  # fmt: skip
        url = address_of(process)
        with urllib.request.urlopen(f"{url}health", timeout=PATIENCE) as answer:  # noqa: S310  # our own
            assert answer.status == 200
        family = [process.pid, *family_of(process.pid)]
        if how is signal.SIGKILL:
            process.kill()  # its worker has to find out by itself
        else:
            os.killpg(process.pid, how)
        process.communicate(timeout=PATIENCE)
        assert wait_until_gone(family) == []


@pytest.mark.process
def test_a_port_in_use_is_one_sentence_and_leaves_no_sandbox_behind() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with launched(BURNBOARD_PORT=str(port)) as process:
            out, err = process.communicate(timeout=PATIENCE)
    assert out == ""
    assert_sentence(err, str(port), "BURNBOARD_PORT")
    assert process.returncode == 1


def start(monkeypatch: pytest.MonkeyPatch, **env: str) -> int:
    """``app.main`` in an environment of its own."""
    for name in [name for name in os.environ if name.startswith(("BURNBOARD_", "METRONOME_"))]:
        monkeypatch.delenv(name)
    given = {"METRONOME_BEARER_TOKEN": "MARK_TOKEN", "BURNBOARD_PORT": str(free_port()), **env}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    return app.main()


def assert_sentence(text: str, *words: str) -> None:
    """One line of plain text that has ``words`` and gives away no token."""
    assert text.count("\n") == 1, text
    assert text.endswith(".\n")
    assert [word for word in words if word not in text] == []
    assert "Traceback" not in text
    assert "MARK_TOKEN" not in text


def test_without_a_token_the_app_alone_says_how_to_start(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert start(monkeypatch, METRONOME_BEARER_TOKEN="") == 2
    assert_sentence(capfd.readouterr().err, "METRONOME_BEARER_TOKEN", "make run")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BURNBOARD_PORT", "MARK_VALUE"),
        ("BURNBOARD_NOW", "MARK_VALUE"),
        ("BURNBOARD_NOW", "0001-01-01T00:00:00+14:00"),
        ("METRONOME_BASE_URL", "ftp://MARK_VALUE"),
        ("METRONOME_BASE_URL", "http://[::1"),
        ("BURNBOARD_UPSTREAM_RPS", "-1"),
        ("METRONOME_BEARER_TOKEN", "MARK VALUE"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named_and_its_value_is_not(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], name: str, value: str
) -> None:
    assert start(monkeypatch, **{name: value}) == 2
    err = capfd.readouterr().err
    assert_sentence(err, name)
    assert "MARK" not in err


def test_a_wrong_token_is_told_before_anything_listens(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    with running_sandbox(token="right") as api:
        assert start(monkeypatch, METRONOME_BASE_URL=api.url) == 1
        assert len(api.requests.all()) == 1
    assert_sentence(capfd.readouterr().err, "METRONOME_BEARER_TOKEN", api.url)


def test_an_api_that_cannot_be_reached_is_told(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    assert start(monkeypatch, METRONOME_BASE_URL=url) == 1
    assert_sentence(capfd.readouterr().err, "METRONOME_BASE_URL", url)


@pytest.mark.parametrize("kind", ["html", "wrong_shape"])
def test_something_else_at_the_address_is_told(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], kind: str
) -> None:
    with running_sandbox() as api:
        api.faults.add(kind)
        assert start(monkeypatch, METRONOME_BASE_URL=api.url) == 1
    assert_sentence(capfd.readouterr().err, "METRONOME_BASE_URL", api.url)


def test_a_wrong_path_on_the_right_host_is_told(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    with running_sandbox() as api:
        assert start(monkeypatch, METRONOME_BASE_URL=f"{api.url}/nope") == 1
    assert_sentence(capfd.readouterr().err, "METRONOME_BASE_URL", "does not answer like")


@pytest.mark.parametrize("host", ["999.1.1.1", "192.0.2.1", "2001:db8::1"])
def test_a_host_that_is_not_this_machine_is_told_and_no_port_is_blamed(host: str) -> None:
    sentence = cannot_listen(app.Settings.from_env({"BURNBOARD_HOST": host}))
    assert sentence is not None
    assert_sentence(f"{sentence}\n", "BURNBOARD_HOST", host)
    assert "BURNBOARD_PORT" not in sentence


def test_a_port_for_numbers_that_is_in_use_is_told() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        sentence = cannot_listen(app.Settings.from_env({"BURNBOARD_PORT": "1", "BURNBOARD_METRICS_PORT": port}))
    assert_sentence(f"{sentence}\n", "BURNBOARD_METRICS_PORT", port)


def test_a_file_that_is_no_socket_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "app.sock"
    path.write_text("somebody's")
    sentence = cannot_listen(app.Settings.from_env({"BURNBOARD_SOCKET": str(path)}))
    assert_sentence(f"{sentence}\n", "BURNBOARD_SOCKET", "not a socket")
    assert path.read_text() == "somebody's"


@pytest.mark.process
@pytest.mark.parametrize("now", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z"])
def test_an_instant_where_no_clock_can_stand_is_one_sentence(now: str) -> None:
    with launched(BURNBOARD_NOW=now) as process:
        out, err = process.communicate(timeout=PATIENCE)
    assert (out, process.returncode) == ("", 2)
    assert_sentence(err, "BURNBOARD_NOW", "2000 to 2099")


def test_an_api_that_asks_to_slow_down_does_not_stop_the_start() -> None:
    env = {"METRONOME_BEARER_TOKEN": "t"}
    with running_sandbox() as api:
        api.faults.add("status", status=429, retry_after="60")
        settings = app.Settings.from_env({**env, "METRONOME_BASE_URL": api.url})
        assert cannot_ask(settings, app.create_source(settings).check) is None
        api.faults.clear()
        assert cannot_ask(settings, app.create_source(settings).check) is None
