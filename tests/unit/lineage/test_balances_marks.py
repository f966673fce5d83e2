"""Receipts of what happened on a day of the daily burndown."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from data.analytics.burn_days import burn_days
from data.analytics.burn_days_charts import (
    BurnChart,
    below_place,
    burn_charts,
    event_place,
    events_place,
    landing_place,
    landings_place,
)
from data.analytics.burn_days_values import Extent
from data.analytics.entries import accounts_of
from data.filters import Days
from data.lineage.balances_marks import NOTHING_BY_DAY, mark_figures
from data.lineage.value import Receipt, Seal
from tests.unit.analytics.builders import at, balance, deduction, entry, lines, segment, tables, units

NOW = at("2024-10-10T12:00")
DAYS = Days(first=date(2024, 9, 1), last=date(2024, 10, 20))
SEAL = Seal("C", ("account",))
LAST = date(2024, 9, 30)
Row = dict[str, Any]


def drawn(
    *cents: int, used: int, adjusted: int = 0, missing: tuple[Any, ...] = ()
) -> tuple[BurnChart, dict[str, Receipt]]:
    """$100 granted; ``cents`` drawn on the days from 3 September on, ``used`` in the ledger at the month's end."""
    account = tables(
        [balance()],
        [segment("S", "B", 10_000, "2024-09-01", "2025-09-01")],
        [
            entry("B", "granted", 10_000, "2024-09-01", segment_id="S"),
            entry("B", "adjusted", adjusted, "2024-09-05", segment_id="S", reason="Outage"),
            entry("B", "used", -used, "2024-10-01", segment_id="S", invoice_id="inv"),
        ],
    )
    rows: pd.DataFrame = lines(
        *(deduction(-one, day=f"2024-09-{3 + at:02d}", commit_id="B", segment_id="S") for at, one in enumerate(cents))
    )
    accounts = accounts_of(*account, invoices=None, now=NOW, units=units())
    extent, periods = (
        Extent(date(2024, 9, 1), date(2024, 10, 11), missing),
        {"inv": (at("2024-09-01"), at("2024-10-01"))},
    )
    burn = burn_days(accounts, rows, DAYS, periods=periods, extent=extent, now=NOW)
    (chart,) = burn_charts(burn.tracks, DAYS)
    return chart, {ident: make() for ident, make in mark_figures(chart, rows, SEAL, ())}


def test_an_event_is_its_entry_and_a_day_all_of_its_events() -> None:
    chart, found = drawn(used=0, adjusted=250)
    (track,) = chart.tracks
    granted, adjusted = (found[SEAL.mark(*event_place(track, one))] for one in track.events[:2])
    assert [(one.title, one.amount) for one in (granted, adjusted)] == [
        ("Granted, B", 100),
        ("Adjusted, B", Decimal("2.5")),
    ]
    assert adjusted.rows[0].words == "B: adjusted, posted (Outage)"
    day = found[SEAL.mark(*events_place(chart, date(2024, 9, 5)))]
    assert (day.title, day.amount, day.rows) == ("Events of 5 Sep 2024", Decimal("2.5"), adjusted.rows)


@given(st.lists(st.integers(1, 400), min_size=1, max_size=6), st.integers(0, 3000))
def test_a_landing_is_the_draws_against_the_entry_with_the_gap(cents: list[int], used: int) -> None:
    chart, found = drawn(*cents, used=used)
    (landing,) = chart.tracks[0].landings
    parts = {name: found[SEAL.mark(*landing_place(landing, name))] for name in ("ledger", "drawn", "gap")}
    assert all(one.adds_up() for one in found.values())
    assert parts["ledger"].amount == Decimal(used) / 100
    assert parts["drawn"].amount == Decimal(sum(cents)) / 100
    assert parts["gap"].amount == Decimal(used - sum(cents)) / 100
    assert len(parts["gap"].rows) == 1 + len(cents)
    day = found[SEAL.mark(*landings_place(chart, LAST, is_off=landing.is_off))]
    assert (day.amount, day.rows) == (parts["gap"].amount, parts["gap"].rows)


def test_what_is_not_known_by_day_is_not_held_against_the_ledger() -> None:
    chart, found = drawn(100, used=100, missing=((at("2024-09-06"), at("2024-09-07")),))
    (landing,) = chart.tracks[0].landings
    assert SEAL.mark(*landing_place(landing, "gap")) not in found
    day = found[SEAL.mark(*landings_place(chart, LAST, is_off=False))]
    assert (day.amount, day.rule) == (None, NOTHING_BY_DAY)
    assert [row.amount for row in day.rows] == [1]


def test_what_lies_below_zero_is_told_with_its_sign() -> None:
    chart, found = drawn(used=0, adjusted=-12_500)
    below = found[SEAL.mark(*below_place(chart, date(2024, 9, 5)))]
    assert (below.amount, below.adds_up()) == (-25, True)
    assert SEAL.mark(*below_place(chart, date(2024, 9, 4))) not in found
