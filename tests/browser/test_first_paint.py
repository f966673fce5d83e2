"""The first view of a page: few answers, nothing that jumps, and no old answer over a newer one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from sandbox.catalogue import Customer
from sandbox.server import Sandbox
from sandbox.tcp_faults import TcpFaults
from sandbox.tcp_line import Line
from tests.browser.page import Page

pytestmark = pytest.mark.browser
Start = Callable[..., Page]

FLAGSHIP = f"/accounts/{Customer.FLAGSHIP}"
SHIFTS = """
window.shifted = [];
new PerformanceObserver(list => list.getEntries().forEach(one => {
  const moved = one.sources.map(source => source.node && (source.node.id || source.node.className));
  if (!one.hadRecentInput) window.shifted.push([one.value, moved]);
})).observe({ type: 'layout-shift', buffered: true });
"""
LATENCY, MOST_SHIFTED = 0.2, 0.01
MOST_ANSWERS, MOST_BYTES = 16, 950_000
FETCHED = """
const all = [...performance.getEntriesByType('resource'), ...performance.getEntriesByType('navigation')];
return [all.length, all.reduce((sum, one) => sum + one.transferSize, 0)];
"""
# The first question about usage gets its answer only when the test says so.
FIRST_ANSWER_LATE = """
const ask = window.fetch;
window.held = 0;
window.fetch = (where, how) => {
  const answer = ask(where, how);
  if (window.held || !/"usage-chart"|usage-chart\\.figure/.test(how && how.body)) return answer;
  window.held = 1;
  return new Promise(done => { window.letGo = () => answer.then(got => { done(got); window.held = 2; }); });
};
"""


@pytest.fixture
def slow_api(sandbox: Sandbox) -> Iterator[str]:
    """The sandbox behind a line on which each answer takes a while."""
    address = urlsplit(sandbox.url)
    line = TcpFaults((str(address.hostname), int(address.port or 0)))
    line.become(Line(latency=LATENCY))
    yield line.url
    line.stop()


@pytest.mark.parametrize("page_of_account", ["", "/commitments", "/invoices", "/proof"])
def test_nothing_moves_while_a_page_fills(
    start_page: Start, slow_api: str, dash_duo: Any, page_of_account: str
) -> None:
    dash_duo.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": SHIFTS})
    page = start_page(FLAGSHIP + page_of_account, METRONOME_BASE_URL=slow_api)
    page.one(".panel")
    page.settled()
    page.one("#proof-mark a")
    shifts = page.script("return window.shifted")
    assert sum(value for value, _ in shifts) < MOST_SHIFTED, shifts


def test_a_first_view_is_few_answers_and_few_bytes(start_page: Start) -> None:
    page = start_page(FLAGSHIP)
    page.drawn()
    page.settled()
    page.one("#proof-mark a")
    answers, fetched = page.script(FETCHED)
    assert answers <= MOST_ANSWERS
    assert fetched <= MOST_BYTES


def test_only_the_page_that_is_shown_is_in_the_document(start_page: Start) -> None:
    page = start_page(f"{FLAGSHIP}/invoices")
    page.one("#invoices-panel")
    page.settled()
    assert page.script("return document.querySelectorAll('.panel').length") == 2
    page.press("#tab-overview")
    assert page.drawn()
    page.press("#tab-invoices")
    page.one("#invoices-panel")
    assert page.console() == []


def test_an_older_answer_never_overwrites_a_newer_one(start_page: Start) -> None:
    page = start_page(f"{FLAGSHIP}?range=last7d")
    page.drawn()
    page.settled()
    page.script(FIRST_ANSWER_LATE)
    page.script("burnboardUrlState.setKey('range', 'last90d')")
    page.until(lambda: page.script("return window.held === 1 && !!window.letGo"), "usage was not asked")
    page.script("burnboardUrlState.setKey('range', 'last30d')")
    page.until(lambda: {len(bars) for bars in page.traces("usage-chart").values()} == {30}, "the newer was not drawn")
    page.script("window.letGo()")
    page.until(lambda: page.script("return window.held === 2"), "the older never came")
    page.settled()
    page.script("return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert {len(bars) for bars in page.traces("usage-chart").values()} == {30}
    assert page.console() == []
