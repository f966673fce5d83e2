"""Starting and stopping the sandbox inside this process: ``start`` for a program, ``running_sandbox`` for a test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from threading import Thread
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server

from sandbox.application import Application, RequestLog
from sandbox.asking import Options
from sandbox.bad_days import MadeToReset, reset
from sandbox.faults import Faults
from sandbox.moments import wall_clock
from sandbox.world import World


class _QuietHandler(WSGIRequestHandler):
    """No access log, and no waiting between header and body on a kept connection."""

    disable_nagle_algorithm = True

    def connection_dropped(self, error: BaseException, environ: Any = None) -> None:
        del environ
        self.close_connection = True
        if isinstance(error, MadeToReset):
            reset(self.connection)

    def log(self, type: str, message: str, *args: Any) -> None:  # the base class's name
        del type, message, args


class Sandbox:
    """A running server. ``url`` has no slash at its end; ``faults`` and ``requests`` act at once."""

    def __init__(self, application: Application, host: str, port: int) -> None:
        self._application = application
        self._server = make_server(host, port, application.flask, threaded=True, request_handler=_QuietHandler)
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,), name="sandbox", daemon=True)
        self._thread.start()
        self.url = f"http://{host}:{self._server.server_port}"

    @property
    def faults(self) -> Faults:
        return self._application.faults

    @property
    def requests(self) -> RequestLog:
        return self._application.requests

    @property
    def world(self) -> World:
        return self._application.world

    def join(self) -> None:
        self._thread.join()

    def stop(self) -> None:
        """Stop answering and free the port; responses that wait are let go."""
        self._application.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def start(
    *,
    now: datetime | None = None,
    strict: bool = False,
    page_size: int = 20,
    customers: int = 0,
    hostile: bool = False,
    legacy: bool | None = None,
    token: str | None = None,
    host: str = "127.0.0.1",
    port: int = 0,
) -> Sandbox:
    """Start on a free port (or ``port``). ``now`` stands the clock still; ``token``: the only one accepted.

    ``legacy``: None lets each account choose between current and older shapes; ``customers``: thin extra ones.
    """
    options = Options(strict=strict, page_size=page_size, legacy=legacy, token=token)
    world = World(extra=customers, hostile=hostile)
    return Sandbox(Application(world, options, (lambda: now) if now else wall_clock), host, port)


@contextmanager
def running_sandbox(**settings: Any) -> Iterator[Sandbox]:
    """A server for the length of a ``with`` block; ``settings`` are those of ``start``."""
    sandbox = start(**settings)
    try:
        yield sandbox
    finally:
        sandbox.stop()
