"""The way in at the start of local mode, and what a page says once the server does not know its viewer any more."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sandbox.catalogue import Customer
from tests.browser.page import Page

pytestmark = pytest.mark.browser

TOKEN = "t" * 40
ACCOUNT = f"/accounts/{Customer.FLAGSHIP}"


def test_the_printed_address_opens_the_page_and_the_token_leaves_the_address(start_page: Callable[..., Page]) -> None:
    page = start_page("/", BURNBOARD_START_TOKEN=TOKEN)
    page.says("body", "printed when Burnboard started")
    page.open(f"/?token={TOKEN}")
    page.says("h1", "Accounts")
    assert TOKEN not in page.driver.current_url
    assert TOKEN not in page.script("return document.cookie + document.referrer + JSON.stringify(history.state || '')")
    page.says(".local-mark", "Local mode")


def test_a_page_that_is_not_answered_any_more_says_so(start_page: Callable[..., Page]) -> None:
    page = start_page(f"{ACCOUNT}?token={TOKEN}", BURNBOARD_START_TOKEN=TOKEN)
    page.until(lambda: page.text("#page-title"), "the account was never named")
    assert page.visible(".signed-out") is None
    page.driver.delete_all_cookies()
    page.one(".brand").click()
    page.says(".signed-out", "You do not have access here any more")
    assert page.script("return document.querySelector('.signed-out').getAttribute('role')") == "alert"
    page.one(".signed-out button").click()
    page.says("body", "printed when Burnboard started")
