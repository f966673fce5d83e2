"""One account whose every name tries something: markup, links, formulas, reversed text, 4 KB without a space."""

from __future__ import annotations

from datetime import datetime

from sandbox.catalogue.parts import contract_id, credit, customer_id, fixed, flat, prepaid, sold, stream
from sandbox.catalogue.shapes import steady
from sandbox.catalogue.units import USD
from sandbox.ids import ident
from sandbox.model import Account, Aggregation, Cell, Contract, Metric
from sandbox.moments import add_months, month_start

KEY = "hostile"
SCRIPT = '<script>document.title="owned"</script>'
IMAGE = '<img src=x onerror="document.title=1">'
LINK = "[click](javascript:alert(1)) https://phish.example/login"
FORMULA = '=HYPERLINK("https://phish.example","total")'
REVERSED = "\u202eevil\u202c عميل \u2066x\u2069"
LONG = "Ω" * 4096
TEMPLATE = "%{y} <b>{{7*7}}</b> ${7*7} | a,b\r\n+1"
NAMES = (SCRIPT, IMAGE, LINK, FORMULA, REVERSED, LONG, TEMPLATE, "total", "__proto__", " ", "null", "a|b_start")

METRIC = Metric(
    id=ident("metric", KEY),
    name=f"{SCRIPT}{FORMULA}",
    aggregation=Aggregation.SUM,
    group_keys=(("region",), (IMAGE,), ("region", IMAGE)),
    event_type=SCRIPT,
    property_name="=1+1",
    decimals=1,
)


def hostile(today: datetime) -> Account:
    begin = add_months(month_start(today), -3)
    others = reversed((None, *NAMES[1:]))
    cells = tuple(Cell((("region", one), (IMAGE, other))) for one, other in zip(NAMES, others, strict=True))
    contract = Contract(
        id=contract_id(KEY),
        name=LINK,
        start=begin,
        currency=USD,
        rates=(flat(sold(METRIC, name=f"@{SCRIPT}", by=("region",)), "3.3"),),
    )
    year = (begin, add_months(begin, 12))
    return Account(
        id=customer_id(KEY),
        name=f"{IMAGE}{REVERSED}{LONG}",
        created_at=begin,
        aliases=(SCRIPT, FORMULA),
        salesforce_id=LINK,
        streams=(stream(KEY, METRIC, cells, begin, daily=900, shape=steady),),
        contracts=(contract,),
        balances=(
            prepaid(KEY, f"+{IMAGE}", [(year, 40_000)], product=fixed(FORMULA), contract_id=contract.id),
            credit(KEY, f"-{SCRIPT}", [(year, 5_000)], name=LONG, priority=1),
        ),
    )
