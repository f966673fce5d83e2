"""S19: tokens never in logs, addresses or referrers. Real frames in a real browser through the shipped nginx, which
beside its own log writes one of everything that it knows; then ten loads that fail, and a link asked for with a key."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from selenium.webdriver import Chrome

from access.embed.names import Dashboard
from sandbox.catalogue import Customer
from tests.browser.page import Page
from tests.browser.sites import browser, pages, served
from tests.edge.edge import KID, Edge, running_edge, until

pytestmark = [pytest.mark.browser, pytest.mark.process]

A = str(Customer.FLAGSHIP)
MARK = "eyJ"  # how every JSON Web Token begins
FRAME = '<!doctype html><title>host</title><link rel=icon href=data:,><iframe src="{link}"></iframe>'


@pytest.fixture(scope="module")
def host() -> Iterator[tuple[str, dict[str, str]]]:
    shown: dict[str, str] = {}
    with served(pages({"localhost": shown})) as port:
        yield f"http://localhost:{port}", shown


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory, host: tuple[str, dict[str, str]]) -> Iterator[Edge]:
    record = f"alg: HS256, secret_file: {KID}.secret, status: active, customers: all, dashboards: all"
    keys = f'version: 1\nkeys:\n  {KID}: {{{record}, origins: ["{host[0]}"]}}\n'
    with running_edge(tmp_path_factory.mktemp("edge"), keys=keys) as running:
        yield running


@pytest.fixture(scope="module")
def driver() -> Iterator[Chrome]:
    with browser({}) as chrome:
        yield chrome


def test_s19_no_log_no_address_and_no_referrer_holds_a_token(
    edge: Edge, driver: Chrome, host: tuple[str, dict[str, str]]
) -> None:
    for dashboard in Dashboard:
        load(edge, driver, host, edge.link(A, dashboard, options={"export": True}))
    for broken in failing(edge):
        driver.get("about:blank")
        driver.get(broken)
        Page(driver, "").until(lambda: "#" not in driver.current_url, "the fragment stayed")
    asked = edge.as_nobody().post(
        f"{edge.url}v1/dashboards/getEmbeddableUrl",
        json={"customer_id": A, "dashboard": "usage"},
        headers={"Authorization": f"Bearer {edge.issuer_key}"},
        timeout=60,
    )
    assert asked.status_code == 200, asked.text
    assert MARK in asked.text
    renew(edge)
    assert_said_nothing(edge)


def load(edge: Edge, driver: Chrome, host: tuple[str, dict[str, str]], link: str) -> None:
    """One frame in a page on another site, until its panels are there; its address has no fragment then."""
    origin, shown = host
    shown["/"] = FRAME.format(link=link)
    driver.get(f"{origin}/?private=of-the-host")
    driver.switch_to.frame(0)
    page = Page(driver, origin)
    page.until(lambda: page.script("return location.hash") == "", "the fragment stayed")
    page.until(lambda: page.script("return document.querySelector('.panel') !== null"), "no panel ever came")
    page.settled()
    assert MARK not in page.script("return location.href + document.referrer + document.cookie")
    assert MARK not in page.script("return performance.getEntriesByType('resource').map(one => one.name).join(' ')")
    driver.switch_to.default_content()


def failing(edge: Edge) -> list[str]:
    """Ten links that open nothing."""
    good = edge.link(A, "usage")
    address, _, token = good.partition("#t=")
    head, body, seal = token.split(".")
    return [
        f"{address}#t={head}.{body}.{seal[:-4]}AAAA",
        f"{address}#t={head}.{body}",
        f"{address}#t={head}.{body}.",
        f"{address}#t={head}.{body[::-1]}.{seal}",
        f"{address}#t={token}{token}",
        f"{address.replace('/usage', '/spend')}#t={token}",
        edge.link(A, "usage", clock=lambda: time.time() - 3600),
        edge.link(A, "usage", clock=lambda: time.time() + 3600),
        edge.link(A, "usage", public_url=edge.url, more={"aud": "https://else.example/"}),
        edge.link(A, "usage", more={"unknown": "claim"}),
    ]


def renew(edge: Edge) -> None:
    """A renewal and a refused one; a session may not be told either."""
    link = edge.link(A, "usage")
    session = edge.open(link).json()["session"]
    assert session.startswith(MARK)
    address = link.partition("#")[0]
    for bearer, status in ((session, 200), (session[:-2], 401)):
        answer = edge.as_nobody().post(
            f"{address}/renew", headers={"Authorization": f"Bearer {bearer}"}, json={}, timeout=60
        )
        assert answer.status_code == status, answer.text


def assert_said_nothing(edge: Edge) -> None:
    sessions = {f"/billing/embed/{KID}/{dashboard}/session" for dashboard in Dashboard}
    until(lambda: sessions <= {line["path"] for line in edge.nginx_lines()}, "nginx logged all that", edge)
    until(lambda: len(edge.app_lines()) > 50, "the app logged", edge)
    logs = edge.logs()
    assert "private=of-the-host" not in logs
    assert MARK not in logs
    assert "#t=" not in logs
    assert edge.issuer_key not in logs
    assert [one for one in edge.sandbox.requests.all() if MARK in repr(one)] == []
