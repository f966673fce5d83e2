"""S21: the content policy is strict, and nothing that a person does on any page or in any frame violates it. What is
injected, as an inline script and as an inline handler, does not run; nothing is loaded from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from dash import Dash

from access.embed.names import Dashboard
from data.pages import Page as AccountPage
from data.pages import account_path
from sandbox.catalogue import Customer
from sandbox.server import Sandbox
from tests.browser.framed import Framed, framed
from tests.browser.page import Page
from tests.framed_client import host_on

OWN = str(Customer.FLAGSHIP)
WATCH = """
window.violations = [];
document.addEventListener('securitypolicyviolation', (event) => {
  window.violations.push(event.violatedDirective + ' ' + event.blockedURI + ' ' + event.sourceFile);
});
"""
INJECT = """
const script = document.createElement('script');
script.textContent = 'window.injected = (window.injected || 0) + 1';
document.body.appendChild(script);
document.body.insertAdjacentHTML('beforeend', '<img src="data:," onerror="window.injected = 1">');
"""
ELSEWHERE = """
const here = new Set([location.origin, ...arguments[0]]);
return performance.getEntriesByType('resource').map(one => new URL(one.name))
  .filter(one => !here.has(one.origin) && one.protocol !== 'blob:' && one.protocol !== 'data:').map(one => one.origin);
"""
PAGES = ("/", *(account_path(OWN, page) for page in AccountPage if page is not AccountPage.CUSTOMER_VIEW))
PRESSED = ("[data-open]", "#theme-switch", ".panel .figure", "[data-receipt-close]")
PRESS = "[...document.querySelectorAll(arguments[0])].find(one => one.offsetParent)?.click()"
# What may be shown in frames of a page of the app; a frame shows none.
FRAMES_OF_PAGES = {"frame-src"}


def policy(header: str) -> dict[str, list[str]]:
    return {name: values for name, *values in (part.split() for part in header.split(";"))}


def assert_strict(header: str, *, may: frozenset[str] | set[str] = frozenset()) -> None:
    found = policy(header)
    assert found["default-src"] == ["'none'"]
    assert found["script-src"][0] == "'self'"
    assert all(re.fullmatch(r"'sha256-[A-Za-z0-9+/]{43}='", one) for one in found["script-src"][1:])
    assert (found["connect-src"], found["object-src"], found["base-uri"]) == (["'self'"], ["'none'"], ["'none'"])
    assert found["form-action"] == ["'none'"]
    others = {name: values for name, values in found.items() if name not in {"frame-ancestors", *may}}
    assert not any(value.startswith(("http", "*")) for values in others.values() for value in values)
    assert "unsafe-eval" not in header
    assert [name for name, values in found.items() if "'unsafe-inline'" in values] == ["style-src"]


def test_s21_every_answer_of_both_apps_carries_the_strict_policy(
    make_app: Callable[..., Dash], sandbox: Sandbox, tmp_path: Path
) -> None:
    pages = make_app().server.test_client()
    for path in (*PAGES, "/nowhere", "/_dash-layout", "/assets/grid.js"):
        with pages.get(path) as answer:
            header = answer.headers["Content-Security-Policy"]
        assert_strict(header, may=FRAMES_OF_PAGES)
        assert policy(header)["frame-ancestors"] == ["'none'"]
    frames = host_on(sandbox, tmp_path).app.server.test_client()
    for path in (
        "/embed/acme/usage",
        "/embed/nobody/usage",
        "/embed/_dash-layout",
        "/embed/assets/grid.js",
        "/embed.js",
    ):
        with frames.get(path) as answer:
            headers = dict(answer.headers)
        assert_strict(headers["Content-Security-Policy"])
        opened = path == "/embed/acme/usage"
        framers = ["'self'", "https://portal.acme.example"] if opened else ["'none'"]
        assert policy(headers["Content-Security-Policy"])["frame-ancestors"] == framers
        assert "X-Frame-Options" not in headers


@pytest.mark.browser
def test_s21_a_click_through_every_page_violates_nothing(dash_duo: Any, make_app: Callable[..., Dash]) -> None:
    dash_duo.start_server(make_app(), navigate=False)
    page = Page(dash_duo.driver, dash_duo.server.url)
    page.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": WATCH})
    for path in PAGES:
        page.open(path)
        page.one(".data-table" if path == "/" else ".panel")
        page.settled()
        click_through(page)
        assert page.script("return window.violations") == []
        assert page.script(ELSEWHERE, []) == []
        assert page.console() == []
    assert_injections_are_blocked(page)


@pytest.fixture(scope="module")
def frames(shared_sandbox: Sandbox) -> Iterator[Framed]:
    with framed(shared_sandbox) as running:
        running.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": WATCH})
        yield running


@pytest.mark.browser
@pytest.mark.parametrize("dashboard", list(Dashboard))
def test_s21_a_click_through_every_frame_violates_nothing(frames: Framed, dashboard: Dashboard) -> None:
    page = frames.show(frames.link(OWN, dashboard, opt={"export": True, "start": {"range": "last30d"}}))
    page.one(".panel")
    page.settled()
    click_through(page)
    assert page.script("return window.violations") == []
    assert page.script(ELSEWHERE, []) == []
    assert page.console() == []
    assert frames.outside("return window.violations") == []
    if dashboard is Dashboard.USAGE:
        assert_injections_are_blocked(page)


def click_through(page: Page) -> None:
    """What there is to press: other days, a calendar, tables, rows that open, the theme, a receipt."""
    if page.visible("#date-preset"):
        page.choose("#date-preset", "Last 7 days")
        page.press("[aria-label='Pick days in a calendar']")
        page.one(".mantine-DatePicker-day")
        page.press("[aria-label='Pick days in a calendar']")
        page.settled()
    for opens in (*(f"#{panel}-table-toggle" for panel in ("usage", "spend", "burndown", "burn")), *PRESSED):
        page.script(PRESS, opens)
        page.settled()


def assert_injections_are_blocked(page: Page) -> None:
    page.script("window.violations.length = 0")
    page.script(INJECT)
    page.until(lambda: len(page.script("return window.violations")) >= 2, "the injections were not even noticed")
    assert page.script("return window.injected") is None
    blocked = sorted(one.split()[0] for one in page.script("return window.violations"))
    assert blocked == ["script-src-attr", "script-src-elem"]
    page.console()


def test_s21_the_scripts_of_a_frame_are_its_own_and_no_others() -> None:
    """Nothing of the app for customer-success teams that writes addresses, opens receipts or leads away."""
    root = Path(__file__).resolve().parents[2] / "assets"
    from embed_app import NOT_HERE

    loaded = {
        path.name for path in root.rglob("*") if path.suffix in {".js", ".css"} and not re.search(NOT_HERE, path.name)
    }
    assert loaded == {
        "00-generators.js", "03-lighter.js", "05-charts.js", "10-tokens.css", "20-base.css", "30-shell.css",
        "40-panels.css", "50-commitments.css", "55-invoices.css", "embed-query.js", "embed.css", "grid.js",
        "mantine_functions.js", "url_state.js",
    }  # fmt: skip
