"""The account page as people use it, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from selenium.webdriver.common.keys import Keys

from sandbox.catalogue import Customer
from tests.browser.page import Page

pytestmark = pytest.mark.browser
Start = Callable[..., Any]

USAGE_ACCOUNT = Customer.GUIDE_USAGE.value
BALANCES_ACCOUNT = Customer.GUIDE_BALANCES.value
SPEND_ACCOUNT = Customer.GUIDE_SPEND.value
OCTOBER = "from=2024-10-01&to=2024-10-31"


def test_the_guides_usage_is_on_the_page(start_page: Start) -> None:
    page = start_page(f"/accounts/{USAGE_ACCOUNT}?{OCTOBER}")
    traces = page.drawn("usage-chart")
    assert {name: [value for value in values if value] for name, values in traces.items()} == {
        "ap-south-1": [37, 91],
        "us-east-1": [24],
        "us-east-2": [12],
    }
    assert all(len(values) == 31 for values in traces.values())
    assert page.console() == []


def test_the_guides_spend_is_on_the_page_by_region(start_page: Start) -> None:
    page = start_page(f"/accounts/{SPEND_ACCOUNT}?{OCTOBER}")
    traces = page.drawn("spend-chart")
    assert set(traces) == {"ap-south-1", "us-east-1", "us-east-2"}
    per_day = [sum(value or 0 for value in day) for day in zip(*traces.values(), strict=True)]
    assert [round(total, 2) for total in per_day if total] == [73.00, 91.00]
    page.says("#spend-summary", "$164.00")
    assert page.console() == []


def test_the_guides_commit_pays_for_all_of_it_and_is_never_netted_silently(start_page: Start) -> None:
    page = start_page(f"/accounts/{Customer.GUIDE_COMMIT.value}?{OCTOBER}")
    assert _sum(page.drawn("spend-chart")) == 164.00
    page.says("#kpi-row", "$164.00")
    page.says("#kpi-row", "−$164.00")
    page.pick("#spend-view", "credits")
    page.until(lambda: _sum(page.traces("spend-chart")) == -164.00)
    page.pick("#spend-view", "net")
    page.until(lambda: page.traces("spend-chart") and _sum(page.traces("spend-chart")) == 0)
    page.says("#spend-summary", "Before credits $164.00, credits and commits applied −$164.00, after credits $0.00")
    assert page.console() == []


def _sum(traces: dict[str, list[float | None]]) -> float:
    return round(sum(value or 0 for values in traces.values() for value in values), 2)


def test_the_guides_balances_are_on_the_page(start_page: Start) -> None:
    page = start_page(f"/accounts/{BALANCES_ACCOUNT}", BURNBOARD_NOW="2024-10-15T12:00:00Z")
    page.one("#commitments-table")
    rows = {
        row.text.split("\n")[0]: row.text
        for row in page.driver.find_elements("css selector", "#commitments-table tbody tr")
    }
    credit = next(text for name, text in rows.items() if name.startswith("Reward credit"))
    commit = next(text for name, text in rows.items() if name.startswith("Prepaid Credits"))
    assert "$5.00" in credit
    assert "$20.00" in commit
    page.says("#burndown-summary", "$20.00")
    page.says("#burndown-summary", "$105.00")
    assert page.console() == []


def test_a_typed_range_is_applied_on_enter_and_on_leaving_the_field(start_page: Start) -> None:
    page = start_page(f"/accounts/{USAGE_ACCOUNT}?{OCTOBER}")
    page.drawn()
    page.type_into("#date-to", "2024-10-02")
    page.until(lambda: page.query().get("to") == "2024-10-02")
    page.until(lambda: all(len(values) != 31 for values in page.traces("usage-chart").values()))
    page.type_into("#date-from", "2024-09-30", enter=False)
    page.until(lambda: page.query().get("from") == "2024-09-30")
    assert page.console() == []


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        ("#date-to", "2024-09-01", "Ends before it begins"),
        ("#date-from", "yesterday", "YYYY-MM-DD"),
        ("#date-from", "2024-02-30", "YYYY-MM-DD"),
        ("#date-from", "2020-01-01", "At most 400 days"),
    ],
)
def test_a_range_that_cannot_be_shows_a_field_error_and_changes_nothing(
    start_page: Start, field: str, text: str, words: str
) -> None:
    page = start_page(f"/accounts/{USAGE_ACCOUNT}?{OCTOBER}")
    before = page.drawn()
    page.type_into(field, text)
    page.says("#date-range", words)
    assert page.query() == {"from": "2024-10-01", "to": "2024-10-31"}
    assert page.traces("usage-chart") == before
    assert page.console() == []


def test_a_preset_stays_relative_in_the_address(start_page: Start) -> None:
    page = start_page(f"/accounts/{USAGE_ACCOUNT}")
    page.one("#date-preset")
    page.settled()
    page.choose("#date-preset", "Last 30 days")
    page.until(lambda: page.query() == {"range": "last30d"})
    page.says(".filter-summary", "30 days")
    assert page.console() == []


def test_back_forward_and_reload_restore_what_was_chosen(start_page: Start) -> None:
    page = start_page(f"/accounts/{SPEND_ACCOUNT}?{OCTOBER}")
    page.drawn("spend-chart")
    length = page.history_length()
    page.choose("#window-select", "Week")
    page.until(lambda: page.query().get("window") == "week")
    page.until(lambda: page.history_length() == length + 1)
    page.pick("#spend-view", "net")
    page.until(lambda: page.query().get("view") == "net")
    assert page.history_length() == length + 2
    page.driver.back()
    page.until(lambda: "view" not in page.query())
    page.driver.back()
    page.until(lambda: "window" not in page.query())
    page.until(lambda: all(len(values) == 31 for values in page.traces("spend-chart").values()))
    page.driver.forward()
    page.until(lambda: page.query().get("window") == "week")
    page.driver.refresh()
    page.drawn("spend-chart")
    assert page.query() == {"from": "2024-10-01", "to": "2024-10-31", "window": "week"}
    assert page.history_length() == length + 2
    assert page.console() == []


def test_another_account_is_found_by_typing_and_keeps_the_range(start_page: Start) -> None:
    page = start_page(f"/accounts/{USAGE_ACCOUNT}?{OCTOBER}")
    page.drawn()
    box = page.one("#account-select")
    box.click()
    box.send_keys(Keys.CONTROL, "a")
    box.send_keys("Guide example: commit")
    option = page.until(lambda: page.option("Guide example: commit"))
    option.click()
    page.until(lambda: BALANCES_ACCOUNT in page.driver.current_url)
    assert page.query() == {"from": "2024-10-01", "to": "2024-10-31"}
    page.says("h1#page-title", "Guide example")
    page.one("#commitments-table")
    assert page.console() == []


def test_the_group_can_be_changed(start_page: Start) -> None:
    page = start_page(f"/accounts/{Customer.FLAGSHIP}?range=last7d")
    before = page.drawn()
    labels = _options(page, "#usage-group")
    assert len(labels) > 1
    page.choose("#usage-group", labels[1])
    page.until(lambda: "group" in page.query())
    page.until(lambda: page.traces("usage-chart") not in ({}, before))
    assert page.console() == []


def _options(page: Any, selector: str) -> list[str]:
    page.settled()
    page.one(selector).click()
    found = page.until(
        lambda: [one.text for one in page.driver.find_elements("css selector", "[role=option]") if one.is_displayed()]
    )
    page.one(selector).send_keys(Keys.ESCAPE)
    return found


def test_zooming_a_chart_changes_the_filter(start_page: Start) -> None:
    page = start_page(f"/accounts/{USAGE_ACCOUNT}?{OCTOBER}")
    page.drawn()
    page.until(lambda: zoomed(page) == {"from": "2024-10-02", "to": "2024-10-08"})
    page.says(".filter-summary", "7 days")
    assert page.console() == []


def zoomed(page: Page) -> dict[str, str]:
    """The query after a drag; once more where the bars stood before the chart listened."""
    page.script(
        "Plotly.relayout(document.querySelector('#usage-chart .js-plotly-plot'),"
        " {'xaxis.range[0]': '2024-10-02 03:00:00', 'xaxis.range[1]': '2024-10-09 00:00:00'})"
    )
    return page.query()


def test_a_table_can_be_opened_and_stays_open_in_the_link(start_page: Start) -> None:
    page = start_page(f"/accounts/{USAGE_ACCOUNT}?{OCTOBER}")
    page.drawn()
    page.press("#usage-table-toggle")
    page.until(lambda: page.query().get("table") == "usage")
    page.says("#usage-table", "ap-south-1")
    page.driver.refresh()
    page.says("#usage-table", "128")
    assert page.console() == []


def test_the_download_links_carry_what_is_shown(start_page: Start) -> None:
    import requests

    page = start_page(f"/accounts/{SPEND_ACCOUNT}?{OCTOBER}&view=net")
    page.drawn("spend-chart")
    link = page.until(lambda: page.one("#spend-csv").get_attribute("href"))
    answer = requests.get(link, timeout=10)
    assert answer.status_code == 200
    assert answer.text.count("\n") == 5


def test_the_sandbox_mark_stays(start_page: Start) -> None:
    page = start_page("/")
    page.says(".sandbox-mark", "Sandbox data")
    page.says("#accounts-table", "Guide example")
    page.type_into("#accounts-search", "usage by region")
    page.until(lambda: page.query() == {"q": "usage by region"})
    page.until(lambda: len(page.driver.find_elements("css selector", "#accounts-table tbody tr")) == 1)
    page.driver.find_element("css selector", "#accounts-table a").click()
    page.until(lambda: USAGE_ACCOUNT in page.driver.current_url)
    page.says("#usage-notice", "No usage in this range")
    assert page.console() == []


def test_a_page_that_has_settled_asks_for_nothing_more(start_page: Start) -> None:
    page = start_page(f"/accounts/{Customer.FLAGSHIP.value}")
    page.drawn("spend-chart")
    page.one("#commitments-table")
    page.settled()
    page.one("#proof-mark a")
    asked = "return performance.getEntriesByType('resource').filter(e => e.name.includes('update-component')).length"
    before = page.driver.execute_script(asked)
    waited = "const done = arguments[0]; setTimeout(done, 1500)"
    page.driver.execute_async_script(waited)
    assert page.driver.execute_script(asked) == before
    assert 0 < before <= 12
    assert page.console() == []
