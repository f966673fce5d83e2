"""The address that is listened at: a Unix socket's file, and how a worker stops taking new connections."""

from __future__ import annotations

import os
import socket
import stat
import time
from pathlib import Path

MOST_DESCRIPTORS = 4096
ENDING_SECONDS, ENDING_TRIES = 1.5, 6


def clear_socket(path: Path) -> str | None:
    """Make room for a Unix socket at ``path``: what a dead process left there goes. Why it cannot be, as a sentence."""
    try:
        kind = path.lstat().st_mode
    except FileNotFoundError:
        return None if os.access(path.parent, os.W_OK | os.X_OK) else _UNUSABLE
    except OSError:
        return _UNUSABLE
    if not stat.S_ISSOCK(kind):
        return "BURNBOARD_SOCKET names a file that is not a socket; it is left as it is. Set another path."
    if _stays_alive(path):
        return "Something listens at BURNBOARD_SOCKET already. Stop it, or set another path."
    try:
        path.unlink()
    except OSError:
        return _UNUSABLE
    return None


_UNUSABLE = "BURNBOARD_SOCKET cannot be used: its folder is not there or may not be written to."


def _stays_alive(path: Path) -> bool:
    """Workers whose parent was killed need a moment to notice."""
    for _ in range(ENDING_TRIES):
        if not _is_alive(path):
            return False
        time.sleep(ENDING_SECONDS / ENDING_TRIES)
    return True


def _is_alive(path: Path) -> bool:
    """Whether somebody answers there. When in doubt, yes: only a refusal says that nobody does."""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(1)
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            return False
        except OSError:
            return True
    return True


def stop_listening() -> int:
    """Take no new connection in this process; those that there are go on. How many sockets that concerned.

    The listening socket is shared with the other workers, so it must stay open; and the server itself can only stop
    listening and stop serving in one breath, which loses connections that were taken but not yet read. So the
    descriptor is made to mean a socket that nobody knows.
    """
    stopped = 0
    for number in range(3, MOST_DESCRIPTORS):
        family = _listens(number)
        if family is not None:
            with _nobody(family) as nobody:
                os.dup2(nobody.fileno(), number)
            stopped += 1
    return stopped


def _listens(number: int) -> int | None:
    """The family of a descriptor that is a listening socket, None for any other. Connections come and go meanwhile."""
    try:
        if not stat.S_ISSOCK(os.fstat(number).st_mode):
            return None
        with socket.socket(fileno=os.dup(number)) as found:
            return found.family if found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) else None
    except OSError:
        return None


def _nobody(family: int) -> socket.socket:
    """A listening socket that nobody can find: without a name, or on a loopback port that is told to nobody."""
    nobody = socket.socket(family, socket.SOCK_STREAM)
    nobody.setblocking(False)
    if family == socket.AF_UNIX:
        nobody.bind("")
    else:
        nobody.bind(("::1" if family == socket.AF_INET6 else "127.0.0.1", 0))
    nobody.listen(1)
    return nobody
