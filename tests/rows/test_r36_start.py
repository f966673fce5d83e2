"""R36: starting is quick and honest: without asking Metronome anything, on a day on which it is down as well, and with
one line when something is wrong."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from sandbox.server import Sandbox
from tests.edge.processes import free_port
from tests.rows.site import TOKEN, files

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60
STARTED = 5.0 * 8  # the row's seconds, times what a machine with other work may need
REFUSED = 2.0 * 2  # of the processor, which other work does not lengthen; half of it is reading the libraries


@pytest.fixture
def folder() -> Iterator[Path]:
    """A socket's path can have a hundred letters, too few for where pytest keeps things."""
    made = Path(tempfile.mkdtemp(prefix="burnboard-"))
    yield made
    shutil.rmtree(made)


@contextmanager
def starting(env: Mapping[str, str]) -> Iterator[subprocess.Popen[str]]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("BURNBOARD_", "METRONOME_"))}
    process = subprocess.Popen(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env={**clean, "METRONOME_BEARER_TOKEN": TOKEN, **env},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.communicate(timeout=PATIENCE)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


@pytest.mark.process
@pytest.mark.parametrize("metronome", ["up", "down"])
def test_r36_it_starts_without_asking_anything(folder: Path, sandbox: Sandbox, metronome: str) -> None:
    url = sandbox.url if metronome == "up" else f"http://127.0.0.1:{free_port()}"
    began = time.monotonic()
    with starting({"METRONOME_BASE_URL": url, **files(folder)}) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == f"Burnboard: unix:{folder}/app.sock\n"
        assert time.monotonic() - began <= STARTED
        assert (folder / "app.sock").stat().st_mode & 0o777 == 0o660
        assert sandbox.requests.all() == []


@pytest.mark.process
def test_r36_what_a_dead_process_left_is_cleared_away(folder: Path, sandbox: Sandbox) -> None:
    with starting({"METRONOME_BASE_URL": sandbox.url, **files(folder)}) as first:
        assert first.stdout is not None
        assert first.stdout.readline()
        os.killpg(first.pid, signal.SIGKILL)
    assert (folder / "app.sock").exists()
    with starting({"METRONOME_BASE_URL": sandbox.url, **files(folder)}) as second:
        assert second.stdout is not None
        assert second.stdout.readline() == f"Burnboard: unix:{folder}/app.sock\n"
        with starting({"METRONOME_BASE_URL": sandbox.url, **files(folder)}) as third:
            _, err = third.communicate(timeout=PATIENCE)
        assert third.returncode == 1
        assert_one_line(err, "BURNBOARD_SOCKET")
    assert not (folder / "app.sock").exists()


@pytest.mark.process
@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"BURNBOARD_POLICY_FILE": "/nowhere/MARK"}, "BURNBOARD_POLICY_FILE"),
        ({"BURNBOARD_SOCKET": "/nowhere/MARK/app.sock"}, "BURNBOARD_SOCKET"),
        ({"BURNBOARD_TRACES_URL": "/MARK"}, "BURNBOARD_TRACES_URL"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_r36_what_cannot_start_says_so_in_one_line(
    folder: Path, sandbox: Sandbox, wrong: dict[str, str], named: str
) -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with starting({"METRONOME_BASE_URL": sandbox.url, **files(folder), **wrong}) as process:
        out, err = process.communicate(timeout=PATIENCE)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime <= REFUSED
    assert process.returncode not in (0, None)
    assert out == ""
    assert_one_line(err, named)


def assert_one_line(err: str, named: str) -> None:
    assert err.count("\n") == 1, err
    assert named in err
    assert "MARK" not in err
    assert "Traceback" not in err
