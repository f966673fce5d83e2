"""S25, pages of the app: names cannot inject. An account whose every name is a link, a script, markup or a line break
is looked at on every page, in every chart, table and tooltip, in receipts, in the title and in the head of its files:
no link leads away, nothing ran, and names are read as they are written. (Embeds: test_s25_names_in_frames.)"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
import requests

from callbacks.downloads import FILES
from sandbox.application import Application
from sandbox.asking import Options
from sandbox.catalogue.parts import account, agreement, credit, flat, postpaid, prepaid, sold, stream
from sandbox.catalogue.shapes import steady
from sandbox.ids import ident
from sandbox.model import Account, Aggregation, Cell, Metric
from sandbox.moments import add_months, month_start
from sandbox.server import Sandbox
from sandbox.world import World
from tests.browser.page import Page
from tests.browser.test_hostile import FOREIGN, _hovered, _open_rows
from tests.conftest import NOW

pytestmark = [
    pytest.mark.browser,
    # The test server ends its threads, callbacks under way included.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning"),
]

LINK = '<a href="https://evil.example/login">Pay now</a>'
SCRIPT = '<script>window.__ran="script"</script>'
IMAGE = '<img src=x onerror="window.__ran=1">'
MARKDOWN = "[Pay now](https://evil.example/login) <https://evil.example> javascript:window.__ran=1"
BREAK = "Acme\r\nSet-Cookie: ran=1\r\n\r\n<b>"
TEMPLATE = "%{customdata[0]}<extra></extra>%{y}<br><b>{{7*7}}</b>"
SVG = '</text><svg onload="window.__ran=2"><a xlink:href="https://evil.example">x</a></svg>'
NAMES = (LINK, SCRIPT, IMAGE, MARKDOWN, TEMPLATE, SVG)
KEY = "injecting"
CHARTS = {"": ("usage", "spend", "burndown"), "/commitments": ("burn",)}
TABLES = {"/commitments": "#balances-main", "/invoices?zero=show": "#invoices-main", "/proof": "#proof-main"}


def injecting(today: datetime) -> Account:
    begin = add_months(month_start(today), -2)
    metric = Metric(
        id=ident("metric", KEY), name=f"{LINK}{SCRIPT}", aggregation=Aggregation.SUM, event_type=SCRIPT,
        group_keys=(("region",), (LINK,)), property_name="x", decimals=0,
    )  # fmt: skip
    cells = tuple(
        Cell((("region", one), (LINK, other)), 150) for one, other in zip(NAMES, reversed(NAMES), strict=True)
    )
    rates = (flat(sold(metric, name=f"{LINK}{IMAGE}", by=("region",)), "2.5"),)
    contract = agreement(KEY, f"{MARKDOWN}{LINK}", begin, rates=rates)
    year = (begin, add_months(begin, 12))
    return account(
        KEY,
        f"{LINK}{BREAK}{IMAGE}",
        created_at=begin,
        aliases=(SCRIPT, LINK),
        salesforce_id=SVG,
        streams=(stream(KEY, metric, cells, begin, daily=700, shape=steady),),
        contracts=(contract,),
        balances=(
            prepaid(KEY, f"{LINK}{SVG}", [(year, 900_000)], contract_id=contract.id),
            credit(KEY, SCRIPT, [(year, 30_000)], name=f"{IMAGE}{LINK}", priority=1),
            postpaid(KEY, MARKDOWN, year, 2_000_000, contract_id=contract.id),
        ),
    )


@pytest.fixture(scope="module")
def api() -> Iterator[Sandbox]:
    now = datetime.fromisoformat(NOW)
    running = Sandbox(Application(World(given=[injecting(now)]), Options(strict=True), lambda: now), "127.0.0.1", 0)
    yield running
    running.stop()


def harmless(page: Page, where: str) -> None:
    assert page.script(FOREIGN) == [], where
    assert page.script("return window.__ran") is None, where
    assert page.script("return document.cookie") == "", where
    assert page.script("return document.title").endswith("Burnboard"), where
    assert page.console() == [], where


def test_s25_no_name_becomes_more_than_text_on_any_page(start_page: Callable[..., Page], api: Sandbox) -> None:
    own = f"/accounts/{injecting(datetime.fromisoformat(NOW)).id}"
    page = start_page("/", api=api)
    page.says("#accounts-table", "Pay now")
    harmless(page, "the list")
    for place, panels in CHARTS.items():
        page.open(f"{own}{place}?table=usage,spend,burndown,burn&top=15")
        for panel in panels:
            page.drawn(f"{panel}-chart")
        page.settled()
        assert "<a href=" in page.text("#page-title")
        assert "<a href=" in page.text("main")
        harmless(page, place)
        for panel in panels:
            assert _hovered(page, panel), panel
            harmless(page, f"the tooltip of {panel}")
    for place, table in TABLES.items():
        page.open(own + place)
        page.one(f"{table} .figure")
        page.settled()
        _open_rows(page, table)
        harmless(page, place)
        page.script("document.querySelector(arguments[0]).click()", f"{table} tbody tr td .figure")
        page.receipt()
        harmless(page, f"a receipt of {place}")


def test_s25_the_head_of_a_file_is_intact(start_page: Callable[..., Page], api: Sandbox) -> None:
    """No name is in it; the id is."""
    one = injecting(datetime.fromisoformat(NOW)).id
    page = start_page("/", api=api)
    for name in FILES:
        answer = requests.get(f"{page.url}/accounts/{one}/{name}", timeout=30)
        assert answer.status_code == 200, name
        stem, kind = name.split(".")
        assert answer.headers["Content-Disposition"] == f'attachment; filename="{stem}-{one}.{kind}"'
        assert "Set-Cookie" not in answer.headers
