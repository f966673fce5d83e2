"""Accounts whose prices or invoices are the story: usage that came late, tiers, prices that changed or were agreed."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from sandbox.catalogue.metrics import COMPUTE, REQUESTS, SCANS, SESSIONS, SHIPMENTS
from sandbox.catalogue.parts import account, agreement, cells, credit, flat, prepaid, sold, stream
from sandbox.catalogue.shapes import growing, office_week, steady
from sandbox.catalogue.units import USD
from sandbox.model import Account, Balance, Cell, Late, Stream
from sandbox.moments import DAY, add_months, month_start
from sandbox.prices import PriceChange, Rate, Tier

_WHOLE = (Cell(()),)
_SIXTH_HOUR = timedelta(hours=6)


def wrenfield(today: datetime) -> Account:
    """Map requests that reached billing after their month was invoiced: they would have cost $168.40 more.

    Three months ago the same happened once, for $12.50. A batch of this month was late as well, but in time.
    """
    key, month = "wrenfield", month_start(today)
    begin = add_months(month, -6)
    contract = agreement(
        key,
        "Map tiles and surveys",
        begin,
        end=add_months(begin, 12),
        rates=(flat(sold(REQUESTS, by=("region",)), "0.02"), flat(sold(SCANS), "4")),
    )
    year = (begin, add_months(begin, 12))
    return account(
        key,
        "Wrenfield Cartography",
        created_at=begin - 8 * DAY,
        streams=(_map_requests(key, begin, month), stream(key, SCANS, _WHOLE, begin, daily=900, shape=steady)),
        contracts=(contract,),
        balances=(
            prepaid(
                key, "Survey commitment", [(year, 1_300_000)], contract_id=contract.id, product_ids=(sold(SCANS).id,)
            ),
            credit(key, "Pilot credit", [((begin, add_months(begin, 2)), 60_000)], priority=1),
        ),
    )


def _map_requests(key: str, begin: datetime, month: datetime) -> Stream:
    last, arrives = add_months(month, -1), month + 2 * DAY + _SIXTH_HOUR
    parts = cells(region={"us-east-1": 600, "eu_west_1": 400}, endpoint={"tiles": 800, "routes": 200})
    late = (
        Late(last + 8 * DAY, 0, 310_000, arrives),
        Late(last + 9 * DAY, 0, 322_000, arrives),
        Late(last + 20 * DAY, 2, 210_000, arrives),
        Late(add_months(month, -3) + 11 * DAY, 0, 62_500, add_months(month, -2) + 5 * DAY + _SIXTH_HOUR),
        Late(month + 3 * DAY, 0, 40_000, month + 5 * DAY + _SIXTH_HOUR),
    )
    return stream(key, REQUESTS, parts, begin, daily=640_000, shape=office_week, late=late)


def ostler(today: datetime) -> Account:
    """Parcels in three tiers per region, which begin anew each month; compute at a flat price under a commit."""
    key, begin = "ostler", add_months(month_start(today), -5)
    rates = (_parcels(), flat(sold(COMPUTE, by=("region",)), "9.75"))
    contract = agreement(key, "Parcel routing", begin, end=add_months(begin, 24), rates=rates)
    parts = cells(region={"emea": 640, "apac": 360}, carrier={"ostler-own": 700, "partner": 300})
    solver = cells(region={"eu_west_1": 1000}, cluster={"solver": 1000})
    year = (begin, add_months(begin, 12))
    return account(
        key,
        "Ostler Parcel Services",
        created_at=begin - 21 * DAY,
        streams=(
            stream(key, SHIPMENTS, parts, begin, daily=9_800, shape=office_week),
            stream(key, COMPUTE, solver, begin, daily=24_000, shape=steady),
        ),
        contracts=(contract,),
        balances=(
            prepaid(key, "Solver commitment", [(year, 900_000)], contract_id=contract.id),
            _relocation(key, begin),
        ),
    )


def _relocation(key: str, begin: datetime) -> Balance:
    """Good for usage of one region only."""
    term = (begin, add_months(begin, 8))
    return credit(key, "Relocation credit", [(term, 90_000)], priority=5, group_values=(("region", "eu_west_1"),))


def _parcels() -> Rate:
    tiers = (Tier(Decimal(4), Decimal(60_000)), Tier(Decimal("3.2"), Decimal(90_000)), Tier(Decimal("2.5")))
    prices = dict.fromkeys((("emea",), ("apac",)), tiers[0].price)
    return Rate(product=sold(SHIPMENTS, priced_by=("region",)), unit=USD, prices=prices, tiers=tiers)


def bellweather(today: datetime) -> Account:
    """Compute got dearer in the middle of last month; requests are below their list price, lower still since then."""
    key, month = "bellweather", month_start(today)
    begin, changed = add_months(month, -8), add_months(month, -1) + 11 * DAY
    contract = agreement(
        key,
        "Sequencing platform",
        begin,
        end=add_months(begin, 24),
        rates=(_dearer(changed), _negotiated(changed), flat(sold(SESSIONS), "35")),
    )
    compute = cells(region={"us-east-1": 550, "us-west-2": 450}, cluster={"align": 700, "call": 300})
    requests = cells(region={"us-east-1": 1000}, endpoint={"variants": 600, "samples": 400})
    term = (begin, add_months(begin, 9))
    return account(
        key,
        "Bellweather Genomics",
        created_at=begin - 16 * DAY,
        streams=(
            stream(key, COMPUTE, compute, begin, daily=44_000, shape=growing(2, start=800)),
            stream(key, REQUESTS, requests, begin, daily=500_000, shape=office_week),
            stream(key, SESSIONS, _WHOLE, begin, daily=60, shape=office_week),
        ),
        contracts=(contract,),
        balances=(prepaid(key, "Sequencing commitment", [(term, 2_500_000)], contract_id=contract.id),),
    )


def _dearer(changed: datetime) -> Rate:
    change = PriceChange(at=changed, prices={(): Decimal("12.4")})
    return Rate(product=sold(COMPUTE, by=("region",)), unit=USD, prices={(): Decimal("10.8")}, changes=(change,))


def _negotiated(changed: datetime) -> Rate:
    """2 hundredths of a cent by the list; 1.6 by contract, 1.45 since the change."""
    listed = {(): Decimal("0.02")}
    return Rate(
        product=sold(REQUESTS, by=("region", "endpoint")),
        unit=USD,
        prices={(): Decimal("0.016")},
        list_prices=listed,
        changes=(PriceChange(at=changed, prices={(): Decimal("0.0145")}, list_prices=listed),),
    )
