"""Invoices against their windows: what is explained, and what must never be."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest

from data import schema
from data.analytics.proofs.causes import Cause
from data.analytics.proofs.metric_of_product import Habits
from data.analytics.proofs.window_causes import Reading
from data.analytics.proofs.window_rows import Compared, broken_down, window_checks
from data.analytics.proofs.windows_invoice import InvoiceCheck, check_invoices
from data.money import exact_sum
from tests.unit.analytics.builders import CPU_ID, USD, at, deduction, frame, line, lines, units, windows

OCTOBER = (date(2024, 10, 1), date(2024, 11, 1))
Row = dict[str, Any]


def invoice(total: object, **more: Any) -> Row:
    """A finalized usage invoice of October in dollars."""
    row = {"invoice_id": "inv", "status": "FINALIZED", "type": "USAGE", "total": total, "credit_type_id": USD}
    return row | {"credit_type": "USD (cents)", "period_start": "2024-10-01", "period_end": "2024-11-01"} | more


def used(quantity: object, *, price: object = 10, total: object = None, day: str = "2024-10-01", **more: Any) -> Row:
    """A usage line of ``quantity`` at ``price``; its total is their product unless told otherwise."""
    amount = Decimal(str(quantity)) * Decimal(str(price)) if total is None else total
    return line(amount, day=day, quantity=quantity, unit_price=price, **more)


def window(total: object, **more: Any) -> Row:
    return {"invoice_id": "inv", "invoice_status": "FINALIZED", "total": total} | more


def compared(row: Row, invoiced: list[Row], current: list[Row], totals: list[object], **more: Any) -> InvoiceCheck:
    (found,) = checked([row], invoiced, current, totals, **more)
    return found


def checked(
    rows: list[Row], invoiced: list[Row], current: list[Row], totals: list[object], **more: Any
) -> tuple[InvoiceCheck, ...]:
    frames = frame(schema.INVOICES, rows), lines(*invoiced), lines(*current), windows(*(window(one) for one in totals))
    return check_invoices(*frames, units=units(), **{"covered": OCTOBER} | more)


def causes(found: InvoiceCheck) -> dict[str, Cause | None]:
    return {part.line_type: part.cause for part in found.parts}


def test_windows_that_sum_to_their_invoice_have_no_cause() -> None:
    found = compared(invoice(300), [used(30)], [used(10), used(20, day="2024-10-02")], [100, 200])
    assert (found.expected, found.actual, found.difference, found.cause) == (3, 3, 0, None)
    (part,) = found.parts
    assert (part.expected_rows, part.actual_rows, part.cause) == ((0,), (0, 1), None)
    assert found.window_rows == (0, 1)


def test_usage_after_the_invoice_was_final_is_late_usage() -> None:
    found = compared(invoice(300), [used(30)], [used(30), used(12, day="2024-10-02")], [300, 120])
    assert (found.difference, found.cause) == (Decimal("1.2"), Cause.LATE_USAGE)


@pytest.mark.parametrize("current", [[used(29)], [used(31, price=9)], [used(40), used(-1, price=9)]])
def test_less_usage_or_another_price_is_no_late_usage(current: list[Row]) -> None:
    total = exact_sum(row["total"] for row in current)
    assert compared(invoice(300), [used(30)], current, [total]).cause is Cause.UNKNOWN


def test_more_usage_on_a_draft_read_at_once_is_a_fault() -> None:
    draft = invoice(300, status="DRAFT")
    assert compared(draft, [used(30)], [used(31)], [310]).cause is Cause.UNKNOWN


@pytest.mark.parametrize(
    ("invoices", "cause"), [("12:00", Cause.DRAFT), ("13:00", Cause.UNKNOWN), ("12:30", Cause.UNKNOWN)]
)
def test_a_draft_may_have_grown_when_the_windows_were_read_later(invoices: str, cause: Cause) -> None:
    draft = invoice(300, status="DRAFT")
    reading = Reading(invoices=at(f"2024-10-03T{invoices}"), windows=at("2024-10-03T12:30"))
    current = [used(20), used(11, day="2024-10-03")]
    assert compared(draft, [used(30)], current, [310], reading=reading).cause is cause


def test_a_draft_cannot_have_grown_by_more_than_its_open_day_holds() -> None:
    reading = Reading(invoices=at("2024-10-03T12:00"), windows=at("2024-10-03T12:30"))
    current = [used(30), used(10, day="2024-10-02"), used(2, day="2024-10-03")]
    assert compared(invoice(300, status="DRAFT"), [used(30)], current, [420], reading=reading).cause is Cause.UNKNOWN


def test_a_line_that_is_wrong_by_a_cent_is_found_and_sized() -> None:
    found = compared(invoice(301), [used(30, total=301)], [used(30)], [300])
    assert (found.cause, found.difference) == (Cause.UNKNOWN, Decimal("-0.01"))
    assert found.parts[0].cause is Cause.UNKNOWN


def test_late_usage_does_not_cover_a_wrong_line() -> None:
    found = compared(invoice(301), [used(30, total=301)], [used(30), used(12)], [420])
    assert found.cause is Cause.UNKNOWN


def test_late_usage_is_what_the_metric_counted_where_that_is_known() -> None:
    frames = invoice(300), [used(30)], [used(42)], [420]
    for counted, cause in ((42, Cause.LATE_USAGE), (45, Cause.UNKNOWN)):
        habits = Habits(counted={("inv", "P"): Decimal(counted)})
        assert compared(*frames, habits=habits).cause is cause


def tier(level: int, quantity: object, *, region: str = "eu", day: str = "2024-10-01", **more: Any) -> Row:
    """A usage line of the first 60 at 4, the next 90 at 3, or the rest at 2."""
    price, start, size = ((4, 0, 60), (3, 60, 90), (2, 150, None))[level - 1]
    sent = {"tier": str(level), "tier_start": start, "tier_size": size, "pricing": f'{{"region":"{region}"}}'}
    return used(quantity, price=price, day=day, **sent | more)


def whole(rows: list[Row]) -> Any:
    return exact_sum(row["total"] for row in rows)


def tiered(invoiced: list[Row], alone: list[Row], *, status: str = "FINALIZED", **more: Any) -> InvoiceCheck:
    return compared(invoice(whole(invoiced), status=status), invoiced, alone, [whole(alone)], **more)


IN_TIERS = [tier(1, 60), tier(2, 40)]
ALONE = [tier(1, 50), tier(1, 50, day="2024-10-02")]


def test_tiers_explain_prices_of_the_same_quantity_and_nothing_else() -> None:
    found = tiered(IN_TIERS, ALONE)
    assert (found.cause, found.difference) == (Cause.TIERS, Decimal("0.4"))
    lost = [tier(1, 50), tier(1, 49, day="2024-10-02")]
    assert tiered(IN_TIERS, lost).cause is Cause.UNKNOWN
    wrong = [ALONE[0], ALONE[1] | {"total": Decimal(201)}]
    assert tiered(IN_TIERS, wrong).cause is Cause.UNKNOWN
    dearer = [tier(1, 50), ALONE[1] | {"unit_price": 5, "total": Decimal(250)}]
    assert tiered(IN_TIERS, dearer).cause is Cause.UNKNOWN


def test_usage_that_came_late_is_late_in_tiers_as_well() -> None:
    later = [*ALONE, tier(1, 10, day="2024-10-03")]
    assert tiered(IN_TIERS, later).cause is Cause.LATE_USAGE
    for counted, cause in ((110, Cause.LATE_USAGE), (100, Cause.UNKNOWN)):
        habits = Habits(counted={("inv", "P"): Decimal(counted)})
        assert tiered(IN_TIERS, later, habits=habits).cause is cause
    reading = Reading(invoices=at("2024-10-03T12:00"), windows=at("2024-10-03T12:30"))
    assert tiered(IN_TIERS, later, status="DRAFT", reading=reading).cause is Cause.DRAFT
    assert tiered(IN_TIERS, later, status="DRAFT").cause is Cause.UNKNOWN


@pytest.mark.parametrize(
    "invoiced",
    [
        [tier(1, 30), tier(2, 70)],  # the first tier is not full
        [tier(1, 70), tier(2, 30)],  # more than it holds
        [tier(2, 100)],
        [tier(1, 60), tier(3, 40)],
        [tier(1, 60), tier(2, 40, tier_start=50)],
    ],
)
def test_tiers_that_are_not_filled_in_order_are_a_fault_and_sized(invoiced: list[Row]) -> None:
    found = tiered(invoiced, ALONE)
    assert (found.cause, found.difference) == (Cause.UNKNOWN, (whole(ALONE) - whole(invoiced)) / 100)


def test_bounds_that_are_not_sent_are_no_bounds() -> None:
    silent = {"tier_start": None, "tier_size": None}
    assert tiered([tier(1, 70, **silent), tier(2, 30, **silent)], ALONE).cause is Cause.TIERS


def test_tiers_are_filled_by_group_or_by_product_and_by_lines_that_commits_split() -> None:
    paid = {"commit_id": "C", "segment_id": "S"}
    split = [tier(1, 20, **paid), tier(1, 40), tier(2, 40), tier(1, 10, region="us")]
    alone = [*ALONE, tier(1, 10, region="us")]
    assert tiered(split, alone).cause is Cause.TIERS
    shared = [tier(1, 50), tier(2, 50), tier(1, 10, region="us")]
    assert tiered(shared, alone).cause is Cause.TIERS
    moved = [tier(1, 50), tier(1, 40, day="2024-10-02"), tier(1, 20, region="us")]
    assert tiered(split, moved).cause is Cause.UNKNOWN


def test_windows_in_the_tiers_of_the_period_differ_by_rounding_only() -> None:
    invoiced = [tier(1, 60), tier(2, "0.1", total=Decimal("0.3"))]
    assert tiered(invoiced, [invoiced[0], invoiced[1] | {"total": Decimal(0)}]).cause is Cause.ROUNDING


def test_rows_rounded_to_cents_explain_what_rounding_makes() -> None:
    invoiced = [used(3, price="33.4", total=100)]
    current = [used(1, price="33.4", total=33, day=f"2024-10-0{number}") for number in (1, 2, 3)]
    found = compared(invoice(100), invoiced, current, [99])
    assert (found.cause, found.difference) == (Cause.ROUNDING, Decimal("-0.01"))


def test_a_product_of_whole_units_is_rounded_up_every_day() -> None:
    habits = Habits(whole_units=frozenset({"P"}), counted={("inv", "P"): Decimal("2.5")})
    found = compared(invoice(30), [used(3)], [used(2), used(2, day="2024-10-02")], [40], habits=habits)
    assert found.cause is Cause.ROUNDING
    assert compared(invoice(30), [used(3)], [used(2), used(2)], [40]).cause is not Cause.ROUNDING
    lost = compared(invoice(30), [used(3)], [used(2)], [20], habits=habits)
    assert lost.cause is Cause.UNKNOWN


def test_a_metric_that_does_not_add_up_has_more_in_its_days_and_never_less() -> None:
    habits = Habits(non_additive=frozenset({"P"}))
    more = compared(invoice(300), [used(30)], [used(30), used(25)], [550], habits=habits)
    less = compared(invoice(300), [used(30)], [used(25)], [250], habits=habits)
    assert (more.cause, less.cause) == (Cause.NON_ADDITIVE, Cause.UNKNOWN)


def test_fees_are_not_broken_down_and_usage_is() -> None:
    fee = line(4000, line_type="subscription", name="Seats", product_id="S", quantity=1, unit_price=4000)
    found = compared(invoice(4300), [used(30), fee], [used(30)], [300])
    assert (found.cause, found.difference) == (Cause.NOT_BROKEN_DOWN, -40)
    assert causes(found) == {"usage": None, "subscription": Cause.NOT_BROKEN_DOWN}
    lost = compared(invoice(4300), [used(30), fee], [], [])
    assert lost.cause is Cause.UNKNOWN
    assert causes(lost) == {"usage": Cause.UNKNOWN, "subscription": Cause.NOT_BROKEN_DOWN}


def test_a_period_that_begins_at_noon_loses_its_edges() -> None:
    clipped = {"period_start": "2024-10-01T12:00", "period_end": "2024-10-31"}
    short = compared(invoice(300, **clipped), [used(30)], [used(25)], [250])
    longer = compared(invoice(300, **clipped), [used(30)], [used(25, price=20)], [500])
    assert (short.cause, longer.cause) == (Cause.EDGE_WINDOW, Cause.UNKNOWN)


def test_a_deduction_follows_what_it_paid_for() -> None:
    paid = {"commit_id": "C", "segment_id": "S"}
    invoiced = [used(30, **paid), deduction(-300)]
    late = [used(30, **paid), used(5, **paid), deduction(-350)]
    found = compared(invoice(0), invoiced, late, [0])
    assert causes(found) == {"usage": Cause.LATE_USAGE, "applied_commit_or_credit": Cause.LATE_USAGE}
    assert found.cause is None
    wrong = compared(invoice(0), invoiced, [used(30, **paid), deduction(-301)], [-1])
    assert causes(wrong) == {"usage": None, "applied_commit_or_credit": Cause.UNKNOWN}
    assert (wrong.cause, wrong.difference) == (Cause.UNKNOWN, Decimal("-0.01"))


def test_a_postpaid_deduction_is_not_in_the_total() -> None:
    owed = deduction(-300, commit_type="POSTPAID")
    found = compared(invoice(300), [used(30), owed], [used(30), owed | {"total": -299}], [300])
    assert found.cause is None
    assert causes(found)["applied_commit_or_credit"] is Cause.UNKNOWN


def test_a_conversion_differs_by_the_units_that_came_late() -> None:
    unit = {"credit_type_id": CPU_ID, "credit_type": "tokens"}
    turned = {"line_type": "cpu_conversion", "product_id": None, "name": "Conversion"}
    invoiced = [used(30, **unit), used(300, price=2, **turned)]
    late = [used(30, **unit), used(4, **unit), used(340, price=2, **turned)]
    found = compared(invoice(600), invoiced, late, [680])
    assert causes(found) == {"usage": Cause.LATE_USAGE, "cpu_conversion": Cause.LATE_USAGE}
    assert found.cause is Cause.LATE_USAGE
    odd = compared(invoice(600), invoiced, [used(30, **unit), used(340, price=2, **turned)], [680])
    assert causes(odd)["cpu_conversion"] is Cause.UNKNOWN


def test_units_are_compared_apart() -> None:
    unit = {"credit_type_id": CPU_ID, "credit_type": "tokens"}
    found = compared(invoice(300), [used(30), used(7, **unit)], [used(30), used(7, **unit)], [300])
    assert sorted((part.currency, part.expected) for part in found.parts) == [("USD", 3), ("tokens", 70)]


def test_a_total_that_its_lines_contradict_is_found_although_they_agree() -> None:
    found = compared(invoice(301), [used(30)], [used(30)], [300])
    assert (found.cause, found.difference) == (Cause.UNKNOWN, Decimal("-0.01"))
    assert found.parts[0].cause is None


def test_the_cause_of_a_total_is_that_of_its_largest_part() -> None:
    fee = line(40, line_type="subscription", name="Seats", product_id="S", quantity=1, unit_price=40)
    found = compared(invoice(340), [used(30), fee], [used(42)], [420])
    assert (found.cause, found.difference) == (Cause.LATE_USAGE, Decimal("0.8"))


@pytest.mark.parametrize(
    "more",
    [
        {"status": "VOID"},
        {"type": "SCHEDULED"},
        {"type": "USAGE_CONSOLIDATED"},
        {"period_start": None},
        {"period_start": "2024-09-30"},
        {"period_end": "2024-11-02"},
    ],
)
def test_what_windows_cannot_be_held_against_is_left_out(more: Row) -> None:
    assert checked([invoice(300, **more)], [used(30)], [used(30)], [300]) == ()


def test_an_amount_that_was_not_sent_is_no_comparison() -> None:
    found = compared(invoice(None), [used(30)], [used(30, total=None) | {"total": None}], [None])
    assert (found.expected, found.actual, found.difference, found.cause) == (None, None, None, None)
    outcome = window_checks(told(found, [used(30)], [used(30) | {"total": None}], [None]))
    assert outcome.checks == ()
    assert [one.subject for one in outcome.not_run] == ["inv", "inv / Compute / usage"]


def told(found: InvoiceCheck, invoiced: list[Row], current: list[Row], totals: list[object]) -> Compared:
    tables: tuple[pd.DataFrame, ...] = (lines(*invoiced), lines(*current), windows(*(window(one) for one in totals)))
    return Compared(found=(found,), lines=tables[0], windows_lines=tables[1], windows=tables[2])


def test_every_row_of_a_check_adds_up_to_its_side() -> None:
    rows = [used(30)], [used(30), used(12, day="2024-10-02")], [300, 120]
    outcome = window_checks(told(compared(invoice(300), *rows), *rows))
    assert [(one.subject, one.cause) for one in outcome.checks] == [
        ("inv", Cause.LATE_USAGE),
        ("inv / Compute / usage", Cause.LATE_USAGE),
    ]
    for one in outcome.checks:
        assert exact_sum(item.amount for item in one.expected_rows()) == one.expected
        assert exact_sum(item.amount for item in one.actual_rows()) == one.actual
    assert {item.line for item in outcome.checks[1].expected_rows()} == {0}
    assert {item.line for item in outcome.checks[1].actual_rows()} == {None}


def test_the_breakdowns_tell_a_product_s_quantity_and_what_was_still_open() -> None:
    rows = [used(30)], [used(30), used(12, day="2024-10-02")], [300, 120]
    found = broken_down(told(compared(invoice(300), *rows), *rows), at("2024-10-02T06:00"))
    assert (found["inv", "P"].quantity, found["inv", "P"].still_open) == (42, 12)


def test_the_tolerance_is_that_of_the_unit_as_sent() -> None:
    tiny = Decimal("0.00001")  # of a cent: more than arithmetic makes, and a tenth of a millionth of a dollar
    found = compared(invoice(300 + tiny), [used(30)], [used(30)], [300])
    assert (found.difference, found.cause) == (-tiny / 100, Cause.UNKNOWN)
    assert compared(invoice(300 + tiny / 10), [used(30)], [used(30)], [300]).cause is None


@pytest.mark.parametrize("huge", ["1e24", "1.5e29", "7e60"])
def test_huge_totals_are_compared_to_the_last_digit(huge: str) -> None:
    amount, unit = Decimal(huge), {"credit_type_id": CPU_ID, "credit_type": "tokens"}
    lump = used(1, price=amount, total=amount, **unit)
    assert compared(invoice(amount, **unit), [lump], [lump], [amount]).cause is None
    more = used(1, price=amount, total=amount + 1, **unit)
    found = compared(invoice(amount, **unit), [lump], [more], [amount + 1 if amount < 10**25 else 2 * amount])
    assert found.cause is Cause.UNKNOWN
