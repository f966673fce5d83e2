"""What is held about one question: its rows, the day that each belongs to, and since when each day is held."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from math import inf

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.weighing import weight_of
from data.window_cache.tables import COLUMNS, between, united

Tables = Mapping[str, pd.DataFrame]
Days = NDArray[np.int32]

_LEAST_BYTES = 1_000
_CLOCKS_DIFFER = 2.0  # seconds between two readers of the same store, at most


@dataclass(frozen=True)
class Stamp:
    """When rows were stored by the time of their store, and when they were fetched, for people."""

    stored: float
    fetched_at: datetime

    def age(self, now: float) -> float:
        """Seconds since then by the store's time; ``inf`` for a stamp of the future, which a clock that was set back
        leaves behind: nobody can tell how old it is."""
        age = now - self.stored
        return max(0.0, age) if age > -_CLOCKS_DIFFER else inf


@dataclass(frozen=True, eq=False)
class Entry:
    """Rows of some days, or of a list, which has the one day 0. Frames are not to be written to.

    ``tables``: frames by the names of ``COLUMNS``; {} = the endpoint is not offered here. ``rows``: for each table the
    day (``date.toordinal()``) of every row, never falling. ``days``: what is held, days without rows too, and since
    when. ``settled``: those of them whose rows can hardly change any more.
    """

    tables: Tables
    rows: Mapping[str, Days]
    days: Mapping[int, Stamp]
    settled: frozenset[int] = frozenset()

    @cached_property
    def weight(self) -> int:
        """Bytes in memory, roughly."""
        return weight_of(self.tables) + _LEAST_BYTES


def merged(old: Entry | None, new: Entry) -> Entry:
    """``old`` with the days of ``new`` in place of its own; rows by day, within a day in the order they came."""
    if old is None:
        old = Entry({}, {}, {})
    rows: dict[str, Days] = {}
    tables: dict[str, pd.DataFrame] = {}
    for name in {**old.tables, **new.tables}:
        rows[name], tables[name] = _merged_table(name, old, new)
    settled = (old.settled - new.days.keys()) | new.settled
    return Entry(tables, rows, {**old.days, **new.days}, settled)


def sliced(entry: Entry, first: int, end: int) -> Entry:
    """What ``entry`` holds of the days from ``first`` until ``end``, exclusive."""
    bounds = {name: np.searchsorted(days, (first, end)) for name, days in entry.rows.items()}
    return Entry(
        {name: between(frame, *bounds[name].tolist()) for name, frame in entry.tables.items()},
        {name: days[slice(*bounds[name].tolist())] for name, days in entry.rows.items()},
        {day: stamp for day, stamp in entry.days.items() if first <= day < end},
        frozenset(day for day in entry.settled if first <= day < end),
    )


def joined(entries: Sequence[Entry]) -> Tables:
    """One frame per table over all ``entries``, in their order; {} when none of them has any. The texts of a column are
    in the order in which its rows first have them, so that equal rows make equal frames, whatever they came in."""
    names = {name: None for entry in entries for name in entry.tables}
    return {
        name: united([entry.tables[name] for entry in entries if name in entry.tables], COLUMNS[name]) for name in names
    }


def _merged_table(name: str, old: Entry, new: Entry) -> tuple[Days, pd.DataFrame]:
    """Days and rows of one table, of which one side may know nothing."""
    sides = [entry for entry in (old, new) if name in entry.tables]
    days = np.concatenate([entry.rows[name] for entry in sides])
    stays = np.concatenate([
        ~np.isin(entry.rows[name], list(new.days)) if entry is old else np.ones(len(entry.rows[name]), bool)
        for entry in sides
    ])  # fmt: skip
    order = np.flatnonzero(stays)
    order = order[np.argsort(days[order], kind="stable")]
    return days[order], united([entry.tables[name] for entry in sides], COLUMNS[name], order)
