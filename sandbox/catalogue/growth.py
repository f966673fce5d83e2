"""Accounts whose usage is the story: bursts of tokens, forty pods, and one that began last week."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sandbox.catalogue.metrics import POD_HOURS, REQUESTS, STORAGE, TOKENS
from sandbox.catalogue.parts import account, agreement, cells, credit, flat, prepaid, sold, stream
from sandbox.catalogue.shapes import growing, spiky, steady
from sandbox.catalogue.units import USD
from sandbox.model import Account, Cell
from sandbox.moments import DAY, add_months, month_start
from sandbox.prices import Rate

_POD_REGIONS = (
    "eu_west_1",
    "eu-north-1",
    "us-east-1",
    "us-west-2",
    "ap-south-1",
    "ap-southeast-2",
    "sa-east-1",
    "af-south-1",
)


def quillfeather(today: datetime) -> Account:
    """Tokens at fractions of a cent, priced by kind, shown by model; the commit runs dry within a day."""
    key, begin = "quillfeather", add_months(month_start(today), -7)
    models = {"quill-small": 520, "quill-large": 360, "quill-embed": 120}
    parts = cells(model=models, token_type={"input": 740, "output": 260})
    prices: dict[tuple[str | None, ...], Decimal] = {("input",): Decimal("0.00015"), ("output",): Decimal("0.0006")}
    tokens = Rate(product=sold(TOKENS, by=("model",), priced_by=("token_type",)), unit=USD, prices=prices)
    contract = agreement(key, "Token plan", begin, end=add_months(begin, 12), rates=(tokens,))
    commit = prepaid(key, "Token commitment", [((begin, contract.end or today), 3_800_000)], contract_id=contract.id)
    launch = credit(
        key, "Launch credit", [((begin, add_months(begin, 2)), 250_000)], contract_id=contract.id, priority=1
    )
    return account(
        key,
        "Quillfeather AI",
        created_at=begin - 12 * DAY,
        streams=(stream(key, TOKENS, parts, begin, daily=150_000_000, shape=spiky(key)),),
        contracts=(contract,),
        balances=(commit, launch),
        paired=True,
    )


def gantry(today: datetime) -> Account:
    """Forty pods, each a line of its own: more groups than a chart can show."""
    key, begin = "gantry", add_months(month_start(today), -4)
    pods = tuple(
        Cell(
            (("pod", f"pod_{number:02d}"), ("region", _POD_REGIONS[number % len(_POD_REGIONS)])),
            8 + 1200 // (number + 6),
        )
        for number in range(1, 41)
    )
    contract = agreement(key, "Pods", begin, rates=(flat(sold(POD_HOURS, by=("pod",)), "8.4"),))
    return account(
        key,
        "Gantry Cloud Hosting",
        created_at=begin - 3 * DAY,
        aliases=("gantry-eu", "gantry-us"),
        streams=(stream(key, POD_HOURS, pods, begin, daily=3_600_00, shape=growing(4, start=700)),),
        contracts=(contract,),
        balances=(credit(key, "Migration credit", [((begin, add_months(begin, 6)), 4_000_000)], priority=20),),
    )


def copperleaf(today: datetime) -> Account:
    """Signed last week: a few days of usage and one open invoice."""
    key = "copperleaf"
    begin = today - 5 * DAY
    begin = begin.replace(day=min(begin.day, 28))
    product = sold(REQUESTS, by=("region",))
    contract = agreement(key, "Starter", begin, rates=(flat(product, "0.02"),), net_terms=14)
    parts = cells(region={"eu_west_1": 900, None: 100}, endpoint={"menu": 700, "order": 300})
    trial = credit(key, "Trial credit", [((begin, begin + 30 * DAY), 20_000)], contract_id=contract.id)
    return account(
        key,
        "Copperleaf Foods",
        created_at=begin,
        streams=(
            stream(key, REQUESTS, parts, begin, daily=64_000, shape=growing(120)),
            stream(
                key, STORAGE, cells(region={"eu_west_1": 1000}, tier={"hot": 1000}), begin, daily=900_000, shape=steady
            ),
        ),
        contracts=(contract,),
        balances=(trial,),
    )
