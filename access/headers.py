"""Request headers that can say who somebody is or where a request came from, and how their values must look
(reliability-security design, 4.3). A value that breaks a rule is no identity at all, never a part of one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any, Final

from access.denied import Denied, Reason

MAX_EMAIL, MAX_GROUPS, MAX_GROUP = 254, 200, 256
SECRET_HEADER: Final = "X-Proxy-Auth"  # noqa: S105  # a name

# Beside those that begin with one of the prefixes.
IDENTITY_HEADERS: Final = (
    "Authorization",
    "Proxy-Authorization",
    "Remote-User",
    "Remote-Email",
    "Remote-Groups",
    "X-Remote-User",
    "X-Forwarded-User",
    "X-Forwarded-Email",
    "X-Forwarded-Groups",
    "X-Auth-Request-User",
    "X-Auth-Request-Email",
    "X-Auth-Request-Groups",
    "X-Pomerium-Jwt-Assertion",
    "Cf-Access-Jwt-Assertion",
    "Cf-Access-Authenticated-User-Email",
    "X-Goog-IAP-JWT-Assertion",
    "X-Goog-Authenticated-User-Email",
    "X-Webauth-User",
    "X-User",
    "X-Email",
    SECRET_HEADER,
)
FORWARDING_HEADERS: Final = ("Forwarded", "Via", "X-Real-Ip", "X-Original-Url", "X-Rewrite-Url")
_PREFIXES: Final = (
    "HTTP_X_FORWARDED_", "HTTP_X_AUTH_REQUEST_", "HTTP_X_POMERIUM_", "HTTP_CF_ACCESS_", "HTTP_X_GOOG_",
    "HTTP_X_ORIGINAL_",
)  # fmt: skip
_OURS: Final = ("METRONOME_", "BURNBOARD_")  # granian lays the process's environment into every request's
_ODD: Final = re.compile(r"[^A-Z0-9]")


def environ_name(header: str) -> str:
    """Under which name a WSGI server hands on ``header``."""
    return "HTTP_" + header.upper().replace("-", "_")


# What browsers and servers say about themselves; a proxy that put an identity there would break what it is for.
_OTHERS: Final = frozenset(map(environ_name, (
    "Connection", "Cookie", "Cookie2", "Date", "Dnt", "Expect", "From", "Host", "Keep-Alive", "Max-Forwards", "Origin",
    "Pragma", "Proxy-Connection", "Range", "Referer", "Server", "Set-Cookie", "Te", "Traceparent", "Tracestate",
    "Trailer", "Transfer-Encoding", "Upgrade", "User-Agent", "Warning", "X-Request-Id",
    "X-Requested-With", SECRET_HEADER,
    *(f"X-Forwarded-{what}" for what in ("For", "Host", "Port", "Prefix", "Proto", "Server")), *FORWARDING_HEADERS,
)))  # fmt: skip
_OTHERS_BEGIN: Final = ("HTTP_ACCEPT", "HTTP_ACCESS_CONTROL_", "HTTP_CACHE_", "HTTP_CONTENT_", "HTTP_IF_", "HTTP_SEC_")
_NAMES: Final = frozenset(map(environ_name, (*IDENTITY_HEADERS, *FORWARDING_HEADERS)))


def can_identify(header: str) -> bool:
    """Whether a proxy may say in ``header`` who somebody is."""
    name = environ_name(header)
    return name not in _OTHERS and not name.startswith(_OTHERS_BEGIN)


def is_known(name: str, also: Iterable[str] = ()) -> bool:
    """Whether ``name`` in an environ is one of these headers or of ``also``, in any spelling that something might take
    for it."""
    plain = "HTTP_" + _ODD.sub("_", name[5:].upper()) if name.startswith("HTTP_") else name
    return plain in _NAMES or plain.startswith(_PREFIXES) or plain in map(environ_name, also)


def forwarded(environ: Mapping[str, Any]) -> bool:
    """Whether something between the browser and this process left its mark on the request."""
    return any(is_known(name) and name != "HTTP_AUTHORIZATION" for name in environ if name.startswith("HTTP_"))


def strip(environ: MutableMapping[str, Any], *, keep: Iterable[str] = (), also: Iterable[str] = ()) -> None:
    """Delete what could be mistaken for an identity, the cookies, and the settings of the process. ``also``: headers
    that the settings name."""
    kept, more = frozenset(map(environ_name, keep)), tuple(also)
    for name in list(environ):
        gone = is_known(name, more) or name in ("HTTP_COOKIE", "REMOTE_USER", "AUTH_TYPE") or name.startswith(_OURS)
        if gone and name not in kept:
            del environ[name]


def single(environ: Mapping[str, Any], header: str) -> str:
    """The one value of ``header``, empty where it was not sent; raises ``Denied`` for what can be no single value."""
    value = environ.get(environ_name(header), "")
    if not isinstance(value, str) or not is_plain(value):
        raise Denied(Reason.ODD_IDENTITY, status=401)
    return value


def email(text: object) -> str:
    """An address in small letters; raises ``Denied`` for anything that could be two, or none."""
    if not isinstance(text, str) or not is_email(text):
        raise Denied(Reason.ODD_IDENTITY, status=401)
    return text.lower()


def is_email(text: str) -> bool:
    return (
        bool(re.fullmatch(r"[\x21-\x2b\x2d-\x3f\x41-\x7e]+@[\x21-\x2b\x2d-\x3f\x41-\x7e]+", text))
        and len(text) <= MAX_EMAIL
    )


def groups(names: Iterable[object]) -> frozenset[str]:
    """The groups that somebody is said to be in; raises ``Denied`` for too many, or one that is no name."""
    found = list(names)
    if len(found) > MAX_GROUPS or not all(isinstance(name, str) and 0 < len(name) <= MAX_GROUP for name in found):
        raise Denied(Reason.ODD_IDENTITY, status=401)
    kept = frozenset(str(name) for name in found)
    if not all(name.isprintable() for name in kept):
        raise Denied(Reason.ODD_IDENTITY, status=401)
    return kept


def is_plain(text: str) -> bool:
    """ASCII without control characters."""
    return all("\x20" <= letter <= "\x7e" for letter in text)
