"""S18: every dashboard in a frame of another site, in a browser that keeps nothing for anybody. It is drawn, its days
can be changed, its session is renewed; and neither a cookie nor a store nor an entry of the history comes of it.

Real time here is that of a shared machine: the row's five seconds are asserted as twenty.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from access.embed.names import Dashboard
from sandbox.catalogue import Customer
from sandbox.server import Sandbox
from tests.browser.framed import Framed, framed
from tests.browser.page import Page

pytestmark = pytest.mark.browser
OWN = str(Customer.FLAGSHIP)
CHARTS = {"usage": "usage-chart", "spend": "spend-chart", "commits_and_credits": "burn-chart", "account": "spend-chart"}
# The real store of this browser, which the frame has hidden from everybody.
REAL_STORE = """
const other = document.createElement('iframe');
other.srcdoc = ''; document.body.appendChild(other);
try { return typeof other.contentWindow.localStorage; } catch (error) { return error.name; } finally { other.remove(); }
"""


@pytest.fixture(scope="module")
def frames(shared_sandbox: Sandbox) -> Iterator[Framed]:
    with framed(shared_sandbox, session_seconds=62) as running:
        yield running


def settled(page: Page) -> Page:
    page.until(lambda: page.visible(".panel"), "no panel ever came")
    page.settled()
    return page


def renewals(frames: Framed) -> int:
    return sum(path.endswith("/renew") and status == 200 for path, status, _ in frames.log.answers)


@pytest.mark.parametrize("dashboard", list(Dashboard))
def test_s18_a_dashboard_needs_no_cookie_and_no_store(frames: Framed, dashboard: Dashboard) -> None:
    frames.log.answers.clear()
    begun = time.monotonic()
    page = settled(frames.show(frames.link(OWN, dashboard, opt={"start": {"range": "last30d"}})))
    assert time.monotonic() - begun < 20
    entries, before = page.history_length(), page.text("#date-summary")
    if dashboard in CHARTS:
        assert page.drawn(CHARTS[dashboard])
    page.choose("#date-preset", "Last 7 days")
    page.until(lambda: page.text("#date-summary") != before, "the days never changed")
    settled(page)
    page.until(lambda: renewals(frames) >= 1, "the session was never renewed")
    page.choose("#date-preset", "Last 90 days")
    page.says("#date-summary", "90 days")
    settled(page)
    assert_nothing_kept(frames, page)
    assert page.history_length() == entries
    assert page.script("return location.href") == f"{frames.app}/embed/acme/{dashboard}"
    assert page.console() == []


def assert_nothing_kept(frames: Framed, page: Page) -> None:
    assert not any("Set-Cookie" in headers for _, _, headers in frames.log.answers)
    assert page.script("return document.cookie") == ""
    assert page.script(REAL_STORE) == "SecurityError"
    assert page.script("localStorage.setItem('a', 'b'); return [localStorage.length, sessionStorage.getItem('a')]") == [
        0,
        None,
    ]


def test_s18_every_question_to_the_server_carries_the_session_and_no_cookie(frames: Framed) -> None:
    frames.log.requests.clear()
    settled(frames.show(frames.link(OWN, "account")))
    asked = [sent for _, path, sent in frames.log.requests if "/_dash-" in path and "suites" not in path]
    assert len(asked) >= 7
    assert all(one["HTTP_AUTHORIZATION"].startswith("Bearer ") for one in asked)
    assert not any("HTTP_COOKIE" in sent for _, _, sent in frames.log.requests)
    assert not any("eyJ" in str(sent.get("HTTP_REFERER", "")) for _, _, sent in frames.log.requests)


def test_s18_the_viewers_choices_survive_a_new_link_from_the_host(shared_sandbox: Sandbox) -> None:
    """The session is over before its time; the host sends another link, and the frame goes on where it was."""
    with framed(shared_sandbox) as frames:
        page = settled(frames.show(frames.link(OWN, "usage")))
        page.choose("#date-preset", "Last 7 days")
        page.says("#date-summary", "7 days")
        settled(page)
        frames.ring.records["acme"]["revoked_before"] = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=1)
        frames.ring.write()
        time.sleep(2.5)  # the file is looked at once a second
        frames.outside("window.links.push(arguments[0])", frames.link(OWN, "usage").split("#t=")[1])
        page.choose("#usage-top", "Top 3")
        page.until(lambda: _exchanges(frames) == 2, "no other link was taken")
        settled(page)
        assert "7 days" in page.text("#date-summary")
        assert [one for one in page.console() if "401" not in one] == []
        frames.outside("window.tell({type: 'token', token: arguments[0]})", _token(frames, str(Customer.TOKENS)))
        page.choose("#usage-top", "Top 5")
        settled(page)
        assert page.driver.execute_script("return window.burnboardEmbed.about().customer_id") == OWN


@pytest.mark.soak
def test_s18_the_host_is_asked_for_another_link_before_the_end(shared_sandbox: Sandbox) -> None:
    with framed(shared_sandbox) as frames:
        page = settled(frames.show(frames.link(OWN, "usage", max=60)))
        frames.outside("window.links.push(arguments[0])", _token(frames, OWN))
        time.sleep(32)
        page.until(lambda: _exchanges(frames) == 2, "no other link was taken")
        assert "ended" not in [one["type"] for one in frames.heard()]
        assert page.console() == []


def _token(frames: Framed, customer: str) -> str:
    return frames.link(customer, "usage").split("#t=")[1]


def _exchanges(frames: Framed) -> int:
    return sum(path.endswith("/session") and status == 200 for path, status, _ in frames.log.answers)


def test_s18_a_session_that_nobody_renews_ends_in_words_and_shows_nothing(shared_sandbox: Sandbox) -> None:
    with framed(shared_sandbox, session_seconds=62) as frames:
        page = settled(frames.show(frames.link(OWN, "usage")))
        frames.ring.records["acme"]["status"] = "revoked"
        frames.ring.write()
        time.sleep(1.5)  # the file is looked at once a second
        page.choose("#date-preset", "Last 90 days")
        page.says("#embed-panel", "This session has ended")
        assert not page.visible(".panel")
        kinds: list[Any] = [one["type"] for one in frames.heard()]
        assert ("expired" in kinds, kinds[-2:]) == (True, ["ended", "height"])
        assert frames.heard()[-1]["height"] < 300
