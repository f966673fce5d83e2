"""The whole job without a pointer."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from selenium.webdriver.common.keys import Keys

from sandbox.catalogue import Customer
from tests.browser.page import Page

pytestmark = pytest.mark.browser
Start = Callable[..., Page]

FLAGSHIP = f"/accounts/{Customer.FLAGSHIP}"


def test_an_account_is_found_and_its_days_are_chosen(start_page: Start) -> None:
    page = start_page("/")
    page.says("#accounts-table", "Halden Robotics")
    page.tab()
    assert page.focused().startswith("A Skip to content")
    assert page.script("return document.activeElement.getBoundingClientRect().top") >= 0
    page.keys(Keys.ENTER)
    page.until(lambda: page.focused() == "main")
    page.keys("/")
    assert page.focused() == "account-select"
    page.keys("halden")
    page.until(lambda: page.option("Halden Robotics") and not page.option("Ironbark"))
    page.keys(Keys.ARROW_DOWN, Keys.ENTER)
    page.until(lambda: Customer.FLAGSHIP in page.driver.current_url)
    page.drawn()
    page.settled()
    page.tab_to("#date-from")
    _select_all(page)
    page.keys("2026-11-02", Keys.ENTER)
    page.until(lambda: page.query().get("from") == "2026-11-02")
    page.tab_to("#date-to", most=1)
    _select_all(page)
    page.keys("2026-11-08", Keys.ENTER)
    page.until(lambda: page.query() == {"from": "2026-11-02", "to": "2026-11-08"})
    page.says(".filter-summary", "7 days")
    page.settled()
    assert page.focused() == "date-to"
    assert page.console() == []


def test_every_choice_can_be_made_and_the_focus_stays_where_it_was(start_page: Start) -> None:
    page = start_page(FLAGSHIP)
    page.drawn()
    page.settled()
    choices = {"#date-preset": "range", "#window-select": "window", "#usage-metric": "metric", "#usage-group": "group"}
    for selector, key in choices.items():
        page.tab_to(selector)
        page.keys(Keys.ENTER)
        page.one("[role=option]")
        page.keys(Keys.ARROW_DOWN, Keys.ENTER)
        page.until(lambda key=key: key in page.query(), f"{selector} changed nothing")
        page.drawn()
        page.settled()
        assert f"#{page.focused()}" == selector
    for control, key in {"#usage-chart-mode": "chart", "#spend-view": "view"}.items():
        page.tab_to(f"{control} input")
        page.keys(Keys.ARROW_RIGHT)
        page.until(lambda key=key: key in page.query(), f"{control} changed nothing")
        page.settled()
        assert page.script("return !!document.activeElement.closest(arguments[0])", control)
    assert page.console() == []


def test_tables_open_and_files_are_reached(start_page: Start) -> None:
    page = start_page(f"{FLAGSHIP}?range=last7d")
    for panel, key in {"usage": Keys.ENTER, "spend": Keys.SPACE, "burndown": Keys.ENTER}.items():
        page.drawn(f"{panel}-chart")
        page.settled()
        page.tab_to(f"#{panel}-table-toggle")
        page.keys(key)
        page.until(lambda panel=panel: panel in page.query().get("table", ""))
        page.one(f"#{panel}-table > *")
        page.settled()
        assert page.focused() == f"{panel}-table-toggle"
        page.tab()
        assert page.focused() == f"{panel}-csv"
        assert page.script("return document.activeElement.href").split("?")[0].endswith(".csv")
    page.tab_to("#usage-table [tabindex='0']", back=True)
    assert page.console() == []


def test_escape_closes_what_is_open_and_the_focus_returns(start_page: Start) -> None:
    page = start_page(FLAGSHIP)
    page.drawn()
    page.settled()
    page.keys("/")
    page.keys("zz")
    page.until(lambda: "No account matches" in page.text("body"))
    page.keys(Keys.ESCAPE)
    page.until(lambda: "No account matches" not in page.text("body"))
    assert page.focused() == "account-select"
    page.tab_to("#date-range button")
    page.keys(Keys.ENTER)
    page.one("#date-calendar")
    page.until(lambda: page.script("return !!document.activeElement.closest('[role=dialog]')"), "focus not in calendar")
    page.keys(Keys.ESCAPE)
    page.until(lambda: not page.visible("#date-calendar"))
    page.until(lambda: page.script("return document.activeElement.matches('#date-range button')"), "focus not back")
    assert page.query() == {}
    assert page.console() == []


def test_days_are_picked_in_the_calendar_by_keyboard(start_page: Start) -> None:
    page = start_page(f"{FLAGSHIP}?from=2026-11-02&to=2026-11-08")
    page.drawn()
    page.settled()
    page.tab_to("#date-range button")
    page.keys(Keys.ENTER)
    page.one("#date-calendar")
    assert "November 2026" in page.text("#date-calendar")
    page.tab_to("#date-calendar td button", most=5)
    page.keys(Keys.ENTER, Keys.ARROW_DOWN, Keys.ENTER)
    page.until(lambda: page.query() == {"from": "2026-11-02", "to": "2026-11-09"})
    assert page.console() == []


def test_the_focus_can_always_be_seen(start_page: Start) -> None:
    page = start_page(FLAGSHIP)
    page.drawn()
    page.settled()
    unseen = []
    for _ in range(45):
        page.tab()
        here = page.script("return document.activeElement")
        if page.script("return arguments[0] === document.body", here):
            break
        shown = _look(page, here)
        page.script("arguments[0].blur()", here)
        if _look(page, here) == shown:
            unseen.append(page.script("return arguments[0].outerHTML.slice(0, 300)", here))
        page.script("arguments[0].focus({focusVisible: true})", here)
    assert unseen == []
    assert page.console() == []


def _look(page: Page, element: object) -> str:
    """How an element and the label beside it (of a segmented control) look."""
    return str(
        page.script(
            """
            const beside = arguments[0].matches('input[type=radio]') ? arguments[0].nextElementSibling : arguments[0];
            const look = getComputedStyle(beside);
            return [look.outline, look.boxShadow, look.borderColor, look.top].join();
            """,
            element,
        )
    )


def _select_all(page: Page) -> None:
    page.script("document.activeElement.select()")
