"""A bad network between the app and whatever it asks: ``python -m sandbox.tcp_faults --to HOST:PORT``.

Prints the address to ask in place of the other. What the line does can be changed at any time, by a line on standard
input (``latency=0.2 jitter=0.1``, ``slice=1 every=0.3``, ``black_hole``; an empty one: all well) or in process with
``TcpFaults.become``; open connections follow at once. The faults are those of Toxiproxy.
"""

from __future__ import annotations

import argparse
import signal
import socket
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from random import Random
from threading import Event, Lock, Thread

from sandbox.tcp_line import HELP, PLAIN, Line, Way, parse_line
from sandbox.tcp_relay import Connection, Phase

HERE = "127.0.0.1"
_QUEUE, _LOOK = 128, 0.05
_FILLERS = 4  # more than a queue of length 0 holds
_CLOSED = {Way.DOWN, Way.NEVER_ACCEPT}  # the ways in which nobody is let in


class TcpFaults:
    """A relay from a free port of this machine (or ``port``) to ``to``. ``connections``: how many came."""

    def __init__(self, to: tuple[str, int], *, port: int = 0, seed: int = 0) -> None:
        self._to, self._seed = to, seed
        self._phase, self._lock, self._stopped = Phase(PLAIN), Lock(), Event()
        self._open: set[Connection] = set()
        self._fillers: list[socket.socket] = []
        self._door = _door(port)
        self._door.listen(_QUEUE)
        self.port = int(self._door.getsockname()[1])
        self.connections = 0
        self._thread = Thread(target=self._welcome, name="tcp-faults", daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://{HERE}:{self.port}"

    @property
    def line(self) -> Line:
        return self._phase.line

    @property
    def open(self) -> int:
        """How many connections there are now."""
        return len(self._open)

    def become(self, line: Line = PLAIN) -> None:
        """What the line does from now on."""
        with self._lock:
            before, self._phase = self._phase, Phase(line)
            before.over.set()
            if before.line.way is not line.way and {before.line.way, line.way} & _CLOSED:
                self._change_door(line.way)
            for one in list(self._open):
                if one.swallowed or line.way in _CLOSED:
                    one.close()

    def stop(self) -> None:
        """End every connection and free the port."""
        self._stopped.set()
        self.become(Line(way=Way.DOWN))
        self._phase.over.set()
        self._thread.join()
        self._door.close()

    def _change_door(self, way: Way) -> None:
        """A port where nobody listens refuses; it stays taken meanwhile, so that it can be opened again."""
        with suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)  # nobody listens from here on, though somebody may be waiting there
        for one in (self._door, *self._fillers):
            one.close()
        self._door = _door(self.port)
        if way is not Way.DOWN:
            self._door.listen(0 if way is Way.NEVER_ACCEPT else _QUEUE)
        self._fillers = [_filler(self.port) for _ in range(_FILLERS)] if way is Way.NEVER_ACCEPT else []

    def _welcome(self) -> None:
        while not self._stopped.is_set():
            if self.line.way in _CLOSED:
                self._phase.over.wait(_LOOK)
                continue
            with suppress(OSError):  # nobody came, or the door was changed meanwhile
                client, _ = self._door.accept()
                self.connections += 1
                Thread(target=self._relay, args=(client, self.connections), daemon=True).start()

    def _relay(self, client: socket.socket, number: int) -> None:
        connection = Connection(client, Random(f"{self._seed}:{number}"), lambda: self._phase)
        self._open.add(connection)
        try:
            connection.run(self._to)
        finally:
            self._open.discard(connection)


def _door(port: int) -> socket.socket:
    """A port of this machine that is taken, and where nobody listens yet."""
    door = socket.socket()
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    door.settimeout(_LOOK)
    door.bind((HERE, port))
    return door


def _filler(port: int) -> socket.socket:
    """Somebody who wants to connect, and takes a place in the queue if there is one."""
    filler = socket.socket()
    filler.setblocking(False)
    filler.connect_ex((HERE, port))
    return filler


@contextmanager
def tcp_faults(to: str, *, seed: int = 0) -> Iterator[TcpFaults]:
    """A relay to ``host:port``, or to an address with that in it, for the length of a ``with`` block."""
    relay = TcpFaults(place_in(to), seed=seed)
    try:
        yield relay
    finally:
        relay.stop()


def place_in(text: str) -> tuple[str, int]:
    """Host and port of ``host:port`` or ``http://host:port``; raises ``ValueError``."""
    host, _, port = text.rpartition("//")[2].rstrip("/").rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65_536:
        raise ValueError(f"{text!r} is not HOST:PORT")
    return host, int(port)


def obey(relay: TcpFaults, typed: Iterable[str]) -> None:
    """Change the line by what is typed, and say what it does now."""
    for text in typed:
        try:
            relay.become(parse_line(text))
            print(f"Now: {text.strip() or Way.RELAY}", flush=True)  # noqa: T201  # whoever typed it reads this
        except ValueError as error:
            print(error, flush=True)  # noqa: T201


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="sandbox.tcp_faults", description=f"A bad network. A line is {HELP}.")
    parser.add_argument("--to", type=place_in, required=True, help="HOST:PORT, or http://HOST:PORT")
    parser.add_argument("--port", type=int, default=0, help="0 (default): any free port")
    parser.add_argument("--seed", type=int, default=0, help="chooses the connections of a share, and the jitter")
    parser.add_argument("line", nargs="*", help="what the line does at first; nothing: all well")
    asked = parser.parse_args(argv)
    relay, ended = TcpFaults(asked.to, port=asked.port, seed=asked.seed), Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    print(f"Faults at {relay.url}", flush=True)  # noqa: T201  # whoever started it reads the address here
    typed = (line for lines in ([" ".join(asked.line)], sys.stdin) for line in lines)
    Thread(target=obey, args=(relay, typed), daemon=True).start()
    ended.wait()
    relay.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
