"""What the benchmarks measure, running, each in a process of its own: Burnboard as it serves, and the guide's page on
the same server, with as many workers and threads."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from data.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
NOW = "2026-11-20T14:30:00Z"
FORGET = "/benchmarks/forget"
START_SECONDS = 60.0
OURS, GUIDE = "Burnboard", "guide's page"
FLAGSHIP = "71541854-d3c9-52d2-a2ed-a13241d738b0"  # Halden Robotics, the account that both open on

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


@dataclass(frozen=True)
class Page:
    """One contender that runs: its address and its process, whose children serve."""

    url: str
    process: subprocess.Popen[Any]

    def processor_seconds(self) -> float:
        """Spent by all of its processes since they began."""
        return sum(sum(one.cpu_times()[:2]) for one in self._family())

    def resident_megabytes(self) -> float:
        """Of the processes that serve, without the one that watches over them."""
        return sum(one.memory_info().rss for one in self._family()[1:]) / 1e6

    def _family(self) -> list[psutil.Process]:
        parent = psutil.Process(self.process.pid)
        return [parent, *parent.children(recursive=True)]

    def forget(self) -> None:
        """Start with nothing in the cache of answers; the guide's page has none."""
        asked(self.url, FORGET)


@contextmanager
def running_sandbox(*arguments: str, module: str = "sandbox") -> Iterator[str]:
    """The address of a sandbox in a process of its own."""
    process = _started([sys.executable, "-m", module, "--now", NOW, *arguments], {})
    with _stopped(process):
        yield _told(process)


@contextmanager
def running(name: str, api: str, **settings: str) -> Iterator[Page]:
    """``OURS`` or ``GUIDE`` on the API at ``api``, ready to answer; ``settings`` are variables of its environment."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.serving", name]
    process = _started(command, own_env(api) | {"BURNBOARD_PORT": str(port)} | settings)
    url = f"http://127.0.0.1:{port}"
    with _stopped(process):
        _await(url)
        asked(url, "/_dash-dependencies")  # what Dash sets up once, it sets up for the first who asks
        yield Page(url, process)


@contextmanager
def running_redis() -> Iterator[str]:
    """The address of an empty Redis of our own; raises ``SystemExit`` where there is no ``redis-server``."""
    program = shutil.which("redis-server")
    if program is None:
        raise SystemExit("redis-server is not on the PATH.")
    port = free_port()
    process = _started([program, "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no"], {})
    with _stopped(process):
        _await(f"http://127.0.0.1:{port}")
        yield f"redis://127.0.0.1:{port}/0"


def own_env(api: str) -> dict[str, str]:
    """The clock stands; the client does not hold itself back, as that would be measured in its place."""
    where = {"METRONOME_BEARER_TOKEN": "benchmark", "METRONOME_BASE_URL": api, "BURNBOARD_NOW": NOW}
    fast = {"BURNBOARD_UPSTREAM_RPS": "1000", "BURNBOARD_UPSTREAM_BURST": "1000", "BURNBOARD_SANDBOX": "on"}
    return where | fast | {"BURNBOARD_START_TOKEN": "off", "BURNBOARD_LOG": "json"}


def asked(url: str, path: str, sent: Any = None) -> bytes:
    """The body of one answer, whatever its status; to a POST where JSON is ``sent``."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=START_SECONDS)
    try:
        body = None if sent is None else json.dumps(sent)
        headers = {"Content-Type": "application/json", "Authorization": "Bearer benchmark"}
        connection.request("GET" if body is None else "POST", path, body, headers)
        return connection.getresponse().read()
    finally:
        connection.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _started(command: list[str], env: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603 - ours
        command, cwd=ROOT, env={**os.environ, **env}, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )


def _told(process: subprocess.Popen[str]) -> str:
    """The last word of the first line that a process prints."""
    assert process.stdout is not None
    return process.stdout.readline().split()[-1]


@contextmanager
def _stopped(process: subprocess.Popen[Any]) -> Iterator[None]:
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await(url: str) -> None:
    until, netloc = time.monotonic() + START_SECONDS, urlsplit(url)
    while time.monotonic() < until:
        try:
            socket.create_connection((netloc.hostname, netloc.port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit(f"Nothing listens at {url}.")


def serve_guide(settings: Settings) -> None:
    """As ``server.run`` sets its server up."""
    Granian(
        "benchmarks.guide_page:served",
        address="127.0.0.1",
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.workers,
        blocking_threads=settings.threads,
        websockets=False,
        factory=True,
        log_level=LogLevels.error,
    ).serve()


def main(name: str) -> int:
    if name == GUIDE:
        serve_guide(Settings.read(ROOT))
        return 0
    from benchmarks.forgetful import serve  # noqa: PLC0415 - Dash puts every component library of a process on its pages

    return serve()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
