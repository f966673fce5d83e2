"""Receipts of what remained over time: entries so far, and ahead of now the schedule."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.analytics.balance_steps import BalanceChart, balance_steps, step_place
from data.analytics.commitments import burndown
from data.analytics.folding import folded
from data.lineage.balance_steps import figures
from data.lineage.value import How, Receipt, Seal
from data.schema import LEDGER, empty
from data.views.asking import Provenance
from data.views.commitments import CommitmentsView
from tests.unit.analytics.builders import at, balance, entry, segment, tables, units

NOW = at("2024-10-15")
SEAL = Seal("C", ("account",))
Row = dict[str, Any]


def receipts(balances: list[Row], segments: list[Row], entries: list[Row], lines: int = 8) -> list[list[Receipt]]:
    """Of the first chart, by balance and step."""
    known: dict[str, Any] = {"invoices": None, "now": NOW, "units": units()}
    account = tables(balances, segments, entries)
    charts = tuple(folded(one, lines) for one in balance_steps(*account, until=at("2025-01-01"), **known))
    view = CommitmentsView(
        burn=burndown(*account, **known), totals=(), charts=charts, ledger=empty(LEDGER), start=NOW, end=NOW, seal=SEAL,
        provenance=Provenance(NOW, NOW),
    )  # fmt: skip
    found = figures(view, None)  # type: ignore[arg-type]  # the question says nothing that the view does not
    return [[found[mark(charts[0], at, one)]() for one in range(len(steps.times))] for at, steps in _steps(charts[0])]


def mark(chart: BalanceChart, at: int, step: int) -> str:
    return SEAL.mark(*step_place(chart, chart.steps[at], step))


def _steps(chart: BalanceChart) -> Any:
    return enumerate(chart.steps)


def test_a_step_is_the_sum_of_the_entries_so_far_and_of_the_schedule_ahead() -> None:
    parts = [segment("S", "B", 100, "2024-09-01", "2024-11-01"), segment("T", "B", 300, "2024-11-01", "2024-12-01")]
    entries = [
        entry("B", "granted", 100, "2024-09-01", segment_id="S"),
        entry("B", "used", -40, "2024-10-01", segment_id="S"),
    ]
    ((granted, used, turn, over, end),) = receipts([balance()], parts, entries)
    assert [one.amount for one in (granted, used, turn, over, end)] == [
        Decimal("1"), Decimal("0.6"), Decimal("3"), Decimal(0), Decimal(0),
    ]  # fmt: skip
    assert all(one.how is How.SUM and one.adds_up() for one in (granted, used, turn, over, end))
    assert [row.words for row in turn.rows] == [
        "B: granted, posted",
        "B: used, posted",
        "B: a segment begins, by the schedule; the ledger does not list it",
        "B: a segment ends, by the schedule; the ledger does not list it",
    ]
    assert turn.title == "Left on B, from 1 Nov 2024 00:00 UTC on"


def test_an_overdrawn_balance_says_what_it_comes_to() -> None:
    entries = [entry("B", "granted", 100, "2024-09-01"), entry("B", "adjusted", -250, "2024-10-01")]
    ((_, overdrawn, _),) = receipts([balance()], [], entries)
    assert (overdrawn.amount, overdrawn.how) == (0, How.RULE)
    assert "without that it would be -1.5 USD" in overdrawn.rule


def test_without_a_ledger_the_balance_is_the_row() -> None:
    ((now, _),) = receipts([balance(has_ledger=False, balance=4000)], [], [])
    assert [(row.words, row.amount) for row in now.rows] == [("B: what the balance says is left now", 40)]


@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 90), st.integers(0, 500)), min_size=1, max_size=5), min_size=1, max_size=5
    )
)
def test_of_balances_drawn_as_one_every_step_adds_up(balances: list[list[tuple[int, int]]]) -> None:
    names = [f"b{number}" for number in range(len(balances))]
    entries = [
        entry(name, "granted", amount, datetime.fromordinal(at("2024-07-01").toordinal() + day).date().isoformat())
        for name, granted in zip(names, balances, strict=True)
        for day, amount in granted
    ]
    found = receipts([balance(name) for name in names], [], entries, lines=2)
    assert len(found) <= 2
    assert all(one.adds_up() and one.how is How.SUM for steps in found for one in steps)
    idents = [one.ident for steps in found for one in steps]
    assert len(set(idents)) == len(idents)
    assert (
        sum(steps[-1].amount or 0 for steps in found)
        == Decimal(sum(amount for granted in balances for _, amount in granted)) / 100
    )


@pytest.mark.parametrize("count", [1, 3])
def test_the_place_of_a_step_is_its_balance_and_time(count: int) -> None:
    names = [f"b{number}" for number in range(count)]
    found = receipts([balance(name) for name in names], [], [entry(name, "granted", 1, "2024-09-01") for name in names])
    assert found[0][0].ident == SEAL.mark("step", "b0", "2024-09-01T00:00:00+00:00")
