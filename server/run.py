"""Serving on its own: one worker process, its threads, and one line on standard output once it answers."""

from __future__ import annotations

import http.client
import os
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
START_SECONDS, STOP_SECONDS, ORPHAN_SECONDS = 60.0, 5, 0.5


def serve(settings: Settings, *, until_stdin_closes: bool = False) -> int:
    """Serve until told to stop, or until whoever holds the other end of standard input is gone.

    One worker keeps one cache; the threads keep a slow call from holding up the rest.
    """
    closing_ends = signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN  # ``nohup`` stays what it is
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
    if closing_ends:
        server.on_startup(_end_with_terminal)
    if until_stdin_closes:
        threading.Thread(target=_wait_for_parent, daemon=True).start()
    threading.Thread(target=_announce, args=(settings,), daemon=True).start()
    server.serve()
    return 0


def leave_interrupts_to_parent() -> None:
    """Ctrl-C, and the closing of a terminal, reach every process of it. A worker that is told to stop twice, the second
    time by its parent, can wait for itself for ever; so it listens to its parent only."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGHUP})
    threading.Thread(target=_end_without, args=(os.getppid(),), daemon=True).start()


def _end_without(parent: int) -> None:
    """A worker whose parent was killed would keep the port for ever."""
    while os.getppid() == parent:
        time.sleep(ORPHAN_SECONDS)
    os._exit(1)


def _end_with_terminal() -> None:
    """Granian takes the closing of its terminal for a wish to reload, and stays behind for ever."""
    signal.signal(signal.SIGHUP, signal.getsignal(signal.SIGTERM))


def _wait_for_parent() -> None:
    """Nothing is ever written to standard input; reading it ends when its other end is gone."""
    while os.read(0, 1024):
        continue
    os.kill(os.getpid(), signal.SIGTERM)


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
