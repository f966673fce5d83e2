"""The ground that every view stands on: the range made days, calls side by side, and where an answer came from."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar

from data.analytics.groups import ValueNames
from data.analytics.ranges import needs_contract, resolve_range, resolved_window
from data.analytics.windows import midnight
from data.clock import Clock
from data.errors import BadQuery, Missing, SourceError
from data.filters import Days, Filters, Window
from data.lineage.value import Seal
from data.pages import Page
from data.scope import Bounds
from data.source import Ask, Asked, Loaded, Source
from data.views.heard import listened
from data.views.memo import Made, Memo
from data.waiting import DOWNLOAD_SECONDS, PAGE_SECONDS

T = TypeVar("T")

# Seconds. The panels of a page and its key figures ask for the same views at the same moment. What stands on answers
# that can be compared is good for longer; but ages are told in it ("2 minutes ago").
MOMENT, LONGEST = 1.0, 30.0
OUTSIDE = "Not all of these days can be shown here. Those that can:"


@dataclass(frozen=True, kw_only=True)
class Question:
    """One viewer's question about one account at one instant, on one of its pages. ``views`` keeps what is made of it
    for a moment."""

    source: Source
    ask: Ask
    filters: Filters
    now: datetime
    page: Page = Page.OVERVIEW
    views: Memo = field(default_factory=lambda: Memo(Clock()))

    def __post_init__(self) -> None:
        object.__setattr__(self, "source", listened(self.source))

    def answer(self, view: Callable[[Question], T]) -> T:
        """``view`` of this question, made once for everybody who may see the same and asks within the same hour while
        the source still answers everything that it asked as it did then; raises what it raises.

        The source is asked once a moment. What went wrong in part, or cannot be compared, is good for no longer than
        that. Views look at ``now``, at most to the hour.
        """
        hour = self.now.replace(minute=0, second=0, microsecond=0)
        key = (view, self.ask, self.filters, self.page, hour)
        patience = DOWNLOAD_SECONDS if self.ask.whole else PAGE_SECONDS
        return self.views.get(key, lambda: view(self), self._holds, patience=patience)

    def only(self, *names: str) -> Question:
        """This question with nothing in its filters but ``names``: what is made of it is the same whatever the others
        say, and so is kept when they change."""
        filters = Filters(**{name: getattr(self.filters, name) for name in names})
        return replace(self, filters=filters, page=Page.OVERVIEW)

    def _holds(self, made: Made[Any], age: float) -> bool:
        if age - made.held < MOMENT:
            return True
        if age >= LONGEST or not made.heard.is_same(self.source):
            return False
        made.held = age
        return True

    @property
    def bounds(self) -> Bounds:
        """The days that the viewer may ask about."""
        return self.ask.scope.locked.bounds

    @property
    def value_names(self) -> ValueNames:
        """By group key, what the viewer is told instead of its raw values; files keep those."""
        return {one.key: dict(one.values) for one in self.ask.scope.locked.group_names}

    def key_name(self, key: str) -> str:
        """What the viewer is told instead of a group key."""
        named = (one.name for one in self.ask.scope.locked.group_names if one.key == key)
        return next(named, "") or key

    def seal(self, letter: str, *state: str) -> Seal:
        """For the figures of a view of this account; those of a customer's own view open nothing."""
        return Seal(letter, (self.ask.customer_id, *state), silent=self.ask.scope.is_customer)


@dataclass(frozen=True)
class Choice:
    """The days and window that the filters come to, with a sentence for each thing that had to be changed."""

    days: Days
    window: Window
    notices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Provenance:
    """Where a view's numbers come from: the oldest fetch, how far the data reaches, what is old, what is missing, and
    what was asked."""

    fetched_at: datetime
    data_through: datetime
    stale: SourceError | None = None
    missing: tuple[Missing, ...] = ()
    unavailable: tuple[str, ...] = ()
    asked: tuple[Asked, ...] = ()

    @property
    def is_partial(self) -> bool:
        return bool(self.missing or self.unavailable)


def choose(question: Question) -> Choice:
    """Resolve the range and the window; asks for the contracts only when the range is told by them.

    Contracts that cannot be loaded give calendar months and a notice. A download raises instead: ``SourceError`` for
    contracts, ``BadQuery`` for anything that would have to be changed.
    """
    contracts = None
    if needs_contract(question.filters):
        loaded, _ = attempt(question, lambda: question.source.contracts(question.ask))
        contracts = loaded.value if loaded else None
    wanted, said = resolve_range(question.filters, question.now, contracts)
    days, bounded = _bounded(question, wanted)
    window, more = resolved_window(question.filters, days)
    notices = (*said, *bounded, *more)
    if question.ask.whole and notices:
        raise BadQuery(notices[0])
    return Choice(days, window, notices)


def _bounded(question: Question, wanted: Days) -> tuple[Days, tuple[str, ...]]:
    """``wanted`` as far as the viewer's bounds allow, and a sentence where they do not."""
    bounds = question.bounds
    first, last = bounds.nearest(wanted.first, wanted.last)
    if (first, last) == (wanted.first, wanted.last):
        return wanted, ()
    parts = [
        *([f"from {bounds.earliest}"] if bounds.earliest else []),
        *([f"to {bounds.latest}"] if bounds.latest else []),
        *([f"at most {bounds.max_days} at once"] if bounds.max_days else []),
    ]
    return Days(first=first, last=last), (f"{OUTSIDE} {', '.join(parts)}.",)


def shared(view: Callable[[Question], T]) -> Callable[[Question], T]:
    """``view`` through ``Question.answer``, for panels whose view others need as well."""
    return lambda question: question.answer(view)


def attempt(question: Question, call: Callable[[], T]) -> tuple[T | None, SourceError | None]:
    """``call()`` for a part that a page can do without; a download cannot, so there the error goes up."""
    try:
        return call(), None
    except SourceError as error:
        if question.ask.whole:
            raise
        return None, error.bare()


def together(*calls: Callable[[], Any]) -> list[Any]:
    """The results of independent calls made side by side, in order; the first error in that order is raised."""
    with ThreadPoolExecutor(max_workers=len(calls)) as pool:
        futures = [pool.submit(copy_context().run, call) for call in calls]
        return [future.result() for future in futures]


def provenance(now: datetime, days: Days | None, *parts: Loaded[Any], unavailable: tuple[str, ...] = ()) -> Provenance:
    """The weakest of ``parts``: oldest fetch, any staleness, all gaps; data reaches to the fetch or the range's end."""
    fetched = min(part.fetched_at for part in parts)
    through = min(fetched, midnight(days.end_exclusive)) if days else fetched
    stale = next((part.stale for part in parts if part.stale is not None), None)
    missing = tuple(gap for part in parts for gap in part.missing)
    asked = tuple(dict.fromkeys(one for part in parts for one in part.asked))
    return Provenance(fetched, min(through, now), stale, missing, unavailable, asked)
