"""A real Redis of a test's own."""

from __future__ import annotations

import time

from redis import AuthenticationError, Redis, RedisError

from tests.edge.processes import Process, Processes, free_port, need, stop

STARTING = 10.0


class RedisServer:
    """On a free port, kept in memory only, running; ``options`` are those of its command line. It can be stopped and
    started again on the same port."""

    def __init__(self, processes: Processes, *options: str) -> None:
        self.port, self._processes = free_port(), processes
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._command = (need("redis-server"), "--bind", "127.0.0.1", "--port", str(self.port), "--save", "", *options)
        self._process: Process | None = None
        self.start()

    def start(self) -> None:
        folder = str(self._processes.folder)
        self._process = self._processes.start(*self._command, "--dir", folder, name="redis")
        until = time.monotonic() + STARTING
        while time.monotonic() < until:
            if self._answers():
                return
            time.sleep(0.05)
        raise AssertionError("redis-server did not start in time.")

    def stop(self) -> None:
        assert self._process is not None
        stop(self._process)

    def _answers(self) -> bool:
        with Redis.from_url(self.url) as client:
            try:
                return bool(client.ping())
            except RedisError as error:  # one that wants a password answers, too
                return isinstance(error, AuthenticationError) or str(error).startswith("NOAUTH")
