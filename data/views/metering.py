"""What the metrics of an account counted over billing periods, to be held against what was billed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any, Final, TypeVar

import pandas as pd

from data.analytics.proofs.check import exactly
from data.analytics.proofs.metric_of_product import Billed, Meter, Period, Used, metrics_of
from data.analytics.records import records
from data.analytics.windows import midnight
from data.money import exact_sum
from data.source import Loaded
from data.views.asking import Question, attempt, together

T = TypeVar("T")
SIDE_BY_SIDE: Final = 16
MOST_TAUGHT: Final = 12  # periods: a year of months
_By = tuple[Period, str, tuple[str, ...]]  # a period, a metric, and the keys of a product's lines


@dataclass(frozen=True)
class Metered:
    """``used`` by period, without the periods that could not be asked for; ``parts`` for the provenance. ``taught``:
    the other bills that were looked at to tell which metrics products bill."""

    used: Used
    parts: tuple[Loaded[Any], ...]
    taught: tuple[Billed, ...] = ()

    @property
    def fetched_at(self) -> datetime | None:
        """When the oldest part was read."""
        return min((part.fetched_at for part in self.parts), default=None)


def load_used(
    question: Question,
    billed: Sequence[Billed],
    meters: Sequence[Meter],
    elsewhere: Callable[[], Sequence[Billed]] = tuple,
) -> Metered:
    """Usage of all metrics over the periods of ``billed``, and, where that does not tell which metric a product bills,
    over the last periods in which it was billed ``elsewhere``. Raises ``SourceError`` for a download only."""
    metered = _metered(question, billed, meters)
    told = metrics_of(billed, meters, metered.used)
    untold = {one.product_id for one in billed} - told.keys()
    others = [one for one in elsewhere() if one.product_id in untold] if untold and metered.parts else []
    if not others:
        return metered
    new = sorted({one.period for one in others} - metered.used.keys())[-MOST_TAUGHT:]
    more = _metered(question, [one for one in others if one.period in new], meters)
    return Metered({**more.used, **metered.used}, (*metered.parts, *more.parts), tuple(others))


def _metered(question: Question, billed: Sequence[Billed], meters: Sequence[Meter]) -> Metered:
    """Usage of all metrics over the periods of ``billed``. Of metrics that do not add up also by the keys of the lines,
    as their groups are no parts of the whole. A period that does not begin and end at midnight cannot be asked for."""
    periods = sorted({one.period for one in billed if _is_askable(question, one.period)})
    totals = side_by_side([partial(_totals, question, one) for one in periods])
    figures = {
        period: _counted(loaded.value) for period, loaded in zip(periods, totals, strict=True) if loaded is not None
    }
    ways = sorted(way for way in set(_ways(billed, meters)) if way[0] in figures)
    groups = side_by_side([partial(_groups, question, *way) for way in ways])
    for (period, metric_id, _), loaded in zip(ways, groups, strict=True):
        if loaded is not None and not loaded.missing:
            known = [exactly(value) for value in loaded.value["value"].dropna().tolist()]
            figures[period][metric_id] = (*figures[period].get(metric_id, ()), exact_sum(known))
    return Metered(figures, tuple(one for one in (*totals, *groups) if one is not None))


def _is_askable(question: Question, period: Period) -> bool:
    """Whether a period begins and ends at midnight, and lies within the days that the viewer may ask about."""
    whole = all(bound == midnight(bound.date()) for bound in period)
    return whole and question.bounds.admits(period[0].date(), period[1].date())


def side_by_side(calls: Sequence[Callable[[], T]]) -> list[T]:
    """The results of many independent calls, in order, some at a time."""
    return [one for at in range(0, len(calls), SIDE_BY_SIDE) for one in together(*calls[at : at + SIDE_BY_SIDE])]


def _totals(question: Question, period: Period) -> Loaded[pd.DataFrame] | None:
    start, end = (bound.date() for bound in period)
    return attempt(question, lambda: question.source.metric_totals(question.ask, start, end))[0]


def _groups(question: Question, period: Period, metric_id: str, keys: tuple[str, ...]) -> Loaded[pd.DataFrame] | None:
    span = [bound.date() for bound in period]
    source, ask = question.source, question.ask
    return attempt(question, lambda: source.usage(ask, metric_id, span[0], span[1], window="none", keys=keys))[0]


def _ways(billed: Iterable[Billed], meters: Sequence[Meter]) -> Iterator[_By]:
    """The groups of metrics that do not add up which lines may bill."""
    for one in billed:
        for meter in meters:
            if one.keys and not meter.additive and one.keys in meter.keys:
                yield one.period, meter.metric_id, tuple(sorted(one.keys))


def _counted(totals: pd.DataFrame) -> dict[str, tuple[Decimal, ...]]:
    """By metric; the same figure met again is page overlap, another one adds (interfaces document, "Semantics")."""
    found: defaultdict[str, set[float]] = defaultdict(set)
    for row in records(totals):
        if row["value"] is not None:
            found[row["metric_id"]].add(row["value"])
    return {ident: (exact_sum(exactly(value) for value in values),) for ident, values in found.items()}
