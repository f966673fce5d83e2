"""Viewers who ask one callback after the other on a connection that they keep, and how long each answer took."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Any
from urllib.parse import urlsplit

from benchmarks.callback_client import CALL

PATIENCE = 120.0


@dataclass(frozen=True)
class Served:
    """``seconds`` of each answer, sorted; how long it took to get them all; bytes of all bodies as sent."""

    seconds: tuple[float, ...]
    lasted: float
    size: int

    @property
    def rate(self) -> float:
        """Answers per second."""
        return len(self.seconds) / self.lasted

    def percentile(self, share: float) -> float:
        """Milliseconds: the smallest that at least ``share`` of the answers did not exceed."""
        return percentile(self.seconds, share) * 1e3


def percentile(ordered: Sequence[float], share: float) -> float:
    """The smallest of the sorted values that at least ``share`` of them do not exceed."""
    return ordered[max(0, -int(-share * len(ordered) // 1) - 1)]


def posts(url: str, requests: Sequence[dict[str, Any]]) -> list[bytes]:
    """Callbacks as they go over the wire."""
    return [_post(urlsplit(url).netloc, json.dumps(request, separators=(",", ":")).encode()) for request in requests]


def _post(host: str, body: bytes) -> bytes:
    head = (f"POST /{CALL} HTTP/1.1", f"Host: {host}", "Content-Type: application/json", "Accept: application/json",
            "Accept-Encoding: gzip, deflate, br, zstd", f"Content-Length: {len(body)}", "", "")  # fmt: skip
    return "\r\n".join(head).encode() + body


def ask(url: str, wanted: Sequence[bytes], *, viewers: int, seconds: float) -> Served:
    """Each viewer asks ``wanted`` in turn, again and again, until the time is over; raises for a failed answer."""
    until, found = time.perf_counter() + seconds, [_Viewer(url, wanted, start) for start in range(viewers)]
    threads = [threading.Thread(target=viewer.ask, args=(until,)) for viewer in found]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lasted = time.perf_counter() - begun
    if any(viewer.failed for viewer in found):
        raise RuntimeError(next(viewer.failed for viewer in found if viewer.failed))
    taken = sorted(one for viewer in found for one in viewer.seconds)
    return Served(tuple(taken), lasted, sum(viewer.size for viewer in found))


def ask_once(url: str, post: bytes) -> bytes:
    """The body of the answer, as sent."""
    viewer = _Viewer(url, [post], 0)
    with viewer.connected() as connection:
        return viewer.answer(connection, post)


class _Viewer:
    def __init__(self, url: str, wanted: Sequence[bytes], start: int) -> None:
        parts = urlsplit(url)
        self._where = (str(parts.hostname), int(parts.port or 80))
        self._wanted = [*wanted[start % len(wanted) :], *wanted[: start % len(wanted)]]
        self.seconds: list[float] = []
        self.size = 0
        self.failed = ""

    def connected(self) -> socket.socket:
        connection = socket.create_connection(self._where, timeout=PATIENCE)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def ask(self, until: float) -> None:
        try:
            with self.connected() as connection:
                for post in cycle(self._wanted):
                    begun = time.perf_counter()
                    if begun > until:
                        return
                    self.size += len(self.answer(connection, post))
                    self.seconds.append(time.perf_counter() - begun)
        except (OSError, RuntimeError) as error:
            self.failed = repr(error)

    def answer(self, connection: socket.socket, post: bytes) -> bytes:
        connection.sendall(post)
        received = b""
        while b"\r\n\r\n" not in received:
            received += _some(connection)
        head, _, body = received.partition(b"\r\n\r\n")
        if not head.startswith((b"HTTP/1.1 200", b"HTTP/1.1 204")):
            raise RuntimeError(head.decode(errors="replace"))
        parts = [body]
        left = _length(head) - len(body)
        while left > 0:
            parts.append(_some(connection))
            left -= len(parts[-1])
        return b"".join(parts)


def _some(connection: socket.socket) -> bytes:
    received = connection.recv(1 << 18)
    if not received:
        raise RuntimeError("the connection was closed")
    return received


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.split(b":")[1])
    return 0
