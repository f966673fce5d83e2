"""R22: no silent staleness. Every page is opened, everything that it asks then fails, and it is asked again: what is
still shown carries the mark of an old copy or gives way to an error, in every panel that can be seen."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from data.pages import Page as SubPage
from data.pages import account_path
from sandbox.catalogue import Customer
from sandbox.server import Sandbox
from tests.browser.jumping_clock import JumpingClock
from tests.browser.page import Page

pytestmark = [
    pytest.mark.browser,
    # The test server ends its threads, callbacks under way included.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning"),
]

# Each panel that can be seen, with what it says about itself. Key figures are cells, the mark a link.
PANELS = """
const seen = one => one.offsetParent !== null;
const state = one => [...one.querySelectorAll('.notice-stale, .notice-error, .is-stale, .notice-partial')].filter(seen)
  .map(one => one.className).join(' ') || one.innerText.match(/could not be|as of|not checked|older copy/i)?.[0] || '';
return Object.fromEntries([...document.querySelectorAll('section.panel, #kpi-row')].filter(seen)
  .map(one => [one.id, state(one)]));
"""
OWN = {SubPage.OVERVIEW, SubPage.COMMITMENTS, SubPage.INVOICES, SubPage.PROOF}
HOUR, STALE_ENDS = 3_600, 25 * 3_600
OLD = ("stale", "as of", "older copy")


def asked_again(page: Page) -> dict[str, str]:
    """The panels after everything was asked for once more, without a new page: as a click on "Try again" does."""
    page.script("document.getElementById('retry').click()")
    page.until(lambda: all(page.script(PANELS).values()), f"silent: {page.script(PANELS)}")
    page.settled()
    found: dict[str, str] = page.script(PANELS)
    return found


@pytest.mark.parametrize("place", sorted(OWN), ids=lambda one: one or "overview")
def test_r22_an_old_copy_says_so_and_one_that_is_too_old_goes(
    start_page: Callable[..., Page], sandbox: Sandbox, clock: JumpingClock, place: SubPage
) -> None:
    page = start_page(account_path(Customer.ROLLOVER, place), clock=clock)
    page.until(lambda: page.script(PANELS), "no panel")
    page.settled()
    fresh = page.script(PANELS)
    assert "stale" not in " ".join(fresh.values())
    sandbox.faults.add("status", status=503)
    clock.jump(HOUR)
    old = asked_again(page)
    assert old.keys() == fresh.keys()
    assert [name for name, state in old.items() if not any(word in state for word in OLD)] == []
    clock.jump(STALE_ENDS)
    gone = asked_again(page)
    assert [name for name, state in gone.items() if "error" not in state and "could not be" not in state] == []
    assert not page.visible(".js-plotly-plot")
    assert page.console() == []
