"""The burndown table, its totals, what lapses soon, and the ledger file."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.analytics.balance_totals import BalanceTotal, balance_totals
from data.analytics.commitments import AMOUNTS, COMMITMENTS_FILE, Burndown, Side, burndown
from data.analytics.ledger import LEDGER_FILE, ledger_rows
from data.money import exact_sum
from tests.unit.analytics.builders import (
    CPU_ID,
    EUR_ID,
    at,
    balance,
    entry,
    guide_account,
    invoices,
    segment,
    steady,
    tables,
    units,
)

NOW = at("2024-10-15")


def burnt(
    balances: list[dict[str, Any]], segments: list[dict[str, Any]], entries: list[dict[str, Any]], **more: Any
) -> Burndown:
    known = {"invoices": None, "now": NOW, "units": units()} | more
    return burndown(*tables(balances, segments, entries), **known)


def only(burn: Burndown) -> dict[str, Any]:
    (row,) = burn.table.to_dict("records")
    return {str(name): value for name, value in row.items()}


def amounts(row: dict[str, Any]) -> dict[str, Decimal | None]:
    """The amounts of a row that are not zero."""
    return {name: row[name] for name in AMOUNTS if row[name] is None or row[name] != 0}


ONE = [segment("S", "B", 10000, "2024-09-01", "2025-09-01")]
START = entry("B", "granted", 10000, "2024-09-01", segment_id="S")


def test_the_guides_balances_read_on_15_october() -> None:
    burn = burndown(*guide_account(), invoices=None, now=NOW, units=units())
    commit, credit = burn.table.to_dict("records")
    assert tuple(burn.table.columns) == COMMITMENTS_FILE
    assert (commit["granted"], commit["used_posted"], commit["used_pending"], commit["remaining"]) == (100, 65, 15, 20)
    assert (credit["granted"], credit["used_posted"], credit["used_pending"], credit["remaining"]) == (5, 0, 5, 0)
    assert (commit["status"], credit["status"]) == ("active", "exhausted")
    (total,) = balance_totals(burn)
    assert (total.granted, total.used_posted, total.used_pending, total.remaining) == (105, 65, 20, 20)
    assert (total.currency, total.side) == ("USD", Side.PREPAID)


def test_the_status_of_the_invoice_decides_what_is_pending() -> None:
    known = invoices(september="FINALIZED", october="DRAFT")
    within_grace = burndown(*guide_account(), invoices=known, now=at("2024-11-01T12:00"), units=units())
    assert within_grace.table["used_pending"].tolist() == [15, 5]
    by_time = burndown(*guide_account(), invoices=None, now=at("2024-11-01T12:00"), units=units())
    assert by_time.table["used_pending"].tolist() == [0, 0]
    unlisted = burndown(*guide_account(), invoices=invoices(other="DRAFT"), now=NOW, units=units())
    assert unlisted.table["used_pending"].tolist() == [15, 5]


def test_each_category_has_its_own_column_and_they_explain_the_ledger() -> None:
    past = "2024-10-01"
    signed = {
        "expired": -1,
        "rolled_over": -2,
        "trued_up": -4,
        "adjusted": -8,
        "credited": 16,
        "canceled": -32,
        "other": 64,
    }
    row = only(
        burnt([balance()], ONE, [START, *(entry("B", name, value * 100, past) for name, value in signed.items())])
    )
    assert amounts(row) == {
        "granted": 100, "expired": 1, "rolled_over": 2, "trued_up": 4, "adjusted": -8, "credited": 16, "canceled": -32,
        "other": 64, "ledger_balance": 133, "remaining": 133,
    }  # fmt: skip


def test_what_lies_ahead_is_upcoming_or_not_there_yet() -> None:
    later = segment("T", "B", 5000, "2024-12-01", "2025-12-01")
    ahead = [
        entry("B", "granted", 5000, "2024-12-01", segment_id="T"),
        entry("B", "expired", -10000, "2025-09-01", segment_id="S"),
    ]
    row = only(burnt([balance()], [*ONE, later], [START, *ahead]))
    assert amounts(row) == {"granted": 100, "upcoming": 50, "ledger_balance": 100, "remaining": 100}
    assert (row["segments"], row["starts_at"], row["ends_at"]) == (2, at("2024-09-01"), at("2025-12-01"))


def test_future_manual_entries_count_on_open_segments_only() -> None:
    opened = only(burnt([balance()], ONE, [START, entry("B", "adjusted", -300, "2024-11-01")]))
    assert amounts(opened) == {"granted": 100, "adjusted": -3, "ledger_balance": 97, "remaining": 97}
    later = segment("T", "B", 5000, "2025-10-01", "2025-12-01")
    closed = only(burnt([balance()], [*ONE, later], [START, entry("B", "adjusted", -300, "2025-11-01")]))
    assert amounts(closed) == {"granted": 100, "upcoming": 50, "ledger_balance": 100, "remaining": 100}


def test_the_balance_of_the_api_wins_and_a_gap_is_marked() -> None:
    burn = burnt([balance(balance=9000)], ONE, [START])
    assert only(burn)["remaining"] == 90
    assert burn.notes[0].reconciles is False
    assert burn.notes[0].difference == 10
    assert burnt([balance(balance="9999.995")], ONE, [START]).notes[0].reconciles is True
    assert burnt([balance()], ONE, [START]).notes[0].reconciles is None


def test_a_ledger_with_an_unknown_amount_explains_nothing() -> None:
    burn = burnt([balance(balance=9000)], ONE, [START, entry("B", "used", None, "2024-10-01")])
    row = only(burn)
    assert (row["granted"], row["used_posted"], row["ledger_balance"], row["remaining"]) == (100, None, None, 90)
    assert burn.notes[0].reconciles is None
    unknown = [ONE[0] | {"amount": None}]
    assert only(burnt([balance(has_ledger=False)], unknown, []))["granted"] is None


@pytest.mark.parametrize(
    ("entries", "ends"),
    [
        ([START, entry("B", "adjusted", -15000, "2024-10-01")], "2025-09-01"),
        ([START], "2024-10-01"),
        ([START, entry("B", "trued_up", -10000, "2025-09-01")], "2025-09-01"),
    ],
    ids=["floored", "ended without an expiry entry", "entry listed early"],
)
def test_documented_exceptions_reconcile(entries: list[dict[str, Any]], ends: str) -> None:
    burn = burnt([balance(balance=0)], [segment("S", "B", 10000, "2024-09-01", ends)], entries)
    assert burn.notes[0].reconciles is True


def test_without_a_balance_the_remainder_is_floored_and_the_ledger_is_not() -> None:
    row = only(burnt([balance()], ONE, [START, entry("B", "adjusted", -15000, "2024-10-01")]))
    assert (row["ledger_balance"], row["remaining"]) == (-50, 0)


def test_without_a_ledger_what_is_unknown_is_empty_and_not_zero() -> None:
    row = only(burnt([balance(has_ledger=False, balance=4000)], ONE, []))
    assert (row["granted"], row["upcoming"], row["remaining"]) == (100, 0, 40)
    assert all(row[name] is None for name in AMOUNTS if name not in ("granted", "upcoming", "remaining"))
    bare = only(burnt([balance(has_ledger=False)], [], []))
    assert all(bare[name] is None for name in AMOUNTS)
    (total,) = balance_totals(burnt([balance(has_ledger=False)], [], []))
    assert total.remaining is None


@pytest.mark.parametrize(
    ("more", "segments", "used", "status"),
    [
        ({}, ONE, 0, "active"),
        ({}, ONE, -10000, "exhausted"),
        ({}, [segment("S", "B", 10000, "2024-12-01", None)], 0, "upcoming"),
        ({}, [segment("S", "B", 10000, "2024-01-01", "2024-10-15")], 0, "expired"),
        ({"archived_at": "2024-10-14"}, ONE, 0, "archived"),
        ({"archived_at": "2024-10-16"}, ONE, 0, "active"),
        ({}, [], 0, "active"),
    ],
)
def test_status(more: dict[str, Any], segments: list[dict[str, Any]], used: int, status: str) -> None:
    assert only(burnt([balance(**more)], segments, [START, entry("B", "used", used, "2024-10-01")]))["status"] == status


def test_an_open_end_makes_the_whole_balance_open() -> None:
    row = only(burnt([balance()], [*ONE, segment("T", "B", 1, "2024-09-01", None)], [START]))
    assert pd.isna(row["ends_at"])


def kinds(burn: Burndown) -> list[tuple[str, str, str, Decimal | None]]:
    return [(one.currency, one.product, one.side.value, one.remaining) for one in balance_totals(burn)]


def test_units_and_obligations_have_their_own_totals() -> None:
    balances = [
        balance("1", balance=100), balance("2", "CREDIT", balance=200), balance("3", "POSTPAID", balance=400),
        balance("4", balance=8, credit_type_id=EUR_ID, credit_type="EUR"),
        balance("5", balance=16, credit_type_id=CPU_ID, credit_type="tokens"),
        balance("6", balance=32, access_type="QUANTITY", product="Seats"),
        balance("7", balance=64, access_type="QUANTITY", product="Bytes"),
        balance("8", "SURPRISE", balance=128),
    ]  # fmt: skip
    assert kinds(burnt(balances, [], [])) == [
        ("EUR", "", "prepaid", 8),
        ("USD", "", "prepaid", 3), ("USD", "", "postpaid", 4), ("USD", "", "other", Decimal("1.28")),
        ("quantity", "Bytes", "prepaid", 64), ("quantity", "Seats", "prepaid", 32),
        ("tokens", "", "prepaid", 16),
    ]  # fmt: skip


def test_what_was_rolled_in_is_not_granted_twice() -> None:
    entries = [
        entry("A", "granted", 10000, "2024-01-01"), entry("A", "rolled_over", -4000, "2024-09-01"),
        entry("B", "granted", 4000, "2024-09-01"),
    ]  # fmt: skip
    (total,) = balance_totals(burnt([balance("A"), balance("B", rolled_from="A")], [], entries))
    assert (total.granted, total.rolled_in, total.rolled_over, total.remaining) == (100, 40, 40, 100)


@pytest.mark.parametrize(("has_ledger", "left"), [(True, [6, 7]), (False, [3, 10])])
def test_of_several_open_segments_each_holds_what_is_left_on_it(has_ledger: bool, left: list[int]) -> None:
    segments = [
        segment("1", "B", 1000, "2024-09-01", "2024-11-01"), segment("2", "B", 1000, "2024-09-01", "2025-11-01"),
    ]  # fmt: skip
    entries = [
        entry("B", "granted", 1000, "2024-09-01", segment_id="1"),
        entry("B", "used", -400, "2024-10-01", segment_id="1"),
        entry("B", "granted", 1000, "2024-09-01", segment_id="2"),
        entry("B", "used", -300, "2024-10-01", segment_id="2"),
    ]
    burn = burnt([balance(balance=1300, has_ledger=has_ledger)], segments, entries)
    assert [lot.left for lot in burn.notes[0].lots] == left


def listed(known: pd.DataFrame | None = None) -> pd.DataFrame:
    balances, segments, ledger = guide_account()
    return ledger_rows(ledger, balances, segments=segments, invoices=known, now=NOW, units=units())


def test_the_ledger_file_runs_per_balance_and_marks_what_is_pending() -> None:
    rows = listed()
    assert tuple(rows.columns) == LEDGER_FILE
    assert list(zip(rows["commit_id"], rows["amount"], rows["running_balance"], rows["state"], strict=True)) == [
        ("commit", 100, 100, "posted"), ("commit", -65, 35, "posted"), ("commit", -15, 20, "pending"),
        ("credit", 5, 5, "posted"), ("credit", -5, 0, "pending"),
    ]  # fmt: skip
    assert listed(invoices(september="DRAFT", october="FINALIZED"))["state"].tolist() == [
        "posted", "pending", "posted", "posted", "posted",
    ]  # fmt: skip


def test_entries_of_one_moment_close_before_they_open() -> None:
    same = "2024-10-01"
    entries = [
        entry("B", "granted", 500, same, segment_id="T"), entry("B", "expired", -300, same, segment_id="S"),
        entry("B", "adjusted", 7, same), entry("B", "used", -200, same, segment_id="S"),
        entry("B", "granted", 500, "2024-09-01", segment_id="S"), entry("B", "used", -1, same, segment_id="T"),
    ]  # fmt: skip
    balances, _, ledger = tables([balance()], [], entries)
    rows = ledger_rows(ledger, balances, invoices=None, now=NOW, units=units())
    assert rows["running_balance"].tolist() == [5, 3, 0, 5, Decimal("5.07"), Decimal("5.06")]


def test_running_balances_keep_every_digit() -> None:
    long = "0." + "1" * 40
    balances, _, ledger = tables(
        [balance(credit_type_id=EUR_ID, credit_type="EUR")], [], [START, entry("B", "other", long, "2024-10-01")]
    )
    rows = ledger_rows(ledger, balances, invoices=None, now=NOW, units=units())
    assert rows["running_balance"].tolist()[-1] == Decimal("10000." + "1" * 40)


def test_an_entry_without_a_time_is_kept_and_comes_first() -> None:
    balances, _, ledger = tables([balance()], [], [START, entry("B", "other", 100, None)])
    rows = ledger_rows(ledger, balances, invoices=None, now=NOW, units=units())
    assert rows["running_balance"].tolist() == [1, 101]
    assert pd.isna(rows["timestamp"].iloc[0])


def test_nothing_is_zero_and_never_minus_zero() -> None:
    row = only(burnt([balance()], ONE, [START]))
    assert not any(row[name].is_signed() for name in AMOUNTS)


def test_no_balances_make_empty_files() -> None:
    balances, segments, ledger = tables([], [], [])
    burn = burndown(balances, segments, ledger, invoices=None, now=NOW, units=units())
    assert tuple(burn.table.columns) == COMMITMENTS_FILE
    assert burn.table.empty
    assert balance_totals(burn) == ()
    assert ledger_rows(ledger, balances, invoices=None, now=NOW, units=units()).empty


CATEGORIES = [
    "granted", "used", "expired", "rolled_over", "trued_up", "adjusted", "credited", "canceled", "other",
]  # fmt: skip
random_entries = st.lists(
    st.builds(
        lambda category, amount, when, where: entry("B", category, amount, when, segment_id=where),
        st.sampled_from(CATEGORIES),
        st.decimals(-(10**9), 10**9, places=8, allow_nan=False, allow_infinity=False),
        st.sampled_from(["2024-09-01", "2024-10-01", "2024-10-15", "2024-11-01", "2026-01-01"]),
        st.sampled_from(["S", "T", ""]),
    ),
    max_size=30,
)


@steady
@given(entries=random_entries, drafts=st.booleans())
def test_the_columns_always_explain_the_ledger_balance(entries: list[dict[str, Any]], drafts: bool) -> None:
    known = invoices(x="DRAFT") if drafts else None
    row = only(burnt([balance()], [*ONE, segment("T", "B", 5, "2024-12-01", None)], entries, invoices=known))
    minus = ("used_posted", "used_pending", "expired", "rolled_over", "trued_up")
    plus = ("granted", "adjusted", "credited", "canceled", "other")
    identity = exact_sum([*(row[name] for name in plus), *(row[name].copy_negate() for name in minus)])
    assert identity == row["ledger_balance"]
    assert row["remaining"] == max(row["ledger_balance"], 0)


@steady
@given(entries=random_entries)
def test_the_last_running_balance_is_the_sum_of_all_entries(entries: list[dict[str, Any]]) -> None:
    balances, _, ledger = tables([balance()], [], entries)
    rows = ledger_rows(ledger, balances, invoices=None, now=NOW, units=units())
    assert len(rows) == len(entries)
    last = rows["running_balance"].tolist()[-1:] or [Decimal(0)]
    closing = ("used", "expired", "rolled_over", "trued_up")
    effects = (-abs(one["amount"]) if one["category"] in closing else one["amount"] for one in entries)
    assert last[0] == exact_sum(effects) / 100


def test_totals_know_every_amount_column() -> None:
    assert set(AMOUNTS) <= set(BalanceTotal.__annotations__)


def test_a_ledger_file_leaves_out_what_is_not_known() -> None:
    rows = [START, entry("B", "used", None, "2024-10-01"), entry("B", "adjusted", 100, "2024-10-02")]
    balances, segments, ledger = tables([balance()], ONE, rows)
    told = ledger_rows(ledger, balances, segments=segments, invoices=None, now=NOW, units=units())
    assert told["amount"].tolist() == [100, None, 1]
    assert told["running_balance"].tolist() == [100, None, None]
