"""The line below the header that says what the service behind the figures is doing: there when something is wrong, gone
when it is not, and nothing moves for it. And the one state that no fault brings about: what is not yours to see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from data.scope import Kind, Right, Scope
from sandbox.catalogue import Customer
from sandbox.server import Sandbox
from tests.browser.jumping_clock import JumpingClock
from tests.browser.page import Page
from tests.rows.worlds import Fixed, cs_app

pytestmark = pytest.mark.browser
Start = Callable[..., Page]

FLAGSHIP = f"/accounts/{Customer.FLAGSHIP}"
STRIP = ".upstream-strip"
PLACES = """
return ['#page-title', '.filter-bar', '#usage-panel'].map(one =>
  document.querySelector(one).getBoundingClientRect().top + window.scrollY);
"""
SHOWN = "document.querySelector('.upstream-strip').style.display = arguments[0];"


def test_the_line_comes_and_goes_and_nothing_moves(start_page: Start, sandbox: Sandbox, clock: JumpingClock) -> None:
    page = start_page(FLAGSHIP, clock=clock)
    page.drawn("usage-chart")
    page.settled()
    assert not page.visible(STRIP)
    sandbox.faults.add("status", status=503)
    clock.jump(25 * 3600)
    page.open(FLAGSHIP)
    page.says("#usage-notice", "cannot be reached")
    page.says(STRIP, "Metronome is not answering")
    page.settled()
    beside_it = page.script(PLACES)
    page.script(SHOWN, "none")
    assert page.script(PLACES) == beside_it
    page.script(SHOWN, "")
    assert page.accessibility() == []
    page.resize(360)
    assert page.overflow() <= 0
    page.one(STRIP)
    page.resize(1280)
    sandbox.faults.clear()
    clock.jump(120)
    page.try_again("usage")
    page.drawn("usage-chart")
    page.until(lambda: not page.visible(STRIP), "the line stayed")
    assert page.console() == []


def test_a_refused_token_is_told_to_whoever_can_renew_it(start_page: Start, sandbox: Sandbox) -> None:
    sandbox.faults.add("status", status=401)
    page = start_page(FLAGSHIP)
    page.says("#usage-notice", "needs attention")
    page.says(STRIP, "Metronome does not accept the token")
    page.says(STRIP, "METRONOME_BEARER_TOKEN")
    assert page.accessibility() == []
    page.open("/")
    page.says(STRIP, "Metronome does not accept the token")
    assert page.console() == []


def test_what_is_not_yours_says_so(dash_duo: Any, sandbox: Sandbox) -> None:
    """The page is open when the right to the account ends, or its address is changed in place."""
    own = frozenset({str(Customer.EURO)})
    ours = Scope(kind=Kind.PROXY, subject="ana@acme.example", customers=own, rights=frozenset(Right))
    dash_duo.start_server(cs_app(sandbox, ours, gate=Fixed(ours)), navigate=False)
    page = Page(dash_duo.driver, dash_duo.server.url)
    page.open(f"/accounts/{Customer.EURO}")
    page.drawn("usage-chart")
    page.script("window.dash_clientside.set_props('url', {pathname: arguments[0]})", FLAGSHIP)
    for place in ("#account-notice", "#usage-notice", "#spend-notice", "#burndown-notice"):
        page.says(place, "Not yours to see")
    page.settled()
    assert not page.visible(".js-plotly-plot")
    assert page.accessibility() == []
    assert page.console() == []
