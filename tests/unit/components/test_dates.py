from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from components import dates
from data.filters import Days


@pytest.mark.parametrize(
    ("first", "last", "text"),
    [
        ("2024-10-01", "2024-10-31", "1–31 Oct 2024 (UTC), 31 days"),
        ("2024-10-01", "2024-10-01", "1 Oct 2024 (UTC), 1 day"),
        ("2024-09-28", "2024-10-03", "28 Sep – 3 Oct 2024 (UTC), 6 days"),
        ("2023-12-30", "2024-01-02", "30 Dec 2023 – 2 Jan 2024 (UTC), 4 days"),
    ],
)
def test_a_range_is_inclusive_and_says_utc(first: str, last: str, text: str) -> None:
    assert dates.span(Days(first=date.fromisoformat(first), last=date.fromisoformat(last))) == text


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "end", "title", "head"),
    [
        ("2024-10-01T14:00", "2024-10-01T15:00", "Tue 1 Oct 2024, 14:00–15:00 UTC", "14:00"),
        ("2024-10-01", "2024-10-02", "Tue 1 Oct 2024 (UTC)", "1 Oct"),
        ("2024-10-07", "2024-10-14", "7–13 Oct 2024 (UTC)", "7–13 Oct"),
        ("2024-09-30", "2024-10-07", "30 Sep – 6 Oct 2024 (UTC)", "30 Sep – 6 Oct"),
        ("2024-10-01", "2024-11-01", "1–31 Oct 2024 (UTC)", "Oct 2024"),
        ("2024-10-15", "2024-11-01", "15–31 Oct 2024 (UTC)", "15–31 Oct"),
    ],
)
def test_windows_are_named_by_their_length(start: str, end: str, title: str, head: str) -> None:
    assert dates.window_title(at(start), at(end)) == title
    assert dates.window_head(at(start), at(end)) == head


def test_an_exclusive_end_is_shown_as_the_last_usable_day() -> None:
    assert dates.last_day(at("2025-09-01")) == date(2025, 8, 31)


def test_instants_name_the_day_unless_it_is_today() -> None:
    moment = at("2024-10-15T14:07")
    assert dates.instant(moment, today=date(2024, 10, 15)) == "14:07 UTC"
    assert dates.instant(moment, today=date(2024, 10, 16)) == "15 Oct 2024 14:07 UTC"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "just now"),
        (59, "just now"),
        (180, "3 min ago"),
        (7300, "2 h ago"),
        (86_400, "1 day ago"),
        (200_000, "2 days ago"),
    ],
)
def test_ages_are_rounded_down_to_one_unit(seconds: int, text: str) -> None:
    now = at("2024-10-15T14:07")
    assert dates.age(now - timedelta(seconds=seconds), now) == text
