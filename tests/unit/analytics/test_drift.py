"""Usage that arrived after an invoice was final: exactly sized, and placed on a day only where the lines prove it."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.analytics.drift import InvoiceDrift, Standing, drift_of, explained_of
from data.analytics.proofs.windows_invoice import check_invoices
from data.money import exact_sum
from tests.unit.analytics.builders import USD, at, line, lines, steady, units, windows
from tests.unit.analytics.invoice_builders import invoice, listed, table

SEPTEMBER = at("2024-09-01")
COVERED = (SEPTEMBER.date(), at("2024-10-01").date())
WHOLE = {"window_start": SEPTEMBER, "window_end": at("2024-10-01")}


def used(quantity: object, region: str, *, day: int | None = None, price: object = 10, **more: Any) -> dict[str, Any]:
    """A usage line of the invoice, or of one window when a day is given."""
    total = Decimal(str(quantity)) * Decimal(str(price))
    start = SEPTEMBER + timedelta(days=day or 0)
    span = WHOLE if day is None else {"window_start": start, "window_end": start + timedelta(days=1)}
    return line(
        total, region, **({"quantity": quantity, "unit_price": price, "invoice_status": "FINALIZED"} | span | more)
    )


def paid(quantity: object, region: str, *, day: int | None = None, **more: Any) -> dict[str, Any]:
    return used(quantity, region, day=day, commit_id="C", segment_id="S", **more)


def compared(billed: list[dict[str, Any]], now: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """What ``drift_of`` starts from."""
    total = exact_sum(row["total"] for row in billed)
    row = invoice(total=total, **more)
    sums: defaultdict[Any, list[Decimal]] = defaultdict(list)
    for one in now:
        sums[one["window_start"]].append(one["total"])
    per_window = [
        {"invoice_id": "inv", "window_start": start, "window_end": start + timedelta(days=1),
         "total": exact_sum(totals), "credit_type_id": USD, "credit_type": "USD (cents)"}
        for start, totals in sums.items()
    ]  # fmt: skip
    frozen, current = lines(*billed), lines(*now)
    checks = check_invoices(table(row), frozen, current, windows(*per_window), units=units(), covered=COVERED)
    return {"checks": checks, "invoices": listed(row, named=("inv",)), "lines": frozen, "window_lines": current}


def drifts(billed: list[dict[str, Any]], now: list[dict[str, Any]], **more: Any) -> tuple[InvoiceDrift, ...]:
    return drift_of(**compared(billed, now, **more))


def days_of(found: tuple[InvoiceDrift, ...]) -> list[tuple[date | None, Decimal]]:
    return [(day.day, day.amount) for one in found for product in one.products for day in product.days]


def day(number: int) -> date:
    return (SEPTEMBER + timedelta(days=number)).date()


def test_nothing_late_is_no_drift() -> None:
    assert drifts([used(30, "eu")], [used(10, "eu", day=1), used(20, "eu", day=2)]) == ()


def test_a_second_open_line_in_a_window_is_what_arrived_late() -> None:
    (one,) = drifts([used(30, "eu")], [used(10, "eu", day=1), used(20, "eu", day=2), used(4, "eu", day=2)])
    assert days_of((one,)) == [(day(2), Decimal("0.4"))]
    assert (one.amount, one.would_be, one.told_days, one.all_told) == (
        Decimal("0.4"), Decimal("3.4"), frozenset({day(2)}), True,
    )  # fmt: skip
    assert (one.products[0].product, one.products[0].plus, one.products[0].minus) == ("Compute", (0, 1, 2), (0,))
    assert one.products[0].days[0].plus == (2,)


def test_open_lines_of_what_a_commit_had_paid_for_in_full_are_late() -> None:
    found = drifts([paid(30, "eu")], [paid(10, "eu", day=1), paid(20, "eu", day=2), used(4, "eu", day=3)])
    assert days_of(found) == [(day(3), Decimal("0.4"))]


def test_a_group_that_the_invoice_does_not_have_came_late_altogether() -> None:
    found = drifts([used(30, "eu")], [used(30, "eu", day=1), used(1, "us", day=5), used(2, "us", day=5)])
    assert days_of(found) == [(day(5), Decimal("0.3"))]


def test_more_in_the_one_line_of_a_day_is_sized_but_on_no_day() -> None:
    (one,) = drifts([used(30, "eu")], [used(10, "eu", day=1), used(24, "eu", day=2)])
    assert days_of((one,)) == [(None, Decimal("0.4"))]
    assert (one.all_told, one.told_days) == (False, frozenset())
    assert (one.products[0].days[0].plus, one.products[0].days[0].minus) == ((0, 1), (0,))


def test_a_reading_that_does_not_come_to_the_drift_is_not_taken() -> None:
    """Two open lines in a window that the invoice had as well, and a later one hidden in another day."""
    billed = [used(10, "eu"), paid(20, "eu")]
    now = [paid(20, "eu", day=1), used(7, "eu", day=2), used(3, "eu", day=2), used(5, "eu", day=3)]
    assert days_of(drifts(billed, now)) == [(None, Decimal("0.5"))]


def test_what_is_told_and_what_is_not_stand_side_by_side_and_add_up() -> None:
    billed = [used(10, "eu"), used(10, "us")]
    now = [used(10, "eu", day=1), used(2, "eu", day=1), used(13, "us", day=2)]
    (one,) = drifts(billed, now)
    assert days_of((one,)) == [(day(1), Decimal("0.2")), (None, Decimal("0.3"))]
    assert one.amount == Decimal("0.5")


def test_drafts_and_voids_do_not_drift() -> None:
    now = [used(30, "eu", day=1), used(5, "eu", day=1)]
    assert drifts([used(30, "eu")], now)
    assert drifts([used(30, "eu")], now, status="DRAFT") == ()
    assert drifts([used(30, "eu")], now, status="VOID") == ()


def test_an_amount_that_is_simply_wrong_is_not_called_late_and_is_not_lost() -> None:
    wrong = used(20, "eu", day=2) | {"total": Decimal(999)}
    (one,) = drifts([used(30, "eu")], [used(10, "eu", day=1), wrong])
    assert [product.standing for product in one.products] == [Standing.UNEXPLAINED]
    assert (one.of(Standing.LATE), one.of(Standing.UNEXPLAINED), one.used) == (0, Decimal("7.99"), ())
    assert one.would_be == Decimal("10.99")


def test_less_usage_than_was_invoiced_is_listed_beside_what_came_late() -> None:
    pages = {"product_id": "G", "name": "Pages"}
    billed = [used(30, "eu"), used(50, "eu", **pages)]
    now = [used(30, "eu", day=1), used(4, "eu", day=1), used(45, "eu", day=2, **pages)]
    (one,) = drifts(billed, now)
    assert [(product.product, product.standing, product.amount) for product in one.products] == [
        ("Compute", Standing.LATE, Decimal("0.4")),
        ("Pages", Standing.UNEXPLAINED, Decimal("-0.5")),
    ]
    assert (one.amount, one.would_be, one.told_days) == (Decimal("-0.1"), Decimal("7.9"), frozenset({day(1)}))


def in_tier(level: int, quantity: int, *, day: int | None = None) -> dict[str, Any]:
    price, start, size = ((4, 0, 60), (3, 60, None))[level - 1]
    sent = {"tier": str(level), "tier_start": start, "tier_size": size}
    return used(quantity, "eu", day=day, price=price, **sent)


def test_what_tiers_make_is_no_drift_and_late_usage_in_them_is_not_priced() -> None:
    billed = [in_tier(1, 60), in_tier(2, 40)]
    alone = [in_tier(1, 50, day=1), in_tier(1, 50, day=2)]
    parts = compared(billed, alone)
    assert drift_of(**parts) == ()
    (left,) = explained_of(parts["checks"], parts["invoices"])
    assert (left.unit.label, left.amount) == ("USD", Decimal("0.4"))
    (one,) = drifts(billed, [*alone, in_tier(1, 10, day=3)])
    assert [(product.standing, product.amount) for product in one.products] == [(Standing.IN_TIERS, Decimal("0.8"))]
    assert (one.amount, one.would_be, days_of((one,))) == (0, Decimal("3.6"), [(None, Decimal("0.8"))])


def test_what_follows_from_usage_in_tiers_is_as_uncertain() -> None:
    billed = [in_tier(1, 60), in_tier(2, 40)]
    paid_for = [row | {"commit_id": "C", "segment_id": "S"} for row in billed]
    later = [row | {"commit_id": "C", "segment_id": "S"} for row in (in_tier(1, 50, day=1), in_tier(1, 60, day=2))]
    off = {"line_type": "applied_commit_or_credit", "name": "Commit applied", "commit_type": "PREPAID", "tier": None}
    taken = used(1, "eu", **off, commit_id="C", segment_id="S") | {"total": Decimal(-360)}
    now = used(1, "eu", day=2, **off, commit_id="C", segment_id="S") | {"total": Decimal(-440)}
    (one,) = drifts([*paid_for, taken], [*later, now])
    assert {product.standing for product in one.products} == {Standing.IN_TIERS}
    assert {product.kind for product in one.products} == {"usage", "applied_commit_or_credit"}


def test_fees_are_left_out_with_their_sum() -> None:
    fee = used(1, "eu", price=4000, line_type="subscription", name="Seats", product_id="S")
    parts = compared([used(30, "eu"), fee], [used(30, "eu", day=1)])
    assert drift_of(**parts) == ()
    assert [one.amount for one in explained_of(parts["checks"], parts["invoices"])] == [-40]
    draft = compared([used(30, "eu"), fee], [used(30, "eu", day=1)], status="DRAFT")
    assert explained_of(draft["checks"], draft["invoices"]) == ()


def test_an_invoice_without_a_total_has_a_drift_and_no_new_total() -> None:
    frozen, current = lines(used(1, "eu")), lines(used(1, "eu", day=1), used(1, "eu", day=1))
    row = invoice(total=None)
    checks = check_invoices(table(row), frozen, current, windows(), units=units(), covered=COVERED)
    (one,) = drift_of(checks, listed(row, named=("inv",)), lines=frozen, window_lines=current)
    assert (one.amount, one.would_be) == (Decimal("0.1"), None)


usage = st.dictionaries(
    st.tuples(st.sampled_from(["eu", "us", "ap"]), st.integers(0, 29)), st.integers(1, 10**6), min_size=1, max_size=12
)
late = st.lists(
    st.tuples(st.sampled_from(["eu", "us", "new"]), st.integers(0, 29), st.integers(1, 10**5)), min_size=1, max_size=6
)


@pytest.mark.thorough
@steady
@given(usage, late, st.sampled_from([Decimal("0.00015"), Decimal("0.4"), Decimal(25)]))
def test_planted_late_usage_is_found_sized_to_the_cent_and_never_on_a_wrong_day(
    frozen: dict[tuple[str, int], int], planted: list[tuple[str, int, int]], price: Decimal
) -> None:
    per_region: defaultdict[str, int] = defaultdict(int)
    for (region, _), quantity in frozen.items():
        per_region[region] += quantity
    billed = [used(quantity, region, price=price) for region, quantity in per_region.items()]
    now = [used(quantity, region, day=number, price=price) for (region, number), quantity in frozen.items()]
    now += [used(quantity, region, day=number, price=price) for region, number, quantity in planted]
    found = drifts(billed, now)
    worth = exact_sum(quantity * price / 100 for _, _, quantity in planted)
    assert [one.amount for one in found] == [worth]
    assert exact_sum(amount for _, amount in days_of(found)) == worth
    by_day: defaultdict[date, Decimal] = defaultdict(Decimal)
    for _, number, quantity in planted:
        by_day[day(number)] += quantity * price / 100
    assert all(amount <= by_day[on] for on, amount in days_of(found) if on is not None)
    if all((region, number) in frozen for region, number, _ in planted):
        assert dict(days_of(found)) == by_day  # each stands behind a line of its own day, so all are told
