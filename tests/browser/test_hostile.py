"""Names and addresses that try something: they are shown as the characters that they are, and nothing else happens."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from datetime import datetime
from urllib.parse import quote

import pytest
import requests
from selenium.webdriver.common.action_chains import ActionChains

from sandbox.catalogue import Customer, hostile
from sandbox.server import Sandbox, running_sandbox
from tests.browser.page import Page
from tests.conftest import NOW

pytestmark = pytest.mark.browser
Start = Callable[..., Page]

ACCOUNT = f"/accounts/{Customer.HOSTILE}"
FLAGSHIP = f"/accounts/{Customer.FLAGSHIP}"
TABLES = "table=usage,spend,burndown"
FILES = ("usage", "spend", "commitments", "ledger")
ASKS_FOR_FIGURES = {"usage_groups", "usage", "breakdowns", "spend_breakdowns", "balances", "invoices"}
STRINGS = (
    "<script>window.__pwned=1</script>",
    '"><img src=x onerror="window.__pwned=1">',
    "javascript:window.__pwned=1",
    '<a href="https://phish.example">total</a>',
    '=HYPERLINK("https://phish.example")',
    "'; DROP TABLE customers; --",
    "\u202eevil\u2066x",
    "a\x00b",
    "%00%0d%0aSet-Cookie:x=1",
    "Ω" * 4096,
)
KEYS = ("range", "from", "to", "window", "metric", "group", "spend_by", "currency", "view", "chart", "top", "table")
NAMES = {"group", "spend_by", "currency"}  # names of the account's own: wrong only once the account has been asked
FOREIGN = """
const here = location.origin, found = [];
for (const one of document.querySelectorAll('*')) {
  for (const name of ['href', 'xlink:href', 'src', 'action', 'srcdoc', 'formaction']) {
    const value = one.getAttribute(name);
    if (value === null) continue;
    const address = new URL(value, location.href);
    if (address.origin !== here && address.protocol !== 'data:') found.push(one.outerHTML.slice(0, 200));
  }
  for (const attribute of one.attributes) {
    if (attribute.name.startsWith('data-')) continue; // no browser runs or loads these
    const runs = attribute.name.startsWith('on') || /^\\s*javascript:/i.test(attribute.value);
    if (runs) found.push(one.outerHTML.slice(0, 200));
  }
}
return found;
"""
FAILED = "return performance.getEntriesByType('resource').filter(one => one.responseStatus >= 500).map(one => one.name)"


@pytest.fixture(scope="module")
def hostile_api() -> Iterator[Sandbox]:
    with running_sandbox(now=datetime.fromisoformat(NOW), strict=True, hostile=True) as running:
        yield running


def harmless(page: Page) -> None:
    """No link leads away, no script ran, no request was answered with a 500, the console is empty."""
    assert page.script(FOREIGN) == []
    assert page.script("return window.__pwned") is None
    assert page.script("return document.title").endswith("Burnboard")  # the hostile name would make it 1
    assert page.script(FAILED) == []
    assert page.console() == []


def test_hostile_names_are_only_text_everywhere(start_page: Start, hostile_api: Sandbox) -> None:
    page = start_page("/", api=hostile_api)
    page.says("#accounts-table", hostile.SCRIPT)
    harmless(page)
    page.type_into("#account-select", "<img", enter=False)
    page.press("#account-select")
    page.one("[role=option]")
    harmless(page)
    page.open(f"{ACCOUNT}?{TABLES}&top=15")
    for panel in ("usage", "spend", "burndown"):
        page.drawn(f"{panel}-chart")
        page.one(f"#{panel}-table > *")
    page.settled()
    assert page.text("#page-title").startswith(hostile.IMAGE)
    assert hostile.SCRIPT in page.text("#usage-panel")
    assert "\u202e" not in page.script("return document.body.innerText")
    harmless(page)


def test_hostile_names_are_only_text_on_every_page_and_in_receipts(start_page: Start, hostile_api: Sandbox) -> None:
    page = start_page("/", api=hostile_api)
    said = {
        "/commitments?table=burn": ("#balances-main", hostile.IMAGE),
        "/invoices?zero=show": ("#invoices-main", hostile.SCRIPT),
        "/proof": ("#proof-main", hostile.SCRIPT),
    }
    for name, (table, text) in said.items():
        page.open(ACCOUNT + name)
        page.one(f"{table} .figure")
        page.one("#proof-mark a")
        page.settled()
        _open_rows(page, table)
        assert text in page.text(table)
        assert page.overflow() <= 0
        harmless(page)
        for figure in page.driver.find_elements("css selector", f"{table} tbody tr td .figure")[:5]:
            page.script("arguments[0].click()", figure)
            page.receipt()
            harmless(page)
        assert "\u202e" not in page.script("return document.body.innerText")
    page.open(f"{ACCOUNT}?range=last7d&table=usage,spend")
    for panel in ("usage", "spend"):
        page.drawn(f"{panel}-chart")
        page.script("document.querySelector(arguments[0]).click()", f"#{panel}-table .figure")
        page.receipt()
        assert "<script>" in page.text(".receipt")
        harmless(page)


def _open_rows(page: Page, table: str) -> None:
    closed = f"{table} [data-open][aria-expanded=false]"
    while page.visible(closed):
        before = len(page.driver.find_elements("css selector", ".detail-row"))
        page.script("document.querySelector(arguments[0]).click()", closed)
        page.until(lambda before=before: len(page.driver.find_elements("css selector", ".detail-row")) > before)


def test_a_hostile_receipt_or_row_in_the_address_opens_nothing(start_page: Start) -> None:
    page = start_page("/")
    for text in STRINGS:
        if len(text) > 1000:
            continue
        page.open(f"{FLAGSHIP}/commitments?receipt={quote(text)}&open={quote(text)}&unit={quote(text)}")
        page.says("#receipt-drawer", "is not the id of a receipt")
        page.says("#balances-main", "Annual commitment")
        page.settled()
        assert not page.visible(".detail-row")
        harmless(page)


def test_hovering_a_chart_of_hostile_names_shows_them_as_text(start_page: Start, hostile_api: Sandbox) -> None:
    page = start_page(f"{ACCOUNT}?top=15&range=last7d", api=hostile_api)
    for panel in ("usage", "spend", "burndown"):
        page.drawn(f"{panel}-chart")
        page.settled()
        assert _hovered(page, panel), f"{panel} told nothing"
        harmless(page)


def _hovered(page: Page, panel: str) -> str:
    """What the chart says somewhere along its width."""
    plot = page.one(f"#{panel}-chart .nsewdrag")
    page.script("arguments[0].scrollIntoView({block: 'center'})", plot)
    reach = plot.size["width"] // 2 - 5
    for across in range(-reach, reach, 25):
        ActionChains(page.driver, duration=50).move_to_element_with_offset(plot, across, 30).perform()
        told = page.script(f"return document.querySelector('#{panel}-chart .hoverlayer').textContent")
        if told:
            return str(told)
    return ""


def test_hostile_groups_and_keys_can_be_chosen(start_page: Start, hostile_api: Sandbox) -> None:
    page = start_page(f"{ACCOUNT}?group={quote(hostile.IMAGE)}&range=last7d", api=hostile_api)
    page.drawn("usage-chart")
    page.settled()
    assert page.one("#usage-group").get_attribute("value") == hostile.IMAGE
    page.press("#usage-group")
    page.one("[role=option]")
    harmless(page)


def test_a_hostile_address_gets_a_notice_and_nothing_else(start_page: Start) -> None:
    page = start_page("/")
    for text in STRINGS:
        keys = KEYS if len(text) < 1000 else ("group",)
        page.open(f"{FLAGSHIP}?{'&'.join(f'{key}={quote(text)}' for key in keys)}")
        page.one("#filter-notice .notice")
        page.drawn("usage-chart")
        page.settled()
        harmless(page)


def test_a_download_with_a_hostile_address_is_refused_without_a_call(start_page: Start, sandbox: Sandbox) -> None:
    page = start_page("/")
    page.says("#accounts-table", "Halden Robotics")
    sandbox.requests.clear()
    for text in STRINGS:
        for key in {*KEYS, "unheard_of"} - NAMES:
            for name in FILES:
                answer = requests.get(f"{page.url}{FLAGSHIP}/{name}.csv?{key}={quote(text)}", timeout=10)
                assert answer.status_code == 400, (name, key, text)
                assert answer.headers["Content-Type"] == "application/problem+json"
    for text in ("x", "../etc/passwd", "<script>", "0" * 4000):
        assert requests.get(f"{page.url}/accounts/{quote(text, safe='')}/usage.csv", timeout=10).status_code == 404
        assert requests.get(f"{page.url}/accounts/{quote(text, safe='')}", timeout=10).status_code == 404
    asked = {row["family"] for row in sandbox.requests.all()}
    assert not asked & ASKS_FOR_FIGURES
    assert page.console() == []


def test_a_key_may_be_any_text_and_one_that_nothing_has_is_refused(start_page: Start, sandbox: Sandbox) -> None:
    page = start_page("/")
    page.says("#accounts-table", "Halden Robotics")
    for text in STRINGS:
        for name, key in {"usage": "group", "spend": "spend_by"}.items():
            answer = requests.get(f"{page.url}{FLAGSHIP}/{name}.csv?{key}={quote(text)}", timeout=10)
            assert answer.status_code == 400, (name, key, text)
            assert answer.headers["Content-Type"] == "application/problem+json"
    assert page.console() == []


def test_no_cell_of_a_file_begins_a_formula(start_page: Start, hostile_api: Sandbox) -> None:
    page = start_page("/", api=hostile_api)
    for name in FILES:
        answer = requests.get(f"{page.url}{ACCOUNT}/{name}.csv", timeout=30)
        assert answer.status_code == 200, answer.text
        rows = list(csv.reader(io.StringIO(answer.text, newline="")))
        assert len(rows) > 1
        assert len({len(row) for row in rows}) == 1
        formulas = [cell for row in rows for cell in row if cell[:1] in "=+-@\t\r" and cell and not _is_number(cell)]
        assert formulas == []
    assert page.console() == []


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
