"""From page to page of an account: what the address keeps, what the server is asked, what Back brings again."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from selenium.webdriver.common.keys import Keys

from sandbox.catalogue import Customer
from tests.browser.page import Page

pytestmark = pytest.mark.browser
Start = Callable[..., Page]

FLAGSHIP = f"/accounts/{Customer.FLAGSHIP}"
# By the end of the address, the first id that each panel of the page fills.
PANELS = {
    "": ["burndown-chart", "kpi-row", "spend-chart", "usage-chart"],
    "/commitments": ["balances-notice", "burn-chart", "expiring-notice", "obligations-notice"],
    "/invoices": ["drift-notice", "invoices-notice"],
    "/proof": ["proof-notice"],
}
ROW = "#balances-main [data-open]"
LEDGER = "#balances-main .detail-row"
FIGURE = f"{LEDGER} .figure"
RECEIPT = "#receipt-drawer[open] [data-receipt-shown]"
CURRENT = "return [...document.querySelectorAll('.page-tab[aria-current=page]')].map(one => one.id)"


def watched(start_page: Start, path: str) -> Page:
    """The page at ``path``, loaded while somebody counts what the server is asked."""
    page = start_page("/")
    page.watch()
    page.open(path)
    page.one("#proof-mark a")
    page.settled()
    return page


def asked_of_panels(page: Page) -> list[str]:
    every = {name for names in PANELS.values() for name in names}
    return [one for one in page.asked() if one in every]


def path_of(page: Page) -> str:
    return urlsplit(page.driver.current_url).path


def lead(page: Page, selector: str, path: str) -> None:
    """Follow the link, and wait until the address is ``path`` and everything there is loaded."""
    page.press(selector)
    page.until(lambda: path_of(page) == path, f"{selector} never led to {path}")
    page.settled()


def open_ledger_and_receipt(page: Page) -> tuple[str, str]:
    """What the address says of both."""
    page.press(ROW)
    page.one(LEDGER)
    page.press(FIGURE)
    return page.query()["open"], page.receipt()


def test_only_the_page_that_is_shown_asks_the_server(start_page: Start) -> None:
    page = start_page("/")
    page.watch()
    for name, panels in PANELS.items():
        page.open(f"{FLAGSHIP}{name}?range=last7d")
        page.one("#proof-mark a")
        page.settled()
        assert asked_of_panels(page) == panels
    assert page.console() == []


def test_tabs_lead_from_page_to_page_without_a_reload(start_page: Start) -> None:
    page = watched(start_page, f"{FLAGSHIP}?range=last7d")
    page.asked()
    page.script("window.stayed = true")
    length = page.history_length()
    for count, name in enumerate(("/commitments", "/invoices", "/proof"), 1):
        lead(page, f"#tab-{name[1:]}", FLAGSHIP + name)
        assert page.query() == {"range": "last7d"}
        assert page.script(CURRENT) == [f"tab-{name[1:]}"]
        assert asked_of_panels(page) == PANELS[name]
        assert page.history_length() == length + count
    lead(page, "#tab-overview", FLAGSHIP)
    page.drawn("usage-chart")
    assert page.script(CURRENT) == ["tab-overview"]
    assert asked_of_panels(page) == []  # it still shows what it was asked for
    assert page.script("return window.stayed")
    assert page.console() == []


def test_tabs_keep_the_range_and_drop_what_is_open(start_page: Start) -> None:
    page = watched(start_page, f"{FLAGSHIP}/commitments?range=last7d")
    open_ledger_and_receipt(page)
    for name in PANELS:
        tab = f"return document.getElementById('tab-{name[1:] or 'overview'}').getAttribute('href')"
        assert page.script(tab) == f"{FLAGSHIP}{name}?range=last7d"
    page.keys(Keys.ESCAPE)
    page.until(lambda: "receipt" not in page.query())
    lead(page, "#tab-invoices", f"{FLAGSHIP}/invoices")
    assert page.query() == {"range": "last7d"}
    assert page.console() == []


def test_a_row_or_a_receipt_that_opens_loads_nothing_else_and_is_one_step_back(start_page: Start) -> None:
    page = watched(start_page, f"{FLAGSHIP}/commitments?range=last7d")
    page.asked()
    length = page.history_length()
    page.press(ROW)
    page.one(LEDGER)
    assert page.asked() == ["balances-notice"]
    assert page.history_length() == length + 1
    page.press(FIGURE)
    page.receipt()
    assert page.asked() == ["receipt-body"]
    assert page.history_length() == length + 2
    page.keys(Keys.ESCAPE)
    page.until(lambda: "receipt" not in page.query())
    page.press(ROW)
    page.until(lambda: not page.visible(LEDGER))
    assert set(page.asked()) <= {"balances-notice", "receipt-body"}
    assert page.history_length() == length + 4
    lead(page, "#tab-overview", FLAGSHIP)
    page.drawn("spend-chart")
    page.asked()
    page.press("#kpi-row .figure")
    page.receipt()
    assert page.asked() == ["receipt-body"]
    assert page.console() == []


def test_back_forward_and_reload_restore_page_range_rows_and_receipt(start_page: Start) -> None:
    page = watched(start_page, FLAGSHIP)
    lead(page, "#tab-commitments", f"{FLAGSHIP}/commitments")
    page.choose("#date-preset", "Last 7 days")
    page.until(lambda: page.query() == {"range": "last7d"})
    page.settled()
    opened, receipt = open_ledger_and_receipt(page)
    page.driver.back()
    page.until(lambda: page.query() == {"range": "last7d", "open": opened})
    page.until(lambda: not page.visible("#receipt-drawer"))
    assert page.visible(LEDGER)
    page.driver.back()
    page.until(lambda: page.query() == {"range": "last7d"})
    page.until(lambda: not page.visible(LEDGER))
    page.driver.back()
    page.until(lambda: page.query() == {})
    page.says(".filter-summary", "20 days")
    page.driver.back()
    page.until(lambda: path_of(page) == FLAGSHIP)
    assert page.visible("#usage-panel")
    assert not page.visible("#burn-panel")
    for _ in range(4):
        page.driver.forward()
    page.until(lambda: page.query() == {"range": "last7d", "open": opened, "receipt": receipt})
    for _ in range(2):
        page.says(".filter-summary", "7 days")
        page.one(LEDGER)
        assert page.receipt() == receipt
        assert path_of(page) == f"{FLAGSHIP}/commitments"
        assert page.script(CURRENT) == ["tab-commitments"]
        page.driver.refresh()
    assert page.console() == []


def test_another_account_is_shown_on_the_same_page(start_page: Start) -> None:
    page = watched(start_page, f"{FLAGSHIP}/commitments?range=last7d")
    page.asked()
    page.press(ROW)
    page.one(LEDGER)
    page.choose("#account-select", "Tidewater Logistics")
    page.until(lambda: path_of(page) == f"/accounts/{Customer.MINIMUM_SPEND}/commitments")
    page.says("#balances-main", "Yearly minimum")
    assert page.query() == {"range": "last7d"}
    page.settled()
    assert not page.visible(LEDGER)
    assert not {*page.asked()} & {*PANELS[""], *PANELS["/invoices"], *PANELS["/proof"]}
    assert page.console() == []


def test_a_ledger_entry_leads_to_its_invoice_and_the_mark_to_the_proof(start_page: Start) -> None:
    page = watched(start_page, f"{FLAGSHIP}/commitments?range=last7d")
    page.script("window.stayed = true")
    page.press(ROW)
    page.one(LEDGER)
    october = f"{LEDGER} tbody tr:nth-child(2) a"  # under the draft of November, in which the range lies
    wanted = page.one(october).get_attribute("href").split("open=")[1]
    lead(page, october, f"{FLAGSHIP}/invoices")
    assert page.query() == {"range": "last7d", "open": wanted}
    page.one("#invoices-main .detail-row")
    assert page.one("#invoices-main [aria-expanded=true]").get_attribute("data-open") == wanted
    lead(page, "#proof-mark a", f"{FLAGSHIP}/proof")
    assert page.query() == {"range": "last7d"}
    assert page.script("return window.stayed")
    assert page.console() == []
