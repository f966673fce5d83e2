"""Serving on its own: worker processes, their threads, and one line on standard output once they answer."""

from __future__ import annotations

import http.client
import logging
import os
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from granian.constants import Interfaces
from granian.log import LogLevels

from data.settings import AuthMode, Settings
from server.metrics import Exporter
from server.worker import mark
from server.workers import START_SECONDS, Workers

# Granian's own lines go where all others go; the parent has set that up.
LOG: dict[str, Any] = {"formatters": {}, "handlers": {}, "loggers": {"_granian": {"propagate": True}}}
DRAIN_SECONDS, STOP_SECONDS, LOCAL_STOP_SECONDS = 3.0, 20, 5
SOCKET_MODE = 0o660  # whoever is in the group of the folder, such as the proxy


def serve(
    settings: Settings,
    create: Callable[[Path], Any],
    *,
    open_at: str,
    until_stdin_closes: bool = False,
) -> int:
    """Serve until told to stop, or until whoever holds the other end of standard input is gone.

    ``create`` makes the application in each worker. Each worker has a cache of its own; the threads keep a slow call
    from holding up the rest. ``open_at`` is the address that the one line names.
    """
    folder = Path(tempfile.mkdtemp(prefix="burnboard-"))
    try:
        exporter = Exporter(settings.metrics_port, folder)
        server = _workers(settings, folder, exporter)
        exporter.start(server.alive)
        if until_stdin_closes:
            threading.Thread(target=_wait_for_parent, daemon=True).start()
        threading.Thread(target=_announce, args=(settings, folder, open_at), daemon=True).start()
        server.serve(target_loader=partial(create, folder), wrap_loader=False)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def _workers(settings: Settings, folder: Path, exporter: Exporter) -> Workers:
    local = settings.auth is AuthMode.LOCAL
    closing_ends = signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN  # ``nohup`` stays what it is
    server = Workers(
        folder=folder,
        drain_seconds=0.0 if local else DRAIN_SECONDS,
        gone=exporter.forget,
        target="burnboard",
        address=settings.host,
        port=settings.port,
        uds=settings.socket,
        uds_permissions=SOCKET_MODE,
        interface=Interfaces.WSGI,
        workers=settings.workers,
        workers_kill_timeout=LOCAL_STOP_SECONDS if local else STOP_SECONDS,
        respawn_failed_workers=True,
        blocking_threads=settings.threads,
        websockets=False,
        log_level=LogLevels.error,  # a warning says at every start that threads outnumber processors; they wait, mostly
        log_dictconfig=LOG,
    )
    if closing_ends and (local or (sys.stdin is not None and sys.stdin.isatty())):
        server.on_startup(_end_with_terminal)
    return server


def _end_with_terminal() -> None:
    """Granian takes the closing of its terminal for a wish to reload, and stays behind for ever."""
    signal.signal(signal.SIGHUP, signal.getsignal(signal.SIGTERM))


def _wait_for_parent() -> None:
    """Nothing is ever written to standard input; reading it ends when its other end is gone."""
    while os.read(0, 1024):
        continue
    os.kill(os.getpid(), signal.SIGTERM)


def _announce(settings: Settings, folder: Path, open_at: str) -> None:
    """Print the address to open once it answers."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if any(folder.glob(mark(folder, 0).name[:-1] + "*")) and _answers(settings):
            print(f"Burnboard: {open_at}", flush=True)  # noqa: T201  # the one line that start promises
            return
        time.sleep(0.05)
    logging.getLogger("burnboard").error("no worker answered within %.0f seconds", START_SECONDS)


class _Connection(http.client.HTTPConnection):
    """To where this process listens, be it a Unix socket."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings.host, settings.port, timeout=1)
        self._path = settings.socket

    def connect(self) -> None:
        if self._path is None:
            super().connect()
            return
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def _answers(settings: Settings) -> bool:
    connection = _Connection(settings)
    try:
        connection.request("GET", "/livez")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
