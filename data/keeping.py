"""Answers on their way through the cache: how long each is good, what comes with it, and a copy for every asker."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

import pandas as pd

from data.cache import Cache, Keep, Kept
from data.clock import Clock
from data.errors import BadAnswer, NotFound, SourceError
from data.events import note
from data.metronome.client import Missing
from data.metronome.deadline import Deadline
from data.metronome.question import Question
from data.source import Ask, Asked, BalanceTables, BreakdownTables, InvoiceTables, Loaded

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

LISTS = Keep(fresh=300.0)
READINGS = Keep(fresh=60.0)


@dataclass(frozen=True, kw_only=True)
class Patience:
    """Seconds that a question may take: a page's in all, a download's in all and without progress."""

    page: float = 10.0
    download: float = 120.0
    idle: float = 10.0


@dataclass(frozen=True)
class Part(Generic[T_co]):
    """What the cache keeps: the value and its gaps."""

    value: T_co
    missing: tuple[Missing, ...] = ()

    @property
    def whole(self) -> bool:
        return not self.missing


@dataclass(frozen=True)
class Keeper:
    """Loads what is wanted, or has it already."""

    clock: Clock
    patience: Patience
    cache: Cache = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "cache", Cache(self.clock))

    def get(
        self,
        ask: Ask,
        key: tuple[Hashable, ...],
        keep: Keep,
        load: Callable[[Deadline], Part[T]],
        *,
        asked: Iterable[Question],
    ) -> Loaded[T]:
        """``load`` through the cache, under a ``key`` that begins with the customer id ("" for what is nobody's).

        A whole answer to a page serves a download too; never the other way round. A download has looked up its account
        and metric before it asks for figures: "not found" is no answer to that. ``asked`` is what ``load`` asks, each
        question as one, however many pages and spans it takes.
        """
        found: Kept[Part[T]] | None = self.cache.peek(key, keep) if ask.whole else None
        if found is not None and found.value.whole:
            note("cache", outcome="fresh")
        else:
            own_key = (*key, "whole") if ask.whole else key
            try:
                found = self._counted(own_key, lambda: load(self.deadline(whole=ask.whole)), keep)
            except NotFound as error:
                if not ask.whole or keep is not READINGS:
                    raise
                raise BadAnswer(f"figures of a known account: {error.detail}") from error
        told = tuple(_asked(question, found) for question in asked)
        return Loaded(_own(found.value.value), found.fetched_at, found.error, found.value.missing, told)

    def _counted(self, key: tuple[Hashable, ...], load: Callable[[], Part[T]], keep: Keep) -> Kept[Part[T]]:
        """Through the cache, telling how it went: there already (or on its way), loaded, an old copy, or nothing."""
        loads: list[Part[T]] = []

        def loading() -> Part[T]:
            loads.append(load())
            return loads[0]

        try:
            found = self.cache.get(key, loading, keep)
        except SourceError:
            note("cache", outcome="negative")
            raise
        note("cache", outcome="stale" if found.stale else "miss" if loads else "fresh")
        return found

    def deadline(self, *, whole: bool) -> Deadline:
        if whole:
            return Deadline(self.clock, self.patience.download, idle=self.patience.idle)
        return Deadline(self.clock, self.patience.page)


def _asked(question: Question, found: Kept[Part[T]]) -> Asked:
    return Asked(
        family=question.family,
        method=question.method,
        path=question.path,
        parameters=question.parameters,
        fetched_at=found.fetched_at,
        is_old=found.error is not None,
    )


def _own(value: Any) -> Any:
    """``value`` with frames that can be written to without reaching the cache's."""
    if isinstance(value, pd.DataFrame):
        return value.copy(deep=False)
    if isinstance(value, BalanceTables | BreakdownTables | InvoiceTables):
        return replace(value, **{name: _own(inner) for name, inner in vars(value).items()})
    return value
