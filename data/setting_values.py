"""How the text of each setting is read. Every reader takes the setting's name and its text, and raises ``BadSetting``
with a sentence that names the setting, never its value (reliability-security design, 4.6)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

PRODUCTION_API = "https://api.metronome.com"
MEMORY_CACHE = "memory://"
FIRST_YEAR, LAST_YEAR = 2000, 2099  # the days that can be chosen
LOOPBACK_NAMES = {"localhost", "127.0.0.1", "::1"}

E = TypeVar("E", bound=StrEnum)


class BadSetting(ValueError):
    """A setting cannot be used. The text names the setting and what it should look like."""


class Secret:
    """Text that never shows itself: ``str``, ``repr`` and formatting give stars, pickling fails."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return "********"

    def __bool__(self) -> bool:
        return bool(self._value)

    def __reduce__(self) -> str:
        raise TypeError("a secret is not pickled")


def token(name: str, value: str) -> Secret:
    if not re.fullmatch(r"[\x21-\x7e]+", value):
        raise BadSetting(f"{name} has a space or a character that no token has.")
    return Secret(value)


def api_url(name: str, value: str) -> str:
    try:
        parts = urlsplit(value)
        usable = bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets without an end, a port that is none
        usable = False
    if not usable or parts.scheme not in {"https", "http"} or parts.query or parts.fragment or parts.username:
        raise BadSetting(f"{name} should be an address such as {PRODUCTION_API}.")
    if parts.scheme == "http" and parts.hostname not in {"localhost", "127.0.0.1", "::1"}:
        raise BadSetting(f"{name} must begin with https:// unless it is on this machine: the token travels with it.")
    return value.rstrip("/")


def host(name: str, value: str) -> str:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?", value):
            raise BadSetting(f"{name} should be an IP address or a host name.") from None
    return value


def whole(name: str, value: str, *, low: int, high: int) -> int:
    if not re.fullmatch(r"\d{1,9}", value, re.ASCII) or not low <= int(value) <= high:
        raise BadSetting(f"{name} should be a whole number from {low} to {high}.")
    return int(value)


def rate(name: str, value: str) -> float:
    if not re.fullmatch(r"\d{1,6}(\.\d{1,6})?", value, re.ASCII) or float(value) <= 0:
        raise BadSetting(f"{name} should be a number above 0, such as 25.")
    return float(value)


def prefix(name: str, value: str) -> str:
    if not re.fullmatch(r"/([A-Za-z0-9._~-]+/)*", value):
        raise BadSetting(f"{name} should begin and end with a slash, such as /billing/.")
    return value


def instant(name: str, value: str) -> datetime:
    try:
        given = datetime.fromisoformat(value)
        instant = given.astimezone(UTC) if given.tzinfo is not None else None
    except (ValueError, OverflowError):  # the first and last hours of the calendar have no UTC
        instant = None
    if instant is None or not FIRST_YEAR <= instant.year <= LAST_YEAR:
        raise BadSetting(
            f"{name} should be an RFC 3339 instant such as 2024-10-15T12:00:00Z, from {FIRST_YEAR} to {LAST_YEAR}."
        )
    return instant


def cache_url(name: str, value: str) -> str:
    try:
        parts = urlsplit(value)
        usable = value == MEMORY_CACHE or (
            parts.scheme in {"redis", "rediss"}
            and bool(parts.hostname)
            and parts.port != 0
            and bool(re.fullmatch(r"(/(\d{1,4}/?)?)?", parts.path, re.ASCII))  # the number of a database
        )
    except ValueError:
        usable = False
    if not usable:
        raise BadSetting(f"{name} should be {MEMORY_CACHE} or an address such as redis://127.0.0.1:6379/0.")
    return value


def flag(name: str, value: str) -> bool:
    if value not in {"on", "off"}:
        raise BadSetting(f"{name} should be on or off.")
    return value == "on"


def start_token(name: str, value: str) -> Secret | bool:
    """On, off, or the token itself."""
    if value in {"on", "off"}:
        return value == "on"
    if not re.fullmatch(r"[A-Za-z0-9_-]{32,200}", value):
        raise BadSetting(f"{name} should be on, off, or a token of 32 letters, digits, - and _ or more.")
    return Secret(value)


def choice(kind: type[E]) -> Callable[[str, str], E]:
    """A reader for the values of ``kind``."""

    def read(name: str, value: str) -> E:
        try:
            return kind(value)
        except ValueError:
            raise BadSetting(f"{name} should be one of {', '.join(kind)}.") from None

    return read


def words(name: str, value: str) -> tuple[str, ...]:
    """Words between commas or spaces."""
    found = tuple(word for word in re.split(r"[,\s]+", value) if word)
    if not found or not all(re.fullmatch(r"[\x21-\x7e]{1,200}", word) for word in found):
        raise BadSetting(f"{name} should be words with commas between them.")
    return found


def word(name: str, value: str) -> str:
    if not re.fullmatch(r"[\x21-\x7e]{1,500}", value):
        raise BadSetting(f"{name} has a space or a character that is not expected there.")
    return value


def path(name: str, value: str) -> Path:
    if "\x00" in value:
        raise BadSetting(f"{name} should be the path of a file.")
    return Path(value)


def public_url(name: str, value: str) -> str:
    """An address that ends with a slash."""
    try:
        parts = urlsplit(value)
        usable = bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or parts.scheme not in {"https", "http"} or parts.query or parts.fragment or parts.username:
        raise BadSetting(f"{name} should be an address such as https://billing.example.com/.")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK_NAMES:
        raise BadSetting(f"{name} must begin with https:// unless it is on this machine: embed tokens travel there.")
    return value.rstrip("/") + "/"


def https_or_file(name: str, value: str) -> str:
    """Where keys are read from: the path of a file, or an https address (http on this machine only)."""
    if "://" in value and not _is_https(value):
        raise BadSetting(f"{name} should be the path of a file or an https:// address.")
    return value


def https_url(name: str, value: str) -> str:
    """An https address, or an http one on this machine."""
    if not _is_https(value):
        raise BadSetting(f"{name} should be an https:// address, or an http:// one on this machine.")
    return value


def _is_https(value: str) -> bool:
    try:
        parts = urlsplit(value)
        usable = bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets without an end, a port that is none
        return False
    return usable and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK_NAMES))
