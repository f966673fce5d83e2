"""Steps of the chart under the burndown."""

from __future__ import annotations

from data.analytics.balance_steps import BalanceChart, balance_steps
from tests.unit.analytics.builders import (
    CPU_ID,
    at,
    balance,
    entry,
    guide_account,
    invoices,
    segment,
    tables,
    units,
)

NOW = at("2024-10-15")


def charts(account: tuple, *, until: str = "2024-12-01", now=NOW, known=None) -> tuple[BalanceChart, ...]:
    return balance_steps(*account, invoices=known, now=now, until=at(until), units=units())


def test_the_guides_balances_step_down_and_are_pending_from_november() -> None:
    (chart,) = charts(guide_account())
    commit, credit = chart.steps
    assert commit.times == (at("2024-09-01"), at("2024-10-01"), at("2024-11-01"), at("2024-12-01"))
    assert commit.remaining == (100, 35, 20, 20)
    assert commit.pending_from == at("2024-11-01")
    assert (credit.label, credit.remaining) == ("credit", (5, 0, 0))


def test_what_is_left_lapses_where_its_segment_ends() -> None:
    (chart,) = charts(guide_account(), until="2026-01-01")
    assert dict(zip(chart.steps[0].times, chart.steps[0].remaining, strict=True))[at("2025-09-01")] == 0


def test_segments_ahead_open_and_close_as_steps() -> None:
    account = tables(
        [balance()],
        [segment("S", "B", 100, "2024-09-01", "2024-11-01"), segment("T", "B", 300, "2024-11-01", "2024-11-15")],
        [entry("B", "granted", 100, "2024-09-01", segment_id="S")],
    )
    ((steps,),) = (chart.steps for chart in charts(account))
    assert dict(zip(steps.times, steps.remaining, strict=True)) == {
        at("2024-09-01"): 1, at("2024-11-01"): 3, at("2024-11-15"): 0, at("2024-12-01"): 0,
    }  # fmt: skip
    assert steps.pending_from == at("2024-11-01")


def test_an_opening_in_the_ledger_is_not_taken_twice() -> None:
    account = tables(
        [balance()],
        [segment("T", "B", 300, "2024-11-01", None)],
        [entry("B", "granted", 300, "2024-11-01", segment_id="T")],
    )
    ((steps,),) = (chart.steps for chart in charts(account))
    assert steps.remaining == (3, 3)


def test_an_expiry_in_the_ledger_is_not_taken_twice() -> None:
    account = tables(
        [balance()],
        [segment("S", "B", 100, "2024-09-01", "2024-10-01")],
        [
            entry("B", "granted", 100, "2024-09-01", segment_id="S"),
            entry("B", "expired", -100, "2024-10-01", segment_id="S"),
        ],
    )
    ((steps,),) = (chart.steps for chart in charts(account, until="2024-10-15"))
    assert steps.remaining == (1, 0, 0)
    assert steps.pending_from is None


def test_a_draft_in_its_grace_period_is_pending_though_it_is_past() -> None:
    (chart,) = charts(guide_account(), now=at("2024-11-01T12:00"), known=invoices(october="DRAFT"), until="2024-11-02")
    assert chart.steps[0].pending_from == at("2024-11-01")


def test_units_and_sides_have_their_own_charts() -> None:
    account = tables(
        [
            balance("1"), balance("2", "POSTPAID"), balance("3", credit_type_id=CPU_ID, credit_type="tokens"),
        ],
        [],
        [entry(ident, "granted", 100, "2024-09-01") for ident in "123"],
    )  # fmt: skip
    assert [(chart.currency, chart.side.value) for chart in charts(account)] == [
        ("USD", "prepaid"), ("USD", "postpaid"), ("tokens", "prepaid"),
    ]  # fmt: skip


def test_without_a_ledger_the_line_begins_now_and_without_a_balance_there_is_none() -> None:
    known = balance(has_ledger=False, balance=4000)
    end = [segment("S", "B", 10000, "2024-09-01", "2024-11-01")]
    ((steps,),) = (chart.steps for chart in charts(tables([known], end, [])))
    assert (steps.times[0], steps.remaining) == (NOW, (40, 0, 0))
    assert charts(tables([balance(has_ledger=False)], end, [])) == ()


def test_a_balance_that_opens_with_an_unknown_amount_is_left_out() -> None:
    account = tables(
        [balance("B"), balance("C", balance=700)],
        [segment("T", "B", None, "2024-11-01", None), segment("U", "C", None, "2024-09-01", "2024-11-01")],
        [entry("B", "granted", 100, "2024-09-01"), entry("C", "used", None, "2024-09-01")],
    )
    ((steps,),) = (chart.steps for chart in charts(account))
    assert (steps.label, steps.times, steps.remaining) == ("C", (NOW, at("2024-11-01"), at("2024-12-01")), (7, 0, 0))
