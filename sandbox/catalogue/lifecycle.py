"""Accounts at the edges of their life: nothing used, ended, archived, two contracts, an invoice in its grace period."""

from __future__ import annotations

from datetime import datetime

from sandbox.catalogue.metrics import ACTIVE_USERS, COMPUTE, REQUESTS, SCANS, SHIPMENTS
from sandbox.catalogue.parts import account, agreement, cells, credit, flat, postpaid, prepaid, sold, stream
from sandbox.catalogue.shapes import office_week, shrinking, steady
from sandbox.model import Account, Balance, Cell, Contract, Frequency, Stream
from sandbox.moments import DAY, WEEK, add_months, month_start

_WHOLE = (Cell(()),)


def ironbark(today: datetime) -> Account:
    """Signed, never used; the commit begins next month, so its purchase is a draft in the future."""
    key, begin = "ironbark", add_months(month_start(today), -2)
    start = add_months(month_start(today), 1)
    contract = agreement(
        key,
        "Claims scanning",
        begin,
        end=add_months(begin, 15),
        rates=(flat(sold(SCANS), "4"), flat(sold(REQUESTS, by=("region",)), "0.01")),
    )
    commit = prepaid(key, "Scanning commitment", [((start, add_months(start, 12)), 1_200_000)], contract_id=contract.id)
    idle = cells(region={"ap-southeast-2": 1000}, endpoint={"claims": 1000})
    return account(
        key,
        "Ironbark Mutual",
        created_at=begin,
        streams=(
            stream(key, REQUESTS, idle, begin, daily=0, shape=steady),
            stream(key, SCANS, _WHOLE, begin, daily=0, shape=steady),
        ),
        contracts=(contract,),
        balances=(commit,),
    )


def vestry(today: datetime) -> Account:
    """Ended two months ago: part of the commit expired, and the minimum spend was billed as a true-up."""
    key, begin = "vestry", add_months(month_start(today), -14)
    end = add_months(begin, 12)
    product = sold(REQUESTS, by=("endpoint",))
    contract = agreement(key, "Shop search", begin, end=end, rates=(flat(product, "0.011"),))
    parts = cells(region={"us-east-1": 1000}, endpoint={"search": 800, "suggest": 200})
    balances = (
        prepaid(key, "Search commitment", [((begin, add_months(begin, 6)), 520_000)], contract_id=contract.id),
        postpaid(key, "Second half minimum", (add_months(begin, 6), end), 900_000, contract_id=contract.id),
        credit(key, "Welcome credit", [((begin, add_months(begin, 1)), 30_000)], contract_id=contract.id, priority=1),
    )
    return account(
        key,
        "Vestry Online",
        created_at=begin - 15 * DAY,
        streams=(stream(key, REQUESTS, parts, begin, daily=190_000, shape=shrinking(2, start=1200), end=end),),
        contracts=(contract,),
        balances=balances,
    )


def kestrel(today: datetime) -> Account:
    """Two contracts side by side, one drawn by quantity; an invoice that was voided and one that was corrected."""
    key, month = "kestrel", month_start(today)
    begin = add_months(month, -9)
    later = add_months(begin, 4)
    tracking = agreement(
        key,
        "Tracking",
        begin,
        part="tracking",
        rates=(flat(sold(SHIPMENTS, by=("carrier",)), "2.25"),),
        voided=frozenset({add_months(month, -3)}),
        corrected=frozenset({add_months(month, -4)}),
    )
    scanning = agreement(key, "Customs scanning", later, part="scanning", rates=(flat(sold(SCANS), "3.5"),))
    return account(
        key,
        "Kestrel Freight Group",
        created_at=begin - 33 * DAY,
        aliases=("kestrel", "kestrel-customs"),
        streams=_kestrel_streams(key, begin, later),
        contracts=(tracking, scanning),
        balances=_kestrel_balances(key, tracking, scanning),
    )


def _kestrel_streams(key: str, begin: datetime, later: datetime) -> tuple[Stream, ...]:
    parts = cells(carrier={"kestrel-own": 700, "partner": 300}, region={"emea": 1000})
    users = cells(region={"emea": 1000, "apac": 600})
    return (
        stream(key, SHIPMENTS, parts, begin, daily=5_200, shape=office_week),
        stream(key, SCANS, _WHOLE, later, daily=1_500, shape=office_week),
        stream(key, ACTIVE_USERS, users, begin, daily=48, shape=steady),
    )


def _kestrel_balances(key: str, tracking: Contract, scanning: Contract) -> tuple[Balance, ...]:
    scans = credit(
        key,
        "Included scans",
        [((scanning.start, add_months(scanning.start, 12)), 180_000)],
        unit=None,
        contract_id=scanning.id,
        product_ids=(sold(SCANS).id,),
        priority=1,
    )
    year = (tracking.start, add_months(tracking.start, 12))
    return scans, prepaid(key, "Tracking commitment", [(year, 2_600_000)], contract_id=tracking.id)


def saltmarsh(today: datetime) -> Account:
    """Billed by the week; a week ended at midnight, so its invoice is over but still a draft."""
    key, begin = "saltmarsh", today - 10 * WEEK
    contract = agreement(
        key,
        "Newsroom, weekly",
        begin,
        frequency=Frequency.WEEKLY,
        rates=(flat(sold(COMPUTE, by=("region",)), "12"),),
        net_terms=7,
    )
    parts = cells(region={"us-east-1": 800, "eu_west_1": 200}, cluster={"encode": 1000})
    commit = prepaid(key, "Quarterly commitment", [((begin, begin + 13 * WEEK), 640_000)])
    return account(
        key,
        "Saltmarsh Media",
        created_at=begin,
        streams=(stream(key, COMPUTE, parts, begin, daily=62_000, shape=steady),),
        contracts=(contract,),
        balances=(commit,),
    )


def old_harbor(today: datetime) -> Account:
    """Archived three months ago, with everything that belonged to it."""
    key, begin = "old-harbor", add_months(month_start(today), -12)
    end = add_months(begin, 9)
    contract = agreement(
        key,
        "Tool telemetry",
        begin,
        end=end,
        rates=(flat(sold(REQUESTS, by=("region",)), "0.02"),),
        archived_at=end,
    )
    parts = cells(region={"us-east-1": 1000}, endpoint={"ping": 1000})
    return account(
        key,
        "Old Harbor Tools",
        created_at=begin,
        archived_at=end,
        streams=(stream(key, REQUESTS, parts, begin, daily=30_000, shape=shrinking(4, start=1000), end=end),),
        contracts=(contract,),
        balances=(credit(key, "Closing credit", [((begin, end), 50_000)], contract_id=contract.id),),
    )
