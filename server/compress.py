"""Static bundles compressed once per process and cached for good; callback answers compressed lightly.

Dash compresses nothing by default: 9.3 MB against under 1 MB for a first view. Versioned bundles never change under
their address, so they are compressed well on first use and kept; everything else gets fast gzip.
"""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable

import brotli
from flask import Flask, Response, request

MIN_BYTES, MAX_BUNDLES = 1024, 200
_TEXT = ("text/", "application/json", "application/javascript", "application/problem+json", "image/svg+xml")
_STATIC_PARTS = ("/_dash-component-suites/", "/assets/", "/_favicon.ico")
_FOREVER = "public, max-age=31536000, immutable"

Encoder = Callable[[bytes], bytes]
_FOR_BUNDLES: dict[str, Encoder] = {
    "br": lambda body: brotli.compress(body, quality=9),
    "gzip": lambda body: gzip.compress(body, 9, mtime=0),
}
_FOR_ANSWERS: dict[str, Encoder] = {"gzip": lambda body: gzip.compress(body, 1, mtime=0)}


class _Store:
    """Compressed bundles by (address, encoding). There are some forty; but anyone can make up addresses of the same
    bundle by its query, so there is a limit."""

    def __init__(self) -> None:
        self._bodies: dict[tuple[str, str], bytes] = {}
        self._lock = threading.Lock()

    def body(self, address: str, encoding: str, plain: Callable[[], bytes]) -> bytes:
        with self._lock:
            if (address, encoding) not in self._bodies:
                if len(self._bodies) >= MAX_BUNDLES:
                    self._bodies.clear()
                self._bodies[address, encoding] = _FOR_BUNDLES[encoding](plain())
            return self._bodies[address, encoding]


def compress_responses(server: Flask) -> None:
    """Add compression, and caching headers for bundles and assets, to every response of ``server``."""
    store = _Store()

    def finish(response: Response) -> Response:
        bundle = any(part in request.path for part in _STATIC_PARTS) and response.status_code == 200
        if bundle:
            response.headers["Cache-Control"] = _FOREVER if _is_versioned() else "no-cache"
        if _is_text(response):
            _encode(response, store if bundle and _is_versioned() else None)
        return _revalidated(response) if bundle else response

    server.after_request(finish)


def _is_versioned() -> bool:
    """Whether the address names the content: Dash's fingerprint, ``?m=`` or ``?v=``, or our vendored version."""
    return "m" in request.args or "v" in request.args or ".v" in request.path or "/vendor/" in request.path


def _is_text(response: Response) -> bool:
    return (
        response.status_code < 300
        and response.mimetype.startswith(_TEXT)
        and "Content-Encoding" not in response.headers
        and request.method != "HEAD"
    )


def _encode(response: Response, store: _Store | None) -> None:
    encoders = _FOR_ANSWERS if store is None else _FOR_BUNDLES
    encoding = next((name for name in encoders if request.accept_encodings[name] > 0), None)
    response.vary.add("Accept-Encoding")
    if encoding is None:
        return
    response.direct_passthrough = False
    if store is not None:
        body = store.body(request.full_path, encoding, response.get_data)
        _close_file(response)
        response.set_data(body)
    elif len(response.get_data()) < MIN_BYTES:
        return
    else:
        response.set_data(encoders[encoding](response.get_data()))
    response.headers["Content-Encoding"] = encoding
    tag, _ = response.get_etag()
    if tag is not None:
        response.set_etag(tag, weak=True)  # same content, other bytes


def _revalidated(response: Response) -> Response:
    """304 where the browser has this very content; Dash compares tags as text, which a weak one never passes."""
    response.make_conditional(request.environ)
    return response


def _close_file(response: Response) -> None:
    """The file behind a response whose body came from the store was opened for nothing."""
    close = getattr(response.response, "close", None)
    if close is not None:
        close()
