"""What fails says so in its own place and words, alone, and recovers when asked to try again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.catalogue import Customer
from sandbox.server import Sandbox
from tests.browser.jumping_clock import JumpingClock
from tests.browser.page import Page

pytestmark = pytest.mark.browser
Start = Callable[..., Page]

FLAGSHIP = f"/accounts/{Customer.FLAGSHIP}"
UNREACHABLE = "The billing service cannot be reached"
PANELS = {"usage": "usage_groups", "spend": "breakdowns", "burndown": "balances"}


@pytest.mark.parametrize("panel", PANELS)
def test_a_failing_panel_says_so_alone_and_tries_again(
    start_page: Start, sandbox: Sandbox, clock: JumpingClock, panel: str
) -> None:
    page = start_page(FLAGSHIP, clock=clock)
    page.drawn(f"{panel}-chart")
    page.settled()
    sandbox.faults.add("status", family=PANELS[panel], status=500)
    clock.jump(25 * 3600)
    page.choose("#date-preset", "Last 7 days")
    page.says(f"#{panel}-notice", UNREACHABLE)
    page.settled()
    assert page.traces(f"{panel}-chart") == {}
    assert not page.visible(f"#{panel}-panel .js-plotly-plot")
    for other in PANELS.keys() - {panel}:
        assert page.drawn(f"{other}-chart")
        assert page.text(f"#{other}-notice .notice-error") == ""
    page.says("#kpi-row", "could not be loaded")
    sandbox.faults.clear()
    clock.jump(5)
    page.try_again(panel)
    page.drawn(f"{panel}-chart")
    page.until(lambda: page.text(f"#{panel}-notice .notice-error") == "")
    page.until(lambda: "could not be loaded" not in page.text("#kpi-row"))
    assert page.console() == []


FAILURES = {
    "The connection to billing needs attention": {"kind": "status", "status": 401},
    "asks to slow down": {"kind": "status", "status": 429, "retry_after": "30"},
    UNREACHABLE: {"kind": "hang", "seconds": 0.1},
    "did not accept this question": {"kind": "status", "status": 400},
    "sent something that cannot be read": {"kind": "malformed"},
}
NONSENSE = ({"kind": "html"}, {"kind": "redirect"}, {"kind": "wrong_shape"}, {"kind": "repeated_cursor"})


def test_each_way_to_fail_has_its_own_words(start_page: Start, sandbox: Sandbox, clock: JumpingClock) -> None:
    page = start_page("/", clock=clock)
    for turn, (words, fault) in enumerate(FAILURES.items()):
        _open_failing(page, sandbox, clock, fault, turn)
        page.says("#usage-notice", words)
        sandbox.faults.clear()
        clock.jump(60)
        page.try_again("usage")
        page.drawn("usage-chart")
    assert page.console() == []


def test_no_kind_of_nonsense_becomes_a_figure(start_page: Start, sandbox: Sandbox, clock: JumpingClock) -> None:
    page = start_page("/", clock=clock)
    for turn, fault in enumerate(NONSENSE):
        _open_failing(page, sandbox, clock, fault, turn)
        page.says("#usage-notice", "sent something that cannot be read")
        assert not page.visible("#usage-panel .js-plotly-plot")
        sandbox.faults.clear()
    assert page.console() == []


def _open_failing(page: Page, sandbox: Sandbox, clock: JumpingClock, fault: dict[str, Any], turn: int) -> None:
    """Days that were not asked for in an earlier turn, so that no older answer can stand in."""
    day = 2 * turn + 1
    clock.jump(5)
    sandbox.faults.add(family="usage_groups", **fault)
    page.open(f"{FLAGSHIP}?from=2026-11-{day:02}&to=2026-11-{day + 1:02}&window=day")


def test_an_answer_that_drips_runs_out_of_time(start_page: Start, sandbox: Sandbox, clock: JumpingClock) -> None:
    sandbox.faults.add("drip", family="breakdowns", seconds=0.2)
    page = start_page(f"{FLAGSHIP}?range=last7d", clock=clock)
    page.drawn("usage-chart")
    page.until(lambda: sandbox.requests.all("breakdowns"))
    clock.jump(11)
    page.says("#spend-notice", "took too long")
    sandbox.faults.clear()
    clock.jump(5)
    page.try_again("spend")
    page.drawn("spend-chart")
    assert page.console() == []


def test_no_older_copy_is_shown_once_the_token_is_refused(
    start_page: Start, sandbox: Sandbox, clock: JumpingClock
) -> None:
    page = start_page(FLAGSHIP, clock=clock)
    page.drawn("spend-chart")
    sandbox.faults.add("status", status=401)
    clock.jump(3600)
    page.driver.refresh()
    for panel in PANELS:
        page.says(f"#{panel}-notice", "The connection to billing needs attention")
    assert not page.visible(".js-plotly-plot")
    assert not page.visible("#commitments-table")
    assert "$" not in page.text("#kpi-row")
    assert page.console() == []


def test_the_account_list_fails_and_recovers(start_page: Start, sandbox: Sandbox, clock: JumpingClock) -> None:
    sandbox.faults.add("status", family="customers", status=500)
    page = start_page("/", clock=clock)
    page.says("#accounts-table", UNREACHABLE)
    sandbox.faults.clear()
    clock.jump(5)
    page.press("#accounts-table [data-retry]")
    page.says("#accounts-table", "Halden Robotics")
    page.open("/?q=nobody+of+this+name")
    page.says("#accounts-table", "No account matches")
    assert page.console() == []
