"""What is asked of the cache: pieces that are kept each by itself, and how to fetch one."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from hashlib import blake2b
from typing import Final, Generic, TypeVar

import numpy as np
import pandas as pd

from data.metronome.deadline import Deadline
from data.window_cache.codec import VERSION
from data.window_cache.days import blocks
from data.window_cache.entry import Days, Entry, Stamp, Tables
from data.window_cache.store import PREFIX

T = TypeVar("T")
Span = tuple[date, date]
Name = tuple[Hashable, ...]

_EPOCH: Final = date(1970, 1, 1).toordinal()
_DAY: Final = 86_400_000_000  # microseconds


@dataclass(frozen=True)
class Piece:
    """What has one entry in the store. ``days`` are those asked for: of a block some of its days, of a list the day 0.
    With a ``span`` the entry is one figure over exactly that, and its day is the last one of it."""

    key: str
    days: range
    span: Span | None = None

    @property
    def by_day(self) -> bool:
        return self.span is None and self.days.start > 0

    def asked(self, days: range) -> Span | None:
        """What has to be asked for to have ``days``; None for a list."""
        if not self.by_day:
            return self.span
        return date.fromordinal(days.start), date.fromordinal(days.stop)


@dataclass(frozen=True)
class Fetched:
    """Frames as they came. ``rows``: for a table the day of each row; without it all belong to the first day that was
    asked for, as do those of no day that was. ``moving``: days with invoices that are not final."""

    tables: Tables
    rows: Mapping[str, Days] = field(default_factory=dict)
    moving: frozenset[int] = frozenset()

    def entry(self, days: range, stamp: Stamp) -> Entry:
        rows = {name: _within(self.rows.get(name), len(frame), days) for name, frame in self.tables.items()}
        return Entry(self.tables, rows, dict.fromkeys(days, stamp), frozenset(days) - self.moving)


Fetch = Callable[[Span | None, Deadline], Fetched]


@dataclass(frozen=True, kw_only=True)
class Wanted(Generic[T]):
    """An answer made of ``pieces``. ``name`` begins with the account and says all that the answer hangs on. ``lasts``:
    for how many seconds it is as good as new, None = as long as its days are. Of one, ``fetch`` gives the rows and
    ``shape`` makes the value; {} = not offered. ``tables``: what it has where there are no pieces."""

    name: Name
    pieces: tuple[Piece, ...]
    fetch: Fetch
    shape: Callable[[Tables], T]
    lasts: float | None = None
    tables: tuple[str, ...] = ()


@lru_cache(maxsize=4096)
def listed(realm: str, name: Name) -> tuple[Piece, ...]:
    """A whole list."""
    return (Piece(_key(realm, name), range(1)),)


@lru_cache(maxsize=4096)
def by_span(realm: str, name: Name, spans: tuple[Span, ...]) -> tuple[Piece, ...]:
    """One figure for each of ``spans``, which are days until a day exclusive."""
    return tuple(
        Piece(_key(realm, (*name, start, end)), range(end.toordinal() - 1, end.toordinal()), (start, end))
        for start, end in spans
    )


@lru_cache(maxsize=4096)
def by_day(realm: str, name: Name, start: date, end: date, size: int) -> tuple[Piece, ...]:
    """The days from ``start`` until ``end`` in blocks of ``size``."""
    return tuple(
        Piece(_key(realm, (*name, size, number)), range(first.toordinal(), last.toordinal()))
        for number, first, last in blocks(start, end, size)
    )


def days_of(moments: pd.Series) -> Days:
    """The UTC day of each moment; 0 for none."""
    microseconds = pd.DatetimeIndex(moments.array).asi8
    days = microseconds // _DAY + _EPOCH
    return np.where(days > 0, days, 0).astype(np.int32)


def fingerprint(*texts: str) -> str:
    """Tells one API and token from another, and the token to nobody."""
    return blake2b("\0".join(texts).encode(), digest_size=16, person=b"burnboard cache").hexdigest()


def _key(realm: str, name: Name) -> str:
    return f"{PREFIX}{VERSION}:{realm}:{blake2b(repr(name).encode(), digest_size=20).hexdigest()}"


def _within(days: Days | None, count: int, asked: range) -> Days:
    first = np.int32(asked.start)
    if days is None:
        return np.full(count, first, np.int32)
    return np.where((days >= asked.start) & (days < asked.stop), days, first)
