"""The only reader of the environment. Every variable here is also in ``.env.example`` and the README; a test compares.

Errors name the setting, never its value (reliability-security design, 4.6).
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from dotenv import dotenv_values

PRODUCTION_API = "https://api.metronome.com"
MEMORY_CACHE = "memory://"
FIRST_YEAR, LAST_YEAR = 2000, 2099  # the days that can be chosen


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


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that can be set, checked. ``token`` is None when there is none (only the sandbox can run then)."""

    token: Secret | None = None
    base_url: str = PRODUCTION_API
    host: str = "127.0.0.1"
    port: int = 8050
    path_prefix: str = "/"
    now: datetime | None = None
    cache_url: str = MEMORY_CACHE
    upstream_rps: float = 25.0
    upstream_burst: int = 50
    upstream_concurrency: int = 8
    sandbox: bool = False

    @staticmethod
    def read(folder: Path) -> Settings:
        """From ``folder/.env``, overridden by the process environment."""
        return Settings.from_env({**{k: v or "" for k, v in dotenv_values(folder / ".env").items()}, **os.environ})

    @staticmethod
    def from_env(env: Mapping[str, str]) -> Settings:
        """Read ``env`` (environment over ``.env``); raises ``BadSetting`` for the first value that cannot be used."""
        text = {name: env.get(name, "").strip() for name in VARIABLES}
        given = {name: value for name, value in text.items() if value}
        return Settings(**{_FIELD[name]: _READ[name](name, value) for name, value in given.items()})  # type: ignore[arg-type]

    @property
    def url(self) -> str:
        """The address to open, as a person on this machine would type it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}{self.path_prefix}"


def _token(name: str, value: str) -> Secret:
    if not re.fullmatch(r"[\x21-\x7e]+", value):
        raise BadSetting(f"{name} has a space or a character that no token has.")
    return Secret(value)


def _api_url(name: str, value: str) -> str:
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


def _host(name: str, value: str) -> str:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?", value):
            raise BadSetting(f"{name} should be an IP address or a host name.") from None
    return value


def _whole(name: str, value: str, *, low: int, high: int) -> int:
    if not re.fullmatch(r"\d{1,9}", value, re.ASCII) or not low <= int(value) <= high:
        raise BadSetting(f"{name} should be a whole number from {low} to {high}.")
    return int(value)


def _rate(name: str, value: str) -> float:
    if not re.fullmatch(r"\d{1,6}(\.\d{1,6})?", value, re.ASCII) or float(value) <= 0:
        raise BadSetting(f"{name} should be a number above 0, such as 25.")
    return float(value)


def _prefix(name: str, value: str) -> str:
    if not re.fullmatch(r"/([A-Za-z0-9._~-]+/)*", value):
        raise BadSetting(f"{name} should begin and end with a slash, such as /billing/.")
    return value


def _instant(name: str, value: str) -> datetime:
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


def _cache_url(name: str, value: str) -> str:
    if value != MEMORY_CACHE:
        raise BadSetting(f"{name} can only be {MEMORY_CACHE} in this version.")
    return value


def _flag(name: str, value: str) -> bool:
    if value not in {"on", "off"}:
        raise BadSetting(f"{name} should be on or off.")
    return value == "on"


_READERS = {
    "METRONOME_BEARER_TOKEN": ("token", _token),
    "METRONOME_BASE_URL": ("base_url", _api_url),
    "BURNBOARD_HOST": ("host", _host),
    "BURNBOARD_PORT": ("port", lambda name, value: _whole(name, value, low=1, high=65535)),
    "BURNBOARD_PATH_PREFIX": ("path_prefix", _prefix),
    "BURNBOARD_NOW": ("now", _instant),
    "BURNBOARD_CACHE_URL": ("cache_url", _cache_url),
    "BURNBOARD_UPSTREAM_RPS": ("upstream_rps", _rate),
    "BURNBOARD_UPSTREAM_BURST": ("upstream_burst", lambda name, value: _whole(name, value, low=1, high=10_000)),
    "BURNBOARD_UPSTREAM_CONCURRENCY": ("upstream_concurrency", lambda name, value: _whole(name, value, low=1, high=64)),
    "BURNBOARD_SANDBOX": ("sandbox", _flag),
}
VARIABLES = tuple(_READERS)
_FIELD = {name: field for name, (field, _) in _READERS.items()}
_READ = {name: read for name, (_, read) in _READERS.items()}
