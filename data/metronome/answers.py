"""Reading one answer: its status as an error, its body within bounds, a document beside memory, JSON as structs.

``detail`` of an error names the endpoint's family and a status, a kind of failure or a JSON path; never a text that
Metronome sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from tempfile import SpooledTemporaryFile
from typing import IO, Final, TypeVar

import msgspec
import requests
from urllib3.exceptions import DecodeError, HTTPError, ReadTimeoutError

from data.errors import (
    BadAnswer,
    CredentialsRejected,
    NotAllowed,
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
MEMORY_BYTES = 1024 * 1024
# A PDF begins with a version, and its last 1024 bytes hold the mark of its end (ISO 32000-1, annex H.3).
PDF_HEAD: Final = b"%PDF-"
PDF_END: Final = b"%%EOF"
PDF_END_BYTES: Final = 1024
V2_NOT_FOUND = frozenset({"CustomerNotFound", "ContractNotFound"})

T = TypeVar("T")
_ERROR_BY_STATUS: dict[int, type[SourceError]] = {
    400: Refused,
    401: CredentialsRejected,
    403: NotAllowed,
    404: NotFound,
    408: OutOfTime,
    429: Throttled,
}


class _ErrorBody(msgspec.Struct):
    code: str | None = None


_ERROR_BODY = msgspec.json.Decoder(_ErrorBody)


@dataclass(frozen=True)
class Pdf:
    """A whole document of ``length`` bytes. ``file`` stands at its beginning; whoever takes it closes it."""

    file: IO[bytes]
    length: int


def read_answer(family: str, response: requests.Response, deadline: Deadline) -> bytes:
    """The body of a 200, decompressed; raises ``Failure`` for another type, more than 20 MB, or running out of time."""
    kind = _content_type(response, JSON)
    if kind != JSON and not kind.endswith("+json"):
        raise Failure(BadAnswer(f"{family}: not JSON by its content type"))
    with response:
        return _body(family, response, deadline, most=MOST_BYTES)


def read_document(family: str, response: requests.Response, deadline: Deadline) -> Pdf:
    """The body of a 200 when all of it has come and it is a PDF from head to end; raises ``Failure`` as ``read_answer``
    does. Up to 1 MB stays in memory, more goes to a file without a name."""
    if _content_type(response, "") != PDF:
        raise Failure(BadAnswer(f"{family}: not PDF by its content type"))
    if _length(response) > MOST_BYTES:
        raise Failure(BadAnswer(f"{family}: more than {MOST_BYTES} bytes"))
    file = SpooledTemporaryFile(MEMORY_BYTES)  # noqa: SIM115  # closed by whoever takes the document
    try:
        with response:
            for piece in _pieces(family, response, deadline, most=MOST_BYTES):
                file.write(piece)
                deadline.touch()
        return _whole(family, file)
    except BaseException:
        file.close()
        raise


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


def _whole(family: str, file: IO[bytes]) -> Pdf:
    """``file`` from its beginning, when it holds a PDF that was not cut short."""
    length = file.tell()
    file.seek(max(0, length - PDF_END_BYTES))
    ends = PDF_END in file.read()
    file.seek(0)
    begins = file.read(len(PDF_HEAD)) == PDF_HEAD
    file.seek(0)
    if not (begins and ends):
        raise Failure(BadAnswer(f"{family}: not a whole PDF, {length} bytes"))
    return Pdf(file, length)


def _content_type(response: requests.Response, missing: str) -> str:
    return response.headers.get("Content-Type", missing).partition(";")[0].strip().lower()


def _length(response: requests.Response) -> int:
    """The length that the answer tells, 0 for none. That it is not shorter is seen to by urllib3."""
    sent = response.headers.get("Content-Length", "")
    return int(sent) if sent.isascii() and sent.isdigit() else 0
