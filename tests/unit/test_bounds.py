"""Which days a token leaves of those that were chosen."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.scope import LOCAL, AccessDenied, Bounds, Kind, Locked, Scope

DAY = timedelta(days=1)
DAYS = st.dates(date(2020, 1, 1), date(2027, 12, 31))


def d(text: str) -> date:
    return date.fromisoformat(f"2026-{text}")


@pytest.mark.parametrize(
    ("bounds", "asked", "given"),
    [
        (Bounds(), ("01-01", "12-31"), ("01-01", "12-31")),
        (Bounds(earliest=d("03-01")), ("02-01", "03-15"), ("03-01", "03-15")),
        (Bounds(latest=d("03-01")), ("02-01", "03-15"), ("02-01", "03-01")),
        (Bounds(earliest=d("03-01")), ("02-01", "02-10"), ("03-01", "03-10")),
        (Bounds(latest=d("03-10")), ("04-01", "04-05"), ("03-06", "03-10")),
        (Bounds(max_days=7), ("02-01", "02-28"), ("02-22", "02-28")),
        (Bounds(earliest=d("03-01"), latest=d("03-03")), ("01-01", "01-31"), ("03-01", "03-03")),
    ],
)
def test_the_days_that_are_shown_instead(bounds: Bounds, asked: tuple[str, str], given: tuple[str, str]) -> None:
    assert bounds.nearest(*map(d, asked)) == tuple(map(d, given))


@given(earliest=st.none() | DAYS, length=st.none() | st.integers(0, 500), most=st.none() | st.integers(1, 400),
       first=DAYS, asked=st.integers(0, 399))  # fmt: skip
def test_what_is_shown_is_always_inside(
    earliest: date | None, length: int | None, most: int | None, first: date, asked: int
) -> None:
    latest = None if length is None else (earliest or first) + length * DAY
    bounds = Bounds(earliest=earliest, latest=latest, max_days=most)
    start, stop = bounds.nearest(first, first + asked * DAY)
    assert start <= stop
    assert bounds.admits(start, stop + DAY)
    assert most is None or (stop - start).days < most
    if bounds.admits(first, first + (asked + 1) * DAY) and (most is None or asked < most):
        assert (start, stop) == (first, first + asked * DAY)


def test_the_part_of_a_span_that_may_be_asked_for() -> None:
    bounds = Bounds(earliest=d("03-01"), latest=d("03-10"))
    assert bounds.inside(d("02-01"), d("03-05")) == (d("03-01"), d("03-05"))
    assert bounds.inside(d("03-05"), d("04-01")) == (d("03-05"), d("03-11"))
    assert bounds.inside(d("02-01"), d("03-01")) is None
    assert bounds.inside(d("03-11"), d("04-01")) is None


def test_a_scope_refuses_days_outside_whoever_asks() -> None:
    scope = Scope(kind=Kind.EMBED, subject="x", customers=frozenset(), locked=Locked(bounds=Bounds(latest=d("03-10"))))
    scope.require_days()
    scope.require_days(d("03-01"), d("03-11"))
    with pytest.raises(AccessDenied):
        scope.require_days(d("03-01"), d("03-12"))
    LOCAL.require_days(d("01-01"), d("12-31"))
    assert (scope.is_customer, LOCAL.is_customer) == (True, False)
