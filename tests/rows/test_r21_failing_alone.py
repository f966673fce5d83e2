"""R21: a failing panel fails alone. Each endpoint of the API fails in turn, on a cold app: the panels that cannot do
without it say so, with the id of the request; those that can say what they lack; all others are drawn exactly as on a
good day. Every answer is a 200, and the browser's console stays empty."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from callbacks import PANELS
from components import ids
from sandbox.catalogue import Customer
from sandbox.server import Sandbox
from tests.browser.jumping_clock import JumpingClock
from tests.browser.page import Page
from tests.rows.marked import NOW_AT, MarkedSandbox, marked
from tests.rows.recorder import Driver, Recorded, on_the_server, record
from tests.rows.worlds import cs_app, cs_driver, fronted

LIST, HEAD, MARK, RECEIPT, SEARCH, STRIP = "list", "head", "mark", "receipt", "search", "strip"
# What cannot be shown at all without an endpoint, by the sandbox's name for it.
NEEDED = {
    "customers": {LIST},
    "customer": {HEAD},
    "metrics": {"usage"},
    "usage_groups": {"usage"},
    "breakdowns": {"spend", "burn", "drift"},
    "balances": {"burndown", "burn", "balances", "expiring", "obligations"},
    "invoices": {"invoices", "drift"},
    "credit_types": set(),
    "contracts": set(),
    "net_balance": set(),
    "dashboards": {"metronome"},
}
# Says nothing: the box with the accounts keeps what it has, and the list behind it says it.
QUIET = {SEARCH}
Good = dict[str, tuple[str, set[str]]]
REQUEST = "r21-request-of-mine"
SAID = re.compile(r"notice-(?:error|partial)|could not be|not compared|not checked|unavailable|No receipt", re.I)
# Panels that ask for something, can do without it and then look the same, each with its reason.
SAME = {
    "credit_types": {"headline", MARK},  # the units of money are known without it
    "invoices": {"headline"},  # they tell pending draws apart, which the figures do not
    "metrics": {MARK},  # it does not look at usage
    "usage": {"usage", "headline", RECEIPT},  # its totals only choose the metric that is shown first
}
TOO_OLD = 25 * 3_600


def name_of(output: str) -> str:
    """The panel that a callback fills, by what all of its outputs are called."""
    for panel in PANELS:
        if all(f"{part.ident}.{part.prop}" in output for part in panel.parts):
            return panel.key
    others = {ids.ACCOUNTS_TABLE: LIST, ids.PAGE_TITLE: HEAD, ids.PROOF_MARK: MARK, ids.RECEIPT_BODY: RECEIPT}
    others |= {ids.UPSTREAM_STRIP: STRIP}
    others |= {ids.part("metronome", "notice"): "metronome", ids.part("own-embed", "notice"): "own-embed"}
    rest = SEARCH if ids.ACCOUNT_SELECT in output else "days"
    return next((name for ident, name in others.items() if ident in output), rest)


@pytest.fixture(scope="module")
def bodies(shared_marked: MarkedSandbox) -> dict[str, Recorded]:
    driver = cs_driver(shared_marked)
    found = {name_of(output): one for output, one in record(driver).items()}
    assert len(found) == len(on_the_server(driver.app))
    return found


@dataclass(frozen=True)
class Cold:
    """An app behind its front that has forgotten everything each time it is asked."""

    driver: Driver
    clock: JumpingClock
    api: MarkedSandbox

    def asked(self, one: Recorded) -> tuple[str, set[str]]:
        """What it answers to one callback, and which endpoints it asked for that."""
        for thread in threading.enumerate():
            if thread.name.startswith("metronome"):
                thread.join(10)  # calls of the question before, which nobody waits for any more, are not this one's
        self.clock.jump(TOO_OLD)
        self.api.forget()
        answer = self.driver.post(one.body)
        assert answer.status_code == 200, answer.text
        return answer.text, {row["family"] for row in self.api.requests.all()}


@pytest.fixture(scope="module")
def cold(shared_marked: MarkedSandbox) -> Cold:
    clock = JumpingClock(NOW_AT)
    app = cs_app(shared_marked, clock=clock)
    driver = Driver(app=app, client=fronted(app), own=marked("A"), headers={"X-Request-Id": REQUEST})
    return Cold(driver, clock, shared_marked)


@pytest.fixture(scope="module")
def good(cold: Cold, bodies: dict[str, Recorded]) -> Good:
    return {name: cold.asked(one) for name, one in bodies.items()}


def test_r21_every_endpoint_that_a_page_asks_is_in_the_table(good: Good) -> None:
    """``usage`` (the totals by which the first metric is chosen) is the one that nothing shows."""
    assert {family for _, families in good.values() for family in families} == NEEDED.keys() | {"usage"}
    assert all(name in good for needed in NEEDED.values() for name in needed)


@pytest.mark.parametrize("family", [*NEEDED, "usage"])
def test_r21_exactly_the_panels_of_a_failing_endpoint_say_so(
    api: MarkedSandbox, cold: Cold, bodies: dict[str, Recorded], good: Good, family: str
) -> None:
    api.faults.add("status", family=family, status=500)
    failed, same = set(), set()
    for name, one in bodies.items():
        answer, families = cold.asked(one)
        if family not in families:
            assert answer == good[name][0], f"{name} does not need {family}"
        elif answer == good[name][0]:
            same.add(name)
        elif "notice-error" in answer:
            failed.add(name)
            assert REQUEST in answer, name
        else:
            assert SAID.search(answer) or name in QUIET, f"{name} without {family} says nothing"
    assert failed == NEEDED.get(family, set())
    assert same <= SAME.get(family, set())


@pytest.mark.parametrize("status", [400, 401, 429])
def test_r21_a_refusal_is_said_where_it_was_met(
    api: MarkedSandbox, cold: Cold, bodies: dict[str, Recorded], good: Good, status: int
) -> None:
    """A question that is not accepted, a token that is not, and too many calls: in the panel that asked."""
    api.faults.add("status", family="breakdowns", status=status)
    answer, _ = cold.asked(bodies["spend"])
    assert "notice-error" in answer
    assert REQUEST in answer
    assert cold.asked(bodies["usage"])[0] == good["usage"][0]


@pytest.mark.browser
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")  # the test server ends its threads
def test_r21_in_the_browser_the_others_are_drawn_and_the_console_is_empty(
    start_page: Callable[..., Page], sandbox: Sandbox, clock: JumpingClock
) -> None:
    sandbox.faults.add("status", family="breakdowns", status=500)
    page = start_page(f"/accounts/{Customer.FLAGSHIP}", clock=clock)
    page.says("#spend-notice", "cannot be reached")
    assert page.drawn("usage-chart")
    page.settled()
    assert page.traces("spend-chart") == {}
    assert page.text("#usage-notice .notice-error") == ""
    assert page.text("#burndown-notice .notice-error") == ""
    assert page.console() == []
