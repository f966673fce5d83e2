"""Nobody is shut out: axe-core finds nothing serious, and nothing is wider than a narrow screen."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from selenium.webdriver.common.keys import Keys

from sandbox.catalogue import Customer
from sandbox.server import Sandbox
from tests.browser.page import Page

pytestmark = pytest.mark.browser
Start = Callable[..., Page]

FLAGSHIP = f"/accounts/{Customer.FLAGSHIP}"
TABLES = "table=usage,spend,burndown"
PANELS = ("usage", "spend", "burndown")
NARROW = 360
# By page of the account: its query, and a row that opens, where it has some.
PAGES = {
    "commitments": ("?range=last7d&table=burn", "#balances-main [data-open]"),
    "invoices": ("?range=last30d&zero=show", "#invoices-main [data-open]"),
    "proof": ("?range=last30d", ""),
}
CUT = """
const labels = [...document.querySelectorAll('.mantine-SegmentedControl-root, .button-quiet, .kpi-value')];
return labels.filter(one => one.scrollWidth > one.clientWidth).map(one => one.innerText);
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_accessible(start_page: Start, scheme: str) -> None:
    page = start_page("/")
    page.prefer(scheme)
    page.open("/")
    page.says("#accounts-table", "Halden Robotics")
    assert page.script("return document.documentElement.dataset.mantineColorScheme") == scheme
    assert page.accessibility() == []
    page.open(f"{FLAGSHIP}?range=last7d&{TABLES}")
    _complete(page)
    assert page.accessibility() == []
    page.press("#date-range button")
    page.one("#date-calendar")
    assert page.accessibility() == []
    page.keys(Keys.ESCAPE)
    page.until(lambda: not page.visible("#date-calendar"))
    page.press("#account-select")
    page.one("[role=option]")
    assert page.accessibility() == []
    assert page.console() == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_states_other_than_fine_are_accessible(start_page: Start, sandbox: Sandbox, scheme: str) -> None:
    sandbox.faults.add("status", family="usage_groups", status=400)
    sandbox.faults.add("status", family="invoices", status=400)
    page = start_page("/")
    page.prefer(scheme)
    page.open(f"/accounts/{Customer.NOTHING_USED}?range=forever")
    for panel, kind in {"usage": "error", "spend": "empty", "burndown": "partial"}.items():
        page.one(f"#{panel}-notice .notice-{kind}")
    page.one("#filter-notice .notice-info")
    page.settled()
    assert page.accessibility() == []
    assert page.console() == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_of_an_account_is_accessible_with_rows_and_a_receipt_open(start_page: Start, scheme: str) -> None:
    page = start_page("/")
    page.prefer(scheme)
    for name in PAGES:
        _opened(page, name)
        assert page.accessibility() == [], name
        page.press(f"#page-{name} td .figure")
        page.receipt()
        _still(page)
        assert page.accessibility() == [], name
    page.open(f"{FLAGSHIP}?range=last7d&receipt=S-AAAAAAAA")
    page.receipt()
    _complete_charts(page)
    _still(page)
    assert page.accessibility() == []
    assert page.console() == []


def test_every_page_of_an_account_fits_a_narrow_screen(start_page: Start) -> None:
    page = start_page("/")
    page.resize(NARROW)
    for name in PAGES:
        _opened(page, name)
        assert page.overflow() == 0, name
        assert page.script(CUT) == [], name
        tab = page.script("return document.querySelector('.page-tab[aria-current=page]').getBoundingClientRect()")
        assert 0 <= tab["left"] < tab["right"] <= NARROW, f"the tab {name} is out of sight"
    assert page.accessibility() == []
    assert page.console() == []


@pytest.mark.parametrize("opened", ["", "#date-range button"])
def test_a_narrow_page_is_accessible(start_page: Start, opened: str) -> None:
    page = start_page("/")
    page.resize(NARROW)
    page.open(f"{FLAGSHIP}?range=last7d&{TABLES}")
    _complete(page)
    if opened:
        page.press(opened)
        page.one("#date-calendar")
    assert page.accessibility() == []
    assert page.overflow() == 0
    assert page.script(CUT) == []
    assert page.console() == []


def test_nothing_is_wider_than_a_narrow_screen(start_page: Start, sandbox: Sandbox) -> None:
    page = start_page("/")
    page.resize(NARROW)
    page.open("/")
    page.says("#accounts-table", "Halden Robotics")
    assert page.overflow() == 0
    shapes = (
        Customer.MANY_GROUPS,
        Customer.MANY_BALANCES,
        Customer.EURO,
        Customer.OWN_UNIT,
        Customer.TWO_CONTRACTS,
        Customer.ENDED,
        Customer.NOTHING_USED,
    )
    for customer in shapes:
        page.open(f"/accounts/{customer}?range=last30d&{TABLES}&top=15")
        page.settled()
        assert page.overflow() == 0, customer
    sandbox.faults.add("status", status=500)
    page.open(f"/accounts/{Customer.TOKENS}")
    page.settled()
    assert page.overflow() == 0
    sandbox.faults.clear()
    assert page.console() == []


def test_a_chart_is_told_in_words_and_as_a_table(start_page: Start) -> None:
    page = start_page(f"{FLAGSHIP}?range=last7d&{TABLES}")
    _complete(page)
    for panel in PANELS:
        drawing = page.one(f"#{panel}-panel [role=img]")
        assert page.text("#" + drawing.get_attribute("aria-describedby"))
        assert page.script(
            "return document.getElementById(arguments[0]).querySelectorAll('th').length", f"{panel}-table"
        )
    assert page.console() == []


def _complete(page: Page) -> None:
    """Charts drawn and tables open: what axe sees is the whole page."""
    _complete_charts(page)
    for panel in PANELS:
        page.one(f"#{panel}-table > *")
    page.settled()


def _complete_charts(page: Page) -> None:
    for panel in PANELS:
        page.drawn(f"{panel}-chart")
    page.settled()


def _opened(page: Page, name: str) -> None:
    """One of the further pages with everything on it, the mark in the head too, and a row open."""
    query, row = PAGES[name]
    page.open(f"{FLAGSHIP}/{name}{query}")
    page.one("#proof-mark a")
    page.settled()
    if row:
        page.press(row)
        page.one(".detail-row")
        page.settled()


def _still(page: Page) -> None:
    """Nothing moves or fades any more: colours are what they will be."""
    page.until(lambda: page.script("return document.getAnimations().every(one => one.playState !== 'running')"))
