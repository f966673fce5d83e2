"""Drawing down: who goes first, where a line is split, and what happens when a segment ends."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from itertools import permutations

import pytest

from sandbox.books import Books
from sandbox.burn import Purse, applies, burn_order, cover, cover_charge, merge
from sandbox.catalogue import accounts
from sandbox.catalogue.metrics import GUIDE_CALLS
from sandbox.catalogue.parts import account, agreement, credit, fixed, flat, postpaid, prepaid, sold
from sandbox.catalogue.units import EUR
from sandbox.invoices import invoices
from sandbox.ledgers import balance_now, ledger
from sandbox.model import Account, Adjustment, Balance, Cell, Segment, Stream
from sandbox.moments import DAY, steps, utc
from sandbox.rating import Charge, Slot

pytestmark = pytest.mark.thorough

MARCH, APRIL, MAY = utc(2026, 3, 1), utc(2026, 4, 1), utc(2026, 5, 1)
PRODUCT = sold(GUIDE_CALLS, by=("region",))
CONTRACT = agreement("burn", "Test", MARCH, rates=(flat(PRODUCT, "10"),))
SLOT = Slot(CONTRACT, PRODUCT, CONTRACT.currency, Decimal(10), (), (("region", "eu"),), GUIDE_CALLS.id, (0,))


def purse(balance: Balance) -> Purse:
    return Purse(balance, balance.segments[0])


def test_rollovers_then_prepaid_and_credits_by_priority_then_postpaid() -> None:
    term = (MARCH, MAY)
    rolled = prepaid("burn", "rolled", [(term, 1)], rolled_from="x", priority=900)
    first = credit("burn", "first", [(term, 1)], priority=1)
    free = credit("burn", "free", [(term, 1)], priority=50)
    paid = prepaid("burn", "paid", [(term, 1)], priority=50)
    owed = postpaid("burn", "owed", term, 1, priority=0)
    wanted = [rolled, first, free, paid, owed]
    for mixed in permutations(map(purse, wanted)):
        assert [one.balance for one in sorted(mixed, key=burn_order)] == wanted


def test_of_equal_priority_the_narrower_and_then_the_sooner_ending_goes_first() -> None:
    narrow = credit("burn", "narrow", [((MARCH, MAY), 1)], product_ids=(PRODUCT.id,))
    sooner = credit("burn", "sooner", [((MARCH, APRIL), 1)])
    later = credit("burn", "later", [((MARCH, MAY), 1)])
    mixed = sorted(map(purse, (later, sooner, narrow)), key=burn_order)
    assert [one.balance for one in mixed] == [narrow, sooner, later]


def test_only_usage_of_the_same_contract_unit_product_and_group_is_covered() -> None:
    term = [((MARCH, MAY), 1)]
    assert applies(credit("burn", "any", term), SLOT)
    assert applies(credit("burn", "group", term, group_values=(("region", "eu"),)), SLOT)
    assert not applies(credit("burn", "other contract", term, contract_id="x"), SLOT)
    assert not applies(credit("burn", "other unit", term, unit=EUR), SLOT)
    assert not applies(credit("burn", "other product", term, product_ids=("x",)), SLOT)
    assert not applies(credit("burn", "other group", term, group_values=(("region", "us"),)), SLOT)


def test_a_line_that_crosses_the_end_of_a_balance_is_split_without_losing_a_digit() -> None:
    balance = credit("burn", "small", [((MARCH, MAY), 333)])
    left = {balance.segments[0].id: Decimal(333)}
    covered, rest = cover_charge(Charge(SLOT, Decimal("100.5")), [purse(balance)], left)
    assert (covered.quantity, covered.amount) == (Decimal("33.3"), 333)
    assert (rest.purse, rest.quantity, rest.amount) == (None, Decimal("67.2"), Decimal(672))
    assert left == {balance.segments[0].id: 0}


def test_the_documented_example_of_a_split_line() -> None:
    """80 units at 100 with 5000 to draw on: 50 units are covered, 30 are paid."""
    slot = Slot(CONTRACT, PRODUCT, CONTRACT.currency, Decimal(100), (), (), GUIDE_CALLS.id, (0,))
    balance = prepaid("burn", "example", [((MARCH, MAY), 5000)])
    left = {balance.segments[0].id: Decimal(5000)}
    pieces = cover([Charge(slot, Decimal(80))], {slot: [purse(balance)]}, left)
    assert [(piece.quantity, piece.amount) for piece in pieces] == [(50, 5000), (30, 3000)]


def test_a_quantity_balance_counts_units_not_money() -> None:
    balance = credit("burn", "units", [((MARCH, MAY), 7)], unit=None)
    left = {balance.segments[0].id: Decimal(7)}
    covered, rest = cover_charge(Charge(SLOT, Decimal(10)), [purse(balance)], left)
    assert (covered.drawn, covered.amount, rest.quantity, rest.amount) == (7, 70, 3, 30)


def one_call_a_day(*balances: Balance, contracts: tuple[object, ...] = (CONTRACT,)) -> Account:
    """10 cents a day from the first of March 2026 on."""
    given = dict.fromkeys(steps(MARCH, utc(2026, 7, 1), DAY), (1,))
    cell = Cell((("region", "eu"),))
    calls = Stream(metric=GUIDE_CALLS, seed="burn", cells=(cell,), start=MARCH, given=given)
    return account("burn", "Burn", created_at=MARCH, streams=(calls,), contracts=contracts, balances=balances)


def entries(books: Books, balance: Balance) -> list[tuple[str, int]]:
    return [(entry["type"], int(entry["amount"])) for entry in ledger(books, balance)]


def test_what_is_left_at_the_end_of_a_segment_expires() -> None:
    balance = credit("burn", "march", [((MARCH, APRIL), 500), ((MAY, utc(2026, 6, 1)), 100)])
    books = Books(one_call_a_day(balance), utc(2026, 4, 10))
    assert entries(books, balance) == [
        ("CREDIT_SEGMENT_START", 500),
        ("CREDIT_AUTOMATED_INVOICE_DEDUCTION", -310),
        ("CREDIT_EXPIRATION", -190),
    ]
    assert balance_now(books, balance) == 0


def test_a_share_of_the_rest_rolls_over_into_the_next_contract() -> None:
    first = agreement("burn", "First", MARCH, part="first", end=APRIL, rates=CONTRACT.rates)
    second = agreement("burn", "Second", APRIL, part="second", rates=CONTRACT.rates, renewed_from=first.id)
    old = prepaid(
        "burn",
        "old",
        [((MARCH, APRIL), 400)],
        contract_id=first.id,
        rollover_fraction=Decimal("0.5"),
        rollover_contract=second.id,
    )
    part = Segment("rolled-segment", None, APRIL, MAY)
    new = prepaid("burn", "new", [((APRIL, MAY), 0)], contract_id=second.id, rolled_from=old.id, segments=(part,))
    books = Books(one_call_a_day(old, new, contracts=(first, second)), utc(2026, 4, 3))
    assert entries(books, old)[1:] == [
        ("PREPAID_COMMIT_AUTOMATED_INVOICE_DEDUCTION", -310),
        ("PREPAID_COMMIT_ROLLOVER", -45),
        ("PREPAID_COMMIT_EXPIRATION", -45),
    ]
    assert entries(books, new) == [
        ("PREPAID_COMMIT_SEGMENT_START", 45),
        ("PREPAID_COMMIT_AUTOMATED_INVOICE_DEDUCTION", -20),
    ]


def trueups(books: Books) -> list[tuple[str, int]]:
    found = [one for one in invoices(books) if one["line_items"] and one["line_items"][0]["type"] == "postpaid_trueup"]
    return [(one["status"], int(one["total"])) for one in found]


def test_an_obligation_that_was_not_met_is_billed_as_a_true_up() -> None:
    minimum = postpaid("burn", "minimum", (MARCH, MAY), 1000, contract_id=CONTRACT.id)
    running = Books(one_call_a_day(minimum), utc(2026, 4, 3))
    assert trueups(running) == [("DRAFT", 1000 - 330)]
    over = Books(one_call_a_day(minimum), utc(2026, 5, 3))
    assert entries(over, minimum) == [
        ("POSTPAID_COMMIT_INITIAL_BALANCE", 1000),
        ("POSTPAID_COMMIT_AUTOMATED_INVOICE_DEDUCTION", -310),
        ("POSTPAID_COMMIT_AUTOMATED_INVOICE_DEDUCTION", -300),
        ("POSTPAID_COMMIT_TRUEUP", -390),
    ]
    assert trueups(over) == [("FINALIZED", 390)]


def test_an_obligation_without_true_up_expires_and_one_that_is_met_leaves_nothing() -> None:
    lapsing = postpaid("burn", "lapsing", (MARCH, APRIL), 400, contract_id=CONTRACT.id, trued_up=False)
    books = Books(one_call_a_day(lapsing), utc(2026, 4, 3))
    assert entries(books, lapsing)[-1] == ("POSTPAID_COMMIT_EXPIRATION", -90)
    met = postpaid("burn", "met", (MARCH, APRIL), 310, contract_id=CONTRACT.id)
    books = Books(one_call_a_day(met), utc(2026, 4, 3))
    assert trueups(books) == []
    assert balance_now(books, met) == 0


def test_a_correction_by_hand_can_take_more_than_is_left() -> None:
    taken = Adjustment(at=MARCH + 2 * DAY, amount=Decimal(-500), reason="taken back")
    balance = credit("burn", "taken", [((MARCH, MAY), 100)], adjustments=(taken,))
    books = Books(one_call_a_day(balance), utc(2026, 3, 10))
    assert entries(books, balance) == [
        ("CREDIT_SEGMENT_START", 100),
        ("CREDIT_MANUAL", -500),
        ("CREDIT_AUTOMATED_INVOICE_DEDUCTION", -20),
    ]
    assert balance_now(books, balance) == 0


def test_draft_deductions_count_unless_only_finalized_ones_are_asked_for() -> None:
    balance = prepaid("burn", "both", [((MARCH, MAY), 1000)], contract_id=CONTRACT.id, product=fixed("Both"))
    books = Books(one_call_a_day(balance), utc(2026, 4, 4))
    assert balance_now(books, balance) == 1000 - 310 - 30
    assert balance_now(books, balance, finalized_only=True) == 1000 - 310
    grace = Books(one_call_a_day(balance), utc(2026, 4, 1, 23))
    assert balance_now(grace, balance, finalized_only=True) == 1000


@pytest.mark.parametrize("now", [utc(2026, 5, 20, 14), utc(2028, 2, 29, 1), utc(2026, 1, 31)])
def test_burning_a_day_at_once_gives_the_same_as_burning_it_hour_by_hour(now: datetime) -> None:
    for one in accounts(now.replace(hour=0), with_hostile=True):
        books = Books(one, one.standstill or now)
        chronicle = books.chronicle
        days = [day for place, day in enumerate(sorted(chronicle.pieces)) if place % 37 == 0 or splits(books, day)]
        for day in days:
            by_hour = merge(piece for _, hour in books.hours(day) for piece in hour)
            assert amounts(books, by_hour) == amounts(books, chronicle.pieces[day]), (one.name, day)


def splits(books: Books, day: datetime) -> bool:
    slots = [piece.slot for piece in books.chronicle.pieces[day]]
    return len(slots) != len(set(slots))


def amounts(books: Books, pieces: list[object]) -> dict[object, object]:
    return {
        (piece.slot, piece.purse and piece.purse.segment.id): (piece.quantity, piece.amount)
        for piece in books.whole(pieces)
    }
