"""Local mode: one person on one machine, and nobody else (reliability-security design, 4.5).

The socket's peer is this machine, the address names it and our own port (so that no other site's name can be bent to
it), nothing stands in between, and whoever asks has opened the address that was printed at the start.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlencode

from access.denied import Denied, Moved, Reason
from access.headers import forwarded
from access.peer import address_of
from data.scope import LOCAL, Scope
from data.settings import Secret

NAMES: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})
QUERY_KEY: Final = "token"
PROXIED = (
    "Something forwarded this request: a proxy stands in front of local mode, which is for one person on this machine. "
    "Set BURNBOARD_AUTH=proxy for use behind a proxy."
)
NO_ENTRY = "Open the address that was printed when Burnboard started: it holds a token, without which nothing is shown."
WRONG_HOST = "In local mode this app answers only under its own address on this machine."


def new_token() -> Secret:
    return Secret(secrets.token_urlsafe(32))


@dataclass(frozen=True, kw_only=True)
class LocalGate:
    """``token`` is None where it was turned off; ``home`` is the path that the app lives under."""

    token: Secret | None
    home: str = "/"

    def admit(self, environ: Mapping[str, Any]) -> Scope:
        self._check_way(environ)
        if self.token is None:
            return LOCAL
        if self._brings_token(environ, self.token):
            raise Moved(_without_token(environ), self._cookie(environ, self.token))
        if not self._has_cookie(environ, self.token):
            raise Denied(Reason.NO_START_TOKEN, NO_ENTRY)
        return LOCAL

    def _check_way(self, environ: Mapping[str, Any]) -> None:
        if forwarded(environ):
            raise Denied(Reason.PROXIED, PROXIED)
        peer = address_of(environ.get("REMOTE_ADDR"))
        if peer is None or not peer.is_loopback:
            raise Denied(Reason.NOT_LOOPBACK)
        name, _, port = _host(environ)
        if name not in NAMES or port != str(environ.get("SERVER_PORT", "")):
            raise Denied(Reason.WRONG_HOST, WRONG_HOST)

    def _brings_token(self, environ: Mapping[str, Any], token: Secret) -> bool:
        if environ.get("REQUEST_METHOD") not in ("GET", "HEAD"):
            return False
        given = [value for key, value in _query(environ) if key == QUERY_KEY]
        return len(given) == 1 and _same(given[0], token.reveal())

    def _has_cookie(self, environ: Mapping[str, Any], token: Secret) -> bool:
        name, value = _cookie_name(environ), _cookie_value(token)
        pairs = (part.strip().partition("=") for part in str(environ.get("HTTP_COOKIE", "")).split(";"))
        return any(_same(given, value) for key, _, given in pairs if key == name)

    def _cookie(self, environ: Mapping[str, Any], token: Secret) -> str:
        pair = f"{_cookie_name(environ)}={_cookie_value(token)}"
        return f"{pair}; Path={self.home}; HttpOnly; SameSite=Strict"


def start_url(url: str, token: Secret | None) -> str:
    """The address to open first."""
    return url if token is None else f"{url}?{urlencode({QUERY_KEY: token.reveal()})}"


def _host(environ: Mapping[str, Any]) -> tuple[str, str, str]:
    """The name and port of the address, as the browser has them; http's own port goes without saying."""
    text = str(environ.get("HTTP_HOST", "")).lower()
    name, colon, port = text.rpartition(":")
    return (name, colon, port) if colon and not text.endswith("]") else (text, "", "80")


def _cookie_name(environ: Mapping[str, Any]) -> str:
    """Cookies do not know ports; two apps on one machine must not take each other's."""
    return f"burnboard-start-{environ.get('SERVER_PORT', '')}"


def _cookie_value(token: Secret) -> str:
    """Not the token itself: what a browser keeps opens this app only while this token holds."""
    return hmac.new(token.reveal().encode(), b"start cookie", hashlib.sha256).hexdigest()


def _query(environ: Mapping[str, Any]) -> list[tuple[str, str]]:
    return parse_qsl(str(environ.get("QUERY_STRING", "")), keep_blank_values=True, errors="replace")


def _without_token(environ: Mapping[str, Any]) -> str:
    """The path and query without the token. One slash leads it: with two it would name a host."""
    path = str(environ.get("SCRIPT_NAME", "")) + str(environ.get("PATH_INFO", ""))
    rest = urlencode([(key, value) for key, value in _query(environ) if key != QUERY_KEY])
    where = quote("/" + path.lstrip("/\\"), safe="/:@!$&'()*+,;=-._~", encoding="latin-1", errors="replace")
    return where + (f"?{rest}" if rest else "")


def _same(given: str, right: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), right.encode())
