"""Which invoices a range holds, where each stands, what they are tied to, and what they come to."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.analytics.invoices import State, invoice_sums, is_within
from data.filters import Days, InvoiceStatus
from data.money import exact_sum
from tests.unit.analytics.builders import CPU_ID, EUR_ID, at, steady
from tests.unit.analytics.invoice_builders import NOW, OCTOBER, invoice, listed, october, only, scheduled

FIRST = at("2024-10-01")


def ids(*rows: dict[str, Any], **more: Any) -> list[str]:
    return [one.invoice_id for one in listed(*rows, **more)]


@pytest.mark.parametrize(
    ("row", "inside"),
    [
        (october(), True),
        (invoice(period_end=at("2024-10-01")), False),  # it ends where the range begins
        (invoice(period_end=at("2024-10-01T01:00")), True),
        (october(period_start=at("2024-11-01"), period_end=at("2024-12-01")), False),
        (october(period_start=at("2024-01-01"), period_end=at("2025-01-01")), True),
        (october(period_start=at("2024-10-01"), period_end=at("2024-10-01")), True),  # a period of no length
        (october(period_start=None, period_end=at("2024-10-20")), True),
        (october(period_start=at("2024-09-30"), period_end=None), False),
        (scheduled(issued="2024-10-31T23:59"), True),
        (scheduled(issued="2024-11-01"), False),
        (scheduled(issued="2024-09-30T23:59"), False),
        (scheduled(issued=None), False),
    ],
)
def test_the_range_is_the_period_or_without_one_the_issue(row: dict[str, Any], inside: bool) -> None:
    assert bool(ids(row)) is inside


def test_an_issue_within_the_range_does_not_bring_in_an_invoice_whose_period_lies_outside() -> None:
    assert ids(invoice(issued_at=at("2024-10-02"))) == []


def test_newest_first_and_those_without_a_date_last() -> None:
    rows = [scheduled("old", "2024-10-02"), october("undated", issued_at=None), scheduled("new", "2024-10-09")]
    assert ids(*rows, scheduled("never", None), named=("never",)) == ["undated", "new", "old", "never"]


def test_a_named_invoice_is_listed_wherever_it_lies_and_marked() -> None:
    found = listed(invoice("far"), october("near"), named=("far", "near", "unknown"))
    assert [(one.invoice_id, one.outside) for one in found] == [("near", False), ("far", True)]
    (only_draft,) = listed(october("void", status="VOID"), named=("void",), status=InvoiceStatus.DRAFT)
    assert only_draft.outside


@pytest.mark.parametrize(
    ("status", "state", "chosen"),
    [
        ("DRAFT", State.DRAFT, InvoiceStatus.DRAFT),
        ("draft", State.DRAFT, InvoiceStatus.DRAFT),
        ("FINALIZED", State.FINALIZED, InvoiceStatus.FINALIZED),
        ("VOID", State.VOID, InvoiceStatus.VOID),
        ("DRAFT_INCOMPLETE", State.INCOMPLETE, InvoiceStatus.DRAFT),
        ("SOMETHING_NEW", State.OTHER, None),
        (None, State.OTHER, None),
    ],
)
def test_status_as_sent_and_what_the_filter_takes(
    status: str | None, state: State, chosen: InvoiceStatus | None
) -> None:
    row = october(status=status)
    (one,) = listed(row)
    assert (one.state, one.status) == (state, status or "")
    taken = [member for member in InvoiceStatus if listed(row, status=member)]
    assert taken == [InvoiceStatus.ALL, *([chosen] if chosen else [])]


def test_a_draft_ahead_is_upcoming_and_one_of_a_running_period_is_not() -> None:
    ahead = only(october(period_start=at("2024-11-01"), period_end=at("2024-12-01")))
    purchase = only(scheduled(status="DRAFT", issued="2025-01-01"))
    assert [ahead.state, purchase.state, only(october()).state] == [State.UPCOMING, State.UPCOMING, State.DRAFT]
    assert only(scheduled(issued="2025-01-01")).state is State.FINALIZED  # only drafts are upcoming


def test_a_draft_settles_at_its_issue_or_a_day_after_its_period() -> None:
    assert only(october()).settles_at == at("2024-11-02")
    assert only(october(issued_at=None)).settles_at == at("2024-11-02")
    assert only(october(issued_at=at("2024-11-05"))).settles_at == at("2024-11-05")
    assert only(october(issued_at=at("2024-10-01"))).settles_at == at("2024-11-02")  # issued before its end: no
    assert only(invoice()).settles_at is None


@pytest.mark.parametrize("ends", ["9999-12-31", "9999-12-31T23:59:59"])
def test_a_draft_that_ends_with_time_itself_settles_at_no_date(ends: str) -> None:
    assert only(october(period_end=at(ends), issued_at=None)).settles_at is None


def test_due_is_issue_and_terms_and_unknown_without_either() -> None:
    assert only(invoice()).due_at == at("2024-11-01")
    for more in ({"terms_days": None}, {"issued_at": None}, {"terms_days": -1.0}, {"terms_days": 1e300}):
        assert only(invoice(**more)).due_at is None
    assert only(invoice(issued_at=pd.Timestamp("9999-12-30", tz="UTC"))).due_at is None


@pytest.mark.parametrize(
    ("payment", "overdue"), [("SENT", True), ("PARTIALLY_PAID", True), ("PAID", False), (None, False), ("ODD", False)]
)
def test_overdue_needs_a_payment_state_that_waits_for_money(payment: str | None, overdue: bool) -> None:
    row = invoice(terms_days=5.0, payment_status=payment)
    assert only(row).is_overdue(NOW) is overdue
    assert not only(row).is_overdue(NOW - timedelta(days=30))
    assert not only(row | {"status": "VOID"}).is_overdue(NOW)
    assert not only(row | {"total": 0}).is_overdue(NOW)


def test_corrections_and_replacements_are_tied_both_ways() -> None:
    rows = (
        invoice("first", status="VOID"),
        invoice("again", regenerated_from_id="first"),
        scheduled("fix", corrects_id="again", correction="Duplicate events: replayed"),
        scheduled("more", corrects_id="again"),
    )
    by_id = {one.invoice_id: one for one in listed(*rows, named=("first", "again"))}
    assert by_id["first"].replaced_by == ("again",)
    assert by_id["again"].regenerated_from_id == "first"
    assert by_id["again"].corrected_by == ("fix", "more")
    assert (by_id["fix"].corrects_id, by_id["fix"].correction) == ("again", "Duplicate events: replayed")


def sums(*rows: dict[str, Any]) -> dict[tuple[str, str], Decimal | None]:
    return {(one.unit.label, one.state.value): one.total for one in invoice_sums(listed(*rows))}


def test_only_payable_invoices_are_summed_and_never_across_currencies() -> None:
    euro = {"credit_type_id": EUR_ID, "credit_type": "EUR"}
    assert sums(
        october("a", status="FINALIZED", total=100),
        october("b", status="FINALIZED", total="0.5"),
        october("c", status="FINALIZED", total=7, **euro),
        october("d", status="VOID", total=1000),
        october("e", status="FINALIZED", billable=False, total=1000),
        october("f", status="FINALIZED", type="USAGE_CONSOLIDATED", total=1000),
        october("g", total=40),
        scheduled("h", status="DRAFT", issued="2024-10-30", total=60),
        october("i", status="DRAFT_INCOMPLETE", total=None),
    ) == {
        ("EUR", "finalized"): Decimal(7),
        ("USD", "draft"): Decimal("0.4"),
        ("USD", "upcoming"): Decimal("0.6"),
        ("USD", "finalized"): Decimal("1.005"),
    }


def test_a_sum_with_an_unknown_total_is_unknown_and_invoices_outside_are_in_none() -> None:
    assert sums(october("a", total=None), october("b")) == {("USD", "draft"): None}
    found = listed(invoice("far"), named=("far",))
    assert len(found) == 1
    assert invoice_sums(found) == ()


def test_an_invoice_in_a_pricing_unit_keeps_its_unit() -> None:
    (one,) = listed(october(credit_type_id=CPU_ID, credit_type="tokens", total=250))
    assert (one.unit.label, one.total, one.unit.is_money) == ("tokens", Decimal(250), False)
    (unit_less,) = listed(october(credit_type_id=None, credit_type=None))
    assert unit_less.unit.label == "unknown unit"


@steady
@given(
    st.lists(
        st.tuples(
            st.integers(-40, 40), st.integers(0, 60), st.sampled_from(["DRAFT", "FINALIZED", "VOID", "X"]),
            st.decimals(-10**6, 10**6, places=4), st.booleans(),
        ),
        max_size=12,
    )
)  # fmt: skip
def test_every_invoice_is_of_the_range_or_not_and_the_sums_hold_each_payable_one_once(rows: list[Any]) -> None:
    made = [
        october(str(n), period_start=FIRST + timedelta(days=start), period_end=FIRST + timedelta(days=start + length),
                status=status, total=total, billable=billable)
        for n, (start, length, status, total, billable) in enumerate(rows)
    ]  # fmt: skip
    inside = listed(*made)
    everything = listed(*made, days=Days(first=at("2024-01-01").date(), last=at("2024-12-31").date()))
    assert {one.invoice_id for one in inside} == {one.invoice_id for one in everything if is_within(one, OCTOBER)}
    payable = [one.total for one in everything if one.is_payable and one.total is not None]
    assert exact_sum(one.total for one in invoice_sums(everything) if one.total is not None) == exact_sum(payable)
