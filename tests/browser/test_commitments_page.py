"""The commitments page in a real browser: the guide's example number by number, ledgers, units, what ends soon."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import requests
from selenium.webdriver.common.keys import Keys

from sandbox.catalogue import Customer
from tests.browser.page import Page

pytestmark = pytest.mark.browser
Start = Callable[..., Page]

READING_DAY = "2024-10-15T12:00:00Z"
COMMIT, CREDIT = "b8bc055d-2c0f-4629-b9e4-c87e0b59da1e", "c0522458-353f-4a39-bad2-a315ff2eed88"
OCTOBER_INVOICE = "832ed401-17ed-56dd-87c4-b5684a52b26c"
GUIDE = f"/accounts/{Customer.GUIDE_BALANCES}/commitments?from=2024-09-01&to=2024-10-31"
ROW = """
const rows = [...document.querySelectorAll(arguments[0] + ' > table > tbody > tr')];
const row = rows.find(one => one.cells[0] && one.cells[0].innerText.includes(arguments[1]));
return row ? [...row.cells].map(one => one.innerText.trim()) : null;
"""
ENTRIES = """
const table = [...document.querySelectorAll('#balances-main .ledger-table')]
  .find(one => one.caption.textContent.includes(arguments[0]));
return table && [...table.tBodies[0].rows].map(row => [...row.cells].map(one => one.innerText.trim()));
"""
HATCHED = """
const graph = document.querySelector('#burn-chart .js-plotly-plot');
const trace = graph._fullData.find(one => one.name === arguments[0]);
return [...trace.marker.pattern.shape].map(one => one !== '');
"""


def cells(page: Page, panel: str, name: str) -> list[str]:
    """The cells of the row of a panel's main table that is called ``name``."""
    return list(page.until(lambda: page.script(ROW, f"#{panel}-main [data-grid]", name), f"no row {name}"))


def entries(page: Page, name: str) -> list[list[str]]:
    """The ledger of an opened balance, row by row."""
    return list(page.until(lambda: page.script(ENTRIES, name), f"no ledger of {name}"))


def toggle(page: Page, ident: str) -> None:
    page.press(f"[data-open='{ident}']")


def test_every_number_of_the_guides_example_is_on_the_page(start_page: Start) -> None:
    page = start_page(GUIDE, BURNBOARD_NOW=READING_DAY)
    assert cells(page, "balances", "Prepaid Credits")[1:9] == [
        *("$100.00", "$0.00", "$65.00", "$15.00", "$0.00", "$0.00", "$20.00", "20%"),
    ]
    assert cells(page, "balances", "Reward credit")[1:9] == [
        *("$5.00", "$0.00", "$0.00", "$5.00", "$0.00", "$0.00", "$0.00", "0%"),
    ]
    granted, _, posted, pending, _, _, left = cells(page, "balances", "Total USD")[1:8]
    assert (granted, posted, pending, left) == ("$105.00", "$65.00", "$20.00", "$20.00")
    page.says("#balances-summary", "$20.00 of prepaid value left")
    page.says("#burn-summary", "$20.00 of prepaid value held now")
    page.says("#burn-summary", "Used next: Prepaid Credits, $20.00 left.")
    _lands_on_each_entry(page)
    for ident, name in (("balances-csv", "commitments"), ("balances-ledger-csv", "ledger")):
        answer = requests.get(page.one(f"#{ident}").get_attribute("href"), timeout=10)
        assert answer.headers["Content-Disposition"].startswith(f'attachment; filename="{name}-')
    assert page.console() == []


def _lands_on_each_entry(page: Page) -> None:
    """Every day from 1 September; an entry of the ledger is dated at the end of its invoice, the midnight after."""
    traces = page.drawn("burn-chart")
    commit, credit = traces["Prepaid Credits"], traces["Reward credit"]
    assert len(commit) == len(credit) == 61
    assert (commit[0], commit[29], commit[60]) == (97.50, 35, 20)
    assert credit[29] == 0
    assert (credit[30], credit[32], credit[60]) == (3, 0, 0)
    assert traces["Invoice ends"] == [35, 20]
    assert "Differs from the ledger" not in traces
    hatched = page.script(HATCHED, "Prepaid Credits")
    assert not any(hatched[:30])
    assert all(hatched[32:])
    assert page.text("#burn-notice") == ""


def test_a_ledger_opens_newest_first_and_leads_to_the_invoice(start_page: Start) -> None:
    page = start_page(GUIDE, BURNBOARD_NOW=READING_DAY)
    page.one(f"[data-open='{COMMIT}'][aria-expanded=false]")
    toggle(page, COMMIT)
    page.until(lambda: page.query().get("open") == COMMIT)
    found = entries(page, "Prepaid Credits")
    assert [row[0] for row in found] == ["1 Nov 2024 00:00 UTC", "1 Oct 2024 00:00 UTC", "1 Sep 2024 00:00 UTC"]
    assert [row[1].split("\n")[0] for row in found] == ["Used", "Used", "Granted"]
    assert [row[2] for row in found] == ["Pending", "Posted", "Posted"]
    assert [row[3:5] for row in found] == [["−$15.00", "$20.00"], ["−$65.00", "$35.00"], ["$100.00", "$100.00"]]
    on_hover = "return [...document.querySelectorAll('.ledger-table td:nth-child(2) [title]')].map(one => one.title)"
    deduction = "PREPAID_COMMIT_AUTOMATED_INVOICE_DEDUCTION"
    assert page.script(on_hover) == [deduction, deduction, "PREPAID_COMMIT_SEGMENT_START"]
    assert page.visible(".ledger-table .chip-info").text == "Pending"
    toggle(page, CREDIT)
    page.until(lambda: page.query().get("open") == f"{COMMIT},{CREDIT}")
    assert [row[3:5] for row in entries(page, "Reward credit")] == [["−$5.00", "$0.00"], ["$5.00", "$5.00"]]
    _follow_to_the_invoice(page)
    assert page.console() == []


def _follow_to_the_invoice(page: Page) -> None:
    page.press(f".ledger-table a[href*='{OCTOBER_INVOICE}']")
    page.until(lambda: "/invoices" in page.driver.current_url)
    assert page.query() == {"from": "2024-09-01", "to": "2024-10-31", "open": OCTOBER_INVOICE}
    page.one(f"#invoices-table [data-open='{OCTOBER_INVOICE}'][aria-expanded=true]")
    page.says("#invoices-table", "Reward credit applied")
    page.says("#invoices-table", "Prepaid Credits applied")
    page.driver.back()
    page.until(lambda: "/commitments" in page.driver.current_url)
    page.until(lambda: page.query().get("open") == f"{COMMIT},{CREDIT}")
    entries(page, "Reward credit")
    page.driver.refresh()
    entries(page, "Prepaid Credits")
    toggle(page, COMMIT)
    page.until(lambda: page.query().get("open") == CREDIT)
    page.until(lambda: page.script(ENTRIES, "Prepaid Credits") is None)
    entries(page, "Reward credit")


def test_a_row_opened_by_keyboard_keeps_the_focus(start_page: Start) -> None:
    """Otherwise whoever opens a row has to begin at the top of the page again to close it."""
    page = start_page(GUIDE, BURNBOARD_NOW=READING_DAY)
    page.one(f"[data-open='{COMMIT}']")
    page.settled()
    page.script("document.querySelector(arguments[0]).focus()", f"[data-open='{COMMIT}']")
    page.keys(Keys.ENTER)
    entries(page, "Prepaid Credits")
    focused = "return document.activeElement.getAttribute('data-open')"
    page.until(lambda: page.script(focused) == COMMIT, "the focus was lost")
    assert page.console() == []


def test_the_burndown_is_a_table_too_and_stays_one_in_the_link(start_page: Start) -> None:
    page = start_page(GUIDE, BURNBOARD_NOW=READING_DAY)
    page.drawn("burn-chart")
    page.press("#burn-table-toggle")
    page.until(lambda: page.query().get("table") == "burn")
    row = list(page.until(lambda: page.script(ROW, "#burn-table [data-grid]", "Mon 30 Sep 2024")))
    assert "$35.00" in row
    assert "$65.00 drawn, as the ledger says" in row[-1]
    assert "Granted +$5.00 · Reward credit" in " ".join(page.script(ROW, "#burn-table [data-grid]", "Tue 1 Oct 2024"))
    assert "Pending" in page.script(ROW, "#burn-table [data-grid]", "Thu 31 Oct 2024")[0]
    assert page.text("#burn-table-toggle") == "Hide table"
    page.driver.refresh()
    page.says("#burn-table", "Mon 30 Sep 2024")
    page.press("#burn-table-toggle")
    page.until(lambda: "table" not in page.query())
    page.until(lambda: page.text("#burn-table") == "")
    assert page.console() == []


def test_a_balance_by_quantity_has_a_chart_of_its_own_in_its_own_unit(start_page: Start) -> None:
    page = start_page(f"/accounts/{Customer.TWO_CONTRACTS}/commitments?range=ytd")
    money = page.drawn("burn-chart")
    assert "Tracking commitment" in money
    assert "Included scans" not in money
    page.settled()
    page.choose("#burn-unit", "Included scans")
    page.until(lambda: "unit" in page.query())
    scans = page.until(lambda: page.traces("burn-chart").get("Included scans"))
    assert max(value or 0 for value in scans) > 100_000
    assert "Tracking commitment" not in page.traces("burn-chart")
    assert cells(page, "balances", "Included scans")[1] == "180,000"
    assert cells(page, "balances", "Total USD")[1] == "$26,000.00"
    page.driver.refresh()
    page.until(lambda: "Included scans" in page.traces("burn-chart"))
    assert page.console() == []


def test_a_pricing_unit_is_counted_by_segment_and_never_called_money(start_page: Start) -> None:
    page = start_page(f"/accounts/{Customer.OWN_UNIT}/commitments?range=ytd")
    traces = page.drawn("burn-chart")
    parts = [name for name in traces if name.startswith("Render credits, from")]
    assert sorted(parts) == ["Render credits, from 1 Aug 2026", "Render credits, from 1 May 2026"]
    page.says("#burn-summary", "Render Credits")
    row = cells(page, "balances", "Render credits")
    assert row[1:3] == ["590,000", "300,000"]
    assert "$" not in page.text("#balances-panel")
    assert page.console() == []


def test_what_ends_soon_says_what_todays_pace_would_leave_and_which_is_used_next(start_page: Start) -> None:
    page = start_page(f"/accounts/{Customer.SEATS}/commitments")
    page.says("#expiring-summary", "ends within 30 days; today's pace would leave")
    search = cells(page, "expiring", "Search volume from September 2026")
    assert search[1] == "30 Nov 2026"
    assert 0 < _dollars(search[3]) < _dollars(search[2])
    within = [cells(page, "expiring", f"Within {days} days") for days in (30, 60, 90)]
    assert _dollars(within[0][2]) == _dollars(search[2]) + _dollars(cells(page, "expiring", "Credit per seat")[2])
    assert [_dollars(row[2]) for row in within] == sorted(_dollars(row[2]) for row in within)
    words = "Used next: Credit per seat, "
    page.says("#burn-summary", words)
    page.says("#burn-summary", "Credit per seat before Search volume from September 2026: lower priority number")
    assert "Lower priority number (10 before 100)" in cells(page, "burn", "Credit per seat")
    assert page.console() == []


def test_an_obligation_is_told_with_its_shortfall_and_never_as_value(start_page: Start) -> None:
    page = start_page(f"/accounts/{Customer.MINIMUM_SPEND}/commitments?range=last90d")
    row = cells(page, "obligations", "Yearly minimum")
    promised, posted, pending, trued_up, expired, other, short = (_dollars(text) for text in row[1:8])
    assert promised == 60_000
    assert short == round(promised - posted - pending - trued_up - expired + other, 2) > 0
    page.says("#obligations-summary", f"{row[7]} of $60,000.00 is still owed under Yearly minimum until 28 Feb 2027")
    page.says("#balances-summary", "of postpaid obligations left")
    page.says("#balances-summary", "$0.00 of prepaid value left")
    held = page.drawn("burn-chart")["Yearly minimum"]
    assert round(held[-1] or 0) in range(round(short), round(short) + 1_000)
    assert page.console() == []


def _dollars(text: str) -> float:
    return float(text.replace("$", "").replace(",", "").replace("−", "-"))


def test_pages_are_tabs_that_keep_the_days(start_page: Start) -> None:
    page = start_page(GUIDE, BURNBOARD_NOW=READING_DAY)
    page.drawn("burn-chart")
    for tab, shown in (("invoices", "#invoices-table"), ("proof", "#proof-table"), ("commitments", "#balances-table")):
        page.press(f"#tab-{tab}")
        page.one(shown)
        assert page.query() == {"from": "2024-09-01", "to": "2024-10-31"}
        assert page.one("[aria-current=page]").get_attribute("id") == f"tab-{tab}"
    assert page.console() == []
