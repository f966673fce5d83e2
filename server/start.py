"""Whether starting makes sense: each reason against it is one sentence for the person at the terminal."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable

from data.errors import BadAnswer, CredentialsRejected, NotFound, OutOfTime, SourceError, Unreachable
from data.settings import Settings
from server.listening import clear_socket

CHECK_SECONDS = 5.0
_OF_THE_PORT = {errno.EADDRINUSE, errno.EACCES}  # any other error is about the host


def cannot_listen(settings: Settings) -> str | None:
    """Why the address cannot be used, as a sentence; None when it can."""
    if settings.metrics_port is not None and not _free(settings.metrics_port):
        return f"Port {settings.metrics_port} is in use already. Set BURNBOARD_METRICS_PORT to another one."
    if settings.socket is not None:
        return clear_socket(settings.socket)
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((settings.host, settings.port))
    except OSError as error:
        if isinstance(error, socket.gaierror) or error.errno not in _OF_THE_PORT:
            return f"This machine cannot listen at {settings.host}. Set BURNBOARD_HOST to one of its own addresses."
        return (
            f"Port {settings.port} on {settings.host} cannot be used; something else may be listening there. "
            "Set BURNBOARD_PORT to another one."
        )
    return None


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def cannot_ask(settings: Settings, check: Callable[[float], None]) -> str | None:
    """Why the API is of no use, as a sentence; None when it answers, even if only to refuse this one question.

    ``check`` asks one cheap question within so many seconds, and raises ``SourceError``.
    """
    try:
        check(CHECK_SECONDS)
    except CredentialsRejected:
        return f"{settings.base_url} did not accept METRONOME_BEARER_TOKEN: it is wrong, expired or may not read there."
    except (Unreachable, OutOfTime):
        return f"{settings.base_url} cannot be reached. Check the network and METRONOME_BASE_URL, then start again."
    except (BadAnswer, NotFound):
        return f"{settings.base_url} does not answer like the Metronome API. Check METRONOME_BASE_URL."
    except SourceError:
        return None
    return None
