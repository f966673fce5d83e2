"""One connection of ``sandbox.tcp_faults``: a client, its server, and between them what the line does to each piece."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from threading import Event, Thread

from sandbox.tcp_line import PLAIN, Line, Way

_PIECE, _PATIENCE = 65_536, 10.0
_NO_LINGER = struct.pack("ii", 1, 0)


@dataclass(frozen=True)
class Phase:
    """What the line does from one change to the next; ``over`` ends every wait of its time."""

    line: Line
    over: Event = field(default_factory=Event)


class Connection:
    """Each piece obeys the phase of its moment; ``chance`` says whether this connection is concerned, and by how much.
    ``swallowed``: something of it is lost, so that it can only end."""

    def __init__(self, client: socket.socket, chance: Random, phase: Callable[[], Phase]) -> None:
        self._client, self._chance, self._line_now = client, chance, phase
        self._server: socket.socket | None = None
        self._lot, self._sent, self._asked = chance.random(), 0, True
        self._closed = Event()
        self.swallowed = False

    def run(self, to: tuple[str, int]) -> None:
        """Relay until one end closes or ``close`` is called; both are closed then."""
        with suppress(OSError), self._client, socket.create_connection(to, _PATIENCE) as server:
            self._server = server
            for one in (self._client, server):
                one.settimeout(None)
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            asking = Thread(target=self._ask, args=(server,), daemon=True)
            asking.start()
            with suppress(OSError):
                self._answer(server)
            self.close()
            asking.join()

    def close(self) -> None:
        """End both ends, whoever waits for them."""
        self._closed.set()
        for one in (self._client, self._server):
            with suppress(OSError, AttributeError):
                one.shutdown(socket.SHUT_RDWR)  # type: ignore[union-attr]  # nobody was connected to yet

    def _phase(self) -> Phase:
        """What the line does to this connection."""
        phase = self._line_now()
        return phase if self._lot < phase.line.share else Phase(PLAIN, phase.over)

    def _ask(self, server: socket.socket) -> None:
        """Questions go on as they are, unless they are swallowed."""
        with suppress(OSError):
            for piece in self._pieces(self._client):
                way = self._phase().line.way
                if way is Way.RESET:
                    self._reset()
                    break
                if way is Way.BLACK_HOLE or self.swallowed:
                    self.swallowed = True
                    continue
                self._asked = True
                server.sendall(piece)
        self.close()

    def _reset(self) -> None:
        """Lingering for no time makes closing a reset; a shutdown before it would be heard as an end."""
        self._client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        self._client.close()

    def _answer(self, server: socket.socket) -> None:
        for piece in self._pieces(server):
            phase = self._phase()
            if phase.line.way is Way.BLACK_HOLE or self.swallowed:
                self.swallowed = True
                continue
            if self._asked:
                self._asked = False
                phase.over.wait(max(0.0, phase.line.latency + self._chance.uniform(-1, 1) * phase.line.jitter))
            if not self._pass_on(piece, phase):
                return
        phase = self._phase()
        phase.over.wait(0.0 if self._closed.is_set() else phase.line.slow_close)

    def _pass_on(self, piece: bytes, phase: Phase) -> bool:
        """Whether the connection goes on after ``piece``, which goes in as many parts as the line wants."""
        line, at = phase.line, 0
        while at < len(piece):
            shaped = not phase.over.is_set() and (line.slice or line.bandwidth)
            part = piece[at : at + (line.slice or max(1, line.bandwidth // 10))] if shaped else piece[at:]
            part = part[: max(0, line.limit - self._sent)] if line.limit else part
            self._client.sendall(part)
            at, self._sent = at + len(part), self._sent + len(part)
            if self._closed.is_set() or (line.limit and self._sent >= line.limit):
                return False
            if shaped:
                phase.over.wait(line.every + (len(part) / line.bandwidth if line.bandwidth else 0.0))
        return True

    def _pieces(self, end: socket.socket) -> Iterator[bytes]:
        """What one end sends, until it or the connection is at its end."""
        while not self._closed.is_set() and (piece := end.recv(_PIECE)):
            yield piece
