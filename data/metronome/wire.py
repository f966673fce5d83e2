"""Sockets that know the deadline: every single read waits no longer than what is left of it.

A read timeout alone is started anew by each byte, so an answer that drips (status line, headers, chunk sizes or body)
could hold a thread for hours. Here the timeout of each ``recv`` is cut to the time that is left. A connect timeout
alone is started anew for each address of a name; here the addresses share it. How long the resolver takes is not
bounded: that is its own setting (``resolv.conf``), and nothing can interrupt it.
"""

from __future__ import annotations

import io
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPResponse
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util.connection import allowed_gai_family

from data.metronome.deadline import Deadline

READ_SECONDS = 5.0
_current = threading.local()


@contextmanager
def reading_until(deadline: Deadline) -> Iterator[None]:
    """Reads of answers that begin in this thread, inside this block, keep to ``deadline``."""
    _current.deadline = deadline
    try:
        yield
    finally:
        _current.deadline = None


class _TimedReader(io.RawIOBase):
    def __init__(self, sock: socket.socket, raw: io.RawIOBase, deadline: Deadline) -> None:
        super().__init__()
        self._sock, self._raw, self._deadline = sock, raw, deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._deadline.remaining()
        if left <= 0:
            raise TimeoutError("deadline")
        self._sock.settimeout(min(READ_SECONDS, left))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _TimedSocket:
    """The one method of a socket that ``http.client`` reads answers through."""

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock, self._deadline = sock, deadline

    def makefile(self, mode: str) -> io.BufferedReader:
        raw = self._sock.makefile(mode, buffering=0)  # type: ignore[call-overload]  # mode is always "rb"
        return io.BufferedReader(_TimedReader(self._sock, raw, self._deadline))


class _TimedResponse(HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        deadline: Deadline | None = getattr(_current, "deadline", None)
        super().__init__(sock if deadline is None else _TimedSocket(sock, deadline), *args, **kwargs)  # type: ignore[arg-type]


class _PlainConnection(HTTPConnection):
    response_class = _TimedResponse

    def _new_conn(self) -> socket.socket:
        """Connected to the first address that accepts; each has an equal part of the time that is left."""
        deadline: Deadline | None = getattr(_current, "deadline", None)
        if deadline is None or not isinstance(self.timeout, int | float):
            return super()._new_conn()
        name, seconds = self._dns_host, self.timeout
        addresses = self._addresses()
        until = deadline.within(seconds)
        try:
            for left in range(len(addresses), 1, -1):
                self._dns_host, self.timeout = addresses[-left], until.remaining() / left
                with suppress(ConnectTimeoutError, NewConnectionError):
                    return super()._new_conn()
            self._dns_host, self.timeout = addresses[-1], until.remaining()
            return super()._new_conn()
        finally:
            self._dns_host, self.timeout = name, seconds

    def _addresses(self) -> list[str]:
        try:
            found = socket.getaddrinfo(self._dns_host.strip("[]"), self.port, allowed_gai_family(), socket.SOCK_STREAM)
        except socket.gaierror as unknown:
            raise NameResolutionError(self.host, self, unknown) from unknown
        return [str(address[0]) for *_, address in found]


class _TlsConnection(_PlainConnection, HTTPSConnection):
    """The same under TLS."""


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class TimedAdapter(HTTPAdapter):
    """A ``requests`` adapter on such sockets, with as many kept connections as there may be calls in flight."""

    def __init__(self, connections: int) -> None:
        super().__init__(pool_connections=1, pool_maxsize=connections)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}
