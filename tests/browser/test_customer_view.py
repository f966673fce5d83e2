"""The customer's view as somebody sees it who may make embed links: two dashboards side by side, and a link to take."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.support.ui import WebDriverWait

from sandbox.catalogue import Customer
from sandbox.server import Sandbox
from tests.browser.page import Page
from tests.browser.sites import browser, certificate
from tests.browser.whole_site import NAME, PUBLIC, WholeSite, whole_site

pytestmark = pytest.mark.browser
THEIRS, OURS = "#metronome-main iframe", "#own-embed-main iframe"


class View(Page):
    """The page with its two frames; ``inside`` steps into one of them for a moment."""

    def show(self, customer_id: str, query: str = "") -> None:
        self.driver.switch_to.default_content()
        self.open(f"/accounts/{customer_id}/customer-view{query}")
        self.one(THEIRS)

    def inside(self, frame: str, script: str) -> Any:
        self.driver.switch_to.frame(self.one(frame))
        try:
            return self.driver.execute_script(script)
        finally:
            self.driver.switch_to.default_content()

    def reads(self, frame: str, words: str) -> None:
        text = "return document.body ? document.body.innerText : ''"
        self.until(lambda: words in self.inside(frame, text), f"{frame} never said {words!r}")

    def draws(self, frame: str, words: str) -> None:
        """The frame has drawn its panel about ``words``."""
        self.reads(frame, words)
        loading = "return document.querySelectorAll('.panel-summary .skeleton').length"
        self.until(lambda: self.inside(frame, loading) == 0)


@pytest.fixture(scope="module")
def site_and_driver(
    tmp_path_factory: pytest.TempPathFactory, shared_sandbox: Sandbox
) -> Iterator[tuple[WholeSite, Chrome]]:
    folder: Path = tmp_path_factory.mktemp("customer-view")
    with ExitStack() as ending:
        tls = certificate(folder)
        site = ending.enter_context(whole_site(folder, shared_sandbox, tls, origins=["https://portal.acme.example"]))
        driver = ending.enter_context(browser({f"{NAME}:443": site.port}))
        driver.get(f"{PUBLIC}login")
        yield site, driver


@pytest.fixture
def view(site_and_driver: tuple[WholeSite, Chrome]) -> View:
    site, driver = site_and_driver
    site.log.clear()
    driver.get_log("browser")
    return View(driver, PUBLIC.rstrip("/"))


def until(driver: Chrome, condition: Callable[[], Any]) -> Any:
    return WebDriverWait(driver, 20, poll_frequency=0.05).until(lambda _: condition())


def test_both_dashboards_of_the_account_stand_side_by_side(view: View) -> None:
    view.show(Customer.FLAGSHIP)
    view.reads(THEIRS, "Halden Robotics")
    view.draws(OURS, "API requests")
    assert view.visible("#tab-customer-view").get_attribute("aria-current") == "page"
    assert view.visible(".filter-bar") is None
    boxes = [view.one(frame).rect for frame in (THEIRS, OURS)]
    assert boxes[0]["y"] == boxes[1]["y"]
    assert boxes[0]["x"] + boxes[0]["width"] < boxes[1]["x"]
    assert view.console() == []
    assert view.accessibility() == []


def test_one_choice_is_for_both_and_in_the_address(view: View) -> None:
    view.show(Customer.FLAGSHIP)
    view.pick("#customer-dashboard", "invoices")
    view.until(lambda: view.query() == {"dashboard": "invoices"})
    view.reads(THEIRS, "Invoices")
    view.draws(OURS, "Lines without usage")
    view.driver.back()
    view.reads(THEIRS, "Usage")
    view.draws(OURS, "API requests")
    chosen = "return document.querySelector('#customer-dashboard input:checked').value"
    view.until(lambda: view.script(chosen) == "usage")


def test_another_account_is_in_both_frames_and_nothing_of_the_one_before(view: View) -> None:
    """The address of the frame is the same but for its token; what it shows must not be."""
    view.show(Customer.FLAGSHIP)
    view.draws(OURS, "API requests")
    view.inside(OURS, "window.before = true")
    view.type_into("#account-select", "Brandt", enter=False)
    view.choose("#account-select", "Brandt")
    view.until(lambda: Customer.EURO in view.driver.current_url)
    view.reads(THEIRS, "Brandt")
    view.until(lambda: view.inside(OURS, "return window.before") is None)


def test_the_apps_own_frame_is_as_high_as_what_it_shows(view: View) -> None:
    view.show(Customer.FLAGSHIP)
    view.draws(OURS, "API requests")
    inner = "return Math.ceil(document.body.getBoundingClientRect().height)"
    view.until(lambda: abs(view.one(OURS).rect["height"] - view.inside(OURS, inner)) <= 3)


def test_a_link_is_copied_and_opens_the_same(view: View, site_and_driver: tuple[WholeSite, Chrome]) -> None:
    site, driver = site_and_driver
    driver.execute_cdp_cmd(
        "Browser.grantPermissions", {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}
    )
    view.show(Customer.FLAGSHIP, "?dashboard=invoices")
    view.press("[data-embed-link]")
    view.says(".embed-link-said", "Copied. It opens until")
    copied = driver.execute_async_script("const done = arguments[0]; navigator.clipboard.readText().then(done, done)")
    assert str(copied).startswith(f"{PUBLIC}embed/k1/invoices#t=")
    (asked,) = site.asked(f"/accounts/{Customer.FLAGSHIP}/embed-link")
    assert (asked.method, asked.status, asked.headers["cache-control"]) == ("POST", 200, "no-store")
    driver.get(str(copied))
    page = Page(driver, PUBLIC)
    page.says("body", "Invoices")
    assert driver.current_url == f"{PUBLIC}embed/k1/invoices"


def test_without_a_clipboard_the_link_stands_in_a_field_to_be_copied(view: View) -> None:
    view.show(Customer.FLAGSHIP)
    view.one("[data-embed-link]")
    view.script("Object.defineProperty(navigator, 'clipboard', {value: undefined, configurable: true})")
    view.press("[data-embed-link]")
    field = view.one(".embed-link-said input")
    assert str(field.get_attribute("value")).startswith(f"{PUBLIC}embed/k1/usage#t=")
    assert view.script("return getSelection().toString() || document.activeElement.value") == field.get_attribute(
        "value"
    )
    view.pick("#customer-dashboard", "invoices")
    view.until(lambda: view.visible(".embed-link-said input") is None)  # it was for another dashboard


def test_a_link_that_cannot_be_made_says_so(view: View) -> None:
    view.show(Customer.FLAGSHIP)
    view.one("[data-embed-link]")
    view.script('window.fetch = () => Promise.resolve(new Response(\'{"detail": "Not now."}\', {status: 503}))')
    view.press("[data-embed-link]")
    view.says(".embed-link-said", "Not now.")
    view.script("window.fetch = () => Promise.reject(new TypeError('network'))")
    view.press("[data-embed-link]")
    view.says(".embed-link-said", "The link could not be made.")
