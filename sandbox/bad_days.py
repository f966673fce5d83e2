"""How each fault looks on the wire."""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Callable, Iterator
from threading import Event

from flask import Response

from sandbox.faults import Fault, Kind

JSON = "application/json"
_PAGE = "<!doctype html><title>Maintenance</title><h1>We will be back soon</h1>"
Answer = Callable[[], Response]


def misbehave(fault: Fault, answer: Answer, stopping: Event) -> Response:
    """The response to a request that ``fault`` hits; ``answer`` gives the right one. Waiting ends with the server."""
    if fault.kind is Kind.SLOW:
        stopping.wait(fault.seconds)
        return answer()
    if fault.kind is Kind.DRIP:
        return _dripping(answer(), fault.seconds, stopping)
    if fault.kind is Kind.HUGE:
        whole = answer()
        return Response(_padded(whole.get_data(), fault.size), mimetype=whole.mimetype)
    if fault.kind is Kind.MALFORMED:
        whole = answer()
        text = whole.get_data()
        return Response(text[: max(1, len(text) // 2)], mimetype=whole.mimetype)
    if fault.kind is Kind.HANG:
        stopping.wait(fault.seconds)
    if fault.kind in {Kind.HANG, Kind.RESET}:
        return Response(_cut(), mimetype=JSON)
    return _canned(fault)


def _canned(fault: Fault) -> Response:
    """Answers that do not depend on what was asked."""
    if fault.kind is Kind.HTML:
        return Response(_PAGE, mimetype="text/html")
    if fault.kind is Kind.WRONG_SHAPE:
        return Response(b'{"items": {"count": 0}, "data": "none"}', mimetype=JSON)
    if fault.kind is Kind.REDIRECT:
        return Response(status=302, headers={"Location": fault.location})
    response = Response(b'{"message": "made to fail"}', status=fault.status, mimetype=JSON)
    if fault.retry_after is not None:
        response.headers["Retry-After"] = fault.retry_after
    return response


def _dripping(whole: Response, seconds: float, stopping: Event) -> Response:
    text = whole.get_data()

    def drops() -> Iterator[bytes]:
        for place in range(len(text)):
            if stopping.wait(seconds):
                return
            yield text[place : place + 1]

    return Response(drops(), mimetype=whole.mimetype, headers={"Content-Length": str(len(text))})


def _padded(text: bytes, size: int) -> Iterator[bytes]:
    block = b" " * 65_536
    for _ in range(size // len(block)):
        yield block
    yield text


class MadeToReset(ConnectionResetError):
    """Raised while a response is written; the request handler then resets the connection."""


def _cut() -> Iterator[bytes]:
    raise MadeToReset
    yield b""  # never reached; makes this a generator, so that the error comes while writing


def reset(connection: socket.socket) -> None:
    """Close with a reset: lingering for no time does that, once no other handle keeps the connection open."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    os.close(connection.detach())
