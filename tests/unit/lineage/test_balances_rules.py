"""Receipts of figures that follow from a rule: their formulas, reckoned again with the numbers that they name."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from components.receipt_formula import formula as told
from data.analytics.burn_days_draws import draws_of
from data.analytics.burn_days_values import Extent
from data.analytics.entries import accounts_of
from data.analytics.expiring import expiring
from data.analytics.obligations import obligations
from data.filters import Filters
from data.lineage.balances import NEEDED_TODAY, obligation_figures
from data.lineage.balances_burn import expiring_figures
from data.lineage.value import Formula, Receipt, Seal
from data.money import EXACT
from data.scope import LOCAL
from data.source import Ask
from data.views.asking import Provenance, Question
from data.views.balances import ExpiringView, ObligationsView
from tests.unit.analytics.builders import at, balance, deduction, lines, segment, tables, units

NOW = at("2024-10-15")
TODAY = NOW.date()
LAST_28 = Extent(TODAY - timedelta(days=28), TODAY)
SEAL = Seal("C", ("account",))
CLOSE = Decimal("1e-30")


def question(now: datetime = NOW) -> Question:
    return Question(source=None, ask=Ask(scope=LOCAL), filters=Filters(), now=now)  # type: ignore[arg-type]


def expiring_receipts(*cents_left: int, drawn: int, days_ahead: tuple[int, ...]) -> dict[str, Receipt]:
    """Lots A, B, C in the order of use, with ``drawn`` cents from A on each of the last 28 days; by place."""
    idents = "ABCDEF"[: len(cents_left)]
    balances = [
        balance(one, balance=left, has_ledger=False, priority=float(turn))
        for turn, (one, left) in enumerate(zip(idents, cents_left, strict=True))
    ]
    segments = [
        segment(one, one, left, "2024-09-01", (NOW + timedelta(days=days)).isoformat())
        for one, left, days in zip(idents, cents_left, days_ahead, strict=True)
    ]
    rows = [
        deduction(-drawn, day=str(TODAY - timedelta(days=ago)), commit_id="A", segment_id="A", line=7)
        for ago in range(1, 29)
    ]
    accounts = accounts_of(*tables(balances, segments, []), invoices=None, now=NOW, units=units())
    frame: pd.DataFrame = lines(*rows)
    found = expiring(accounts, draws_of(frame, accounts), LAST_28, NOW)
    view = ExpiringView(tuple(found), frame, SEAL, Provenance(NOW, NOW))
    figures = expiring_figures(view, question())
    places = {f"{kind} {one}": (kind, one, one) for one in idents for kind in ("unused", "lot")}
    places["pace"] = ("pace", "USD", "")
    return {name: figures[ident]() for name, place in places.items() if (ident := SEAL.mark(*place)) in figures}


def reckoned(formula: Formula) -> Decimal:
    """What the formula comes to: × and ÷ from left to right, then −, with at most one bracket."""
    terms: list[tuple[int, Decimal]] = []
    sign, depth = 1, 1
    operator = ""
    for one in formula:
        if not isinstance(one, str):
            if operator in ("×", "÷"):
                last, value = terms.pop()
                by = EXACT.multiply if operator == "×" else EXACT.divide
                terms.append((last, by(value, one.value)))
            else:
                terms.append((sign * depth, one.value))
            continue
        operator = one.strip(" ()")
        sign = -1 if operator == "−" else 1
        depth = -1 if "(" in one else depth
        sign = 1 if "(" in one else sign
    return sum((EXACT.multiply(Decimal(sign), value) for sign, value in terms), Decimal(0))


def test_the_pace_is_its_draws_by_its_days() -> None:
    pace = expiring_receipts(10_000, drawn=400, days_ahead=(20,))["pace"]
    assert told(pace) == "$4.00 = $112.00 drawn ÷ 28 days"
    assert (
        pace.rule
        == "What was drawn on complete days with something to use, the first 17 Sep 2024, divided by their number."
    )


def test_lines_of_windows_have_no_number() -> None:
    pace = expiring_receipts(10_000, drawn=400, days_ahead=(20,))["pace"]
    assert len(pace.rows) == 28
    assert {one.line for one in pace.rows} == {None}


def test_what_stays_unused_is_told_with_the_days_the_pace_and_what_others_take() -> None:
    found = expiring_receipts(10_000, 30_000, drawn=400, days_ahead=(20, 60))
    assert told(found["unused A"]) == "$20.00 = $100.00 left now − $4.00 a day × 20 days"
    assert told(found["unused B"]) == (
        "$140.00 = $300.00 left now − ($4.00 a day × 60 days − $80.00 on balances before it)"
    )


def test_what_is_used_up_is_told_as_part_of_the_draws() -> None:
    found = expiring_receipts(1_000, drawn=400, days_ahead=(20,))
    assert told(found["unused A"]) == "$0.00 = $10.00 left now − $10.00 of $4.00 a day × 20 days"


@settings(max_examples=25)
@given(st.lists(st.tuples(st.integers(1, 60_000), st.integers(1, 89)), min_size=1, max_size=4), st.integers(0, 999))
def test_every_formula_comes_to_its_figure(lots: list[tuple[int, int]], drawn: int) -> None:
    found = expiring_receipts(*(left for left, _ in lots), drawn=drawn, days_ahead=tuple(days for _, days in lots))
    assert {f"unused {one}" for one in "ABCD"[: len(lots)]} <= set(found)
    for receipt in found.values():
        if receipt.formula and receipt.amount:
            assert abs(reckoned(receipt.formula) - Decimal(receipt.amount)) < CLOSE


def needed(now: datetime, **more: Any) -> Receipt:
    owed = balance("P", type="POSTPAID", balance=300_000, has_ledger=False, **more)
    schedule = segment("P", "P", 500_000, "2024-09-01", "2024-11-14")
    accounts = accounts_of(*tables([owed], [schedule], []), invoices=None, now=now, units=units())
    view = ObligationsView(obligations(accounts, now), SEAL, Provenance(now, now))
    return obligation_figures(view, question(now))[SEAL.mark("needed", "P")]()


def test_what_is_needed_per_day_is_the_shortfall_by_the_days_that_are_left() -> None:
    receipt = needed(NOW)
    assert told(receipt) == "$100.00 = $3,000.00 of shortfall ÷ 30 days left"
    assert reckoned(receipt.formula) == receipt.amount


def test_on_the_last_day_all_of_it_is_needed() -> None:
    receipt = needed(at("2024-11-13T12:00"))
    assert told(receipt) == "$3,000.00 = $3,000.00 of shortfall"
    assert receipt.rule == NEEDED_TODAY
