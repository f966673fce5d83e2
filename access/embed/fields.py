"""Objects read member by member: each one known, of its type and there once; what nobody asked for is refused.

One way for key files, tokens and requests (reliability-security design, 4.3 and 4.4: closed schemas). An error names
the place, never the value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, TypeVar

from access.strict import Wrong
from data.query_values import is_id, parse_day, shown
from data.scope import ALL, All

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)
Reader = Callable[[object, str], T]

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
MAX_TEXT = 200


class Fields:
    """The members of one object, each taken once; ``close`` refuses the rest."""

    def __init__(self, value: object, where: str) -> None:
        if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value):
            raise Wrong(f"{where or 'It'} should be an object with named members")
        self._left = dict(value)
        self._where = where

    def place(self, name: str) -> str:
        return f"{self._where}.{name}" if self._where else name

    def has(self, name: str) -> bool:
        return name in self._left

    def need(self, name: str, read: Reader[T]) -> T:
        if name not in self._left:
            raise Wrong(f"{self.place(name)} is missing")
        return read(self._left.pop(name), self.place(name))

    def may(self, name: str, read: Reader[T], default: T) -> T:
        return self.need(name, read) if name in self._left else default

    def close(self) -> None:
        if self._left:
            raise Wrong(f"{self.place(shown(min(self._left)))} is not known here")


def text(value: object, where: str) -> str:
    """1 to 200 printable characters, without marks that turn the direction of writing."""
    if not isinstance(value, str) or not 0 < len(value) <= MAX_TEXT or _UNPRINTABLE.search(value):
        raise Wrong(f"{where} should be text of 1 to {MAX_TEXT} printable characters")
    return value


def matching(pattern: str, what: str) -> Reader[str]:
    """Text that is written like ``pattern``; ``what`` finishes the sentence "... should be"."""
    compiled = re.compile(pattern, re.ASCII)

    def read(value: object, where: str) -> str:
        if not isinstance(value, str) or not compiled.fullmatch(value):
            raise Wrong(f"{where} should be {what}")
        return value

    return read


def flag(value: object, where: str) -> bool:
    if not isinstance(value, bool):
        raise Wrong(f"{where} should be true or false")
    return value


def whole(low: int, high: int) -> Reader[int]:
    def read(value: object, where: str) -> int:
        if type(value) is not int or not low <= value <= high:
            raise Wrong(f"{where} should be a whole number from {low} to {high}")
        return value

    return read


def one_of(kind: type[E]) -> Reader[E]:
    def read(value: object, where: str) -> E:
        known = {str(member): member for member in kind}
        if not isinstance(value, str) or value not in known:
            raise Wrong(f"{where} should be one of {', '.join(known)}")
        return known[value]

    return read


def customer(value: object, where: str) -> str:
    """A Metronome id, in small letters: one account has one spelling."""
    if not isinstance(value, str) or not is_id(value):
        raise Wrong(f"{where} should be a Metronome id")
    return value.lower()


def day(value: object, where: str) -> date:
    try:
        return value if type(value) is date else parse_day(value if isinstance(value, str) else "")
    except ValueError:
        raise Wrong(f"{where} should be a day such as 2026-01-31") from None


def instant(value: object, where: str) -> datetime:
    """A point in time with its offset; YAML reads one without quotation marks by itself."""
    try:
        found = (
            value if isinstance(value, datetime) else datetime.fromisoformat(value if isinstance(value, str) else "")
        )
        moment = found.astimezone(UTC) if found.tzinfo is not None else None
    except (ValueError, OverflowError):
        moment = None
    if moment is None:
        raise Wrong(f"{where} should be an instant such as 2026-01-31T12:00:00Z")
    return moment


def list_of(read: Reader[T], most: int, *, least: int = 1) -> Reader[tuple[T, ...]]:
    """Between ``least`` and ``most`` different values. An empty list never comes to mean "no limit"."""

    def read_all(value: object, where: str) -> tuple[T, ...]:
        if not isinstance(value, list) or not least <= len(value) <= most:
            raise Wrong(f"{where} should be a list with {least} to {most} entries")
        found = tuple(read(one, f"{where}[{number}]") for number, one in enumerate(value))
        if len(set(found)) < len(found):
            raise Wrong(f"{where} has an entry twice")
        return found

    return read_all


def some_or_all(read: Reader[T], most: int) -> Reader[frozenset[T] | All]:
    """The word ``all``, or a list that is not empty."""

    def read_either(value: object, where: str) -> frozenset[T] | All:
        return ALL if value == "all" else frozenset(list_of(read, most)(value, where))

    return read_either


def objects(value: object, where: str) -> dict[str, Any]:
    """A mapping whose names are text, as it is."""
    if not isinstance(value, dict) or not all(isinstance(name, str) for name in value):
        raise Wrong(f"{where} should be an object with named members")
    return value


def list_of_objects(value: object, where: str, *, most: int) -> list[Fields]:
    """At most so many objects, possibly none; each is to be closed by whoever reads it."""
    if not isinstance(value, list) or len(value) > most:
        raise Wrong(f"{where} should be a list with at most {most} entries")
    return [Fields(one, f"{where}[{number}]") for number, one in enumerate(value)]
