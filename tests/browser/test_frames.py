"""A frame and the page that holds it: height, theme, files, choices, keys; and what a host's colours do."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from access.embed.names import Dashboard
from sandbox.catalogue import Customer
from sandbox.server import Sandbox
from tests.browser.framed import Framed, framed
from tests.browser.page import Page

pytestmark = pytest.mark.browser
OWN = str(Customer.FLAGSHIP)
SCHEME = "return document.documentElement.dataset.mantineColorScheme"
COLOUR = "return getComputedStyle(document.querySelector(arguments[0]))[arguments[1]]"
VARIABLE = "return getComputedStyle(document.documentElement).getPropertyValue(arguments[0])"
MONTH = {"start": {"range": "last30d"}}


@pytest.fixture(scope="module")
def frames(shared_sandbox: Sandbox) -> Iterator[Framed]:
    with framed(shared_sandbox) as running:
        yield running


def shown(frames: Framed, link: str) -> Page:
    page = frames.show(link)
    page.one(".panel")
    page.settled()
    return page


def height(frames: Framed) -> int:
    return int([one["height"] for one in frames.heard() if one["type"] == "height"][-1])


def test_the_frame_is_as_high_as_its_content_and_shrinks_with_it(frames: Framed) -> None:
    page = shown(frames, frames.link(OWN, "usage", opt=MONTH))
    before = height(frames)
    page.press("#usage-table-toggle")
    page.until(lambda: height(frames) > before + 50, "it never grew")
    page.settled()
    page.press("#usage-table-toggle")
    page.until(lambda: height(frames) == before, "it never shrank again")
    assert frames.outside("return window.frame.offsetHeight") == before
    assert page.script("return document.documentElement.scrollHeight") <= before
    time.sleep(1)
    assert len(frames.heard()) < 15  # no chase of its own tail
    assert {one["version"] for one in frames.heard()} == {1}
    assert set(frames.outside("return window.origins")) == {frames.app}


def test_the_host_sets_the_theme_where_the_link_has_not(frames: Framed) -> None:
    page = shown(frames, frames.link(OWN, "usage", opt=MONTH))
    for theme in ("dark", "light", "dark"):
        frames.outside("window.tell({type: 'theme', theme: arguments[0]})", theme)
        page.until(lambda theme=theme: page.script(SCHEME) == theme, f"never {theme}")
    frames.outside("window.tell({type: 'theme', theme: 'purple'})")
    page.choose("#usage-top", "Top 3")
    page.settled()
    assert page.script(SCHEME) == "dark"
    page.prefer("light")
    frames.outside("window.tell({type: 'theme', theme: 'auto'})")
    page.until(lambda: page.script(SCHEME) == "light", "auto is not the system's")
    page.prefer("dark")
    page.until(lambda: page.script(SCHEME) == "dark", "auto does not follow the system")
    page.prefer("light")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_theme_of_a_link_is_there_before_anything_is_drawn(frames: Framed, theme: str) -> None:
    page = frames.page
    frames.open_host()
    script = "window.schemes = []; new MutationObserver(() => window.schemes.push(document.documentElement.dataset."
    watch = script + "mantineColorScheme)).observe(document, {attributes: true, subtree: true, attributeFilter: ['data-"
    added = page.driver.execute_cdp_cmd(
        "Page.addScriptToEvaluateOnNewDocument", {"source": watch + "mantine-color-scheme']});"}
    )
    page = shown(frames, frames.link(OWN, "usage", theme=theme))
    assert set(page.script("return window.schemes")) == {theme}
    page.driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", {"identifier": added["identifier"]})


def test_files_come_with_the_session_and_are_saved(frames: Framed, tmp_path: Path) -> None:
    how = {"behavior": "allow", "downloadPath": str(tmp_path)}
    frames.driver.execute_cdp_cmd("Browser.setDownloadBehavior", how)
    page = shown(frames, frames.link(OWN, "invoices", opt={**MONTH, "export": True}))
    here = frames.driver.current_url
    page.press("#invoices-csv")
    page.until((tmp_path / f"invoices-{OWN}.csv").exists, "the file never came")
    page.press("#invoices-main a[href$='.pdf']")
    page.until(lambda: list(tmp_path.glob("invoice-*.pdf")), "the document never came")
    asked = [sent for _, path, sent in frames.log.requests if path.startswith("/embed/accounts/")]
    assert all(one["HTTP_AUTHORIZATION"].startswith("Bearer ") for one in asked)
    assert (frames.driver.current_url, page.console()) == (here, [])


def test_a_file_that_is_refused_says_why_beside_its_button(frames: Framed) -> None:
    page = shown(frames, frames.link(OWN, "usage", opt={**MONTH, "export": True}))
    page.script("document.getElementById('usage-csv').href += '&range=forever'")
    page.press("#usage-csv")
    page.says(".file-problem", "stands twice")


def test_a_click_on_a_chart_opens_nothing(frames: Framed) -> None:
    page = shown(frames, frames.link(OWN, "usage", opt=MONTH))
    asked = len(frames.log.requests)
    page.one("#usage-chart .nsewdrag")
    page.driver.find_element("css selector", "#usage-chart .nsewdrag").click()
    time.sleep(0.5)
    assert len(frames.log.requests) == asked
    assert not page.visible("dialog, [data-receipt]")


@pytest.mark.parametrize("dashboard", list(Dashboard))
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_frame_can_be_used_by_everybody_and_fits_a_narrow_page(
    frames: Framed, dashboard: Dashboard, theme: str
) -> None:
    frames.page.resize(360 if theme == "dark" else 1000)
    page = shown(frames, frames.link(OWN, dashboard, opt={**MONTH, "export": True}, theme=theme))
    assert page.overflow() <= 0
    behind = "#10141c" if theme == "dark" else "#fbf7ef"  # the host's page, which axe cannot see through the frame
    page.script("document.documentElement.style.background = arguments[0]", behind)
    assert page.accessibility() == []


# By name of the colour: what has it in the account's frame, and in which property.
PLACES = {
    "Gray_dark": (".panel h2", "color"),
    "Gray_medium": (".panel-help", "color"),
    "Gray_light": (".panel", "borderTopColor"),
    "Gray_extralight": (".data-table thead th", "backgroundColor"),
    "White": (".panel", "backgroundColor"),
    "Primary_medium": (".mantine-SegmentedControl-label[data-active]", "color"),
    "Primary_light": (".mantine-SegmentedControl-indicator", "backgroundColor"),
    "UsageLine_0": ("#usage-chart .trace.bars:first-child .point path", "fill"),
    "Primary_green": (".chip-good", "color"),
    "Action": ("#usage-table-toggle", "color"),
}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_each_colour_is_seen_where_the_reference_says(frames: Framed, theme: str) -> None:
    colours = {name: f"#{16 * at + 7:02x}4d{255 - 11 * at:02x}" for at, name in enumerate(PLACES)}
    more = {"Progress_bar": "#123abc", "Progress_bar_background": "#abc123", "Action_hover": "#0a0b0c",
            "Primary_red": "#c0ffee"}  # fmt: skip
    page = shown(frames, frames.link(OWN, "account", opt={**MONTH, "colours": {**colours, **more}}, theme=theme))
    for name, (selector, prop) in PLACES.items():
        page.until(lambda s=selector: page.script("return !!document.querySelector(arguments[0])", s), selector)
        assert page.script(COLOUR, selector, prop) == _rgb(colours[name]), name
    bar = page.script(COLOUR, ".left-bar", "backgroundImage")
    assert _rgb("#123abc") in bar
    assert _rgb("#abc123") in bar
    for variable, name in (("--bb-bad", "Primary_red"), ("--bb-action-hover", "Action_hover")):
        assert page.script(VARIABLE, variable) == more[name]


def _rgb(colour: str) -> str:
    return f"rgb({int(colour[1:3], 16)}, {int(colour[3:5], 16)}, {int(colour[5:7], 16)})"
