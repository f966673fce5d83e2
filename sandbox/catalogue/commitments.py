"""Accounts whose commits and credits are the story: rollover, minimum spend, many credits, corrections by hand."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from sandbox.catalogue.metrics import COMPUTE, REQUESTS, SHIPMENTS, STORAGE
from sandbox.catalogue.parts import (
    account,
    agreement,
    cells,
    credit,
    fixed,
    flat,
    postpaid,
    prepaid,
    sold,
    stream,
)
from sandbox.catalogue.shapes import office_week, shrinking, steady
from sandbox.ids import ident
from sandbox.model import Account, Adjustment, Balance, Contract, Segment
from sandbox.moments import DAY, WEEK, add_months, month_start, steps
from sandbox.prices import Subscription

_LATE_MORNING = timedelta(hours=11)


def marrow(today: datetime) -> Account:
    """Shrinking; the first contract was renewed and half of what was left rolled over."""
    key, begin = "marrow", add_months(month_start(today), -20)
    renewed, end = add_months(begin, 12), add_months(begin, 24)
    rates = (flat(sold(COMPUTE, by=("region", "cluster")), "10.5"),)
    first = agreement(key, "First year", begin, part="first", end=renewed, rates=rates)
    second = agreement(
        key,
        "Second year",
        renewed,
        part="second",
        end=end,
        rates=rates,
        renewed_from=first.id,
    )
    parts = cells(region={"us-east-1": 700, "eu_west_1": 300}, cluster={"batch": 550, "notebooks": 450})
    return account(
        key,
        "Marrow & Pike Analytics",
        created_at=begin - 30 * DAY,
        streams=(stream(key, COMPUTE, parts, begin, daily=130_000, shape=shrinking(2)),),
        contracts=(first, second),
        balances=_rollover_pair(key, first, second),
    )


def _rollover_pair(key: str, first: Contract, second: Contract) -> tuple[Balance, ...]:
    renewed, end = second.start, second.end or second.start
    half = Decimal("0.5")
    old = prepaid(
        key,
        "First year commitment",
        [((first.start, renewed), 6_600_000)],
        contract_id=first.id,
        rollover_fraction=half,
        rollover_contract=second.id,
    )
    rolled = prepaid(
        key,
        "Rolled over from the first year",
        [((renewed, end), 0)],
        contract_id=second.id,
        rolled_from=old.id,
        payments=(),
        segments=(Segment(ident("segment", key, "rolled"), None, renewed, end),),
    )
    new = prepaid(key, "Second year commitment", [((renewed, end), 2_400_000)], contract_id=second.id)
    return old, rolled, new


def tidewater(today: datetime) -> Account:
    """Busy on working days; a yearly minimum spend that is billed at the end if it was not met."""
    key, begin = "tidewater", add_months(month_start(today), -8)
    year = (begin, add_months(begin, 12))
    contract = agreement(
        key,
        "Freight tracking",
        begin,
        end=year[1],
        rates=(flat(sold(SHIPMENTS, by=("region", "carrier")), "1.75"),),
        net_terms=45,
    )
    carriers = {"northline": 500, "ferrous": 300, "skua-air": 180, None: 20}
    parts = cells(carrier=carriers, region={"emea": 600, "apac": 400})
    minimum = postpaid(key, "Yearly minimum", year, 6_000_000, contract_id=contract.id)
    sorry = credit(key, "Service credit", [((add_months(begin, 2), add_months(begin, 5)), 90_000)], priority=2)
    return account(
        key,
        "Tidewater Logistics",
        created_at=begin - 40 * DAY,
        aliases=("tidewater", "tw-logistics"),
        streams=(stream(key, SHIPMENTS, parts, begin, daily=9_400, shape=office_week),),
        contracts=(contract,),
        balances=(minimum, sorry),
        paired=True,
    )


def lumenfield(today: datetime) -> Account:
    """A credit every week for most of a year: more balances than fit on one page."""
    key, begin = "lumenfield", add_months(month_start(today), -9)
    contract = agreement(
        key,
        "Studio storage",
        begin,
        rates=(flat(sold(STORAGE, by=("region", "tier")), "0.0021"), flat(sold(REQUESTS, by=("region",)), "0.0075")),
    )
    top_up = prepaid(key, "Top-up", [((add_months(begin, 1), add_months(begin, 13)), 900_000)])
    storage = cells(region={"us-west-2": 640, "eu_west_1": 360}, tier={"hot": 300, "cold": 700})
    requests = cells(region={"us-west-2": 800, "eu_west_1": 200}, endpoint={"upload": 600, "preview": 400})
    return account(
        key,
        "Lumenfield Studios",
        created_at=begin,
        streams=(
            stream(key, STORAGE, storage, begin, daily=1_900_000_000, shape=steady),
            stream(key, REQUESTS, requests, begin, daily=310_000, shape=steady),
        ),
        contracts=(contract,),
        balances=(*_weekly_credits(key, contract, today), top_up),
    )


def _weekly_credits(key: str, contract: Contract, today: datetime) -> list[Balance]:
    """One for each week that has begun, good for three weeks."""
    recurring = ident("recurring-credit", key)
    starts = steps(contract.start, min(today + DAY, contract.start + 44 * WEEK), WEEK)
    return [
        credit(
            key,
            f"Weekly credit {number:02d}",
            [((start, start + 3 * WEEK), 24_000)],
            contract_id=contract.id,
            recurring_id=recurring,
            priority=50,
        )
        for number, start in enumerate(starts, start=1)
    ]


def penrose(today: datetime) -> Account:
    """Corrections by hand: one took more than was left. Seats, a subscription and an archived commit."""
    key, month = "penrose", month_start(today)
    begin = add_months(month, -10)
    usage = sold(COMPUTE, by=("cluster",))
    contract = agreement(
        key,
        "Telecom platform",
        begin,
        rates=(flat(usage, "9.9"),),
        subscriptions=(_console_seats(key, begin),),
    )
    parts = cells(region={"eu_west_1": 1000}, cluster={"voice": 640, "billing": 360})
    return account(
        key,
        "Penrose Telecom",
        created_at=begin - 60 * DAY,
        streams=(stream(key, COMPUTE, parts, begin, daily=21_000, shape=office_week),),
        contracts=(contract,),
        balances=_adjusted(key, begin, month, contract),
    )


def _console_seats(key: str, begin: datetime) -> Subscription:
    product = fixed("Console seats", "SubscriptionProductListItem")
    return Subscription(id=ident("subscription", key), product=product, price=Decimal(32_000), quantities=((begin, 1),))


def _adjusted(key: str, begin: datetime, month: datetime, contract: Contract) -> tuple[Balance, ...]:
    year = (begin, add_months(begin, 24))
    seats = credit(
        key,
        "Credit per seat",
        [(year, 400_000)],
        contract_id=contract.id,
        adjustments=(
            Adjustment(at=add_months(begin, 4), amount=Decimal(120_000), kind="SEAT_BASED_ADJUSTMENT"),
            Adjustment(at=add_months(begin, 6) + _LATE_MORNING, amount=Decimal(-15_000), reason="Seat returned"),
        ),
    )
    main = prepaid(
        key,
        "Platform commitment",
        [(year, 3_000_000)],
        contract_id=contract.id,
        adjustments=(Adjustment(at=add_months(begin, 3), amount=Decimal(50_000), kind="CREDITED"),),
    )
    dropped = prepaid(key, "Replaced commitment", [(year, 500_000)], archived_at=add_months(begin, 1), priority=200)
    return _overdrawn(key, month, contract), seats, main, dropped


def _overdrawn(key: str, month: datetime, contract: Contract) -> Balance:
    """More was taken away by hand than was left; nothing else draws on it, because its product is no longer sold."""
    ended = Adjustment(
        at=add_months(month, -1) + 6 * DAY + _LATE_MORNING, amount=Decimal(-85_000), reason="Pilot ended"
    )
    return credit(
        key,
        "Pilot credit",
        [((add_months(month, -1), add_months(month, 2)), 60_000)],
        contract_id=contract.id,
        product_ids=(ident("product", "retired"),),
        adjustments=(ended,),
    )
