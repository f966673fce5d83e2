"""Usage rows: facts cut into windows and gathered by group."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from sandbox.facts import COMBINE, Feed
from sandbox.moments import DAY, HOUR, steps

Group = tuple[str | None, ...]


class Reading(NamedTuple):
    """One window of one group; ``value`` None where nothing happened."""

    start: datetime
    end: datetime
    group: Group
    value: Decimal | None


STEPS: dict[str, timedelta | None] = {"hour": HOUR, "day": DAY, "none": None}


def group_order(group: Group) -> tuple[tuple[bool, str], ...]:
    """A to Z, with missing values last."""
    return tuple((value is None, value or "") for value in group)


def groups_of(feed: Feed, keys: tuple[str, ...]) -> dict[Group, list[int]]:
    """The cells that make up each group of ``keys``, in the order in which rows are listed."""
    gathered: dict[Group, list[int]] = {}
    for index, cell in enumerate(feed.stream.cells):
        gathered.setdefault(tuple(cell.value(key) for key in keys), []).append(index)
    return dict(sorted(gathered.items(), key=lambda item: group_order(item[0])))


def total(feed: Feed, cells: list[int], start: datetime, end: datetime) -> int:
    """The raw fact of several cells together."""
    combine, raw = COMBINE[feed.metric.aggregation], 0
    for cell in cells:
        raw = combine(raw, feed.between(cell, start, end))
    return raw


def windows(start: datetime, end: datetime, size: str, through: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The windows of a request that have begun by ``through``; the whole range for size ``none``."""
    step = STEPS[size]
    if step is None:
        yield start, end
        return
    for moment in steps(start, min(end, through), step):
        yield moment, moment + step


def readings(feed: Feed, keys: tuple[str, ...], start: datetime, end: datetime, size: str) -> Iterator[Reading]:
    """Rows by window, then group. Groups without usage are left out; an ungrouped window is always there."""
    grouped = groups_of(feed, keys)
    for opens, closes in windows(start, end, size, feed.end):
        for group, cells in grouped.items():
            value = feed.value(total(feed, cells, opens, closes))
            if value is not None or not keys:
                yield Reading(opens, closes, group, value)
