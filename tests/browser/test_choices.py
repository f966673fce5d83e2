"""What a person chooses reaches the address, and nothing else does, whatever was chosen before."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sandbox.catalogue import Customer
from sandbox.server import Sandbox
from tests.browser.page import Page

pytestmark = pytest.mark.browser
Start = Callable[..., Page]

FLAGSHIP = f"/accounts/{Customer.FLAGSHIP}"
GUIDE = f"/accounts/{Customer.GUIDE_USAGE}"
COUNT_QUESTIONS = """
const ask = window.fetch;
window.unanswered = 0;
window.fetch = (...what) => { window.unanswered++; return ask(...what).finally(() => window.unanswered--); };
"""
OCTOBER = {"from": "2024-10-01", "to": "2024-10-31"}


def value(page: Page, selector: str) -> str:
    return str(page.one(selector).get_attribute("value"))


def ready(start_page: Start, path: str) -> Page:
    page = start_page(path)
    page.drawn()
    page.settled()
    page.script(COUNT_QUESTIONS)
    return page


def all_answered(page: Page) -> None:
    """Every question has its answer, those that were overtaken by a newer choice too."""
    page.settled()
    page.until(lambda: page.script("return window.unanswered === 0"), "an answer never came")
    page.settled()


def relayout(page: Page, change: str) -> None:
    page.script(f"Plotly.relayout(document.querySelector('#usage-chart .js-plotly-plot'), {change})")


def drag(page: Page, first: str, end: str) -> None:
    relayout(page, f"{{'xaxis.range[0]': '{first} 00:00:00', 'xaxis.range[1]': '{end} 00:00:00'}}")


def test_a_choice_made_while_a_panel_loads_is_kept(start_page: Start, sandbox: Sandbox) -> None:
    page = ready(start_page, f"{FLAGSHIP}?range=last7d")
    assert value(page, "#usage-group") == "region"
    sandbox.faults.add("slow", family="usage_groups", seconds=3)
    page.choose("#usage-group", "endpoint")
    page.until(lambda: page.query().get("group") == "endpoint")
    page.choose("#usage-group", "region")
    page.until(lambda: page.query().get("group") == "region")
    all_answered(page)
    assert value(page, "#usage-group") == "region"
    assert page.query() == {"range": "last7d", "group": "region"}
    assert page.console() == []


def test_two_presets_and_two_arrows_in_a_row_all_count(start_page: Start, sandbox: Sandbox) -> None:
    page = ready(start_page, f"{FLAGSHIP}?from=2026-11-01&to=2026-11-05")
    sandbox.faults.add("slow", family="usage_groups", seconds=1)
    page.press("#date-earlier")
    page.press("#date-earlier")
    page.until(lambda: page.query() == {"from": "2026-10-22", "to": "2026-10-26"})
    page.choose("#date-preset", "Last 30 days")
    page.choose("#date-preset", "Last 7 days")
    page.until(lambda: page.query() == {"range": "last7d"})
    all_answered(page)
    assert value(page, "#date-preset") == "Last 7 days"
    assert page.query() == {"range": "last7d"}
    assert page.console() == []


def test_a_double_click_goes_back_to_what_was_shown_before_the_drags(start_page: Start) -> None:
    page = ready(start_page, f"{GUIDE}?from=2024-10-01&to=2024-10-31")
    drag(page, "2024-10-02", "2024-10-20")
    page.says(".filter-summary", "18 days")
    all_answered(page)
    drag(page, "2024-10-03", "2024-10-09")
    page.says(".filter-summary", "6 days")
    all_answered(page)
    relayout(page, "{'xaxis.autorange': true}")
    page.until(lambda: page.query() == OCTOBER)
    all_answered(page)
    assert page.console() == []


def test_a_double_click_on_another_account_leaves_its_address_alone(start_page: Start) -> None:
    page = ready(start_page, f"{GUIDE}?from=2024-10-01&to=2024-10-31")
    drag(page, "2024-10-02", "2024-10-09")
    page.says(".filter-summary", "7 days")
    page.choose("#account-select", "Guide example: spend")
    page.until(lambda: str(Customer.GUIDE_SPEND) in page.driver.current_url)
    page.drawn("spend-chart")
    all_answered(page)
    address = page.driver.current_url
    page.script("Plotly.relayout(document.querySelector('#spend-chart .js-plotly-plot'), {'xaxis.autorange': true})")
    page.pick("#spend-view", "net")
    page.until(lambda: page.query().get("view") == "net")
    all_answered(page)
    assert page.driver.current_url == f"{address}&view=net"
    assert page.console() == []


def test_a_double_click_after_another_choice_leaves_it_alone(start_page: Start) -> None:
    page = ready(start_page, f"{GUIDE}?from=2024-10-01&to=2024-10-31")
    drag(page, "2024-10-02", "2024-10-09")
    page.says(".filter-summary", "7 days")
    page.type_into("#date-to", "2024-10-15")
    page.until(lambda: page.query() == {"from": "2024-10-02", "to": "2024-10-15"})
    page.drawn()
    all_answered(page)
    relayout(page, "{'xaxis.autorange': true}")
    page.pick("#usage-chart-mode", "line")
    page.until(lambda: page.query().get("chart") == "line")
    all_answered(page)
    assert page.query() == {"from": "2024-10-02", "to": "2024-10-15", "chart": "line"}
    assert page.console() == []


def test_another_metric_does_not_keep_the_group_of_the_last_one(start_page: Start) -> None:
    page = ready(start_page, f"{FLAGSHIP}?range=last7d&group=endpoint")
    page.one("#usage-metric").click()
    other = page.until(
        lambda: [
            one.text
            for one in page.driver.find_elements("css selector", "[role=option]")
            if one.is_displayed() and one.text != "API requests"
        ]
    )[0]
    page.option(other).click()
    page.until(lambda: "metric" in page.query())
    assert "group" not in page.query()
    page.drawn()
    all_answered(page)
    assert "group" not in page.query()
    assert "endpoint" not in page.text("#usage-notice")
    assert page.console() == []


def test_custom_days_pins_the_days_that_are_shown(start_page: Start) -> None:
    page = ready(start_page, FLAGSHIP)
    page.choose("#date-preset", "Custom days")
    page.until(lambda: page.query() == {"from": "2026-11-01", "to": "2026-11-20"})
    all_answered(page)
    assert value(page, "#date-preset") == "Custom days"
    assert page.console() == []


def test_the_arrows_stop_at_today(start_page: Start) -> None:
    page = ready(start_page, f"{FLAGSHIP}?from=2026-11-10&to=2026-11-14")
    page.press("#date-later")
    page.until(lambda: page.query() == {"from": "2026-11-15", "to": "2026-11-19"})
    all_answered(page)
    page.press("#date-later")
    page.until(lambda: page.query() == {"from": "2026-11-20", "to": "2026-11-24"})
    all_answered(page)
    page.press("#date-later")
    page.pick("#usage-chart-mode", "line")
    page.until(lambda: page.query().get("chart") == "line")
    all_answered(page)
    assert page.query() == {"from": "2026-11-20", "to": "2026-11-24", "chart": "line"}
    assert page.console() == []
