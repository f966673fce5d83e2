"""Halden Robotics: the account that a demo opens on. Growing, two products and a bit of everything."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from sandbox.catalogue.metrics import ACTIVE_USERS, COMPUTE, PEAK_MEMORY, REQUESTS
from sandbox.catalogue.parts import cells, contract_id, credit, customer_id, fixed, flat, prepaid, sold, stream, terms
from sandbox.catalogue.shapes import growing, office_week, steady
from sandbox.catalogue.units import USD
from sandbox.ids import ident
from sandbox.model import Account, Adjustment, Balance, Contract, Stream
from sandbox.moments import add_months, month_start
from sandbox.prices import Fee

KEY = "halden"
_REGIONS = {"us-east-1": 430, "eu_west_1": 290, "ap-south-1": 180, "us-west-2": 80, None: 20}


def halden(today: datetime) -> Account:
    month = month_start(today)
    begin = add_months(month, -13)
    return Account(
        id=customer_id(KEY),
        name="Halden Robotics",
        created_at=add_months(begin, -1),
        aliases=("halden", "halden-robotics-prod"),
        salesforce_id="001Hs00003HaLdEn",
        streams=_streams(begin),
        contracts=(_contract(begin),),
        balances=_balances(month, begin),
    )


def _streams(begin: datetime) -> tuple[Stream, ...]:
    clusters = {"training": 620, "inference": 380}
    return (
        stream(KEY, COMPUTE, cells(region=_REGIONS, cluster=clusters), begin, daily=90_000, shape=growing(3)),
        stream(
            KEY,
            REQUESTS,
            cells(region={"us-east-1": 600, "eu_west_1": 400}, endpoint={"plan": 500, "status": 300, "upload": 200}),
            begin,
            daily=420_000,
            shape=office_week,
        ),
        stream(KEY, PEAK_MEMORY, cells(region=_REGIONS), begin, daily=5_120, shape=growing(2)),
        stream(KEY, ACTIVE_USERS, cells(region={"us-east-1": 1000, "eu_west_1": 700}), begin, daily=60, shape=steady),
    )


def _contract(begin: datetime) -> Contract:
    support = Fee(
        id=ident("charge", KEY, "support"),
        product=fixed("Premium support"),
        amount=Decimal(45_000),
        dates=tuple(add_months(begin, number) for number in range(16)),
    )
    return Contract(
        id=contract_id(KEY),
        name="Halden Robotics, platform agreement",
        start=begin,
        end=add_months(begin, 36),
        currency=USD,
        rates=(
            flat(sold(COMPUTE, by=("region",)), "11.25"),
            flat(sold(REQUESTS, by=("region", "endpoint")), "0.0125"),
        ),
        charges=(support,),
    )


def _balances(month: datetime, begin: datetime) -> tuple[Balance, ...]:
    goodwill = (add_months(month, -1), add_months(month, 5))
    welcome = credit(
        KEY,
        "Welcome credit",
        [((begin, add_months(begin, 3)), 500_000)],
        contract_id=contract_id(KEY),
        product_ids=(sold(REQUESTS, by=("region", "endpoint")).id,),
        priority=10,
    )
    return _commitment(month, begin), welcome, credit(KEY, "Goodwill credit", [(goodwill, 150_000)], priority=5)


def _commitment(month: datetime, begin: datetime) -> Balance:
    """Three years: one over, one running, one to come; corrected by hand in both directions."""
    years = terms(begin, add_months(begin, 12), add_months(begin, 24), add_months(begin, 36))
    refund_at = add_months(month, -2) + timedelta(days=9, hours=15)
    booking_at = add_months(month, -1) + timedelta(days=4, hours=10)
    return prepaid(
        KEY,
        "Annual commitment",
        zip(years, (5_200_000, 9_000_000, 12_000_000), strict=True),
        contract_id=contract_id(KEY),
        adjustments=(
            Adjustment(at=refund_at, amount=Decimal(75_000), reason="Outage of the 9th"),
            Adjustment(at=booking_at, amount=Decimal(-20_000), reason="Booking corrected"),
        ),
    )
