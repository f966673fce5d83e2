"""Screenshots of every dashboard in a frame of a host's page, in light, dark and narrow, for a person to look at.

``python -m tests.browser.frame_shots`` writes ``shots/embed-<scene>-<look>.png``; words after it choose scenes.
"""

from __future__ import annotations

import base64
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sandbox.catalogue import Customer
from sandbox.faults import Kind
from sandbox.server import Sandbox, running_sandbox
from tests.browser.framed import Framed, framed
from tests.browser.shots import FOLDER, LOOKS, Look
from tests.conftest import NOW

MONTH: Final = {"range": "last30d"}
QUARTER: Final = {"range": "last90d"}
BRAND: Final = {
    "Gray_dark": "#102040", "Gray_medium": "#4f5d7a", "Gray_light": "#c9d3e6", "Gray_extralight": "#eef3fb",
    "White": "#ffffff", "Primary_medium": "#b3126b", "Primary_light": "#fde7f3", "UsageLine_0": "#00695c",
    "UsageLine_1": "#ef6c00", "UsageLine_2": "#6a1b9a", "UsageLine_3": "#1565c0", "Primary_green": "#1b7f4b",
    "Primary_red": "#c62828", "Progress_bar": "#b3126b", "Progress_bar_background": "#f6d5e6", "Action": "#0b57d0",
    "Action_hover": "#b3126b",
}  # fmt: skip
BRAND_DARK: Final = {
    **BRAND, "Gray_dark": "#e8edf7", "Gray_medium": "#a9b6cf", "Gray_light": "#34405a", "Gray_extralight": "#141b2b",
    "White": "#1c2438", "Primary_medium": "#ff8ac4", "Primary_light": "#4a1f38", "Action": "#8ab4f8",
    "Progress_bar": "#ff8ac4", "Progress_bar_background": "#4a1f38", "Primary_green": "#7fd6a0",
}  # fmt: skip


@dataclass(frozen=True)
class FrameScene:
    """One frame. ``pressed``: what is clicked, in order; ``waits``: what has to be there then; ``branded``: in the
    colours of a host, those for dark in the dark look."""

    name: str
    dashboard: str
    customer: str = str(Customer.FLAGSHIP)
    opt: Mapping[str, Any] = field(default_factory=dict)
    more: Mapping[str, Any] = field(default_factory=dict)
    pressed: tuple[str, ...] = ()
    waits: str = ".panel"
    failing: str = ""
    branded: bool = False


SCENES: Final = (
    FrameScene("usage", "usage", opt={"start": MONTH, "export": True}),
    FrameScene("usage-table", "usage", opt={"start": {**MONTH, "table": "usage"}}),
    FrameScene("usage-calendar", "usage", opt={"start": MONTH, "earliest": "2026-11-01", "latest": "2026-11-15"},
               pressed=("[aria-label='Pick days in a calendar']",), waits=".mantine-DatePicker-day"),
    FrameScene("usage-choices", "usage", opt={"start": MONTH}, pressed=("#usage-metric",), waits="[role=option]"),
    FrameScene("usage-failed", "usage", str(Customer.WEEKLY), opt={"start": MONTH}, failing="usage_groups"),
    FrameScene("usage-ended", "usage", opt={"start": MONTH}, waits="#embed-panel", failing="session"),
    FrameScene("spend", "spend", opt={"start": MONTH, "export": True}),
    FrameScene("commits", "commits_and_credits", opt={"start": MONTH, "export": True}),
    FrameScene("commits-opened", "commits_and_credits", opt={"start": MONTH}, pressed=("[data-open]",),
               waits=".detail-row"),
    FrameScene("commits-none", "commits_and_credits", str(Customer.GUIDE_USAGE)),
    FrameScene("commits-postpaid", "commits_and_credits", str(Customer.MINIMUM_SPEND), opt={"start": QUARTER}),
    FrameScene("invoices", "invoices", opt={"start": QUARTER, "export": True}),
    FrameScene("invoices-opened", "invoices", opt={"start": QUARTER},
               pressed=("#invoices-main tbody tr:nth-child(2) [data-open]",), waits=".detail-row"),
    FrameScene("account", "account", opt={"start": MONTH, "export": True}),
    FrameScene("account-german", "account", opt={"start": MONTH}, more={"locale": "de-DE"}),
    FrameScene("branded", "account", opt={"start": MONTH, "export": True}, branded=True),
    FrameScene("branded-commits", "commits_and_credits", str(Customer.MANY_BALANCES), opt={"start": MONTH},
               branded=True),
    FrameScene("hostile", "account", str(Customer.HOSTILE), opt={"start": {**MONTH, "table": "usage,spend"}}),
)  # fmt: skip


def take(frames: Framed, scene: FrameScene, look: Look) -> Path:
    page = frames.page
    page.driver.switch_to.default_content()
    page.prefer(look.scheme)
    page.resize(look.width)
    frames.open_host()
    if look.scheme == "dark":
        page.script("document.body.classList.add('is-dark')")
    page.script("window.show(arguments[0])", _link(frames, scene, look))
    frames.inside()
    page.one("#embed-panel" if scene.failing == "session" else ".panel")
    page.settled()
    for pressed in scene.pressed:
        page.press(pressed)
    page.one(scene.waits)
    page.settled()
    return _written(frames, f"embed-{scene.name}-{look.name}.png", look)


def _link(frames: Framed, scene: FrameScene, look: Look) -> str:
    colours = {"colours": BRAND_DARK if look.scheme == "dark" else BRAND} if scene.branded else {}
    link = frames.link(scene.customer, scene.dashboard, opt={**scene.opt, **colours}, theme=look.scheme, **scene.more)
    return link[:-1] + "!" if scene.failing == "session" else link


def _written(frames: Framed, name: str, look: Look) -> Path:
    """The host's page as high as the frame has made it."""
    page = frames.page
    page.until(lambda: page.script("return document.getAnimations().every(one => one.playState !== 'running')"))
    page.driver.switch_to.default_content()
    page.until(lambda: page.script("return window.frame.offsetHeight === window.heard.findLast(m => m.height).height"))
    page.resize(look.width, max(300, int(page.script("return document.documentElement.scrollHeight"))))
    frames.inside()
    page.settled()
    page.driver.switch_to.default_content()
    png = page.driver.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True, "format": "png"})[
        "data"
    ]
    file = FOLDER / name
    file.write_bytes(base64.b64decode(png))
    return file


def take_all(sandbox: Sandbox, frames: Framed, words: list[str]) -> Iterator[Path]:
    for scene in SCENES:
        if words and not any(word in f"embed-{scene.name}" for word in words):
            continue
        if scene.failing not in {"", "session"}:
            sandbox.faults.add(Kind.STATUS, family=scene.failing, status=500)
        for look in LOOKS:
            yield take(frames, scene, look)
        sandbox.faults.clear()


def main() -> int:
    FOLDER.mkdir(exist_ok=True)
    with running_sandbox(now=datetime.fromisoformat(NOW), hostile=True) as sandbox, framed(sandbox) as frames:
        for file in take_all(sandbox, frames, sys.argv[1:]):
            print(file, flush=True)  # noqa: T201  # what the command promises
    return 0


if __name__ == "__main__":
    sys.exit(main())
