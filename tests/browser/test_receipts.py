"""Every figure opens its receipt, by pointer and by keyboard, on every page; a copied link finds it again."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from itertools import product

import pytest
from selenium.webdriver.common.keys import Keys

from sandbox.catalogue import Customer
from tests.browser.page import Page

pytestmark = pytest.mark.browser
Start = Callable[..., Page]

FLAGSHIP = f"/accounts/{Customer.FLAGSHIP}"
# By page: everything on it that can be unfolded, and its first table of figures.
PAGES = {
    "": ("?range=last7d&table=usage,spend,burndown", "#usage-table"),
    "/commitments": ("?range=last7d&table=burn", "#balances-main"),
    "/invoices": ("?range=last30d&zero=show", "#invoices-main"),
    "/proof": ("?range=last30d", "#proof-main"),
}
ROWS = {"/commitments": "#balances-main [data-open]", "/invoices": "#invoices-main [data-open]"}
SHAPES = (
    Customer.FLAGSHIP,
    Customer.MINIMUM_SPEND,
    Customer.OWN_UNIT,
    Customer.SEATS,
    Customer.TIERED,
    Customer.PRICE_CHANGE,
)
DRAWER = "#receipt-drawer[open]"
NARROW = 360
RIGHT = "return document.getElementById('receipt-drawer').getBoundingClientRect().right"
TOO_WIDE = "const one = document.querySelector(arguments[0]); return one.scrollWidth - one.clientWidth"
# One figure of each kind: of a table the first per sort of row and column, at most four of a row; each one outside.
OPEN_EACH_KIND = """
const done = arguments[0];
const met = new Set();
const kind = one => {
  const cell = one.closest('td, th');
  if (!cell) return one.dataset.receipt;
  const group = cell.closest('tbody').querySelector('.group-head')?.textContent;
  return [cell.closest('table').caption.textContent, group, cell.parentElement.className, cell.cellIndex].join('|');
};
const first = one => one.offsetParent && !met.has(kind(one)) && met.add(kind(one));
const figures = [...document.querySelectorAll('.figure')].filter(first)
  .filter(one => !one.closest('td') || one.closest('td').cellIndex < 5);
const shown = () => document.querySelector('[data-receipt-shown]');
const came = ident => new Promise(resolve => {
  const end = Date.now() + 10000;
  const look = () => shown()?.dataset.receiptShown === ident || Date.now() > end ? resolve() : setTimeout(look, 5);
  look();
});
(async () => {
  const found = [];
  for (const one of figures) {
    one.click();
    await came(one.dataset.receipt);
    const text = name => shown()?.querySelector(name)?.textContent || '';
    found.push({
      ident: one.dataset.receipt, said: (one.querySelector('.visually-hidden') || one).textContent,
      shown: shown()?.dataset.receiptShown, named: text('.receipt-ident'), title: text('h3'),
      amount: text('.receipt-amount'), formula: text('.receipt-formula'), rule: text('.receipt-rule'),
      rows: shown()?.querySelectorAll('.receipt-table tbody tr').length, sum: text('.total-row th'),
      endpoint: text('.receipt-endpoint'), fetched: text('.receipt-source dl'),
    });
  }
  done(found);
})();
"""
# What opens nothing: digits in cells of figures, but no day, priority or share of a hundred; money in any other text.
WITHOUT_RECEIPT = """
const found = [];
for (const cell of document.querySelectorAll('td.num')) {
  if (!cell.offsetParent) continue;
  const table = cell.closest('table');
  const head = table.tHead.rows[0].cells[cell.cellIndex].textContent;
  const rest = cell.cloneNode(true);
  rest.querySelectorAll('.figure, .visually-hidden').forEach(one => one.remove());
  const text = rest.textContent.replace(/\\b\\d{1,2} [A-Z][a-z]{2} \\d{4}\\b/g, '').replace(/[\\d.]+%/g, '');
  const where = [table.caption.textContent.split(/[:,]/)[0], cell.parentElement.cells[0].textContent, head, text];
  if (/\\d/.test(text) && head !== 'Priority') found.push(where.join(' | '));
}
const texts = document.createTreeWalker(document.getElementById('account-page'), NodeFilter.SHOW_TEXT);
while (texts.nextNode()) {
  const {textContent, parentElement} = texts.currentNode;
  const isSeen = parentElement.offsetParent && !parentElement.closest('.figure, .visually-hidden, caption');
  if (isSeen && /[$€£]\\s?\\d/.test(textContent)) found.push(textContent);
}
return found;
"""


def complete(page: Page, path: str, name: str) -> None:
    """The page with everything loaded and its first rows open."""
    page.open(path)
    page.one("#page-title")
    page.until(lambda: page.script("return document.querySelectorAll('[data-receipt]').length > 0"), "no figure came")
    page.settled()
    if name in ROWS:
        for count in range(1, 1 + min(3, len(page.driver.find_elements("css selector", ROWS[name])))):
            toggle = f"return [...document.querySelectorAll(arguments[0])][{count - 1}].click()"
            page.script(toggle, ROWS[name])
            page.until(
                lambda count=count: page.script("return document.querySelectorAll('.detail-row').length") == count
            )
        page.settled()


def ready(start_page: Start, name: str) -> Page:
    page = start_page("/")
    complete(page, FLAGSHIP + name + PAGES[name][0], name)
    return page


def number(text: str) -> Decimal:
    """The number in a figure or amount, whatever its sign's spelling and its unit."""
    return Decimal("".join(re.findall(r"[\d.\-]", text.replace("−", "-").split(" ")[0])))


@pytest.mark.parametrize("name", PAGES)
def test_every_kind_of_figure_opens_the_receipt_that_says_it(start_page: Start, name: str) -> None:
    page = ready(start_page, name)
    page.driver.set_script_timeout(90)
    receipts = page.driver.execute_async_script(OPEN_EACH_KIND)
    assert len(receipts) > 5
    for one in receipts:
        assert one["shown"] == one["named"] == one["ident"], one
        assert one["title"] != "No receipt to show", one
        assert number(one["said"]) == number(one["amount"]).quantize(number(one["said"])), one
        assert one["formula"] or one["rule"], one
        assert one["rows"] or one["rule"], one
        assert not one["sum"] or "adds up" in one["sum"], one
        assert re.match(r"(GET|POST) /v\d/", one["endpoint"]), one
        assert "fetched" in one["fetched"], one
    assert page.console() == []


def test_a_receipt_is_opened_and_left_by_keyboard_and_the_focus_returns(start_page: Start) -> None:
    page = start_page("/")
    for name, (query, table) in PAGES.items():
        complete(page, FLAGSHIP + name + query, name)
        page.script(
            "document.querySelector(arguments[0]).closest('.panel').querySelector('a, button, input').focus()", table
        )
        page.tab_to(f"{table} .figure")
        first = focused_receipt(page)
        page.keys(Keys.ARROW_RIGHT)
        page.keys(Keys.ARROW_DOWN)
        second = focused_receipt(page)
        assert second not in {None, first}
        page.keys(Keys.ENTER)
        assert page.receipt() == second
        assert page.script("return document.activeElement.closest('dialog') !== null")
        page.keys(Keys.ESCAPE)
        closed(page)
        assert focused_receipt(page) == second
        page.keys(Keys.SPACE)
        assert page.receipt() == second
        page.tab_to("[data-receipt-close]", most=1)
        page.keys(Keys.ENTER)
        closed(page)
        assert focused_receipt(page) == second
    assert page.console() == []


def focused_receipt(page: Page) -> str | None:
    return page.script("return document.activeElement.getAttribute('data-receipt')")


def closed(page: Page) -> None:
    page.until(lambda: not page.visible("#receipt-drawer") and "receipt" not in page.query(), "the drawer stayed open")


def test_the_drawer_closes_by_its_button_and_by_a_click_beside_it(start_page: Start) -> None:
    page = ready(start_page, "/proof")
    page.press("#proof-main .figure")
    ident = page.receipt()
    page.press("[data-receipt-close]")
    closed(page)
    assert focused_receipt(page) == ident
    page.press("#proof-main .figure")
    page.receipt()
    page.script("document.getElementById('receipt-drawer').click()")  # the backdrop's clicks arrive at the dialog
    closed(page)
    assert page.console() == []


def test_a_copied_link_opened_afresh_shows_the_same_receipt(start_page: Start) -> None:
    page = start_page("/")
    for name, (query, table) in PAGES.items():
        page.open(FLAGSHIP + name + query)
        page.press(f"{table} .figure")
        ident = page.receipt()
        told = page.text(".receipt")
        link = page.one(".receipt-identity a").get_attribute("href")
        assert "range=" not in link  # days, for a relative range moves on
        page.driver.get("about:blank")
        page.driver.get(link)
        assert page.receipt() == ident
        assert page.text(".receipt") == told
        page.settled()
        page.press("[data-receipt-close]")
        closed(page)
    assert page.console() == []


def test_an_id_of_other_days_says_what_to_do_and_a_malformed_one_what_is_wrong(start_page: Start) -> None:
    page = start_page(f"{FLAGSHIP}?range=last7d")
    page.press("#spend-summary .figure")
    ident = page.receipt()
    page.open(f"{FLAGSHIP}?range=last30d&receipt={ident}")
    page.says(DRAWER, "No receipt to show")
    page.says(DRAWER, ident)
    page.says(DRAWER, "open the address that it was copied with")
    for wrong in ("nonsense", "s-4kq7m2xa", "%3Cb%3Ex%3C/b%3E"):
        page.open(f"{FLAGSHIP}?range=last7d&receipt={wrong}")
        page.says(DRAWER, "is not the id of a receipt, such as S-4KQ7M2XA")
        page.drawn("usage-chart")
    page.keys(Keys.ESCAPE)
    closed(page)
    assert page.query() == {"range": "last7d"}
    assert page.console() == []


BARS = [
    ("usage-chart", f"{FLAGSHIP}?range=last7d"),
    ("spend-chart", f"{FLAGSHIP}?range=last7d"),
    ("spend-chart", f"{FLAGSHIP}?range=last7d&view=credits"),
    ("burn-chart", f"/accounts/{Customer.MANY_BALANCES}/commitments?range=quarter"),
]


@pytest.mark.parametrize(("chart", "path"), BARS)
def test_a_click_on_a_bar_opens_the_receipt_of_that_bar(start_page: Start, chart: str, path: str) -> None:
    page = start_page(path)
    page.drawn(chart)
    page.settled()
    for series, part in product((0, 1, -1), (0.25, 0.75)):
        wanted = page.press_bar(chart, series=series, part=part)
        assert page.receipt() == wanted, (series, part)
        page.keys(Keys.ESCAPE)
        closed(page)
    assert page.console() == []


def test_the_drawer_fits_a_narrow_screen_and_scrolls_by_itself(start_page: Start) -> None:
    page = start_page("/")
    page.prefer("dark")
    page.resize(NARROW)
    for name, (query, table) in PAGES.items():
        page.open(FLAGSHIP + name + query)
        page.press(f"{table} .figure")
        page.receipt()
        assert page.overflow() == 0, name
        assert [page.script(TOO_WIDE, one) for one in ("#receipt-drawer", "#receipt-body")] == [0, 0], name
        page.until(lambda: page.script(RIGHT) == NARROW, "the drawer is cut off")
    assert page.console() == []


def test_no_figure_is_without_a_receipt(start_page: Start) -> None:
    page = start_page("/")
    without = {}
    for customer, name in product(SHAPES, PAGES):
        complete(page, f"/accounts/{customer}{name}{PAGES[name][0]}", name)
        without[customer.name + name] = sorted(set(page.script(WITHOUT_RECEIPT)))
    assert {where: found for where, found in without.items() if found} == {}
    assert page.console() == []
