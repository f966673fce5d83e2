"""Instants: how they are written, and steps by day, week and month. Everything is aware and in UTC."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WEEK = timedelta(weeks=1)


def wall_clock() -> datetime:
    return datetime.now(UTC)


def utc(year: int, month: int, day: int, hour: int = 0) -> datetime:
    return datetime(year, month, day, hour, tzinfo=UTC)


def midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def hour_floor(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def month_start(moment: datetime) -> datetime:
    return midnight(moment).replace(day=1)


def add_months(moment: datetime, months: int) -> datetime:
    """The same day of the month ``months`` later; that day must exist there (anchors are days 1 to 28)."""
    index = moment.year * 12 + moment.month - 1 + months
    return moment.replace(year=index // 12, month=index % 12 + 1)


def steps(start: datetime, end: datetime, step: timedelta) -> Iterator[datetime]:
    """start, start + step, ... while before ``end``."""
    moment = start
    while moment < end:
        yield moment
        moment += step


def stamp(moment: datetime) -> str:
    """As most fields are written: ``2024-10-01T00:00:00+00:00``."""
    return moment.isoformat(timespec="seconds")


def stamp_millis(moment: datetime) -> str:
    """As breakdown timestamps are written: ``2024-10-01T00:00:00.000Z``."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")
