"""Usage facts: a pure function of (account, metric, group, hour), whole numbers, independent of the order of asking.

Additive metrics are seeded per day and the day is cut into hours by cumulated weights, so 24 hours add up to their day
exactly, and so are facts that came late, apart from the rest. MAX and LATEST are seeded per hour. UNIQUE is a set of
users per hour, kept as the bits of one whole number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal
from functools import reduce
from itertools import accumulate
from operator import or_

from sandbox.ids import seeded
from sandbox.model import Aggregation, Late, Stream
from sandbox.moments import DAY, HOUR, midnight, steps

_HOURS = (2, 2, 1, 1, 1, 2, 3, 5, 8, 10, 11, 11, 9, 10, 11, 11, 10, 9, 7, 6, 5, 4, 3, 3)
_UNTIL_HOUR = (0, *accumulate(_HOURS))
_WHOLE_DAY = _UNTIL_HOUR[-1]
_USERS = 64


def _plus(left: int, right: int) -> int:
    return left + right


def _newer(left: int, right: int) -> int:
    """Of two facts the later one; 0 means that nothing was sent."""
    return right or left


COMBINE: dict[Aggregation, Callable[[int, int], int]] = {
    Aggregation.SUM: _plus,
    Aggregation.COUNT: _plus,
    Aggregation.MAX: max,
    Aggregation.UNIQUE: or_,
    Aggregation.LATEST: _newer,
}


def _cut(total: int, hour: int) -> int:
    """The part of a day's total that falls into its hour."""
    return total * _UNTIL_HOUR[hour + 1] // _WHOLE_DAY - total * _UNTIL_HOUR[hour] // _WHOLE_DAY


class Feed:
    """The facts of one stream up to ``through`` (a full hour, exclusive), with those of ``added``.

    0 means that nothing happened.
    """

    def __init__(self, stream: Stream, through: datetime, added: Iterable[Late] = ()) -> None:
        self.stream = stream
        self.metric = stream.metric
        self.start = stream.start
        self.end = min(through, stream.end) if stream.end else through
        self._labels = [repr(cell.values) for cell in stream.cells]
        self._days: dict[tuple[int, datetime], int] = {}
        self._added: dict[tuple[int, datetime], int] = {}
        for late in added:
            key = (late.cell, late.day)
            self._added[key] = self._added.get(key, 0) + late.amount

    def between(self, cell: int, start: datetime, end: datetime) -> int:
        """The raw fact of a cell over [start, end), both full hours."""
        combine = COMBINE[self.metric.aggregation]
        start, end = max(start, self.start), min(end, self.end)
        total, moment = 0, start
        while moment < end:
            whole = moment.hour == 0 and moment + DAY <= end
            total = combine(total, self._day(cell, moment) if whole else self._hour(cell, moment))
            moment += DAY if whole else HOUR
        return total

    def value(self, raw: int) -> Decimal | None:
        """What the API reports for a raw fact; None where nothing happened."""
        if not raw:
            return None
        count = raw.bit_count() if self.metric.aggregation is Aggregation.UNIQUE else raw
        return Decimal(count).scaleb(-self.metric.decimals)

    def _day(self, cell: int, day: datetime) -> int:
        key = (cell, day)
        if key not in self._days:
            self._days[key] = self._whole_day(cell, day)
        return self._days[key]

    def _whole_day(self, cell: int, day: datetime) -> int:
        if self.metric.aggregation.additive:
            return self._day_total(cell, day) + self._added.get((cell, day), 0)
        hours = (self._hour(cell, hour) for hour in steps(day, day + DAY, HOUR))
        return reduce(COMBINE[self.metric.aggregation], hours)

    def _day_total(self, cell: int, day: datetime) -> int:
        stream = self.stream
        if stream.given is not None:
            return stream.given.get(day, (0,) * len(stream.cells))[cell]
        noise = 850 + seeded(stream.seed, self.metric.id, self._labels[cell], day.isoformat()) % 301
        return self._level(cell, day) * noise // 1000

    def _level(self, cell: int, day: datetime) -> int:
        stream = self.stream
        shape = stream.shape((day - stream.start).days, day)
        return stream.daily * stream.cells[cell].weight * shape // 1_000_000

    def _hour(self, cell: int, hour: datetime) -> int:
        day = midnight(hour)
        if self.metric.aggregation.additive:
            added = self._added.get((cell, day), 0)
            return _cut(self._day(cell, day) - added, hour.hour) + _cut(added, hour.hour)
        level = self._level(cell, day)
        path = (self.stream.seed, self.metric.id, self._labels[cell], hour.isoformat())
        if self.metric.aggregation is Aggregation.MAX:
            return level * _HOURS[hour.hour] * (850 + seeded(*path) % 301) // (1000 * max(_HOURS))
        if self.metric.aggregation is Aggregation.LATEST:
            return level * (970 + seeded(*path) % 61) // 1000
        return self._users(path, level)

    @staticmethod
    def _users(path: tuple[str, ...], level: int) -> int:
        draw = seeded(*path, size=5 * _USERS // 8)
        present = (1 << min(level, _USERS)) - 1
        for shift in range(0, 5 * _USERS, _USERS):
            present &= draw >> shift
        return present
