"""What a panel says while it waits, when there is nothing, and when something is missing or old."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sandbox.catalogue import Customer
from sandbox.server import Sandbox
from tests.browser.jumping_clock import JumpingClock
from tests.browser.page import Page

pytestmark = pytest.mark.browser
Start = Callable[..., Page]

FLAGSHIP = f"/accounts/{Customer.FLAGSHIP}"
MONTHS_BACK = "range=last90d&window=day"  # three spans of at most 31 days; the first begins on 22 August
FIRST_SPAN = "2026-08-22"
PANELS = {"usage": "usage_groups", "spend": "breakdowns", "burndown": "balances"}


def test_a_panel_that_waits_shows_a_placeholder_while_the_others_draw(start_page: Start, sandbox: Sandbox) -> None:
    sandbox.faults.add("slow", family="usage_groups", seconds=4)
    page = start_page(FLAGSHIP)
    page.drawn("spend-chart")
    assert page.visible("#usage-summary .skeleton")
    assert page.script(
        "return getComputedStyle(document.querySelector('#usage-panel .panel-chart'), '::after').content"
    )
    assert not page.traces("usage-chart")
    page.one("#commitments-table")
    page.drawn("usage-chart")
    page.settled()
    assert not page.visible(".skeleton")
    assert page.console() == []


def test_the_old_chart_stays_dimmed_until_the_new_answer_is_there(start_page: Start, sandbox: Sandbox) -> None:
    page = start_page(FLAGSHIP)
    before = page.drawn("usage-chart")
    page.settled()
    sandbox.faults.add("slow", family="usage_groups", seconds=4)
    page.choose("#date-preset", "Last 90 days")  # not among the days that are held already
    page.says(".filter-summary", "90 days")
    chart = "document.querySelector('#usage-chart').closest('[data-dash-is-loading]')"
    page.until(lambda: page.script(f"return {chart} && getComputedStyle({chart}).opacity") == "0.5", "never dimmed")
    assert page.traces("usage-chart") == before
    page.until(lambda: page.traces("usage-chart") not in ({}, before))
    page.settled()
    assert page.console() == []


def test_an_account_that_used_and_bought_nothing_is_told_so(start_page: Start) -> None:
    page = start_page(f"/accounts/{Customer.GUIDE_USAGE}")
    page.says("#usage-notice", "No usage in this range")
    page.says("#spend-notice", "No spend in this range")
    page.says("#burndown-notice", "pays as it goes")
    page.until(lambda: "nothing in this range" in page.text("#kpi-row"))
    assert "$0" not in page.text("#kpi-row")
    assert not page.visible(".js-plotly-plot")
    page.open(f"/accounts/{Customer.NOTHING_USED}")
    page.says("#usage-notice", "No usage in this range")
    page.says("#commitments-table", "Upcoming")
    page.says("#kpi-row", "API requests: nothing in this range")
    assert page.console() == []


def test_no_credits_in_a_range_with_spend_is_told_apart_from_no_spend(start_page: Start) -> None:
    page = start_page(f"/accounts/{Customer.GUIDE_SPEND}?from=2024-10-01&to=2024-10-31&view=credits")
    page.says("#spend-notice", "No credits applied in this range")
    page.says("#spend-summary", "Before credits $164.00")
    assert not page.visible("#spend-panel .js-plotly-plot")
    assert page.console() == []


def test_a_missing_part_of_the_range_is_named_and_its_totals_are_marked(
    start_page: Start, sandbox: Sandbox, clock: JumpingClock
) -> None:
    for family in ("usage_groups", "breakdowns"):
        sandbox.faults.add("status", family=family, status=500, containing=FIRST_SPAN)
    page = start_page(f"{FLAGSHIP}?{MONTHS_BACK}", clock=clock)
    for panel in ("usage", "spend"):
        page.says(f"#{panel}-notice", "Some data is missing")
        page.says(f"#{panel}-notice", "22 Aug – 17 Sep 2026")
        page.says(f"#{panel}-notice", "Totals leave this out")
        partial = page.drawn(f"{panel}-chart")
        assert all(value is None for values in partial.values() for value in values[:27])
    page.until(lambda: page.text("#kpi-row").count("incomplete") == 4)
    sandbox.faults.clear()
    clock.jump(5)
    page.try_again("usage")
    page.until(lambda: page.text("#usage-notice") == page.text("#spend-notice") == "")
    page.until(lambda: "incomplete" not in page.text("#kpi-row"))
    assert page.console() == []


def test_commitments_without_invoices_say_what_that_means(
    start_page: Start, sandbox: Sandbox, clock: JumpingClock
) -> None:
    sandbox.faults.add("status", family="invoices", status=500)
    page = start_page(FLAGSHIP, clock=clock)
    page.says("#burndown-notice", "the invoices, so posted and pending are told by date")
    page.drawn("burndown-chart")
    page.says("#commitments-table", "Annual commitment")
    sandbox.faults.clear()
    clock.jump(5)
    page.try_again("burndown")
    page.until(lambda: page.text("#burndown-notice") == "")
    assert page.console() == []


def test_an_older_copy_stands_in_and_says_so(start_page: Start, sandbox: Sandbox, clock: JumpingClock) -> None:
    page = start_page(FLAGSHIP, clock=clock)
    fresh = {panel: page.drawn(f"{panel}-chart") for panel in PANELS}
    for family in PANELS.values():
        sandbox.faults.add("status", family=family, status=503)
    clock.jump(3600)
    page.driver.refresh()
    for panel, before in fresh.items():
        page.says(f"#{panel}-notice", "Shown as of")
        page.says(f"#{panel}-notice", "A newer copy could not be loaded")
        assert page.drawn(f"{panel}-chart") == before
        assert page.visible(f"#{panel}-footer .is-stale")
    page.says("#kpi-row", "an older copy")
    sandbox.faults.clear()
    clock.jump(5)
    page.try_again("usage")
    page.until(lambda: not page.visible(".notice-stale"))
    assert page.console() == []


def test_an_unknown_account_is_a_clear_page_and_an_archived_one_works(start_page: Start) -> None:
    page = start_page("/accounts/00000000-0000-4000-8000-000000000000")
    page.says("#account-notice", "No such account")
    page.settled()
    assert not page.visible(".panel, .kpi, .filter-bar")
    (only,) = page.console()
    assert "404" in only
    page.open(f"/accounts/{Customer.ARCHIVED}?range=ytd")
    page.says("#account-notice", "Archived on")
    page.drawn("usage-chart")
    page.settled()
    assert page.console() == []


def test_choices_that_do_not_exist_fall_back_with_a_notice(start_page: Start) -> None:
    other = "00000000-0000-4000-8000-000000000000"
    page = start_page(
        f"{FLAGSHIP}?metric={other}&group=colour&spend_by=nothing&currency=XYZ&range=forever&window=minute"
    )
    page.says("#filter-notice", "“forever” is not a known range")
    page.says("#filter-notice", "“minute” is not a known window")
    page.says("#usage-notice", "There is no metric with the id in the address")
    page.says("#usage-notice", "cannot be grouped by “colour”")
    page.says("#spend-notice", "can be split by “nothing”")
    page.says("#spend-notice", "Nothing was spent in “XYZ”")
    page.drawn("usage-chart")
    page.drawn("spend-chart")
    assert page.console() == []
