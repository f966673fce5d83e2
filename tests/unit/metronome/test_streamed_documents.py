"""A document as it comes: never whole in memory, tried again only before its first byte, and closed however it ends."""

from __future__ import annotations

import gc
import io
import traceback
from collections.abc import Callable
from typing import Any

import pytest
import requests
from urllib3.exceptions import ReadTimeoutError

from data.errors import BadAnswer, CredentialsRejected, NotFound, OutOfTime, Refused, SourceError, Unreachable
from data.metronome.answers import Streamed
from data.metronome.deadline import Deadline
from data.metronome.limits import Limits
from tests.unit.metronome.upstream import ACCOUNT, BASE_URL, INVOICE, TOKEN, Answer, ManualClock, Upstream, client_on

MEGABYTE = 1024 * 1024
PDF = {"Content-Type": "application/pdf"}


class Document(io.BytesIO):
    """A body that counts what was taken, and calls ``between`` before each piece after the first."""

    def __init__(self, body: bytes, between: Callable[[], None] = lambda: None) -> None:
        super().__init__(body)
        self.taken, self._between = 0, between

    def read1(self, size: int | None = -1) -> bytes:
        return self._counted(super().read1(-1 if size is None else size))

    def read(self, size: int | None = -1) -> bytes:
        return self._counted(super().read(size))

    def _counted(self, piece: bytes) -> bytes:
        if self.taken:
            self._between()
        self.taken += len(piece)
        return piece


def document(body: Any, status: int = 200, **headers: str) -> Answer:
    return Answer(body, status, PDF | {name.replace("_", "-"): value for name, value in headers.items()})


def ask(
    *says: Any, clock: ManualClock | None = None, seconds: float = 120.0, limits: Limits | None = None
) -> tuple[Streamed, Upstream]:
    clock, upstream = clock or ManualClock(), Upstream(*says)
    deadline = Deadline(clock, seconds, idle=10.0)
    return client_on(upstream, clock, limits=limits).invoice_pdf(ACCOUNT, INVOICE, deadline), upstream


def raising(error: Exception) -> Callable[[], None]:
    def act() -> None:
        raise error

    return act


def test_a_document_comes_in_pieces_that_make_it_up() -> None:
    body = b"%PDF-1.7 " + bytes(range(256)) * 2000
    streamed, upstream = ask(document(Document(body), Content_Length=str(len(body))))
    pieces = list(streamed.pieces)

    assert b"".join(pieces) == body
    assert all(pieces)
    assert max(map(len, pieces)) < len(body) / 4
    assert streamed.length == len(body)
    assert len(upstream.asked) == 1


@pytest.mark.parametrize("headers", [{}, {"Content_Length": "nonsense"}, {"Content_Length": "-5"}])
def test_a_length_that_is_not_told_is_unknown(headers: dict[str, str]) -> None:
    assert ask(document(b"%PDF-1.7", **headers))[0].length is None


def test_only_the_first_piece_is_read_before_somebody_reads() -> None:
    body = Document(b"x" * 5 * MEGABYTE)
    streamed, _ = ask(document(body))

    assert 0 < body.taken < MEGABYTE
    next(streamed.pieces)
    assert body.taken < MEGABYTE


@pytest.mark.parametrize("read", [0, 1, 2])
@pytest.mark.parametrize("how", ["close", "let go"])
def test_the_connection_is_closed_when_the_reader_stops(read: int, how: str) -> None:
    body = Document(b"x" * 5 * MEGABYTE)
    streamed, upstream = ask(document(body))
    for _ in range(read):
        next(streamed.pieces)
    assert not body.closed
    if how == "close":
        streamed.pieces.close()  # type: ignore[attr-defined]
    else:
        del streamed
        gc.collect()

    assert body.closed
    assert len(upstream.asked) == 1


def test_the_connection_is_closed_when_all_is_read() -> None:
    body = Document(b"x" * MEGABYTE)
    streamed, _ = ask(document(body))
    list(streamed.pieces)

    assert body.closed


@pytest.mark.parametrize(
    ("said", "error", "attempts"),
    [
        (document(b"no", 404), NotFound, 1),
        (document(b"no", 401), CredentialsRejected, 1),
        (document(b"no", 400), Refused, 1),
        (document(b"no", 500), Unreachable, 3),
        (document(b"no", 302, Location="https://elsewhere.test/x.pdf"), BadAnswer, 1),
        (requests.ConnectionError(), Unreachable, 3),
        (document(b""), BadAnswer, 1),
        (Answer({"data": {}}), BadAnswer, 1),
        (Answer(b"%PDF-1.7", headers={}), BadAnswer, 1),
        (Answer(b"<html>", headers={"Content-Type": "text/html"}), BadAnswer, 1),
        (Answer(b"%PDF-1.7", headers={"Content-Type": "application/octet-stream"}), BadAnswer, 1),
        (document(b"%PDF", Content_Length=str(21 * MEGABYTE)), BadAnswer, 1),
    ],
)
def test_what_is_no_document_is_an_error_before_anything_is_handed_on(
    said: Any, error: type[SourceError], attempts: int
) -> None:
    upstream, clock = Upstream(said), ManualClock()
    with pytest.raises(error):
        client_on(upstream, clock).invoice_pdf(ACCOUNT, INVOICE, Deadline(clock, 120, idle=10))

    assert len(upstream.asked) == attempts


@pytest.mark.parametrize("kind", ["Application/PDF", "application/pdf; charset=binary"])
def test_the_content_type_may_be_written_as_headers_may_be(kind: str) -> None:
    assert list(ask(Answer(b"%PDF-1.7", headers={"Content-Type": kind}))[0].pieces) == [b"%PDF-1.7"]


class Broken(io.BytesIO):
    """Gives nothing and fails."""

    def read1(self, size: int | None = -1) -> bytes:
        del size
        raise ConnectionResetError

    read = read1


def test_a_connection_that_breaks_before_the_first_byte_is_tried_again() -> None:
    streamed, upstream = ask(document(Broken()), document(b"", 503), document(b"%PDF-1.7"))

    assert list(streamed.pieces) == [b"%PDF-1.7"]
    assert len(upstream.asked) == 3


@pytest.mark.parametrize(
    ("breaks", "error"),
    [
        (ConnectionResetError(f"{BASE_URL} {TOKEN}"), Unreachable),
        (ReadTimeoutError(None, BASE_URL, TOKEN), OutOfTime),  # type: ignore[arg-type]
        (ValueError(TOKEN), BadAnswer),
    ],
)
def test_a_connection_that_breaks_later_is_an_error_of_the_source_and_not_tried_again(
    breaks: Exception, error: type[SourceError]
) -> None:
    body = Document(b"x" * MEGABYTE, raising(breaks))
    streamed, upstream = ask(document(body))
    with pytest.raises(error) as raised:
        list(streamed.pieces)

    shown = "".join(traceback.format_exception(raised.value)) + raised.value.detail
    assert TOKEN not in shown
    assert "metronome.test" not in shown
    assert body.closed
    assert len(upstream.asked) == 1


def test_a_body_shorter_than_it_said_is_an_error() -> None:
    streamed, _ = ask(document(b"%PDF-1.7", Content_Length="5000"))
    with pytest.raises(Unreachable):
        list(streamed.pieces)


def test_more_than_20_megabytes_are_cut_off_where_they_were_not_announced() -> None:
    body = Document(b"x" * 60 * MEGABYTE)
    streamed, _ = ask(document(body))
    with pytest.raises(BadAnswer):
        list(streamed.pieces)

    assert body.taken < 21 * MEGABYTE
    assert body.closed


def test_a_service_that_stands_still_ends_the_document() -> None:
    clock = ManualClock()
    body = Document(b"x" * MEGABYTE, lambda: clock.sleep(10.5))
    streamed, _ = ask(document(body), clock=clock)
    with pytest.raises(OutOfTime):
        list(streamed.pieces)


def test_a_reader_who_takes_time_spends_the_total_only() -> None:
    clock = ManualClock()
    streamed, _ = ask(document(Document(b"x" * MEGABYTE)), clock=clock)
    for _ in range(5):
        assert next(streamed.pieces)
        clock.sleep(23.0)
    clock.sleep(5.0)
    with pytest.raises(OutOfTime):
        next(streamed.pieces)

    assert clock.seconds - 1000 == 120


def test_a_document_that_is_read_slowly_keeps_nobody_from_asking() -> None:
    clock = ManualClock()
    limits = Limits(clock=clock, concurrency=1, per_customer=1, rps=1e6, burst=10**6)
    kept = [ask(document(Document(b"x" * MEGABYTE)), clock=clock, limits=limits)[0] for _ in range(3)]

    assert len(kept) == 3
    with limits.turn("balances", ACCOUNT, Deadline(clock, 1)):
        pass
