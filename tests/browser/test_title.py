"""The browser's tab says whose page it shows."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sandbox.catalogue import Customer
from tests.browser.page import Page

pytestmark = pytest.mark.browser


def test_the_tab_names_the_account_and_the_list_does_not(start_page: Callable[..., Page]) -> None:
    page = start_page(f"/accounts/{Customer.FLAGSHIP}")
    page.until(lambda: page.text("#page-title"), "the account was never named")
    name = page.text("#page-title")
    page.until(lambda: page.driver.title == f"{name} · Burnboard", f"the tab says {page.driver.title!r}")
    page.one(".brand").click()
    page.until(lambda: page.driver.title == "Burnboard", f"the tab says {page.driver.title!r}")
