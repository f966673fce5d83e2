"""Reading one answer: its status as an error, its body within bounds, whole or as it comes, its JSON as structs.

``detail`` of an error names the endpoint's family and a status, a kind of failure or a JSON path; never a text that
Metronome sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeVar

import msgspec
import requests
from urllib3.exceptions import DecodeError, HTTPError, ReadTimeoutError

from data.errors import (
    BadAnswer,
    CredentialsRejected,
    NotFound,
    OutOfTime,
    Refused,
    SourceError,
    Throttled,
    Unreachable,
)
from data.metronome.deadline import Deadline
from data.metronome.question import JSON, PDF
from data.metronome.retry import Failure
from data.metronome.shapes import json_path

MOST_BYTES = 20 * 1024 * 1024
MOST_ERROR_BYTES = 16 * 1024
CHUNK_BYTES = 64 * 1024
V2_NOT_FOUND = frozenset({"CustomerNotFound", "ContractNotFound"})

T = TypeVar("T")
_ERROR_BY_STATUS: dict[int, type[SourceError]] = {
    400: Refused,
    401: CredentialsRejected,
    403: CredentialsRejected,
    404: NotFound,
    408: OutOfTime,
    429: Throttled,
}


class _ErrorBody(msgspec.Struct):
    code: str | None = None


_ERROR_BODY = msgspec.json.Decoder(_ErrorBody)


@dataclass(frozen=True)
class Streamed:
    """A body as it comes, and its length in bytes where the answer tells it. Closing ``pieces``, or letting go of it,
    closes the connection."""

    pieces: Iterator[bytes]
    length: int | None


def read_answer(family: str, response: requests.Response, deadline: Deadline) -> bytes:
    """The body of a 200, decompressed; raises ``Failure`` for another type, more than 20 MB, or running out of time."""
    kind = _content_type(response, JSON)
    if kind != JSON and not kind.endswith("+json"):
        raise Failure(BadAnswer(f"{family}: not JSON by its content type"))
    with response:
        return _body(family, response, deadline, most=MOST_BYTES)


def stream_answer(family: str, response: requests.Response, deadline: Deadline) -> Streamed:
    """The body of a 200 of which the first piece has come; raises ``Failure`` as ``read_answer`` does, and for none.

    From then on an error is raised while reading, as a ``SourceError``.
    """
    if _content_type(response, "") != PDF:
        raise Failure(BadAnswer(f"{family}: not PDF by its content type"))
    length = _length(response)
    if length is not None and length > MOST_BYTES:
        raise Failure(BadAnswer(f"{family}: more than {MOST_BYTES} bytes"))
    pieces = _streaming(family, response, deadline)
    next(pieces)
    return Streamed(pieces, length)


def error_of(family: str, response: requests.Response, deadline: Deadline) -> SourceError:
    """What a status other than 200 means; v2 reports "not found" as a 400 with a code (section 1.3)."""
    status = response.status_code
    detail = f"{family}: answered {status}"
    if status == HTTPStatus.BAD_REQUEST and _error_code(family, response, deadline) in V2_NOT_FOUND:
        return NotFound(detail)
    if status in _ERROR_BY_STATUS:
        return _ERROR_BY_STATUS[status](detail)
    if status >= 500:
        return Unreachable(detail)
    return Refused(detail) if status >= 400 else BadAnswer(detail)


def failure_of(family: str, raised: Exception, deadline: Deadline) -> Failure:
    """What an exception of the connection means. The exception itself goes no further: it holds the request."""
    detail = f"{family}: {type(raised).__name__}"
    if deadline.expired:
        return Failure(OutOfTime(detail))
    if isinstance(raised, requests.ReadTimeout | ReadTimeoutError):
        return Failure(OutOfTime(detail), again=True)
    if isinstance(raised, requests.exceptions.SSLError):
        return Failure(Unreachable(detail))
    if isinstance(raised, DecodeError | ValueError):
        return Failure(BadAnswer(detail))
    return Failure(Unreachable(detail), again=True)


def decoded(family: str, decode: Callable[[bytes], T], body: bytes) -> T:
    """``body`` as structs; raises ``BadAnswer`` with the path of what is wrong."""
    try:
        return decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError) as wrong:
        detail = f"{family}: {type(wrong).__name__} at {json_path(wrong)}"
    raise BadAnswer(detail)


def _error_code(family: str, response: requests.Response, deadline: Deadline) -> str | None:
    try:
        return _ERROR_BODY.decode(_body(family, response, deadline, most=MOST_ERROR_BYTES)).code
    except (Failure, msgspec.MsgspecError, HTTPError, OSError, ValueError, RecursionError):
        return None


def _body(family: str, response: requests.Response, deadline: Deadline, *, most: int) -> bytes:
    body = bytearray()
    for piece in _pieces(family, response, deadline, most=most):
        body += piece
    return bytes(body)


def _pieces(family: str, response: requests.Response, deadline: Deadline, *, most: int) -> Iterator[bytes]:
    """Read with ``read1``, which gives what has come; ``read`` would wait until a piece is full."""
    size = 0
    while piece := response.raw.read1(CHUNK_BYTES, decode_content=True):
        size += len(piece)
        if size > most:
            raise Failure(BadAnswer(f"{family}: more than {most} bytes"))
        if deadline.expired:
            raise Failure(OutOfTime(f"{family}: while reading"))
        yield piece


def _streaming(family: str, response: requests.Response, deadline: Deadline) -> Iterator[bytes]:
    """First one empty piece, when the first real one has come: a generator that has begun closes what it holds, however
    it ends. Whoever reads slowly spends the total time only, not the patience with a service that stands still."""
    with response:
        pieces = _pieces(family, response, deadline, most=MOST_BYTES)
        piece = next(pieces, b"")
        if not piece:
            raise Failure(BadAnswer(f"{family}: an empty body"))
        yield b""
        while piece:
            yield piece
            deadline.touch()
            piece = _next_piece(family, pieces, deadline)


def _next_piece(family: str, pieces: Iterator[bytes], deadline: Deadline) -> bytes:
    try:
        return next(pieces, b"")
    except Failure as known:
        failure = known
    except (requests.RequestException, HTTPError, OSError, ValueError) as unknown:
        failure = failure_of(family, unknown, deadline)
    raise failure.error


def _content_type(response: requests.Response, missing: str) -> str:
    return response.headers.get("Content-Type", missing).partition(";")[0].strip().lower()


def _length(response: requests.Response) -> int | None:
    """Of the body as it is handed on; a compressed one is longer than what is sent."""
    sent = response.headers.get("Content-Length", "")
    return int(sent) if sent.isascii() and sent.isdigit() and "Content-Encoding" not in response.headers else None
