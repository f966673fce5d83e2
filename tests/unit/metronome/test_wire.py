"""Real sockets: an answer that drips, in whatever part, does not outlive the deadline."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import pytest

from data.clock import Clock
from data.errors import OutOfTime, Unreachable
from data.metronome.client import MetronomeClient
from data.metronome.deadline import Deadline
from data.metronome.limits import Limits
from data.settings import Secret
from tests.unit.metronome.upstream import ACCOUNT

BODY = b'{"data": {"id": "' + ACCOUNT.encode() + b'"}}'
STATUS = b"HTTP/1.1 200 OK\r\n"
TYPE = b"Content-Type: application/json\r\n"
LENGTH = b"Content-Length: %d\r\n" % len(BODY)


@dataclass
class Server:
    url: str
    heads: list[bytes] = field(default_factory=list)
    said: int = 0


@contextmanager
def server(at_once: bytes, drip: bytes = b"", *, pause: float = 0.01, requests: int = 1) -> Iterator[Server]:
    """Answers so many requests: ``at_once``, then ``drip`` byte by byte. Ends with the block at the latest."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(5)
    over = threading.Event()
    running = Server(f"http://127.0.0.1:{listener.getsockname()[1]}")

    def answer(connection: socket.socket) -> None:
        running.heads.append(connection.recv(65536))
        connection.sendall(at_once)
        for byte in drip:
            if over.wait(pause):
                return
            connection.sendall(bytes([byte]))
            running.said += 1

    def serve() -> None:
        with suppress(OSError):
            for _ in range(requests):
                connection, _ = listener.accept()
                with connection:
                    answer(connection)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield running
    finally:
        over.set()
        listener.close()
        thread.join(5)


def client_to(url: str) -> MetronomeClient:
    clock = Clock()
    return MetronomeClient(base_url=url, token=Secret("made-up"), clock=clock, limits=Limits(clock=clock))


def test_a_whole_answer_is_read_over_a_real_socket() -> None:
    with server(STATUS + TYPE + LENGTH + b"\r\n" + BODY) as running:
        assert client_to(running.url).customer(ACCOUNT, Deadline(Clock(), 5)).id == ACCOUNT


def test_an_answer_in_chunks_is_read_over_a_real_socket() -> None:
    chunks = b"%x\r\n" % 5 + BODY[:5] + b"\r\n" + b"%x\r\n" % (len(BODY) - 5) + BODY[5:] + b"\r\n0\r\n\r\n"
    with server(STATUS + TYPE + b"Transfer-Encoding: chunked\r\n\r\n" + chunks) as running:
        assert client_to(running.url).customer(ACCOUNT, Deadline(Clock(), 5)).id == ACCOUNT


def test_cookies_of_an_answer_are_not_sent_back() -> None:
    cookie = b"Set-Cookie: session=1; Path=/\r\nConnection: close\r\n"
    with server(STATUS + TYPE + LENGTH + cookie + b"\r\n" + BODY, requests=2) as running:
        client = client_to(running.url)
        for _ in range(2):
            client.customer(ACCOUNT, Deadline(Clock(), 5))

    assert len(running.heads) == 2
    assert b"cookie" not in running.heads[1].lower()


PADDING = b"X-Padding: " + b"x" * 500 + b"\r\n"


@pytest.mark.parametrize(
    ("at_once", "drip"),
    [
        (b"", STATUS + TYPE + LENGTH + PADDING + b"\r\n" + BODY),
        (STATUS + TYPE + LENGTH, PADDING + b"\r\n" + BODY),
        (STATUS + TYPE + b"Content-Length: 600\r\n\r\n", BODY + b" " * (600 - len(BODY))),
        (STATUS + TYPE + b"Transfer-Encoding: chunked\r\n\r\n", b"%x;" % len(BODY) + b"x" * 500 + b"\r\n" + BODY),
        (STATUS + TYPE + b"Transfer-Encoding: chunked\r\n\r\n258\r\n", BODY + b" " * 600),
    ],
    ids=["status line", "headers", "body", "chunk size", "chunk"],
)
def test_the_deadline_holds_against_dripping(at_once: bytes, drip: bytes) -> None:
    """The padding alone is 500 bytes; the answer would be right in the end."""
    with server(at_once, drip) as running:
        with pytest.raises(OutOfTime):
            client_to(running.url).customer(ACCOUNT, Deadline(Clock(), 0.12))
        assert running.said < 300


def test_a_server_that_accepts_and_never_answers_does_not_hang_the_call() -> None:
    with server(b"", b"x", pause=30) as running:
        with pytest.raises(OutOfTime):
            client_to(running.url).customer(ACCOUNT, Deadline(Clock(), 0.12))
        assert running.said < 300


@contextmanager
def deaf(host: str, port: int) -> Iterator[None]:
    """An address where connecting never ends: its queue is full, and nobody takes from it."""
    with ExitStack() as open_until:
        listener = open_until.enter_context(socket.socket())
        listener.bind((host, port))
        listener.listen(0)
        for _ in range(4):
            filler = open_until.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex((host, port))
        yield


def resolve(monkeypatch: pytest.MonkeyPatch, *hosts: str) -> None:
    """``api.test`` stands for ``hosts``."""
    known = socket.getaddrinfo

    def look_up(host: str, *more: Any, **named: Any) -> list[Any]:
        return [one for name in (hosts if host == "api.test" else [host]) for one in known(name, *more, **named)]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


def test_addresses_that_never_accept_share_the_time_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    hosts = [f"127.0.0.{number}" for number in range(2, 8)]
    resolve(monkeypatch, *hosts)
    with socket.create_server(("127.0.0.1", 0)) as taken, ExitStack() as held:
        port = taken.getsockname()[1]
        for host in hosts:
            held.enter_context(deaf(host, port))
        began = time.monotonic()
        with pytest.raises(OutOfTime):
            client_to(f"http://api.test:{port}").customer(ACCOUNT, Deadline(Clock(), 0.5))
        assert time.monotonic() - began < 3 * 0.5, "not 6 * 0.5"


def test_the_address_that_accepts_is_found_behind_those_that_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    resolve(monkeypatch, "127.0.0.2", "127.0.0.3", "127.0.0.1")
    with server(STATUS + TYPE + LENGTH + b"\r\n" + BODY) as running:
        port = int(running.url.rsplit(":", 1)[1])
        with deaf("127.0.0.2", port):
            client = client_to(f"http://api.test:{port}")
            assert client.customer(ACCOUNT, Deadline(Clock(), 1.5)).id == ACCOUNT


def test_a_name_that_nobody_knows_is_not_reachable(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any, **__: Any) -> list[Any]:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(Unreachable):
        client_to("http://api.test:1").customer(ACCOUNT, Deadline(Clock(), 5))
