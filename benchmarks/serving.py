"""What the benchmarks measure, running: a sandbox, and pages on it, each in a process of its own on the same server."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from data.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
NOW = "2026-11-20T14:30:00Z"
FORGET = "/benchmarks/forget"
START_SECONDS = 60.0
THREADS = 16  # as server/run.py has it

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def burnboard() -> Wsgi:
    """The app as ``app.create_server`` makes it, and one address more that empties its cache of answers.

    The app is imported here and not above: Dash puts every component library that a process imports on all its pages,
    and the plain page has no use for the app's.
    """
    from app import create_app, create_source  # noqa: PLC0415

    settings = Settings.read(ROOT)
    source = create_source(settings)
    server = create_app(settings, source).server

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] != FORGET:
            return server(environ, start_response)
        source.cache.clear()
        start_response("204 No Content", [])
        return []

    return answer


@contextmanager
def running_sandbox(*arguments: str) -> Iterator[str]:
    """The address of a sandbox in a process of its own."""
    command = [sys.executable, "-m", "sandbox", "--now", NOW, *arguments]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)  # noqa: S603 - ours
    try:
        assert process.stdout is not None
        yield process.stdout.readline().split()[-1]
    finally:
        _stop(process)


@contextmanager
def running_page(factory: str, api: str) -> Iterator[str]:
    """The address of a page made by ``factory`` (``module:name``) on the sandbox at ``api``."""
    port = _free_port()
    command = [sys.executable, "-m", "benchmarks.serving", factory, str(port)]
    process = subprocess.Popen(command, cwd=ROOT, env=_env(api))  # noqa: S603 - ours
    try:
        _await(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        _stop(process)


def serve(factory: str, port: int) -> None:
    """The same server for every contender, set up as ``server/run.py`` does it."""
    Granian(
        factory,
        address="127.0.0.1",
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=THREADS,
        websockets=False,
        factory=True,
        log_level=LogLevels.error,
    ).serve()


def forget(page: str) -> None:
    """Let the page at this address start with nothing in its cache of answers."""
    connection = http.client.HTTPConnection(page.removeprefix("http://"), timeout=5)
    connection.request("GET", FORGET)
    connection.getresponse().read()
    connection.close()


def settings_for(api: str) -> Settings:
    """The settings of an app in this process on the sandbox at ``api``."""
    return Settings.from_env(_own_env(api))


def _own_env(api: str) -> dict[str, str]:
    """The clock stands; the client does not hold itself back, as that would be measured in its place."""
    where = {"METRONOME_BEARER_TOKEN": "benchmark", "METRONOME_BASE_URL": api, "BURNBOARD_NOW": NOW}
    fast = {"BURNBOARD_UPSTREAM_RPS": "1000", "BURNBOARD_UPSTREAM_BURST": "1000", "BURNBOARD_SANDBOX": "on"}
    return where | fast | {"BURNBOARD_START_TOKEN": "off"}


def _env(api: str) -> dict[str, str]:
    return {**os.environ, **_own_env(api)}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await(port: int) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit(f"Nothing listens on port {port}.")


def _stop(process: subprocess.Popen[Any]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]))
