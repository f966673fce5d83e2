"""Serving on its own: one worker process, its threads, and one line on standard output once it answers."""

from __future__ import annotations

import http.client
import socket
import threading
import time

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from data.settings import Settings

THREADS = 16
START_SECONDS = 60.0


def cannot_listen(settings: Settings) -> str | None:
    """Why the address cannot be used, as a sentence; None when it can."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((settings.host, settings.port))
    except OSError:
        return (
            f"Port {settings.port} on {settings.host} cannot be used; something else may be listening there. "
            "Set BURNBOARD_PORT to another one."
        )
    return None


def serve(settings: Settings) -> int:
    """Serve until told to stop. One worker keeps one cache; the threads keep a slow call from holding up the rest."""
    server = Granian(
        "app:create_server",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=THREADS,
        websockets=False,
        factory=True,
        log_level=LogLevels.warning,
    )
    threading.Thread(target=_announce, args=(settings,), daemon=True).start()
    server.serve()
    return 0


def _announce(settings: Settings) -> None:
    """Print the address to open once it answers."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if _answers(settings):
            print(f"Burnboard: {settings.url}", flush=True)  # noqa: T201  # the one line that start promises
            return
        time.sleep(0.1)


def _answers(settings: Settings) -> bool:
    connection = http.client.HTTPConnection(settings.host, settings.port, timeout=1)
    try:
        connection.request("GET", f"{settings.path_prefix}health")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
