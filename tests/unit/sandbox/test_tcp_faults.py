"""The TCP fault proxy: each fault as a client meets it, changed while the proxy runs, the same for the same seed."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from sandbox.tcp_faults import TcpFaults, place_in, tcp_faults
from sandbox.tcp_line import PLAIN, Line, Way, parse_line

ANSWER = bytes(range(250)) * 4
PATIENCE = 10.0
SOON = 0.2


@pytest.fixture
def server() -> Iterator[str]:
    """Answers every question of one byte with ``ANSWER``; ``.`` with the end of the connection as well."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.05)
        ended = threading.Event()
        thread = threading.Thread(target=_serve, args=(listener, ended))
        thread.start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        ended.set()
        thread.join()


def _serve(listener: socket.socket, ended: threading.Event) -> None:
    while not ended.is_set():
        try:
            connection, _ = listener.accept()
        except TimeoutError:
            continue
        threading.Thread(target=_answer, args=(connection,), daemon=True).start()


def _answer(connection: socket.socket) -> None:
    with connection:
        while question := connection.recv(1):
            connection.sendall(ANSWER)
            if question == b".":
                return


@contextmanager
def client(proxy: TcpFaults) -> Iterator[socket.socket]:
    with closing(socket.create_connection(("127.0.0.1", proxy.port), PATIENCE)) as connection:
        yield connection


def ask(connection: socket.socket, question: bytes = b"?") -> bytes:
    """All that is answered, up to a whole answer or the end."""
    connection.sendall(question)
    got = b""
    while len(got) < len(ANSWER) and (piece := connection.recv(4096)):
        got += piece
    return got


def asked(proxy: TcpFaults) -> tuple[bytes, float]:
    began = time.monotonic()
    with client(proxy) as connection:
        return ask(connection), time.monotonic() - began


def is_silent(connection: socket.socket, seconds: float = SOON) -> bool:
    return not select.select([connection], [], [], seconds)[0]


def test_a_line_without_faults_is_not_noticed(server: str) -> None:
    with tcp_faults(server) as proxy, client(proxy) as connection:
        for _ in range(3):
            assert ask(connection) == ANSWER
        assert (proxy.connections, proxy.open) == (1, 1)


def test_latency_comes_once_before_each_answer_and_jitter_within_its_bounds(server: str) -> None:
    with tcp_faults(server) as proxy:
        proxy.become(Line(latency=0.1, jitter=0.05))
        with client(proxy) as connection:
            for _ in range(2):
                began = time.monotonic()
                assert ask(connection) == ANSWER
                assert time.monotonic() - began >= 0.05


def test_slices_and_bandwidth_take_their_time_and_change_nothing(server: str) -> None:
    with tcp_faults(server) as proxy:
        proxy.become(Line(slice=300, every=0.05))  # four pieces
        answer, seconds = asked(proxy)
        assert answer == ANSWER
        assert seconds >= 0.15
        proxy.become(Line(bandwidth=5000))
        answer, seconds = asked(proxy)
        assert answer == ANSWER
        assert seconds >= 0.1


def test_a_drip_ends_when_the_line_is_mended(server: str) -> None:
    with tcp_faults(server) as proxy, client(proxy) as connection:
        proxy.become(Line(slice=1, every=60))
        threading.Timer(SOON, proxy.become).start()
        assert ask(connection) == ANSWER


def test_data_is_limited_for_each_connection(server: str) -> None:
    with tcp_faults(server) as proxy:
        proxy.become(Line(limit=700))
        for _ in range(2):
            answer, _ = asked(proxy)
            assert answer == ANSWER[:700]


def test_nobody_listens_while_it_is_down_and_open_connections_end(server: str) -> None:
    with tcp_faults(server) as proxy, client(proxy) as connection:
        assert ask(connection) == ANSWER
        proxy.become(Line(way=Way.DOWN))
        assert connection.recv(1) == b""
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", proxy.port), PATIENCE)
        proxy.become()
        assert asked(proxy)[0] == ANSWER


def test_a_black_hole_takes_everything_and_ends_those_it_swallowed(server: str) -> None:
    with tcp_faults(server) as proxy, client(proxy) as before:
        assert ask(before) == ANSWER
        proxy.become(Line(way=Way.BLACK_HOLE))
        with client(proxy) as connection:
            for one in (before, connection):
                one.sendall(b"?")
            assert is_silent(connection)
            assert is_silent(before, 0)
            proxy.become()
            assert (connection.recv(1), before.recv(1)) == (b"", b"")
        assert asked(proxy)[0] == ANSWER


def test_whoever_is_not_accepted_waits_and_is_let_in_later(server: str) -> None:
    with tcp_faults(server) as proxy:
        proxy.become(Line(way=Way.NEVER_ACCEPT))
        with pytest.raises(TimeoutError):
            socket.create_connection(("127.0.0.1", proxy.port), SOON)
        proxy.become()
        assert asked(proxy)[0] == ANSWER


def test_a_reset_is_a_reset(server: str) -> None:
    with tcp_faults(server) as proxy:
        proxy.become(Line(way=Way.RESET))
        with client(proxy) as connection, pytest.raises(ConnectionResetError):
            ask(connection)


def test_a_slow_close_comes_later_than_the_answer(server: str) -> None:
    with tcp_faults(server) as proxy, client(proxy) as connection:
        proxy.become(Line(slow_close=60))
        assert ask(connection, b".") == ANSWER
        assert is_silent(connection)
        proxy.become()
        assert connection.recv(1) == b""


def test_a_share_concerns_the_same_connections_for_the_same_seed(server: str) -> None:
    def concerned(seed: int) -> list[bool]:
        with tcp_faults(server, seed=seed) as proxy:
            proxy.become(Line(limit=1, share=0.5))
            return [asked(proxy)[0] != ANSWER for _ in range(12)]

    first = concerned(7)
    assert {True, False} == set(first)
    assert concerned(7) == first
    assert concerned(8) != first


def test_nothing_is_left_of_it_when_it_stops(server: str) -> None:
    before = threading.active_count()
    with tcp_faults(server) as proxy, client(proxy) as connection:
        proxy.become(Line(slice=1, every=60))
        connection.sendall(b"?")
        connection.recv(1)
    end = time.monotonic() + PATIENCE
    while threading.active_count() > before:
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_server_that_is_not_there_ends_the_connection() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with tcp_faults(f"127.0.0.1:{taken.getsockname()[1]}") as proxy, client(proxy) as connection:
            assert connection.recv(1) == b""


def test_words_for_a_line() -> None:
    assert parse_line("") == PLAIN
    assert parse_line("black_hole share=0.5") == Line(way=Way.BLACK_HOLE, share=0.5)
    assert parse_line("latency=0.2 jitter=.1 slice=1 every=0.3") == Line(latency=0.2, jitter=0.1, slice=1, every=0.3)


@pytest.mark.parametrize("text", ["slow", "latency", "latency=", "latency=x", "slice=0.5", "share=-1", "every=inf"])
def test_other_words_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=text.partition("=")[0]):
        parse_line(text)


def test_where_it_leads() -> None:
    assert place_in("http://localhost:8080/") == place_in("localhost:8080") == ("localhost", 8080)
    for text in ("localhost", ":80", "localhost:x", "localhost:0", "localhost:70000"):
        with pytest.raises(ValueError, match="HOST:PORT"):
            place_in(text)


@pytest.mark.process
def test_the_command_is_told_by_lines_what_to_do(server: str) -> None:
    command = [sys.executable, "-u", "-m", "sandbox.tcp_faults", "--to", server, "limit=10"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        try:
            port = int(process.stdout.readline().rpartition(":")[2])
            assert process.stdout.readline() == "Now: limit=10\n"
            with closing(socket.create_connection(("127.0.0.1", port), PATIENCE)) as connection:
                assert ask(connection) == ANSWER[:10]
            for typed, said in (("nonsense", "'nonsense' is not known"), ("down", "Now: down"), ("", "Now: relay")):
                process.stdin.write(typed + "\n")
                process.stdin.flush()
                assert process.stdout.readline().startswith(said)
            os.kill(process.pid, signal.SIGTERM)
            assert process.wait(PATIENCE) == 0
        finally:
            process.kill()
