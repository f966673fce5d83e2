"""Usage against billed quantity, groups against totals, and purchases among usage."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from data import schema
from data.analytics.proofs.causes import Cause, Status
from data.analytics.proofs.check import Outcome
from data.analytics.proofs.groups_total import Grouped, group_check, non_additive_check
from data.analytics.proofs.metric_of_product import Billed, billed_by, habits_of, meters_of, metrics_of
from data.analytics.proofs.no_purchase import Counted, purchase_checks
from data.analytics.proofs.usage_quantity import Broken, Usage, quantity_checks
from data.analytics.records import records
from data.money import exact_sum
from tests.unit.analytics.builders import EUR_ID, at, frame, line, lines, units, usage

Row = dict[str, Any]
OCTOBER = (at("2024-10-01"), at("2024-11-01"))
NOON, LATER = at("2024-10-15T12:00"), at("2024-10-15T12:30")


def metric(ident: str, name: str, aggregation: str = "SUM", keys: tuple[str, ...] = ()) -> Row:
    groups = (keys,) if keys else ()
    return {"metric_id": ident, "name": name, "aggregation": aggregation, "group_keys": groups}


def billed(*rows: Row, status: str = "FINALIZED", **more: Any) -> list[Billed]:
    """Usage lines of October's invoice."""
    row = {"invoice_id": "inv", "status": status, "type": "USAGE", "period_start": OCTOBER[0], "period_end": OCTOBER[1]}
    return billed_by(records(frame(schema.INVOICES, [row | more])), lines(*rows))


def used(*metrics: Row, broken: Broken | None = None, **counted: tuple[Any, ...]) -> Usage:
    """What the metrics counted in October, by metric id."""
    return Usage(
        meters=meters_of(frame(schema.METRICS, list(metrics))),
        used={OCTOBER: {ident: tuple(Decimal(str(one)) for one in figures) for ident, figures in counted.items()}},
        invoices_at=NOON,
        usage_at=LATER,
        broken={("inv", "P"): broken} if broken else {},
    )


def quantities(outcome: Outcome) -> list[tuple[Any, ...]]:
    for check in outcome.checks:
        assert exact_sum(item.amount for item in check.expected_rows()) == check.expected
        assert exact_sum(item.amount for item in check.actual_rows()) == check.actual
    return [(one.subject, one.expected, one.actual, one.cause) for one in outcome.checks]


COMPUTE = metric("m", "Compute")


def test_what_was_billed_is_what_was_used() -> None:
    bills = billed(line(300, quantity=20), line(30, quantity=10))
    assert quantities(quantity_checks(bills, used(COMPUTE, m=(30,)))) == [("inv / Compute", 30, 30, None)]


def test_a_quantity_that_differs_is_found() -> None:
    bills = billed(line(300, quantity=30))
    assert quantities(quantity_checks(bills, used(COMPUTE, m=(31,)))) == [("inv / Compute", 31, 30, Cause.UNKNOWN)]


@pytest.mark.parametrize(("status", "in_windows", "cause"), [
    ("FINALIZED", 31, Cause.LATE_USAGE), ("FINALIZED", 32, Cause.UNKNOWN), ("DRAFT", 31, Cause.DRAFT),
])  # fmt: skip
def test_more_usage_is_late_where_the_windows_know_it_and_a_draft_s_own(
    status: str, in_windows: int, cause: Cause
) -> None:
    broken = Broken(quantity=Decimal(in_windows), still_open=Decimal(2))
    outcome = quantity_checks(billed(line(300, quantity=30), status=status), used(COMPUTE, broken=broken, m=(31,)))
    assert [one.cause for one in outcome.checks] == [cause]


def test_a_draft_cannot_have_grown_by_more_than_is_open() -> None:
    broken = Broken(quantity=Decimal(33), still_open=Decimal(2))
    outcome = quantity_checks(billed(line(300, quantity=30), status="DRAFT"), used(COMPUTE, broken=broken, m=(33,)))
    assert [one.cause for one in outcome.checks] == [Cause.UNKNOWN]


def test_whole_units_are_rounded_up() -> None:
    for counted, cause in (("29.4", Cause.ROUNDING), ("28.9", Cause.UNKNOWN), ("30.4", Cause.UNKNOWN)):
        outcome = quantity_checks(billed(line(300, quantity=30)), used(COMPUTE, m=(counted,)))
        assert [one.cause for one in outcome.checks] == [cause]


def test_no_usage_is_none_where_it_adds_up_and_unknown_elsewhere() -> None:
    bills = billed(line(0, quantity=0))
    assert quantities(quantity_checks(bills, used(COMPUTE))) == [("inv / Compute", 0, 0, None)]
    outcome = quantity_checks(bills, used(metric("m", "Compute", "MAX")))
    assert (outcome.checks, len(outcome.not_run)) == ((), 1)


def test_two_invoices_that_bill_one_product_at_once_are_not_compared() -> None:
    rows = [
        {"invoice_id": ident, "status": "DRAFT", "period_start": OCTOBER[0], "period_end": OCTOBER[1]}
        for ident in ("inv", "other")
    ]
    bills = billed_by(
        records(frame(schema.INVOICES, rows)), lines(line(1, quantity=1), line(1, quantity=1, invoice_id="other"))
    )
    outcome = quantity_checks(bills, used(COMPUTE, m=(2,)))
    assert (outcome.checks, len(outcome.not_run)) == ((), 2)


@pytest.mark.parametrize(("spans", "shared"), [
    ([(1, 11), (11, 21), (21, 31)], []), ([(1, 31), (2, 3), (20, 21)], ["0", "1", "2"]),
    ([(1, 11), (10, 20), (20, 31)], ["0", "1"]), ([(1, 5), (5, 20), (6, 7), (19, 31)], ["1", "2", "3"]),
])  # fmt: skip
def test_only_invoices_that_share_some_time_are_not_compared(spans: list[tuple[int, int]], shared: list[str]) -> None:
    rows = [
        {"invoice_id": str(number), "status": "DRAFT", "period_start": at(f"2024-10-{first:02}"),
         "period_end": at(f"2024-10-{end:02}")}
        for number, (first, end) in enumerate(spans)
    ]  # fmt: skip
    parts = [line(1, quantity=1, invoice_id=row["invoice_id"]) for row in rows]
    bills = billed_by(records(frame(schema.INVOICES, rows)), lines(*parts))
    told = [one for one in quantity_checks(bills, used(COMPUTE)).not_run if "same time" in one.reason]
    assert sorted(one.subject.split(" / ")[0] for one in told) == shared


def test_many_billed_products_are_compared() -> None:
    """Comparing each with each would take minutes, which somebody would notice."""
    bills = billed(*(line(1, quantity=1, product_id=f"P{number}", name="Compute") for number in range(8000)))
    assert len(quantity_checks(bills, used(COMPUTE, m=(1,))).checks) == 8000


def test_a_product_finds_its_metric_by_name_then_quantity_then_keys() -> None:
    bills = billed(
        line(1, quantity=5, product_id="named", name="Calls"),
        line(1, quantity=7, product_id="counted", name="Anything"),
        line(1, "eu", quantity=9, product_id="keyed", name="Something"),
        line(1, quantity=11, product_id="nothing", name="Else"),
    )
    listed = meters_of(frame(schema.METRICS, [
        metric("calls", "calls"), metric("seven", "Seven"), metric("regions", "Regions", keys=("region",)),
        metric("pods", "Pods", keys=("pod",)),
    ]))  # fmt: skip
    counted = {"calls": (Decimal(7000),), "seven": (Decimal(7),), "regions": (Decimal(8),)}
    found = metrics_of(bills, listed, {OCTOBER: counted})
    assert {ident: one.metric_id for ident, one in found.items()} == {
        "named": "calls",
        "counted": "seven",
        "keyed": "regions",
    }


def test_what_was_counted_exactly_goes_before_what_may_be_rounded_up() -> None:
    bills = billed(line(1, quantity=16), line(1, quantity=15))
    listed = meters_of(frame(schema.METRICS, [metric("near", "Near"), metric("same", "Same", "UNIQUE")]))
    found = metrics_of(bills, listed, {OCTOBER: {"near": (Decimal("30.2"),), "same": (Decimal(19), Decimal(31))}})
    assert found["P"].metric_id == "same"


MONTHS = {
    "sep": (at("2024-09-01"), at("2024-10-01")),
    "inv": OCTOBER,
    "nov": (at("2024-11-01"), at("2024-12-01")),
    "dec": (at("2024-12-01"), at("2025-01-01")),
}


def monthly(**quantities: int) -> list[Billed]:
    """One product, "Renamed", on an invoice of each of the ``MONTHS`` that is named."""
    rows = [
        {"invoice_id": ident, "status": "FINALIZED", "type": "USAGE", "period_start": start, "period_end": end}
        for ident, (start, end) in MONTHS.items()
    ]
    bills = [line(1, quantity=quantity, name="Renamed", invoice_id=ident) for ident, quantity in quantities.items()]
    return billed_by(records(frame(schema.INVOICES, rows)), lines(*bills))


def counts(**figures: tuple[int, ...]) -> dict[Any, dict[str, tuple[Decimal, ...]]]:
    """What each metric counted from month to month."""
    return {
        month: {ident: (Decimal(numbers[place]),) for ident, numbers in figures.items()}
        for place, month in enumerate(MONTHS.values())
    }


def test_a_product_that_equals_a_metric_in_most_periods_differs_in_the_others() -> None:
    bills, listed = monthly(sep=5, inv=6, nov=7), meters_of(frame(schema.METRICS, [metric("a", "A"), metric("b", "B")]))
    usage_of = Usage(
        meters=listed,
        used=counts(a=(5, 6, 8, 0), b=(1, 1, 7, 0)),
        invoices_at=NOON,
        usage_at=LATER,
    )
    found = quantities(quantity_checks(bills, usage_of))
    assert [row for row in found if row[3]] == [("nov / Renamed", 8, 7, Cause.UNKNOWN)]


def test_other_invoices_teach_what_a_product_bills() -> None:
    listed = meters_of(frame(schema.METRICS, [metric("a", "A"), metric("b", "B")]))
    taught = monthly(sep=5, nov=7)
    usage_of = Usage(
        meters=listed,
        used=counts(a=(5, 9, 7, 0), b=(1, 1, 1, 0)),
        invoices_at=NOON,
        usage_at=LATER,
        taught=taught,
    )
    assert quantities(quantity_checks(monthly(inv=6), usage_of)) == [("inv / Renamed", 9, 6, Cause.UNKNOWN)]
    assert quantity_checks(monthly(inv=6), replace(usage_of, taught=())).checks == ()


def test_one_hit_among_many_periods_is_chance() -> None:
    listed = meters_of(frame(schema.METRICS, [metric("a", "A"), metric("b", "B")]))
    bills = monthly(sep=5, inv=6, nov=7, dec=8)
    assert metrics_of(bills, listed, counts(a=(5, 1, 1, 1), b=(1, 1, 1, 1))) == {}
    only = listed[:1]
    assert metrics_of(bills, only, counts(a=(5, 1, 1, 1)))["P"].metric_id == "a"


def test_habits_of_products() -> None:
    bills = billed(
        line(1, quantity=5, product_id="peak", name="Peak"),
        line(1, quantity=3, product_id="whole", name="Whole"),
        line(1, quantity=4, product_id="plain", name="Plain"),
    )
    listed = meters_of(frame(schema.METRICS, [metric("p", "Peak", "MAX"), metric("w", "Whole"), metric("s", "Plain")]))
    found = habits_of(bills, listed, {OCTOBER: {"p": (Decimal(5),), "w": (Decimal("2.5"),), "s": (Decimal(4),)}})
    assert (found.non_additive, found.whole_units) == ({"peak"}, {"whole"})
    assert found.counted["inv", "whole"] == Decimal("2.5")


def test_a_product_for_which_only_uneven_metrics_are_left_is_uneven() -> None:
    bills = billed(line(1, quantity=5, product_id="unknown", name="X"), line(1, quantity=4, product_id="s", name="Sum"))
    listed = meters_of(frame(schema.METRICS, [metric("a", "A", "MAX"), metric("b", "B", "UNIQUE"), metric("s", "Sum")]))
    assert habits_of(bills, listed, {OCTOBER: {"s": (Decimal(4),)}}).non_additive == {"unknown"}
    mixed = meters_of(frame(schema.METRICS, [metric("a", "A", "MAX"), metric("b", "B"), metric("s", "Sum")]))
    assert habits_of(bills, mixed, {OCTOBER: {"s": (Decimal(4),)}}).non_additive == frozenset()


# Groups


def grouped(whole: float | None, *groups: tuple[str | None, float | None], moving: bool = False) -> Grouped:
    return Grouped(
        metric_id="m",
        name="Compute",
        keys=("region",),
        whole=usage(("2024-10-01", {}, whole)),
        groups=usage(*(("2024-10-01", {"region": name}, value) for name, value in groups)),
        moving=moving,
    )


def test_groups_and_what_has_none_make_the_total() -> None:
    check = group_check(grouped(0.6, ("eu", 0.1), ("us", 0.2), (None, 0.3)))
    assert (check.expected, check.actual, check.cause) == (Decimal("0.6"), Decimal("0.6"), None)
    assert [item.words for item in check.actual_rows()] == ["eu", "us", "(not set)"]


def test_a_group_that_is_off_is_found_and_sized() -> None:
    check = group_check(grouped(5, ("eu", 2), ("us", 4), (None, None)))
    assert (check.difference, check.cause, check.currency) == (1, Cause.UNKNOWN, "quantity")
    assert group_check(grouped(5, ("eu", 6), moving=True)).cause is Cause.DRAFT


def test_nothing_used_agrees_with_nothing() -> None:
    assert group_check(grouped(None)).cause is None


def test_a_metric_that_does_not_add_up_is_said_to_be_one() -> None:
    check = non_additive_check("m", "Users", ("region",))
    assert (check.status, check.cause, check.expected, check.difference) == (
        Status.EXPLAINED,
        Cause.NON_ADDITIVE,
        None,
        None,
    )


# Purchases


def purchases(*rows: Row) -> list[tuple[Any, ...]]:
    outcome = purchase_checks((Counted(lines(*rows), "on invoices"),), bought=frozenset({"commit"}), units=units())
    return [(one.subject, one.expected, one.actual, one.cause) for one in outcome.checks]


FIXED = {"product_type": "FixedProductListItem", "product_id": "F"}


def test_plain_usage_holds_no_purchase() -> None:
    euro = {"credit_type_id": EUR_ID, "credit_type": "EUR"}
    bought = line(10000, line_type="commit_purchase", commit_id="C", **FIXED)
    assert purchases(line(300), line(7, **euro), bought) == [
        ("EUR on invoices", 0, 0, None),
        ("USD on invoices", 0, 0, None),
    ]


@pytest.mark.parametrize("sign", [{"commit_id": "C", **FIXED}, {"product_id": "commit"}, {"invoice_type": "SCHEDULED"}])
def test_a_purchase_mislabelled_as_usage_is_found_and_sized(sign: Row) -> None:
    assert purchases(line(300), line(10000, **sign)) == [("USD on invoices", 0, 100, Cause.UNKNOWN)]


@pytest.mark.parametrize("sign", [{"commit_id": "C"}, FIXED, {"invoice_status": "VOID", "product_id": "commit"}])
def test_covered_usage_is_no_purchase(sign: Row) -> None:
    assert purchases(line(300), line(10000, **sign)) == [("USD on invoices", 0, 0, None)]
