"""More than sixty ways in which an upstream, or something in front of it, gives back what it was sent or breaks while
it holds it. Each is the bytes of one answer to one request."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from urllib.parse import quote

from tests.rows.upstream import Sent, response

Kind = Callable[[Sent], bytes]
STATUSES = {
    "400": "Bad Request", "401": "Unauthorized", "403": "Forbidden", "404": "Not Found", "405": "Method Not Allowed",
    "408": "Request Timeout", "409": "Conflict", "410": "Gone", "413": "Too Large", "418": "Teapot",
    "422": "Unprocessable", "429": "Too Many", "431": "Headers Too Large", "500": "Error", "502": "Bad Gateway",
    "503": "Unavailable", "504": "Timeout", "511": "Login Required",
}  # fmt: skip
HEADERS = ("Retry-After", "Set-Cookie", "WWW-Authenticate", "X-Request-Id", "X-Should-Retry", "Link", "ETag", "Server")


def _echo(sent: Sent) -> bytes:
    return json.dumps(
        {"code": "X", "message": f"you sent {sent.headers}", "authorization": f"Bearer {sent.token}"}
    ).encode()


def _raw(text: str) -> bytes:
    return text.encode("latin-1", "replace")


def _page(rows: list[dict[str, object]], **more: object) -> bytes:
    return json.dumps({"data": rows, "next_page": None, **more}).encode()


def _customer(sent: Sent, name: str) -> bytes:
    row = {"id": sent.path.rsplit("/", 1)[-1], "name": name, "external_id": name, "ingest_aliases": [name]}
    return json.dumps({"data": row}).encode()


def _status(line: str) -> Kind:
    return lambda sent: response(line, _echo(sent))


def _header(name: str) -> Kind:
    return lambda sent: response("503 Unavailable", _echo(sent), f"{name}: {sent.token}")


def _escaped(token: str) -> str:
    """As JSON may write it too."""
    return "".join(f"\\u{ord(letter):04x}" for letter in token)


KINDS: dict[str, Kind] = {
    **{f"status {code}": _status(f"{code} {words}") for code, words in STATUSES.items()},
    **{f"header {name}": _header(name) for name in HEADERS},
    "reason": lambda sent: response(f"500 {sent.token}"),
    "good but a header": lambda sent: response("200 OK", _page([]), f"X-Echo: {sent.token}"),
    "good but a cookie": lambda sent: response("200 OK", _page([]), f"Set-Cookie: t={sent.token}"),
    "redirect": lambda sent: response("302 Found", b"", f"Location: https://evil.example/?token={sent.token}"),
    "redirect to itself": lambda sent: response("307 Again", b"", f"Location: {sent.path}?token={quote(sent.token)}"),
    "content type": lambda sent: response("200 OK", _page([]), kind=sent.token),
    "content length": lambda sent: _raw(
        f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {sent.token}\r\n\r\n"
    ),
    "content encoding": lambda sent: response("200 OK", _echo(sent), f"Content-Encoding: {sent.token}"),
    "not gzip": lambda sent: response("200 OK", _echo(sent), "Content-Encoding: gzip"),
    "gzip": lambda sent: response("200 OK", gzip.compress(_echo(sent)), "Content-Encoding: gzip"),
    "half a gzip": lambda sent: response("200 OK", gzip.compress(_echo(sent))[:40], "Content-Encoding: gzip"),
    "transfer encoding": lambda sent: _raw(f"HTTP/1.1 200 OK\r\nTransfer-Encoding: {sent.token}\r\n\r\n"),
    "chunk size": lambda sent: _raw(
        f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n{sent.token}\r\nxx\r\n"
    ),
    "chunk extension": lambda sent: _raw(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        f"2;t={sent.token}\r\n[]\r\n0\r\nX-Trailer: {sent.token}\r\n\r\n"
    ),
    "no colon in a header": lambda sent: _raw(f"HTTP/1.1 200 OK\r\n{sent.token}\r\nContent-Length: 2\r\n\r\n[]"),
    "status line": lambda sent: _raw(f"HTTP/1.1 {sent.token}\r\n\r\n"),
    "no status line": lambda sent: _raw(f"Bearer {sent.token}\r\n\r\n{sent.headers}"),
    "another protocol": lambda sent: _raw(f"HTTP/9.9 200 {sent.token}\r\n\r\n"),
    "a long header": lambda sent: response("200 OK", b"{}", f"X-Long: {sent.token * 3_000}"),
    "many headers": lambda sent: response("200 OK", b"{}", *[f"X-{n}: {sent.token}" for n in range(150)]),
    "nothing": lambda _: b"",
    "half a head": lambda sent: _raw(f"HTTP/1.1 200 OK\r\nX-Echo: {sent.token}"),
    "half a body": lambda sent: response("200 OK", _echo(sent)).replace(b"Content-Length: ", b"Content-Length: 9"),
    "informational": lambda sent: _raw(f"HTTP/1.1 103 Early\r\nX-Echo: {sent.token}\r\n\r\n"),
    "html": lambda sent: response("200 OK", b"<pre>" + _echo(sent) + b"</pre>", kind="text/html"),
    "text as json": lambda sent: response("200 OK", _raw(f"Bearer {sent.token}")),
    "broken json": lambda sent: response("200 OK", _echo(sent)[:-9]),
    "not utf-8": lambda sent: response("200 OK", b'{"data": "\xff\xfe' + _raw(sent.token) + b'"}'),
    "a key": lambda sent: response("200 OK", json.dumps({"data": [{sent.token: 1}]}).encode()),
    "another type": lambda sent: response("200 OK", json.dumps({"data": {"id": [sent.token], "name": 1}}).encode()),
    "an array": lambda sent: response("200 OK", json.dumps([sent.token]).encode()),
    "a number": lambda sent: response("200 OK", _raw(f'{{"data": 1e{sent.token}}}')),
    "a cursor": lambda sent: response("200 OK", _page([], next_page=sent.token)),
    "a cursor that repeats": lambda sent: response("200 OK", _page([], next_page=f"x{sent.token}")),
    "a name": lambda sent: response("200 OK", _customer(sent, f"Acme {sent.token}")),
    "an escaped name": lambda sent: response(
        "200 OK", _customer(sent, "Acme ESCAPED").replace(b"ESCAPED", _escaped(sent.token).encode())
    ),
    "rows": lambda sent: response("200 OK", _page([{"id": sent.token, "name": sent.token}])),
    "a document": lambda sent: response("200 OK", b"%PDF-1.4\n" + _echo(sent) + b"\n%%EOF\n", kind="application/pdf"),
    "half a document": lambda sent: response("200 OK", b"%PDF-1.4\n" + _echo(sent), kind="application/pdf"),
    "too large": lambda sent: response("200 OK", _raw(sent.token) * 700_000),
    "deep": lambda sent: response("200 OK", b'{"data":' * 3_000 + _raw(f'"{sent.token}"') + b"}" * 3_000),
}  # fmt: skip
