"""Presets, billing periods and windows against the clock and the contract."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.analytics.periods import anchored_period, billing_period, contract_at
from data.analytics.ranges import (
    CLIPPED,
    CONTRACTS_MISSING,
    NO_CONTRACT,
    NO_PERIOD,
    NOT_HOURS,
    needs_contract,
    resolve_range,
    resolved_window,
)
from data.filters import Days, Filters, Preset, Window
from tests.unit.analytics.builders import at, contract, contracts, steady

NOW = at("2024-10-15T12:00")


def resolved(preset: Preset, known: pd.DataFrame | None = None, now=NOW) -> tuple[str, str, tuple[str, ...]]:
    days, notices = resolve_range(Filters(range=preset), now, known)
    return days.first.isoformat(), days.last.isoformat(), notices


@pytest.mark.parametrize(
    ("preset", "first", "last"),
    [
        ("today", "2024-10-15", "2024-10-15"),
        ("yesterday", "2024-10-14", "2024-10-14"),
        ("last7d", "2024-10-08", "2024-10-14"),
        ("last30d", "2024-09-15", "2024-10-14"),
        ("last90d", "2024-07-17", "2024-10-14"),
        ("mtd", "2024-10-01", "2024-10-15"),
        ("last_month", "2024-09-01", "2024-09-30"),
        ("quarter", "2024-10-01", "2024-10-15"),
        ("ytd", "2024-01-01", "2024-10-15"),
    ],
)
def test_calendar_presets(preset: str, first: str, last: str) -> None:
    assert resolved(Preset(preset)) == (first, last, ())
    assert not needs_contract(Filters(range=Preset(preset)))


def test_every_preset_resolves_on_every_kind_of_day() -> None:
    known = contracts(contract("c", "2023-01-31"))
    for now in (at("2024-01-01"), at("2024-02-29T23:59"), at("2024-12-31"), at("2024-03-31")):
        for preset in Preset:
            first, last, _ = resolved(preset, known, now)
            assert first <= last


def test_fixed_days_stay_as_they_are() -> None:
    days = Days(first=date(2024, 10, 3), last=date(2024, 10, 9))
    assert resolve_range(Filters(range=days), NOW) == (days, ())


@pytest.mark.parametrize(
    ("frequency", "anchor", "this", "previous"),
    [
        ("MONTHLY", "2024-01-01", ("2024-10-01", "2024-10-31"), ("2024-09-01", "2024-09-30")),
        ("MONTHLY", "2024-01-20", ("2024-09-20", "2024-10-19"), ("2024-08-20", "2024-09-19")),
        ("MONTHLY", "2024-01-31", ("2024-09-30", "2024-10-30"), ("2024-08-31", "2024-09-29")),
        ("MONTHLY", "2025-03-15", ("2024-10-15", "2024-11-14"), ("2024-09-15", "2024-10-14")),
        ("QUARTERLY", "2024-02-29", ("2024-08-29", "2024-11-28"), ("2024-05-29", "2024-08-28")),
        ("ANNUAL", "2022-10-16", ("2023-10-16", "2024-10-15"), ("2022-10-16", "2023-10-15")),
        ("WEEKLY", "2024-01-03", ("2024-10-09", "2024-10-15"), ("2024-10-02", "2024-10-08")),
    ],
)
def test_billing_periods_follow_frequency_and_anchor(
    frequency: str, anchor: str, this: tuple[str, str], previous: tuple[str, str]
) -> None:
    known = contracts(contract("c", "2020-01-01", frequency=frequency, billing_anchor=anchor))
    assert resolved(Preset.THIS_PERIOD, known) == (*this, ())
    assert resolved(Preset.PREVIOUS_PERIOD, known) == (*previous, ())


@steady
@given(
    frequency=st.sampled_from(["WEEKLY", "MONTHLY", "QUARTERLY", "ANNUAL"]),
    anchor=st.dates(date(2015, 1, 1), date(2035, 1, 1)),
    day=st.dates(date(2015, 1, 1), date(2035, 1, 1)),
)
def test_periods_hold_their_day_and_follow_each_other_without_gap(frequency: str, anchor: date, day: date) -> None:
    before, this, after = (anchored_period(frequency, anchor, day, offset) for offset in (-1, 0, 1))
    assert before is not None
    assert this is not None
    assert after is not None
    assert this.first <= day <= this.last
    assert before.end_exclusive == this.first
    assert this.end_exclusive == after.first
    assert anchored_period(frequency, anchor, after.last, 0) == after


def test_periods_are_clipped_to_the_contract() -> None:
    known = contracts(contract("c", "2024-10-10", "2024-10-20", billing_anchor="2024-10-01"))
    assert resolved(Preset.THIS_PERIOD, known) == ("2024-10-10", "2024-10-19", ())


def test_the_previous_period_is_that_of_the_contract_then_in_force() -> None:
    known = contracts(
        contract("old", "2023-01-05", "2024-10-10", billing_anchor="2023-01-05"),
        contract("new", "2024-10-10", billing_anchor="2024-10-10"),
    )
    assert resolved(Preset.THIS_PERIOD, known) == ("2024-10-10", "2024-11-09", ())
    assert resolved(Preset.PREVIOUS_PERIOD, known) == ("2024-10-05", "2024-10-09", ())
    assert resolved(Preset.PREVIOUS_PERIOD, contracts(contract("new", "2024-10-10")))[:2] == (
        "2024-09-01",
        "2024-09-30",
    )


def test_of_several_contracts_the_latest_in_force_counts() -> None:
    known = contracts(
        contract("first", "2023-01-01"),
        contract("second", "2024-02-01"),
        contract("ended", "2024-03-01", "2024-10-15"),
        contract("gone", "2024-04-01", archived_at="2024-05-01"),
        contract("later", "2024-11-01"),
    )
    found = contract_at(known, date(2024, 10, 15))
    assert found is not None
    assert found["contract_id"] == "second"
    assert resolved(Preset.CONTRACT_TO_DATE, known) == ("2024-02-01", "2024-10-15", ())


@pytest.mark.parametrize(
    ("known", "notice"),
    [
        (None, CONTRACTS_MISSING),
        (contracts(), NO_CONTRACT),
        (contracts(contract("c", "2024-01-01", frequency=None)), NO_PERIOD),
        (contracts(contract("c", "2024-01-01", frequency="FORTNIGHTLY")), NO_PERIOD),
        (contracts(contract("c", "2024-01-01", billing_anchor=None)), NO_PERIOD),
    ],
)
def test_without_a_billing_period_months_are_shown_and_said(known: pd.DataFrame | None, notice: str) -> None:
    assert resolved(Preset.THIS_PERIOD, known) == ("2024-10-01", "2024-10-31", (notice,))
    assert resolved(Preset.PREVIOUS_PERIOD, known) == ("2024-09-01", "2024-09-30", (notice,))


def test_contract_to_date_is_clipped_to_what_a_page_can_show() -> None:
    first, last, notices = resolved(Preset.CONTRACT_TO_DATE, contracts(contract("c", "2020-01-01")))
    assert (date.fromisoformat(last) - date.fromisoformat(first)) == timedelta(days=399)
    assert (last, notices) == ("2024-10-15", (CLIPPED,))
    assert resolved(Preset.CONTRACT_TO_DATE, contracts()) == ("2024-10-01", "2024-10-15", (NO_CONTRACT,))


def test_a_period_outside_its_contract_is_none() -> None:
    known = contracts(contract("c", "2024-10-01"))
    assert billing_period(known.iloc[0], date(2024, 10, 15), -1) is None


@pytest.mark.parametrize(
    ("chosen", "count", "window", "notices"),
    [
        (None, 3, "hour", ()), (None, 31, "day", ()), (None, 120, "week", ()), (Window.MONTH, 3, "month", ()),
        (Window.HOUR, 31, "hour", ()), (Window.HOUR, 32, "day", (NOT_HOURS,)),
    ],
)  # fmt: skip
def test_the_window_is_as_chosen_unless_hours_are_too_many(
    chosen: Window | None, count: int, window: str, notices: tuple[str, ...]
) -> None:
    days = Days(first=date(2024, 1, 1), last=date(2024, 1, 1) + timedelta(days=count - 1))
    assert resolved_window(Filters(window=chosen), days) == (Window(window), notices)
