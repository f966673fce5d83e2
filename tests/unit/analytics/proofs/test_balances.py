"""Ledgers against balances, the net balance against their sum, ledger deductions against invoice lines."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from data import schema
from data.analytics.entries import Account, accounts_of
from data.analytics.proofs.causes import Cause, Status
from data.analytics.proofs.check import Check, Outcome
from data.analytics.proofs.deduction_lines import Listed, deduction_checks
from data.analytics.proofs.ledger_balance import ledger_checks
from data.analytics.proofs.moving import Readings, open_draws
from data.analytics.proofs.net_balance import net_checks
from data.analytics.reconcile import reconciles
from data.money import exact_sum
from tests.unit.analytics.builders import (
    CPU_ID,
    EUR_ID,
    USD,
    at,
    balance,
    deduction,
    entry,
    frame,
    invoices,
    line,
    lines,
    segment,
    tables,
    units,
)

NOW = at("2024-10-15T12:00")
EARLIER, LATER = at("2024-10-15T11:00"), at("2024-10-15T11:30")
Row = dict[str, Any]
YEAR = segment("S", "B", 10000, "2024-09-01", "2025-09-01")
ENTRIES = [
    entry("B", "granted", 10000, "2024-09-01", segment_id="S"),
    entry("B", "used", -6500, "2024-10-01", segment_id="S", invoice_id="september"),
    entry("B", "used", -1500, "2024-11-01", segment_id="S", invoice_id="october"),
]


def accounts(
    sent: Row | None = None, *, entries: list[Row] = ENTRIES, segments: list[Row] | None = None
) -> list[Account]:
    """The guide's commit: $100, of which September took $65 and the draft of October $15 so far."""
    found = tables([balance(**({"balance": 2000} | (sent or {})))], segments or [YEAR], entries)
    known = invoices(september="FINALIZED", october="DRAFT")
    return accounts_of(*found, invoices=known, now=NOW, units=units())


def only(outcome: Outcome) -> Check:
    (check,) = outcome.checks
    assert outcome.not_run == ()
    assert exact_sum(item.amount for item in check.expected_rows()) == check.expected
    assert exact_sum(item.amount for item in check.actual_rows()) == check.actual
    return check


# Ledgers


def test_a_ledger_gives_its_balance() -> None:
    check = only(ledger_checks(accounts(), now=NOW))
    assert (check.expected, check.actual, check.cause) == (20, 20, None)
    assert [item.invoice_id for item in check.expected_rows()] == ["", "september", "october"]


@pytest.mark.parametrize("off", ["0.01", "0.3", "1", "-1", "2000"])
def test_a_balance_that_its_ledger_does_not_give_is_found_and_sized(off: str) -> None:
    check = only(ledger_checks(accounts({"balance": 2000 + Decimal(off)}), now=NOW))
    assert check.difference == Decimal(off) / 100
    assert check.cause is (Cause.ROUNDING if abs(Decimal(off)) < Decimal("0.5") else Cause.UNKNOWN)


def test_euros_are_whole_and_their_cents_still_count() -> None:
    euro = {"credit_type_id": EUR_ID, "credit_type": "EUR"}
    check = only(ledger_checks(accounts(euro | {"balance": Decimal("2000.01")}), now=NOW))
    assert (check.currency, check.difference, check.cause) == ("EUR", Decimal("0.01"), Cause.UNKNOWN)


def test_an_overdrawn_ledger_stands_at_zero() -> None:
    taken = [*ENTRIES, entry("B", "adjusted", -5000, "2024-10-02")]
    check = only(ledger_checks(accounts({"balance": 0}, entries=taken), now=NOW))
    assert (check.expected, check.difference, check.cause) == (-30, 30, Cause.FLOORED)


def test_a_segment_that_ended_without_its_expiry_counts_no_more() -> None:
    over = [segment("S", "B", 10000, "2024-09-01", "2024-10-02")]
    check = only(ledger_checks(accounts({"balance": 0}, segments=over), now=NOW))
    assert (check.expected, check.cause) == (0, None)


TWO_YEARS = [segment("old", "B", 5000, "2023-09-01", "2024-09-01"), YEAR]
CLOSED = [
    entry("B", "granted", 5000, "2023-09-01", segment_id="old"),
    entry("B", "used", -4000, "2024-01-01", segment_id="old", invoice_id="january"),
    entry("B", "expired", -1000, "2024-09-01", segment_id="old"),
]


@pytest.mark.parametrize("closing", ["expired", "rolled_over", "trued_up", "canceled"])
@pytest.mark.parametrize(("at_entry", "off"), [(0, 5000), (0, -1), (1, 3900), (1, -1), (2, 1)])
def test_a_segment_that_was_closed_counts_with_all_its_entries(closing: str, at_entry: int, off: int) -> None:
    closed = [*CLOSED[:2], CLOSED[2] | {"category": closing}]
    assert only(ledger_checks(accounts(entries=[*closed, *ENTRIES], segments=TWO_YEARS), now=NOW)).cause is None
    closed[at_entry] = closed[at_entry] | {"amount": closed[at_entry]["amount"] + off}
    sent = accounts(entries=[*closed, *ENTRIES], segments=TWO_YEARS)
    check = only(ledger_checks(sent, now=NOW))
    assert (check.difference, check.cause) == (Decimal(-off) / 100, Cause.UNKNOWN)
    assert reconciles(sent[0], NOW) is False


def test_a_closing_entry_without_a_segment_closes_the_only_one() -> None:
    over = [segment("S", "B", 10000, "2023-09-01", "2024-09-01")]
    late = [
        entry("B", "granted", 10000, "2023-09-01", segment_id="S"),
        entry("B", "used", -6500, "2024-01-01", segment_id="S", invoice_id="september"),
        entry("B", "trued_up", -3000, "2024-09-02", invoice_id="october"),
    ]
    check = only(ledger_checks(accounts({"balance": 0}, entries=late, segments=over), now=NOW))
    assert (check.difference, check.cause) == (-5, Cause.UNKNOWN)


def test_what_was_not_sent_is_not_compared() -> None:
    for sent in ({"balance": None}, {"has_ledger": False}):
        outcome = ledger_checks(accounts(sent), now=NOW)
        assert outcome.checks == ()
        assert [one.subject for one in outcome.not_run] == ["B"]


@pytest.mark.parametrize("at_entry", [0, 1, 2])
def test_an_entry_without_an_amount_leaves_nothing_to_compare(at_entry: int) -> None:
    entries = [*ENTRIES]
    entries[at_entry] = entries[at_entry] | {"amount": None}
    sent = accounts(entries=entries)
    outcome = ledger_checks(sent, now=NOW)
    assert (outcome.checks, [one.reason for one in outcome.not_run]) == (
        (), ["An entry of its ledger does not say its amount."],
    )  # fmt: skip
    assert reconciles(sent[0], NOW) is None
    assert [one.subject for one in net_checks(sent, net(2000, 3500), now=NOW).checks] == ["USD with drafts"]
    found = deductions(applied(-6500, "september"), applied(-1500, "october"), sent=sent)
    assert [len(one) for one in found.values()] == [1]


@pytest.mark.parametrize(("off", "agrees"), [("0", True), ("0.3", True), ("0.5", False), ("-0.6", False), ("1", False)])
def test_the_page_says_what_the_proof_says(off: str, agrees: bool) -> None:
    sent = accounts({"balance": 2000 + Decimal(off)})
    check = only(ledger_checks(sent, now=NOW))
    assert (check.status is not Status.FAILED, reconciles(sent[0], NOW)) == (agrees, agrees)


@pytest.mark.parametrize("huge", ["1e24", "1.5e29", "7e60", "1e300"])
@pytest.mark.parametrize("unit", [{}, {"credit_type_id": CPU_ID, "credit_type": "tokens"}])
def test_huge_amounts_are_compared_to_the_last_digit(huge: str, unit: Row) -> None:
    amount = Decimal(huge)
    start = [entry("B", "granted", amount, "2024-09-01", segment_id="S")]
    check = only(ledger_checks(accounts({"balance": amount} | unit, entries=start), now=NOW))
    assert (check.difference, check.cause) == (0, None)
    if amount < Decimal("1e70"):
        check = only(ledger_checks(accounts({"balance": amount + 1 if amount < 1e25 else 2 * amount} | unit,
                                            entries=start), now=NOW))  # fmt: skip
        assert check.cause is Cause.UNKNOWN


def test_ledgers_that_are_long_are_compared_in_no_time() -> None:
    many = [entry("B", "used", -1, "2024-10-31", segment_id="S", invoice_id="october") for _ in range(3000)]
    sent = accounts({"balance": 7000}, entries=[ENTRIES[0], *many])
    assert nets(sent, 7000, 10000)[1][3] is None
    assert nets(sent, 7000, 10001)[1][3] is Cause.UNKNOWN


# The net balance


def net(with_drafts: object, without: object, unit: str = USD) -> Any:
    rows = [
        {"credit_type_id": unit, "finalized_only": only_final, "balance": amount}
        for only_final, amount in ((False, with_drafts), (True, without))
    ]
    return frame(schema.NET_BALANCES, rows)


def nets(sent: list[Account], *amounts: object, read: Readings | None = None) -> list[tuple[Any, ...]]:
    outcome = net_checks(sent, net(*amounts), now=NOW, read=read)
    for check in outcome.checks:
        assert exact_sum(item.amount for item in check.expected_rows()) == check.expected
    return [(one.subject, one.expected, one.difference, one.cause) for one in outcome.checks]


def test_the_net_balance_is_the_sum_with_drafts_and_without_them() -> None:
    assert nets(accounts(), 2000, 3500) == [
        ("USD with drafts", 20, 0, None),
        ("USD without drafts", 35, 0, None),
    ]


def test_a_net_balance_that_is_off_is_found_and_sized() -> None:
    off = nets(accounts(), 2001, 3499)
    assert [(difference, cause) for *_, difference, cause in off] == [
        (Decimal("0.01"), Cause.UNKNOWN),
        (Decimal("-0.01"), Cause.UNKNOWN),
    ]


def test_what_is_overdrawn_counts_as_zero() -> None:
    taken = [*ENTRIES, entry("B", "adjusted", -3000, "2024-10-02", segment_id="S")]
    raw = accounts({"balance": -1000}, entries=taken)
    assert nets(raw, 0, 500) == [
        ("USD with drafts", -10, 10, Cause.FLOORED),
        ("USD without drafts", 5, 0, None),
    ]
    floored = accounts({"balance": 0}, entries=taken)
    assert nets(floored, 0, 500) == [
        ("USD with drafts", 0, 0, None),
        ("USD without drafts", 15, -10, Cause.FLOORED),
    ]
    assert nets(floored, 0, 501)[1][3] is Cause.UNKNOWN


def test_obligations_quantities_and_archived_commits_are_no_net_balance() -> None:
    sent = [
        balance("B", balance=2000),
        balance("P", "POSTPAID", balance=7),
        balance("Q", balance=5, access_type="QUANTITY"),
        balance("A", balance=9, archived_at="2024-10-01"),
    ]
    found = accounts_of(*tables(sent, [YEAR], ENTRIES), invoices=invoices(october="DRAFT"), now=NOW, units=units())
    assert nets(found, 2000, 3500)[0] == ("USD with drafts", 20, 0, None)


def test_what_no_net_balance_counts_is_said() -> None:
    sent = [
        balance("B", balance=2000),
        balance("P", "POSTPAID", balance=7),
        balance("Q", balance=5, access_type="QUANTITY"),
        balance("A", "POSTPAID", balance=9, archived_at="2024-10-01"),
        balance("X", "BARTER", balance=9),
    ]
    found = accounts_of(*tables(sent, [YEAR], ENTRIES), invoices=invoices(october="DRAFT"), now=NOW, units=units())
    told = {one.subject: one.reason for one in net_checks(found, net(2000, 3500), now=NOW).not_run}
    assert told == {
        "P": "It is a postpaid commit, which is owed; the net balance counts what can be spent.",
        "Q": "QUANTITY balances are counted in units of their product; the net balance of money leaves them out.",
        "X": "Its type is not known, so it cannot be told whether the net balance counts it.",
    }


def test_a_draft_may_have_drawn_on_between_two_readings() -> None:
    moved = Readings(balances=EARLIER, other=LATER, open_draws={"B": Decimal(100)})
    assert [row[3] for row in nets(accounts(), 1950, 3500, read=moved)] == [Cause.DRAFT, None]
    for amount, read in ((2050, moved), (1850, moved), (1950, None)):
        assert nets(accounts(), amount, 3500, read=read)[0][3] is Cause.UNKNOWN
    at_once = Readings(balances=LATER, other=LATER, open_draws={"B": Decimal(100)})
    assert nets(accounts(), 1950, 3500, read=at_once)[0][3] is Cause.UNKNOWN


def test_what_drafts_may_draw_is_what_open_windows_hold() -> None:
    found = open_draws(
        lines(
            deduction(-100, day="2024-10-14"),
            deduction(-30, day="2024-10-15"),
            deduction(0, day="2024-10-15", commit_id="Q", consumed=4),
            line(900, day="2024-10-15"),
        ),
        EARLIER,
    )
    assert found == {"C": 30, "Q": 4}


def test_without_a_ledger_only_the_drafts_are_not_compared() -> None:
    outcome = net_checks(accounts({"has_ledger": False}), net(2000, 3500), now=NOW)
    assert [one.subject for one in outcome.checks] == ["USD with drafts"]
    assert [one.subject for one in outcome.not_run] == ["USD without drafts"]


# Deductions


LISTED = Listed({"september": "FINALIZED", "october": "DRAFT"}, frozenset({"september", "october"}))


def applied(total: object, invoice_id: str, **more: Any) -> Row:
    return deduction(total, **({"commit_id": "B", "invoice_id": invoice_id} | more))


def deductions(
    *rows: Row, sent: list[Account] | None = None, listed: Listed = LISTED, read: Readings | None = None
) -> dict[str, tuple[Any, ...]]:
    outcome = deduction_checks(sent or accounts(), lines(*rows), listed, read=read)
    for check in outcome.checks:
        assert exact_sum(item.amount for item in check.expected_rows()) == check.expected
        assert exact_sum(item.amount for item in check.actual_rows()) == check.actual
    found = {one.subject: (one.expected, one.actual, one.cause) for one in outcome.checks}
    return found | {one.subject: (one.reason,) for one in outcome.not_run}


def test_what_the_ledger_took_off_is_what_the_lines_applied() -> None:
    found = deductions(applied(-6000, "september"), applied(-500, "september"), applied(-1500, "october"))
    assert found == {"B / september / S": (-65, -65, None), "B / october / S": (-15, -15, None)}


def test_a_line_changed_by_a_cent_is_found_and_sized() -> None:
    found = deductions(applied(-6501, "september"), applied(-1500, "october"))
    assert found["B / september / S"] == (-65, Decimal("-65.01"), Cause.UNKNOWN)


def test_a_deduction_without_lines_and_lines_without_a_deduction() -> None:
    assert deductions(applied(-1500, "october"))["B / september / S"] == (-65, 0, Cause.UNKNOWN)
    lost = deductions(applied(-6500, "september"), applied(-1500, "october"), sent=accounts(entries=ENTRIES[:2]))
    assert lost["B / october / S"] == (0, -15, Cause.UNKNOWN)
    tiny = deductions(applied(Decimal("-0.2"), "september"), sent=accounts(entries=ENTRIES[:1]))
    assert tiny["B / september / S"][2] is Cause.UNKNOWN


def test_an_invoice_that_is_not_listed_at_all_has_no_lines() -> None:
    unlisted = Listed({"october": "DRAFT"}, frozenset({"october"}))
    found = deductions(applied(-1500, "october"), listed=unlisted)
    assert found["B / september / S"] == (-65, 0, Cause.UNKNOWN)


def test_invoices_outside_the_range_are_not_looked_at() -> None:
    found = deductions(applied(-1500, "october"), listed=Listed(LISTED.statuses, frozenset({"october"})))
    assert list(found) == ["B / october / S"]


def test_a_void_invoice_has_no_deduction_unless_it_was_given_back() -> None:
    voided = Listed({"september": "VOID", "october": "DRAFT"}, LISTED.chosen)
    kept = deductions(applied(-6500, "september"), applied(-1500, "october"), listed=voided)
    assert kept["B / september / S"] == (-65, 0, Cause.UNKNOWN)
    given = [*ENTRIES, entry("B", "credited", 6500, "2024-10-03", segment_id="S", invoice_id="september")]
    found = deductions(applied(-1500, "october"), sent=accounts(entries=given), listed=voided)
    assert found["B / september / S"] == (0, 0, None)


def test_quantities_are_compared_as_units_consumed() -> None:
    quantity = accounts({"access_type": "QUANTITY"})
    rows = applied(-900, "september", consumed=6500), applied(-90, "october", consumed=1500)
    assert deductions(*rows, sent=quantity)["B / september / S"] == (-6500, -6500, None)
    untold = deductions(applied(-900, "september"), rows[1], sent=quantity)
    assert len(untold["B / september / S"]) == 1


def test_without_the_segment_on_one_side_segments_are_compared_together() -> None:
    rows = applied(-6500, "september", segment_id=None), applied(-1500, "october")
    assert deductions(*rows)["B / september"] == (-65, -65, None)


def test_a_balance_whose_ledger_is_not_known_is_not_compared() -> None:
    found = deductions(
        applied(-5, "september", commit_id="parent"), applied(-6500, "september"), applied(-1500, "october")
    )
    assert len(found.pop("parent")) == 1
    assert all(cause is None for *_, cause in found.values())


def test_a_draft_s_deduction_may_have_grown_between_two_readings() -> None:
    moved = Readings(balances=EARLIER, other=LATER, open_draws={"B": Decimal(100)})
    rows = applied(-6500, "september"), applied(-1550, "october")
    assert deductions(*rows, read=moved)["B / october / S"][2] is Cause.DRAFT
    assert deductions(*rows)["B / october / S"][2] is Cause.UNKNOWN
    final = applied(-6550, "september"), applied(-1500, "october")
    assert deductions(*final, read=moved)["B / september / S"][2] is Cause.UNKNOWN
