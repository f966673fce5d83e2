"""The whole app under ``/billing/``, through the shipped nginx, in a real browser: nothing breaks, nothing is asked for
outside the prefix, nothing is said in the console."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from selenium.webdriver import Chrome

from sandbox.catalogue import Customer
from tests.browser.page import Page
from tests.browser.sites import browser, pages, served
from tests.edge.edge import Edge, running_edge
from tests.edge.login import COOKIE, cookie_for

pytestmark = [pytest.mark.browser, pytest.mark.process]

A = str(Customer.GUIDE_SPEND)
OCTOBER = "from=2024-10-01&to=2024-10-31"
DEEP = f"accounts/{A}?{OCTOBER}&window=week&view=net"
HOST_PAGE = """<!doctype html><title>host</title><link rel=icon href=data:,><script src="{script}"></script>
<div id="place"></div><script>
window.events = [];
Burnboard.mount(document.getElementById('place'), {{
  getUrl: async () => {link}, onEvent: (event) => window.events.push(event)
}});
</script>"""


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    host: dict[str, str] = {}
    with served(pages({"localhost": host})) as port:
        keys = f"""\
version: 1
keys:
  k1: {{alg: HS256, secret_file: k1.secret, status: active, customers: all, dashboards: all,
       origins: ["http://localhost:{port}"]}}
"""
        with running_edge(tmp_path_factory.mktemp("edge"), keys=keys) as running:
            running.host_page, running.host_url = host, f"http://localhost:{port}/"  # type: ignore[attr-defined]
            yield running


@pytest.fixture
def driver() -> Iterator[Chrome]:
    with browser({}) as chrome:
        yield chrome


@pytest.fixture
def page(edge: Edge, driver: Chrome) -> Page:
    """A browser of somebody who signed in."""
    driver.get(f"{edge.origin}/oauth2/sign_in")
    driver.add_cookie({"name": COOKIE, "value": cookie_for("ana@acme.example"), "path": "/"})
    (edge.folder / "logs" / "access.log").write_text("")
    return Page(driver, edge.url.rstrip("/"))


def assert_clean(page: Page, edge: Edge) -> None:
    """Nothing in the console, nothing loaded from elsewhere, nothing that nginx was asked for outside the prefix."""
    assert page.console() == []
    loaded = page.script("return performance.getEntriesByType('resource').map(one => one.name)")
    assert [one for one in loaded if not one.startswith((edge.url, "data:", "blob:"))] == []
    lines = edge.nginx_lines()
    assert [line["path"] for line in lines if not line["path"].startswith(edge.prefix.rstrip("/"))] == []
    assert [line for line in lines if int(line["status"]) >= 400] == []


def test_pages_callbacks_and_the_way_from_account_to_account(page: Page, edge: Edge) -> None:
    page.open("/")
    page.one("#account-select")
    page.settled()
    page.open(f"/accounts/{A}?{OCTOBER}")
    page.drawn("spend-chart")
    for name in ("commitments", "invoices", "proof"):
        page.press(f".page-tab[href*='/{name}']")
        page.until(lambda name=name: urlsplit(page.driver.current_url).path == f"{edge.prefix}accounts/{A}/{name}")
        page.settled()
    page.driver.back()
    page.until(lambda: page.driver.current_url.split("?")[0].endswith("/invoices"))
    assert_clean(page, edge)


def test_a_deep_link_reload_and_back(page: Page, edge: Edge) -> None:
    page.open("/" + DEEP)
    page.drawn("spend-chart")
    page.driver.refresh()
    weekly = page.drawn("spend-chart")
    assert page.driver.current_url == edge.url + DEEP
    page.choose("#window-select", "Day")
    page.until(lambda: page.traces("spend-chart") not in ({}, weekly))
    page.driver.back()
    page.until(lambda: page.traces("spend-chart") == weekly)
    assert page.query()["window"] == "week"
    assert_clean(page, edge)


def test_the_path_without_its_slash_leads_to_the_app(page: Page, edge: Edge) -> None:
    page.driver.get(edge.origin + edge.prefix.rstrip("/"))
    page.one("#account-select")
    assert page.driver.current_url == edge.url
    page.settled()
    assert_clean(page, edge)


def test_files_come_through_the_links_of_the_page(page: Page, edge: Edge) -> None:
    page.open(f"/accounts/{A}?{OCTOBER}")
    page.drawn("spend-chart")
    link = page.until(lambda: page.one("#spend-csv").get_attribute("href"))
    assert link.startswith(edge.url)
    script = """
    const done = arguments[1];
    fetch(arguments[0]).then(async (answer) => done([answer.status, await answer.text()]));
    """
    status, text = page.driver.execute_async_script(script, link)
    assert status == 200
    assert len(list(csv.DictReader(text.splitlines()))) > 2
    assert_clean(page, edge)


def test_somebody_without_a_login_is_sent_there_and_the_whole_address_with_them(edge: Edge, driver: Chrome) -> None:
    driver.get(edge.url + DEEP)
    where = urlsplit(driver.current_url)
    assert where.path == "/oauth2/sign_in"
    assert "Please sign in" in driver.page_source
    assert page_after_login(where.query) == edge.prefix + DEEP


def page_after_login(query: str) -> str:
    from urllib.parse import parse_qs

    return parse_qs(query)["then"][0]


@pytest.mark.parametrize("dashboard", ["spend", "account"])
def test_an_embed_in_a_page_on_another_site(edge: Edge, driver: Chrome, dashboard: str) -> None:
    """The host's page is at localhost, the app at 127.0.0.1: another site, with third-party cookies blocked."""
    host_page, host_url = edge.host_page, edge.host_url  # type: ignore[attr-defined]
    start = {"opt": {"start": {"from": "2024-10-01", "to": "2024-10-31"}}}
    link = json.dumps(edge.link(A, dashboard, options=start["opt"]))
    host_page["/"] = HOST_PAGE.format(script=f"{edge.url}embed.js", link=link)
    (edge.folder / "logs" / "access.log").write_text("")
    driver.get(host_url)
    page = Page(driver, host_url)
    page.until(lambda: driver.find_elements("css selector", "#place iframe"), "the frame was never mounted")
    driver.switch_to.frame(driver.find_element("css selector", "#place iframe"))
    page.until(lambda: page.traces("spend-chart"), "the chart was never drawn")
    page.settled()
    assert page.script("return document.cookie") == ""
    loaded = page.script("return performance.getEntriesByType('resource').map(one => one.name)")
    assert [one for one in loaded if not one.startswith((f"{edge.url}embed/", "data:", "blob:"))] == []
    driver.switch_to.default_content()
    assert page.console() == []
    lines = edge.nginx_lines()
    assert [
        line["path"]
        for line in lines
        if not line["path"].startswith((f"{edge.prefix}embed/", f"{edge.prefix}embed.js"))
    ] == []
    assert [line for line in lines if int(line["status"]) >= 400] == []
