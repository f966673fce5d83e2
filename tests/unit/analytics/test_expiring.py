"""What ends soon, and how much of it today's pace would leave unused; and what is still owed."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from data.analytics.burn_days_draws import draws_of
from data.analytics.burn_days_values import Extent
from data.analytics.entries import Account, accounts_of
from data.analytics.expiring import Expiring, expiring
from data.analytics.obligations import COLUMNS, Obligation, obligations
from data.money import exact_sum
from tests.unit.analytics.builders import at, balance, deduction, entry, lines, segment, steady, tables, units

NOW = at("2024-10-15")
TODAY = NOW.date()
LAST_28 = Extent(TODAY - timedelta(days=28), TODAY)


def read(balances: list[dict[str, Any]], segments: list[dict[str, Any]], *entries: dict[str, Any]) -> list[Account]:
    return accounts_of(*tables(balances, segments, list(entries)), invoices=None, now=NOW, units=units())


def lot(ident: str, left: int, ends: str | None, **more: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """A balance without a ledger of which ``left`` cents are left, and its segment."""
    more = {"balance": left, "has_ledger": False, **more}
    return balance(ident, **more), segment(ident, ident, left, "2024-09-01", ends)


def found(*lots: tuple[dict[str, Any], dict[str, Any]], cents: int = 0, extent: Extent = LAST_28) -> list[Expiring]:
    """With ``cents`` drawn from the first balance on each of the last 28 days."""
    accounts = read([one for one, _ in lots], [part for _, part in lots])
    owner = {"commit_id": lots[0][0]["balance_id"], "segment_id": lots[0][0]["balance_id"]}
    rows = [deduction(-cents, day=str(TODAY - timedelta(days=ago)), **owner) for ago in range(1, 29)] if cents else []
    return list(expiring(accounts, draws_of(lines(*rows), accounts), extent, NOW))


def unused(one: Expiring) -> list[tuple[str, Decimal, Decimal | None, int]]:
    return [(lot.account.balance_id, lot.left, lot.unused, lot.within) for lot in one.lots]


def test_the_pace_is_shared_in_the_order_of_use() -> None:
    first, second = lot("a", 10_000, "2024-11-04", priority=1.0), lot("b", 30_000, "2024-12-14", priority=2.0)
    (one,) = found(second, first, cents=400)
    assert one.pace is not None
    assert (one.pace.per_day, one.pace.days, len(one.pace.rows)) == (4, 28, 28)
    # $4 a day for 20 days leave $20 of the first; the second has 40 days after that.
    assert unused(one) == [("a", 100, 20, 30), ("b", 300, 140, 60)]
    assert [(one.left(days), one.unused(days)) for days in (30, 60, 90)] == [(100, 20), (400, 160), (400, 160)]


def test_what_opens_within_the_horizon_shares_the_pace_by_then() -> None:
    later = balance("new", balance=0, has_ledger=False, priority=1.0)
    opens = segment("new", "new", 100_000, "2024-10-25", "2025-10-25")
    (one,) = found(lot("a", 10_000, "2024-11-04", priority=2.0), (later, opens), cents=400)
    assert unused(one) == [("a", 100, 60, 30)]


def test_no_pace_is_none_and_no_draws_are_a_pace_of_zero() -> None:
    (unknown,) = found(lot("a", 10_000, "2024-11-04"), extent=Extent(TODAY, TODAY))
    assert (unknown.pace, unused(unknown), unknown.unused(30)) == (None, [("a", 100, None, 30)], None)
    (idle,) = found(lot("a", 10_000, "2024-11-04"))
    assert unused(idle) == [("a", 100, 100, 30)]


def test_only_complete_loaded_days_on_which_something_could_be_used_count() -> None:
    gap = (at("2024-10-01"), at("2024-10-03"))
    extent = Extent(LAST_28.first, LAST_28.end, (gap,))
    (one,) = found(lot("a", 10_000, "2024-11-04"), cents=400, extent=extent)
    assert one.pace is not None
    assert (one.pace.days, one.pace.drawn) == (26, 104)
    young = balance("a", balance=10_000, has_ledger=False), segment("a", "a", 10_000, "2024-10-11", "2024-11-04")
    (new,) = found(young, cents=400)
    assert new.pace is not None
    assert (new.pace.days, new.pace.first) == (4, date(2024, 10, 11))


def test_days_between_two_segments_do_not_count() -> None:
    sent = balance("a", balance=10_000, has_ledger=False)
    parts = [
        segment("first", "a", 10_000, "2024-09-01", "2024-09-20T12:00"),
        segment("second", "a", 10_000, "2024-10-11T06:00", "2024-11-04"),
    ]
    accounts = read([sent], parts)
    rows = [
        deduction(-400, day=str(TODAY - timedelta(days=ago)), commit_id="a", segment_id="x") for ago in range(1, 29)
    ]
    (one,) = expiring(accounts, draws_of(lines(*rows), accounts), LAST_28, NOW)
    assert one.pace is not None
    # 17 to 20 September and 11 to 14 October.
    assert (one.pace.days, one.pace.first, one.pace.drawn, one.pace.per_day) == (8, date(2024, 9, 17), 32, 4)


def test_what_opens_with_an_unknown_amount_leaves_the_rest_unknown() -> None:
    later = balance("new", balance=0, has_ledger=False, priority=1.0)
    opens = segment("new", "new", None, "2024-10-25", "2025-10-25")
    (one,) = found(lot("a", 10_000, "2024-11-04", priority=2.0), (later, opens), cents=400)
    assert unused(one) == [("a", 100, None, 30)]


def test_what_is_left_of_several_segments_without_amounts_is_not_known() -> None:
    parts = [segment(name, "a", None, "2024-09-01", ends) for name, ends in (("s", "2024-11-01"), ("t", "2024-12-01"))]
    accounts = read([balance("a", balance=10_000, has_ledger=False)], parts)
    (one,) = expiring(accounts, draws_of(lines(), accounts), LAST_28, NOW)
    assert (one.lots, one.unknown) == ((), tuple(accounts))


def test_obligations_what_never_ends_and_what_is_empty_do_not_expire() -> None:
    owed_soon = lot("owed", 100, "2024-11-01", type="POSTPAID")
    assert found(owed_soon, lot("never", 100, None), lot("none", 0, "2024-11-01")) == []


def test_a_balance_that_does_not_say_what_is_left_is_named() -> None:
    (one,) = found((balance("dark", has_ledger=False), segment("dark", "dark", 100, "2024-09-01", "2024-11-01")))
    assert (one.lots, [account.balance_id for account in one.unknown]) == ((), ["dark"])


@steady
@given(st.lists(st.tuples(st.integers(1, 10_000), st.integers(1, 89)), min_size=1, max_size=5), st.integers(1, 5000))
def test_nothing_is_drawn_twice(lots: list[tuple[int, int]], cents: int) -> None:
    parts = [lot(f"b{at}", left, str(TODAY + timedelta(days=days))) for at, (left, days) in enumerate(lots)]
    (one,) = found(*parts, cents=cents)
    assert one.pace is not None
    drawn = exact_sum(lot.left - (lot.unused or Decimal(0)) for lot in one.lots)
    last = max(days for _, days in lots)
    assert 0 <= drawn <= one.pace.per_day * last
    assert all(0 <= (lot.unused or Decimal(0)) <= lot.left for lot in one.lots)


# Obligations


def owed(*entries: dict[str, Any], ends: str | None = "2024-11-14", **more: Any) -> Obligation:
    kind = balance("P", "POSTPAID", **more)
    (one,) = obligations(read([kind, balance("C")], [segment("S", "P", 10_000, "2024-09-01", ends)], *entries), NOW)
    return one


PROMISE = entry("P", "granted", 10_000, "2024-09-01")


def test_the_shortfall_and_what_is_needed_per_day() -> None:
    used = [entry("P", "used", -2000, "2024-10-01"), entry("P", "used", -2000, "2024-11-01")]
    one = owed(PROMISE, *used)
    assert [one.amount(name) for name in ("granted", "used_posted", "used_pending", "remaining")] == [100, 20, 20, 60]
    assert (one.days_left, one.per_day) == (30, 2)


def test_a_row_of_an_obligation_adds_up_whatever_happened_to_it() -> None:
    kinds = {"used": -2000, "adjusted": -700, "rolled_over": 300, "credited": 200, "canceled": -50, "other": 5}
    more = [entry("P", kind, amount, "2024-10-01") for kind, amount in kinds.items()]
    one = owed(PROMISE, *more, balance=7155)
    assert (one.amount("other_changes"), one.shortfall) == (Decimal("-8.45"), Decimal("71.55"))
    assert len(one.parts["other_changes"].entries) == 5
    given, *taken, changes = (one.amount(name) or Decimal(0) for name in COLUMNS[:-1])
    assert given - exact_sum(taken) + changes == one.shortfall
    assert owed(has_ledger=False).amount("other_changes") is None


def test_what_is_fulfilled_over_or_endless_needs_nothing_per_day() -> None:
    met = owed(PROMISE, entry("P", "used", -10_000, "2024-10-01"))
    over = owed(PROMISE, ends="2024-10-01")
    endless = owed(PROMISE, ends=None)
    assert [(one.shortfall, one.per_day) for one in (met, over, endless)] == [(0, None), (100, None), (100, None)]


def test_less_than_a_day_needs_all_of_it_and_unknown_stays_unknown() -> None:
    assert owed(PROMISE, ends="2024-10-15T12:00").per_day == 100
    assert owed(has_ledger=False).shortfall is None
