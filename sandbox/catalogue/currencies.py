"""Accounts that do not pay by the cent: one in euros, one in its own credits, converted when they run out."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sandbox.catalogue.metrics import COMPUTE, RENDER_MINUTES, STORAGE
from sandbox.catalogue.parts import account, agreement, cells, credit, fixed, flat, prepaid, sold, stream, terms
from sandbox.catalogue.shapes import growing, spiky, steady
from sandbox.catalogue.units import EUR, RENDER_CREDITS, USD
from sandbox.ids import ident
from sandbox.model import Account, Balance, Contract
from sandbox.moments import DAY, add_months, month_start
from sandbox.prices import Fee


def brandt(today: datetime) -> Account:
    """Euros, in whole units: 0.1125 is eleven and a quarter euro cents. Billed from the 15th to the 15th."""
    key = "brandt"
    begin = add_months(month_start(today), -11).replace(day=15)
    contract = _euro_contract(key, begin)
    year, lately = (begin, add_months(begin, 12)), (add_months(begin, 10), add_months(begin, 13))
    compute = cells(region={"eu_west_1": 560, "eu-central-1": 440}, cluster={"press": 500, "paint": 500})
    storage = cells(region={"eu-central-1": 1000}, tier={"hot": 350, "cold": 650})
    return account(
        key,
        "Brandt & Søhn Maschinenbau GmbH",
        created_at=begin - 20 * DAY,
        streams=(
            stream(key, COMPUTE, compute, begin, daily=98_000, shape=steady),
            stream(key, STORAGE, storage, begin, daily=260_000_000, shape=growing(1, start=900)),
        ),
        contracts=(contract,),
        balances=(
            prepaid(key, "Jahresbudget", [(year, 42_000)], unit=EUR, contract_id=contract.id),
            credit(key, "Kulanz", [(lately, 350)], unit=EUR, priority=3),
        ),
    )


def _euro_contract(key: str, begin: datetime) -> Contract:
    fee = Fee(
        id=ident("charge", key),
        product=fixed("Plant connection"),
        amount=Decimal("249.50"),
        dates=tuple(add_months(begin, number) for number in range(0, 15, 3)),
    )
    return agreement(
        key,
        "Rahmenvertrag",
        begin,
        end=add_months(begin, 24),
        currency=EUR,
        rates=(flat(sold(COMPUTE, by=("region",)), "0.1125", EUR), flat(sold(STORAGE, by=("tier",)), "0.000085", EUR)),
        charges=(fee,),
        net_terms=60,
    )


def orrery(today: datetime) -> Account:
    """Usage in render credits; what the bought credits do not cover is converted at 2.5 cents each."""
    key, begin = "orrery", add_months(month_start(today), -6)
    contract = agreement(
        key,
        "Render farm",
        begin,
        end=add_months(begin, 12),
        rates=(flat(sold(RENDER_MINUTES, by=("project",)), "1.5", RENDER_CREDITS),),
        conversion=Decimal("2.5"),
    )
    projects = {"comet-teaser": 460, "museum_dome": 330, "moon-survey": 190, None: 20}
    parts = cells(project=projects, quality={"draft": 600, "final": 400})
    return account(
        key,
        "Orrery Labs",
        created_at=begin - 9 * DAY,
        streams=(stream(key, RENDER_MINUTES, parts, begin, daily=28_000, shape=spiky(key, every=17, height=4000)),),
        contracts=(contract,),
        balances=(_render_credits(key, contract),),
    )


def _render_credits(key: str, contract: Contract) -> Balance:
    begin = contract.start
    stretches = terms(begin, add_months(begin, 3), add_months(begin, 9), add_months(begin, 12))
    return prepaid(
        key,
        "Render credits",
        zip(stretches, (260_000, 330_000, 300_000), strict=True),
        unit=RENDER_CREDITS,
        contract_id=contract.id,
        payment_unit=USD,
        unit_cost="2",
    )
