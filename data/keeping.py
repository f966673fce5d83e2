"""Questions on their way through the cache: what each is made of, how long it may take, and a copy for every asker."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final, TypeVar

import pandas as pd

from data.clock import Clock
from data.errors import BadAnswer, NotFound, SourceError
from data.events import note
from data.metronome.deadline import Deadline
from data.metronome.lane import Lane, in_lane
from data.metronome.question import Question
from data.source import Ask, Asked, BalanceTables, BreakdownTables, InvoiceTables, Loaded, Span
from data.waiting import DOWNLOAD_SECONDS, PAGE_SECONDS, waited
from data.window_cache.entry import Tables
from data.window_cache.reader import Read, WindowCache
from data.window_cache.wanted import Fetch, Name, Piece, Wanted, by_day, by_span, listed

T = TypeVar("T")

# Seconds for which lists are as good as new: of what hardly changes, and of figures.
LISTS: Final = 300.0
READINGS: Final = 60.0


@dataclass(frozen=True, kw_only=True)
class Patience:
    """Seconds that a question may take: a page's in all, a download's in all and without progress."""

    page: float = PAGE_SECONDS
    download: float = DOWNLOAD_SECONDS
    idle: float = 10.0


@dataclass(frozen=True, kw_only=True)
class Sought:
    """What one method of the source wants. ``name`` begins with the account ("" for what is nobody's) and says all but
    the days. ``asked``: the question, as one however many pages and pieces it takes. ``fetch`` gives the rows of days
    or of a list, ``shape`` makes the value of them; ``tables``: what they are called, for a range of no days."""

    name: Name
    asked: Sequence[Question]
    fetch: Fetch
    shape: Callable[[Tables], Any] = field(default=lambda tables: next(iter(tables.values())))
    tables: tuple[str, ...] = ()


@dataclass(frozen=True)
class Keeper:
    """Loads what is wanted, or has it already."""

    cache: WindowCache
    clock: Clock
    patience: Patience

    def list(self, ask: Ask, sought: Sought, *, lasts: float = LISTS) -> Loaded[Any]:
        """A whole list, as good as new for ``lasts`` seconds."""
        return self._get(ask, sought, sought.name, listed(self.cache.realm, sought.name), lasts)

    def spans(self, ask: Ask, sought: Sought, *spans: Span) -> Loaded[Any]:
        """One answer for each of ``spans``, as good as the last day of it."""
        return self._get(ask, sought, (*sought.name, spans), by_span(self.cache.realm, sought.name, spans))

    def days(self, ask: Ask, sought: Sought, start: date, end: date, *, size: int) -> Loaded[Any]:
        """The days from ``start`` until ``end``, exclusive, in blocks of ``size``, each as good as its days are."""
        pieces = by_day(self.cache.realm, sought.name, start, end, size)
        return self._get(ask, sought, (*sought.name, start, end), pieces)

    def deadline(self, *, whole: bool) -> Deadline:
        """What is left of the patience that began with the first question of the answer under way."""
        less = waited(self.clock)
        if whole:
            return Deadline(self.clock, self.patience.download - less, idle=self.patience.idle)
        return Deadline(self.clock, self.patience.page - less)

    def _get(
        self, ask: Ask, sought: Sought, name: Name, pieces: tuple[Piece, ...], lasts: float | None = None
    ) -> Loaded[Any]:
        """A download has looked up its account and metric before it asks for figures: "not found" is no answer then."""
        wanted = Wanted(
            name=name, pieces=pieces, fetch=sought.fetch, shape=sought.shape, lasts=lasts, tables=sought.tables
        )
        try:
            read = self._read(ask, wanted)
        except NotFound as error:
            if not ask.whole or lasts == LISTS:
                raise
            raise BadAnswer(f"figures of a known account: {error.detail}") from error
        told = tuple(_asked(question, read) for question in sought.asked)
        return Loaded(_own(read.value), read.fetched_at, read.stale, read.missing, told, read.version)

    def _read(self, ask: Ask, wanted: Wanted[T]) -> Read[T]:
        waited(self.clock)  # that patience begins now, although nothing may have to be fetched
        try:
            with in_lane(Lane.EMBED if ask.scope.is_customer else Lane.STAFF):
                read = self.cache.read(wanted, whole=ask.whole, begin=lambda: self.deadline(whole=ask.whole))
        except SourceError:
            note("cache", outcome="negative")
            raise
        note("cache", outcome=read.outcome.value)
        return read


def _asked(question: Question, read: Read[Any]) -> Asked:
    return Asked(
        family=question.family,
        method=question.method,
        path=question.path,
        parameters=question.parameters,
        fetched_at=read.fetched_at,
        is_old=read.stale is not None,
    )


def _own(value: Any) -> Any:
    """``value`` with frames that can be written to without reaching the cache's."""
    if isinstance(value, pd.DataFrame):
        return value.copy(deep=False)
    if isinstance(value, BalanceTables | BreakdownTables | InvoiceTables):
        return replace(value, **{name: _own(inner) for name, inner in vars(value).items()})
    return value
