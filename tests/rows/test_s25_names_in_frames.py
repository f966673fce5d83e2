"""S25 in frames: names of accounts, products, metrics, commits and groups, and what a host calls groups, are only text,
in every chart, table and tooltip of every dashboard."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest

from access.embed.names import Dashboard
from sandbox.catalogue import Customer, hostile
from sandbox.server import running_sandbox
from tests.browser.framed import Framed, framed
from tests.browser.page import Page
from tests.browser.test_hostile import FAILED, FOREIGN
from tests.conftest import NOW

pytestmark = pytest.mark.browser
OWN = str(Customer.HOSTILE)
CALLED = '<a href="https://phish.example">EU</a><img src=x onerror="window.__pwned=1">'
OPTIONS = {
    "export": True,
    "start": {"range": "last30d", "table": "usage,spend,burndown,burn", "top": "15", "zero": "show"},
    "group_names": {"region": {"name": CALLED, "values": {"total": CALLED, hostile.IMAGE: CALLED}}},
}
HOVER = """
for (const place of document.querySelectorAll('.js-plotly-plot .nsewdrag')) {
  const box = place.getBoundingClientRect();
  for (const part of [0.1, 0.5, 0.9]) {
    const where = {bubbles: true, clientX: box.left + part * box.width, clientY: box.top + box.height / 2};
    for (const kind of ['mouseover', 'mousemove']) place.dispatchEvent(new MouseEvent(kind, where));
  }
}
"""
OPEN_TWO = "[...document.querySelectorAll('[data-open][aria-expanded=false]')].slice(0, 2).forEach(one => one.click())"


@pytest.fixture(scope="module")
def frames() -> Iterator[Framed]:
    with running_sandbox(now=datetime.fromisoformat(NOW), strict=True, hostile=True) as api, framed(api) as running:
        yield running


@pytest.mark.parametrize("dashboard", list(Dashboard))
def test_s25_hostile_names_are_only_text_in_a_frame(frames: Framed, dashboard: Dashboard) -> None:
    page = frames.show(frames.link(OWN, dashboard, opt=OPTIONS))
    page.one(".panel")
    page.settled()
    page.script(OPEN_TWO)
    page.settled()
    page.script(HOVER)
    text = page.script("return document.body.innerText")
    assert any(name in text for name in (hostile.SCRIPT, hostile.IMAGE))
    assert "\u202e" not in text
    assert page.overflow() <= 0
    harmless(page)


def harmless(page: Page) -> None:
    assert page.script(FOREIGN) == []
    assert page.script("return [window.__pwned, document.title]") == [None, "Usage and billing"]
    assert page.script(FAILED) == []
    assert page.console() == []


def test_s25_what_a_host_calls_a_group_is_text_in_the_chart_its_table_and_its_choices(frames: Framed) -> None:
    page = frames.show(frames.link(OWN, "usage", opt=OPTIONS))
    assert any("<a href" in name or "&lt;a" in name for name in page.drawn("usage-chart"))
    page.settled()
    assert "phish" in page.text("#usage-table")
    page.press("#usage-group")
    page.until(lambda: page.option("phish"), "the name of the key is not among the choices")
    harmless(page)
