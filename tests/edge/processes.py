"""Processes that a test starts, all of which end with it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from tests.edge.leash import Leash
from tests.edge.shipped import ROOT

Process = subprocess.Popen[bytes]


class Processes:
    """Started in order, ended in the opposite order; what they print is in ``folder``. ``named``: the last started of
    each name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._leash = Leash()
        self._running: list[Process] = []
        self.named: dict[str, Process] = {}

    def __enter__(self) -> Processes:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        while self._running:
            kill(self._running.pop())
        self._leash.release()

    def start(self, *command: str, name: str, env: dict[str, str] | None = None) -> Process:
        """Settings of the app come from ``env`` alone, whatever this machine has set."""
        clean = {key: value for key, value in os.environ.items() if not key.startswith(("BURNBOARD_", "METRONOME_"))}
        with (self.folder / f"{name}.log").open("ab") as out:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**clean, **(env or {})},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        self._leash.hold(process.pid)
        self._running.append(process)
        self.named[name] = process
        return process


def stop(process: Process, patience: float = 30.0) -> int:
    """Ask a process to end, and end it and what it started if it will not. Its exit status."""
    if process.poll() is None:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            return process.wait(patience)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    return process.wait()


def kill(process: Process) -> None:
    """End a process and what it started without a word; a test is over, and nobody waits for its answers."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def need(program: str) -> str:
    """The path of a program that a test cannot do without."""
    found = shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/local/sbin:/sbin")
    assert found, f"{program} is not installed, and this test needs it: `make browser` installs it with apt."
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
