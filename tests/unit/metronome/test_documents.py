"""A document comes whole or not at all: bounded, checked from head to end, and mostly not in memory."""

from __future__ import annotations

import io
import traceback
from collections.abc import Callable
from typing import Any

import pytest
import requests
from urllib3.exceptions import ReadTimeoutError

from data.errors import BadAnswer, CredentialsRejected, NotFound, OutOfTime, Refused, SourceError, Unreachable
from data.metronome.answers import MEMORY_BYTES, Pdf
from data.metronome.deadline import Deadline
from data.metronome.limits import Limits
from tests.unit.metronome.upstream import ACCOUNT, BASE_URL, INVOICE, TOKEN, Answer, ManualClock, Upstream, client_on

MEGABYTE = 1024 * 1024
TYPE = {"Content-Type": "application/pdf"}
HEAD, END = b"%PDF-1.7\n", b"startxref\n9\n%%EOF\n"
SMALL = HEAD + END


def of_size(size: int) -> bytes:
    return HEAD + b"x" * (size - len(SMALL)) + END


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
    return Answer(body, status, TYPE | {name.replace("_", "-"): value for name, value in headers.items()})


def ask(
    *says: Any, clock: ManualClock | None = None, seconds: float = 120.0, limits: Limits | None = None
) -> tuple[Pdf, Upstream]:
    clock, upstream = clock or ManualClock(), Upstream(*says)
    deadline = Deadline(clock, seconds, idle=10.0)
    return client_on(upstream, clock, limits=limits).invoice_pdf(ACCOUNT, INVOICE, deadline), upstream


def read(found: Pdf) -> bytes:
    with found.file as file:
        return file.read()


def raising(error: Exception) -> Callable[[], None]:
    def act() -> None:
        raise error

    return act


@pytest.mark.parametrize("told", [True, False])
@pytest.mark.parametrize("size", [len(SMALL), 5 * MEGABYTE, 20 * MEGABYTE])
def test_a_document_comes_whole_with_its_length(size: int, told: bool) -> None:
    body = Document(of_size(size))
    found, upstream = ask(document(body, **({"Content_Length": str(size)} if told else {})))

    assert read(found) == of_size(size)
    assert found.length == size
    assert body.closed
    assert len(upstream.asked) == 1


@pytest.mark.parametrize(("size", "in_memory"), [(MEMORY_BYTES, True), (MEMORY_BYTES + 1, False)])
def test_what_is_large_is_not_kept_in_memory(size: int, in_memory: bool) -> None:
    found, _ = ask(document(of_size(size)))

    with found.file as file:
        assert isinstance(file._file, io.BytesIO) == in_memory  # type: ignore[attr-defined]


@pytest.mark.parametrize("length", ["nonsense", "-5"])
def test_a_length_that_is_none_is_not_believed(length: str) -> None:
    found, _ = ask(document(SMALL, Content_Length=length))

    assert found.length == len(read(found))


@pytest.mark.parametrize(
    ("said", "error", "attempts"),
    [
        (document(b"no", 404), NotFound, 1),
        (document(b"no", 401), CredentialsRejected, 1),
        (document(b"no", 400), Refused, 1),
        (document(b"no", 500), Unreachable, 3),
        (document(b"no", 302, Location="https://elsewhere.test/x.pdf"), BadAnswer, 1),
        (requests.ConnectionError(), Unreachable, 3),
        (Answer({"data": {}}), BadAnswer, 1),
        (Answer(SMALL, headers={}), BadAnswer, 1),
        (Answer(b"<html>", headers={"Content-Type": "text/html"}), BadAnswer, 1),
        (Answer(SMALL, headers={"Content-Type": "application/octet-stream"}), BadAnswer, 1),
        (document(SMALL, Content_Length=str(21 * MEGABYTE)), BadAnswer, 1),
        (document(b""), BadAnswer, 1),
        (document(HEAD), BadAnswer, 1),
        (document(END), BadAnswer, 1),
        (document(b" " + SMALL), BadAnswer, 1),
        (document(of_size(2 * MEGABYTE)[: 3 * MEGABYTE // 2]), BadAnswer, 1),
        (document(SMALL + b"x" * 1024), BadAnswer, 1),
        (document(of_size(20 * MEGABYTE + 1)), BadAnswer, 1),
    ],
)
def test_what_is_no_whole_document_is_an_error(said: Answer, error: type[SourceError], attempts: int) -> None:
    upstream, clock = Upstream(said), ManualClock()
    with pytest.raises(error):
        client_on(upstream, clock).invoice_pdf(ACCOUNT, INVOICE, Deadline(clock, 120, idle=10))

    assert len(upstream.asked) == attempts


@pytest.mark.parametrize("kind", ["Application/PDF", "application/pdf; charset=binary"])
def test_the_content_type_may_be_written_as_headers_may_be(kind: str) -> None:
    assert read(ask(Answer(SMALL, headers={"Content-Type": kind}))[0]) == SMALL


def breaking(error: Exception) -> Answer:
    """A document whose connection breaks after its first piece."""
    return document(Document(of_size(MEGABYTE), raising(error)))


def test_a_connection_that_breaks_is_tried_again_wherever_it_broke() -> None:
    found, upstream = ask(breaking(ConnectionResetError()), document(b"", 503), document(SMALL))

    assert read(found) == SMALL
    assert len(upstream.asked) == 3


@pytest.mark.parametrize(
    ("breaks", "error", "attempts"),
    [
        (ConnectionResetError(f"{BASE_URL} {TOKEN}"), Unreachable, 3),
        (ReadTimeoutError(None, BASE_URL, TOKEN), OutOfTime, 3),  # type: ignore[arg-type]
        (ValueError(TOKEN), BadAnswer, 1),
    ],
)
def test_a_connection_that_keeps_breaking_is_an_error_without_what_it_holds(
    breaks: Exception, error: type[SourceError], attempts: int
) -> None:
    upstream = Upstream(lambda _: breaking(breaks))
    clock = ManualClock()
    with pytest.raises(error) as raised:
        client_on(upstream, clock).invoice_pdf(ACCOUNT, INVOICE, Deadline(clock, 120, idle=10))

    shown = "".join(traceback.format_exception(raised.value)) + raised.value.detail
    assert TOKEN not in shown
    assert "metronome.test" not in shown
    assert len(upstream.asked) == attempts


def test_a_body_shorter_than_it_said_is_an_error_however_well_it_ends() -> None:
    with pytest.raises(Unreachable):
        ask(document(SMALL, Content_Length="5000"))


def test_more_than_20_megabytes_are_cut_off_where_they_were_not_announced() -> None:
    body = Document(b"x" * 60 * MEGABYTE)
    with pytest.raises(BadAnswer):
        ask(document(body))

    assert body.taken < 21 * MEGABYTE
    assert body.closed


def test_a_service_that_stands_still_ends_the_document() -> None:
    clock = ManualClock()
    body = Document(of_size(MEGABYTE), lambda: clock.sleep(10.5))
    with pytest.raises(OutOfTime):
        ask(document(body), clock=clock)

    assert body.closed


def test_steady_progress_may_take_the_total_and_no_longer() -> None:
    clock = ManualClock()
    found, _ = ask(document(Document(of_size(MEGABYTE), lambda: clock.sleep(7.0))), clock=clock)
    assert len(read(found)) == MEGABYTE
    with pytest.raises(OutOfTime):
        ask(document(Document(of_size(MEGABYTE), lambda: clock.sleep(9.0))), clock=clock)


def test_a_document_that_was_had_keeps_nobody_from_asking() -> None:
    clock = ManualClock()
    limits = Limits(clock=clock, concurrency=1, per_customer=1, rps=1e6, burst=10**6)
    kept = [ask(document(of_size(MEGABYTE)), clock=clock, limits=limits)[0] for _ in range(3)]

    assert [len(read(one)) for one in kept] == [MEGABYTE] * 3
    with limits.turn("balances", ACCOUNT, Deadline(clock, 1)):
        pass
