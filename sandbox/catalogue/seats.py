"""Accounts that pay for people: seats that come and go, with credits for each of them; and one that only pays a fee."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from sandbox.catalogue.metrics import REQUESTS, STORED
from sandbox.catalogue.parts import account, agreement, cells, credit, fixed, flat, prepaid, sold, stream
from sandbox.catalogue.shapes import growing, office_week
from sandbox.ids import ident
from sandbox.model import Account, Adjustment, Balance, Contract
from sandbox.moments import DAY, add_months, month_start
from sandbox.prices import Fee, Subscription

_CENTS_PER_SEAT = 1_500


def fenwick(today: datetime) -> Account:
    """Seats bought in four steps, a credit per seat each month, a commit each quarter; not every invoice was paid."""
    key, month = "fenwick", month_start(today)
    begin = add_months(month, -14)
    seats = _seats(key, begin, month)
    contract = _practice(key, begin, month, seats)
    parts = cells(region={"eu_west_1": 1000}, endpoint={"search": 650, "draft": 350})
    stored = cells(matter={"litigation": 600, "conveyancing": 400})
    return account(
        key,
        "Fenwick & Marsh Legal",
        created_at=begin - 25 * DAY,
        streams=(
            stream(key, REQUESTS, parts, begin, daily=120_000, shape=office_week),
            stream(key, STORED, stored, begin, daily=4_800, shape=growing(3)),
        ),
        contracts=(contract,),
        balances=(*_monthly_credits(key, contract, seats, today), *_quarterly_commits(key, contract, today)),
    )


def _seats(key: str, begin: datetime, month: datetime) -> Subscription:
    steps = (
        (begin, 40),
        (add_months(begin, 3) + 9 * DAY, 48),
        (add_months(begin, 8), 60),
        (add_months(month, -1) + 14 * DAY, 64),
    )
    product = fixed("Practice seats", "SubscriptionProductListItem")
    return Subscription(id=ident("subscription", key), product=product, price=Decimal(3_900), quantities=steps)


def _practice(key: str, begin: datetime, month: datetime, seats: Subscription) -> Contract:
    """Every state of payment that a finance team meets, from the invoice of two months ago back."""
    states = ("SENT", "PAYMENT_FAILED", "PARTIALLY_PAID", "PAID", "UNCOLLECTIBLE", "SKIPPED")
    return agreement(
        key,
        "Practice platform",
        begin,
        rates=(flat(sold(REQUESTS, by=("region", "endpoint")), "0.04"),),
        subscriptions=(seats,),
        payments={add_months(month, -2 - back): state for back, state in enumerate(states)},
        voided=frozenset({add_months(month, -4)}),
        corrected=frozenset({add_months(month, -5)}),
    )


def _terms(begin: datetime, today: datetime, months: int) -> Iterator[tuple[datetime, datetime]]:
    """Consecutive terms of so many months that have begun by ``today``."""
    while begin <= today:
        yield begin, (end := add_months(begin, months))
        begin = end


def _monthly_credits(key: str, contract: Contract, seats: Subscription, today: datetime) -> Iterator[Balance]:
    """A balance per month, for the seats that it began with; seats that were added in it add to it that day."""
    for start, end in _terms(contract.start, today, 1):
        count = seats.quantity(start)
        added = ((since, more - count) for since, more in seats.quantities if start < since < end)
        grown = tuple(
            Adjustment(at=since, amount=Decimal(more * _CENTS_PER_SEAT), kind="SEAT_BASED_ADJUSTMENT")
            for since, more in added
        )
        yield credit(
            key,
            f"Seat credit, {start:%B %Y}",
            [((start, end), count * _CENTS_PER_SEAT)],
            name="Credit per seat",
            contract_id=contract.id,
            priority=10,
            recurring_id=ident("recurring-credit", key),
            subscription_id=seats.id,
            adjustments=grown,
        )


def _quarterly_commits(key: str, contract: Contract, today: datetime) -> Iterator[Balance]:
    for start, end in _terms(contract.start, today, 3):
        yield prepaid(
            key,
            f"Search volume from {start:%B %Y}",
            [((start, end), 180_000)],
            contract_id=contract.id,
            recurring_id=ident("recurring-commit", key),
        )


def thornbury(today: datetime) -> Account:
    """Nothing is metered: a fee each quarter and a credit that nothing draws on."""
    key, begin = "thornbury", add_months(month_start(today), -7)
    retainer = Fee(
        id=ident("charge", key),
        product=fixed("Advisory retainer"),
        amount=Decimal(260_000),
        dates=tuple(add_months(begin, number) for number in range(0, 12, 3)),
    )
    contract = agreement(key, "Retainer", begin, end=add_months(begin, 12), charges=(retainer,))
    term = (begin + 9 * DAY, add_months(begin, 12))
    return account(
        key,
        "Thornbury Advisory",
        created_at=begin - 5 * DAY,
        contracts=(contract,),
        balances=(credit(key, "Introductory credit", [(term, 25_000)], contract_id=contract.id),),
    )
