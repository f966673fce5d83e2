"""Whether a request that could change something was sent by a page of this app (reliability-security design, S36)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from access.denied import Denied, Reason

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
SENTENCE = (
    "This was sent by another site. If it was not, the proxy should pass on the Host header as the browser sent it."
)
_DEFAULT = {"http": "80", "https": "443"}


def check_origin(environ: Mapping[str, Any], public_url: str | None = None) -> None:
    """Raise ``Denied`` for what another site sent. A browser that brings cookies says where it comes from; what says
    nothing and brings none is no browser, and has to prove who it is by other means."""
    if environ.get("REQUEST_METHOD") in SAFE:
        return
    site, origin = environ.get("HTTP_SEC_FETCH_SITE"), environ.get("HTTP_ORIGIN")
    silent = site is None and origin is None
    crosses = site is not None and site != "same-origin"
    foreign = origin is not None and _place(str(origin)) not in _own_places(environ, public_url)
    if crosses or foreign or (silent and "HTTP_COOKIE" in environ):
        raise Denied(Reason.CROSS_SITE, SENTENCE)


def _own_places(environ: Mapping[str, Any], public_url: str | None) -> set[str]:
    """Where pages of this app come from: the host that was asked under either scheme, and the public address."""
    host = str(environ.get("HTTP_HOST", ""))
    asked = {_place(f"{scheme}://{host}") for scheme in _DEFAULT} if host else set()
    return (asked | ({_place(public_url)} if public_url else set())) - {""}


def _place(url: str) -> str:
    """Host and port of an address; empty for what is none, such as the word ``null``."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return ""
    if parts.scheme not in _DEFAULT or not host or parts.username is not None or "@" in parts.netloc:
        return ""
    return f"{host}:{port or _DEFAULT[parts.scheme]}"
