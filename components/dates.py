"""Days, windows, instants and ages as text. All times are UTC and say so; months are named, unless the viewer's locale
says otherwise (``components.locales``).

English names are spelled out because ``strftime`` follows the process's locale. The examples are those of the app's own
way of writing.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from components.manner import manner
from data.filters import Days

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_DAY = timedelta(days=1)


def day(value: date | datetime) -> str:
    """``1 Oct 2024``."""
    locale = manner().locale
    return locale.written(locale.day, value)


def short_day(value: date | datetime) -> str:
    """``1 Oct``."""
    locale = manner().locale
    return locale.written(locale.short_day, value)


def weekday_day(value: date | datetime) -> str:
    """``Tue 1 Oct 2024``."""
    return manner().locale.weekday.format(name=WEEKDAYS[value.weekday()], day=day(value))


def days_between(first: date, last: date) -> str:
    """Inclusive days, nothing said twice: ``1–31 Oct 2024``, ``28 Sep – 3 Oct 2024``, ``1 Oct 2024``."""
    return day(first) if first == last else manner().locale.days(first, last)


def span(days: Days) -> str:
    """``1–31 Oct 2024 (UTC), 31 days``: inclusive, as typed."""
    return f"{days_between(days.first, days.last)} (UTC), {days.count} day{'' if days.count == 1 else 's'}"


def clock_time(moment: datetime) -> str:
    return f"{moment:%H:%M}"


def instant(moment: datetime, *, today: date | None = None) -> str:
    """``14:07 UTC``; with the day in front unless it is ``today``."""
    text = f"{clock_time(moment)} UTC"
    return text if moment.date() == today else f"{day(moment)} {text}"


def last_day(end: datetime) -> date:
    """The last usable day of a span whose ``end`` is exclusive."""
    return (end - timedelta(microseconds=1)).date()


def midnight_of(moment: datetime) -> datetime:
    """The first instant of the day that ``moment`` is in."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def window_title(start: datetime, end: datetime) -> str:
    """A half-open window in full: weekday for a day, clock times for an hour, inclusive days for longer ones."""
    if end - start < _DAY:
        return f"{weekday_day(start)}, {clock_time(start)}–{clock_time(end)} UTC"
    if end - start == _DAY:
        return f"{weekday_day(start)} (UTC)"
    return f"{days_between(start.date(), last_day(end))} (UTC)"


def window_head(start: datetime, end: datetime) -> str:
    """The same window in few characters, for column heads: ``14:00``, ``1 Oct``, ``7–13 Oct``, ``Oct 2024``."""
    if end - start < _DAY:
        return clock_time(start)
    last = last_day(end)
    if start.date() == last:
        return short_day(start)
    locale = manner().locale
    if start.day == 1 and (last + _DAY).day == 1:
        return locale.written(locale.month, start)
    return locale.short_days(start.date(), last)


def duration(seconds: float) -> str:
    """``45 s``, ``3 min``, ``5 h``, ``2 days``: the largest unit that fits, rounded down."""
    whole = max(0, int(seconds))
    for size, name in ((86_400, "day"), (3_600, "h"), (60, "min")):
        if whole >= size:
            count = whole // size
            return f"{count} {name}{'s' if name == 'day' and count != 1 else ''}"
    return f"{whole} s"


def age(then: datetime, now: datetime) -> str:
    """``3 min ago``; ``just now`` below a minute."""
    seconds = (now - then).total_seconds()
    return "just now" if seconds < 60 else f"{duration(seconds)} ago"
