"""Serving on its own: one worker process, its threads, and one line on standard output once it answers."""

from __future__ import annotations

import http.client
import signal
import threading
import time

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from data.settings import Settings

THREADS = 16
_TO_STDERR = {"formatter": "generic", "class": "logging.StreamHandler", "stream": "ext://sys.stderr"}
LOG = {"handlers": {"console": _TO_STDERR, "access": _TO_STDERR}}  # standard output is for the one line
START_SECONDS, STOP_SECONDS = 60.0, 5


def serve(settings: Settings) -> int:
    """Serve until told to stop. One worker keeps one cache; the threads keep a slow call from holding up the rest."""
    server = Granian(
        "app:create_worker",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=1,
        workers_kill_timeout=STOP_SECONDS,
        blocking_threads=THREADS,
        websockets=False,
        factory=True,
        log_level=LogLevels.error,  # a warning says at every start that threads outnumber processors; they wait, mostly
        log_dictconfig=LOG,
    )
    threading.Thread(target=_announce, args=(settings,), daemon=True).start()
    server.serve()
    return 0


def leave_interrupts_to_parent() -> None:
    """Ctrl-C reaches every process of a terminal. A worker that is told to stop twice, the second time by its parent,
    can wait for itself for ever; so it listens to its parent only."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


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
