"""Screenshots of every page and its main states, in light, dark and narrow, for a person to look at.

``python -m tests.browser.shots`` starts a sandbox and apps of its own, writes ``shots/<scene>-<look>.png`` and prints
the names. With words after it, only the scenes whose names contain one of them.
"""

from __future__ import annotations

import base64
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import Any

from selenium.webdriver import Chrome
from werkzeug.serving import WSGIRequestHandler, make_server

from app import create_app, create_source
from data.clock import Clock
from data.settings import Settings
from data.source import Source
from data.upstream_state import Level, UpstreamState
from embed_app import create_embed_app
from sandbox import faults
from sandbox.catalogue import Customer
from sandbox.server import Sandbox, running_sandbox
from server.embed_links import LinkSigner
from tests.browser.jumping_clock import JumpingClock
from tests.browser.page import Page
from tests.conftest import NOW, pytest_setup_options
from tests.embeds import Ring

FOLDER = Path("shots")
GUIDE_NOW = "2024-10-15T12:00:00Z"
OCTOBER = "from=2024-10-01&to=2024-10-31"
LEDGER = "#balances-main [data-open]"
INVOICE = "#invoices-main tbody tr:nth-child(2) [data-open]"
DETAIL = ".detail-row"
RECEIPT = "[data-receipt-shown]"
MARK = "#proof-mark a"
STRIP = ".upstream-strip"
SINCE = datetime(2026, 11, 20, 14, 7, tzinfo=UTC)


@dataclass(frozen=True)
class Look:
    """A colour scheme and a width in pixels."""

    name: str
    scheme: str
    width: int


LOOKS = (Look("light", "light", 1280), Look("dark", "dark", 1280), Look("narrow", "light", 360))


@dataclass(frozen=True)
class Scene:
    """One page in one state. ``failing``: the family of endpoints that fails, with ``status`` and for what contains
    ``about``; ``aged``: it was seen well an hour before; ``trouble``: what is known of the service.
    ``opened``: what is clicked open; ``then``: what is waited for, and of a receipt the window alone is
    taken, for the drawer is as high as that; ``embeds``: whether there are any."""

    name: str
    path: str
    now: str = NOW
    failing: str = ""
    status: int = 500
    about: str = ""
    aged: bool = False
    trouble: Level = Level.OK
    opened: str = ""
    then: str = ""
    embeds: bool = False

    @property
    def world(self) -> tuple[object, ...]:
        """Scenes with the same can share an app."""
        return self.now, self.failing, self.status, self.about, self.aged, self.trouble, self.embeds


def account(name: str, customer: str, query: str = "", *, page: str = "", **more: Any) -> Scene:
    return Scene(name, f"/accounts/{customer}{page and '/' + page}{query and '?' + query}", **more)


def commitments(name: str, customer: str, query: str = "", **more: Any) -> Scene:
    return _sub_page("commitments", name, customer, query, **more)


def invoices(name: str, customer: str, query: str = "range=last90d", **more: Any) -> Scene:
    return _sub_page("invoices", name, customer, query, **more)


def proof(name: str, customer: str, query: str = "range=last90d") -> Scene:
    return _sub_page("proof", name, customer, query, then=MARK)


def customer_view(name: str, customer: str, query: str = "", **more: Any) -> Scene:
    frame = "#own-embed-main iframe" if "embeds" in more else "#metronome-main iframe"
    then = {} if "failing" in more else {"then": frame}
    return account(f"customer-view{name and '-' + name}", customer, query, page="customer-view", **then, **more)


def _sub_page(page: str, name: str, customer: str, query: str, *, opened: str = "", **more: Any) -> Scene:
    """A page beside the overview; what is clicked open there is a row."""
    then = {"then": DETAIL} if opened else {}
    return account(f"{page}{name and '-' + name}", customer, query, page=page, opened=opened, **then, **more)


def receipt(name: str, customer: str, query: str = "", *, page: str = "", of: str) -> Scene:
    """The drawer of the first figure inside ``of``."""
    return account(f"receipt-{name}", customer, query, page=page, opened=f"{of} .figure", then=RECEIPT)


SCENES = (
    Scene("accounts", "/"),
    Scene("accounts-searched", "/?q=guide"),
    Scene("accounts-none", "/?q=nobody+of+this+name"),
    account("default", Customer.FLAGSHIP, then=MARK),
    account("tables", Customer.FLAGSHIP, "range=last30d&table=usage,spend,burndown&view=net"),
    account("selector-open", Customer.FLAGSHIP, opened="#account-select", then="[role=option]"),
    account("calendar-open", Customer.FLAGSHIP, opened="#date-range button", then=".mantine-Popover-dropdown"),
    account("lines", Customer.FLAGSHIP, "range=last7d&window=hour&chart=line"),
    account("cumulative", Customer.TOKENS, "range=quarter&chart=cumulative&view=credits"),
    account("many-groups", Customer.MANY_GROUPS, "range=last90d&top=15&table=usage"),
    account("a-year-by-month", Customer.MANY_GROUPS, "range=ytd&window=month"),
    account("euro", Customer.EURO, "range=last30d&view=net"),
    account("own-unit", Customer.OWN_UNIT, "range=last30d"),
    account("many-balances", Customer.MANY_BALANCES, "table=burndown"),
    account("rollover", Customer.ROLLOVER, "range=last90d"),
    account("two-contracts", Customer.TWO_CONTRACTS, "range=last90d"),
    account("postpaid", Customer.MINIMUM_SPEND, "range=last30d"),
    account("new", Customer.BRAND_NEW),
    account("nothing-used", Customer.NOTHING_USED),
    account("ended", Customer.ENDED),
    account("archived", Customer.ARCHIVED),
    commitments("", Customer.FLAGSHIP),
    commitments("chart-table", Customer.FLAGSHIP, "range=last30d&table=burn"),
    commitments("a-year", Customer.FLAGSHIP, "range=ytd"),
    commitments("many", Customer.MANY_BALANCES, "range=quarter"),
    commitments("minimum", Customer.MINIMUM_SPEND, "range=quarter"),
    commitments("seats", Customer.SEATS, "range=last90d"),
    commitments("none", Customer.GUIDE_USAGE),
    commitments("ledger", Customer.FLAGSHIP, opened=LEDGER),
    commitments("rollover", Customer.ROLLOVER, "range=last90d", opened=LEDGER),
    commitments("adjusted", Customer.ADJUSTED, "range=ytd", opened=LEDGER),
    commitments("own-unit", Customer.OWN_UNIT, "range=quarter", opened=LEDGER),
    commitments("guide", Customer.GUIDE_BALANCES, OCTOBER, now=GUIDE_NOW, opened=LEDGER),
    commitments("hostile", Customer.HOSTILE, "table=burn", opened=LEDGER),
    invoices("", Customer.FLAGSHIP),
    invoices("opened", Customer.FLAGSHIP, opened=INVOICE),
    invoices("two-contracts", Customer.TWO_CONTRACTS, "range=ytd"),
    invoices("tiers", Customer.TIERED, opened=INVOICE),
    invoices("list-price", Customer.PRICE_CHANGE, "range=last90d&zero=show", opened=INVOICE),
    invoices("own-unit", Customer.OWN_UNIT, opened=INVOICE),
    invoices("late-usage", Customer.LATE_USAGE),
    invoices("none", Customer.BRAND_NEW, "from=2024-01-01&to=2024-01-31"),
    invoices("failed", Customer.WEEKLY, "range=last7d", failing="invoices"),
    invoices("hostile", Customer.HOSTILE, opened=INVOICE),
    proof("", Customer.FLAGSHIP),
    proof("late-usage", Customer.LATE_USAGE),
    proof("tiers", Customer.TIERED),
    proof("seats", Customer.SEATS, "range=ytd"),
    proof("nothing", Customer.GUIDE_USAGE),
    proof("hostile", Customer.HOSTILE),
    receipt("usage", Customer.FLAGSHIP, "range=last7d&table=usage", of="#usage-table"),
    receipt("spend", Customer.FLAGSHIP, "range=last30d", of="#spend-summary"),
    receipt("tile", Customer.FLAGSHIP, of="#kpi-row"),
    receipt("balance", Customer.FLAGSHIP, page="commitments", of="#balances-main"),
    receipt("invoice", Customer.FLAGSHIP, "range=last90d", page="invoices", of="#invoices-main .total-row"),
    receipt("drift", Customer.LATE_USAGE, "range=last90d", page="invoices", of="#drift-main"),
    receipt("proof", Customer.LATE_USAGE, "range=last90d", page="proof", of="#proof-main"),
    receipt("hostile", Customer.HOSTILE, page="invoices", of="#invoices-main"),
    customer_view("", Customer.FLAGSHIP),
    customer_view("with-embed", Customer.FLAGSHIP, embeds=True),
    customer_view("with-embed-commits", Customer.FLAGSHIP, "dashboard=commits_and_credits", embeds=True),
    customer_view("invoices", Customer.HOSTILE, "dashboard=invoices"),
    customer_view("failed", Customer.WEEKLY, failing="dashboards"),
    account("receipt-elsewhere", Customer.FLAGSHIP, "receipt=S-AAAAAAAA", then=RECEIPT),
    account("unknown", "00000000-0000-4000-8000-000000000000"),
    account("adjusted-choices", Customer.ADJUSTED, "range=forever&group=colour&spend_by=nothing"),
    account("usage-failed", Customer.WEEKLY, "range=last7d", failing="usage_groups"),
    account("all-failed", Customer.WEEKLY, "range=last90d", failing="*"),
    account("refused", Customer.WEEKLY, failing="*", status=401, trouble=Level.CREDENTIALS, then=STRIP),
    account("throttled", Customer.WEEKLY, failing="breakdowns", status=429, trouble=Level.THROTTLED, then=STRIP),
    account("slow", Customer.WEEKLY, trouble=Level.SLOW, then=STRIP),
    account("stale", Customer.WEEKLY, failing="*", status=503, aged=True, trouble=Level.DOWN, then=STRIP),
    account("partial", Customer.WEEKLY, "range=last90d&window=day", failing="*", about="2026-08-22"),
    commitments("stale", Customer.LATE_USAGE, failing="*", status=503, aged=True),
    commitments("partial", Customer.LATE_USAGE, failing="breakdowns"),
    invoices("partial", Customer.LATE_USAGE, failing="contracts"),
    account("hostile", Customer.HOSTILE, "table=usage,spend,burndown"),
    account("guide-usage", Customer.GUIDE_USAGE, OCTOBER + "&table=usage", now=GUIDE_NOW),
    account("guide-spend", Customer.GUIDE_SPEND, OCTOBER + "&table=spend", now=GUIDE_NOW),
    account("guide-balances", Customer.GUIDE_BALANCES, OCTOBER, now=GUIDE_NOW),
    account("guide-commit", Customer.GUIDE_COMMIT, OCTOBER + "&view=net", now=GUIDE_NOW),
)


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:
        del type, message, args


@dataclass(frozen=True)
class Seeing:
    """A source that is told how the service is doing."""

    source: Source
    level: Level

    def upstream(self) -> UpstreamState:
        return UpstreamState(self.level, (), SINCE, 12.0) if self.level is not Level.OK else UpstreamState()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.source, name)


@contextmanager
def served(sandbox: Sandbox, scene: Scene, clock: Clock) -> Iterator[str]:
    """An app on ``sandbox`` with ``clock``, and what else the scene wants of it; its address."""
    settings = Settings.from_env(
        {
            "METRONOME_BEARER_TOKEN": "sandbox-token",
            "METRONOME_BASE_URL": sandbox.url,
            "BURNBOARD_SANDBOX": "on",
            "BURNBOARD_NOW": scene.now,
            "BURNBOARD_START_TOKEN": "off",
            "BURNBOARD_UPSTREAM_RPS": "1000",
            "BURNBOARD_UPSTREAM_BURST": "1000",
        }
    )
    folder = tempfile.TemporaryDirectory()
    source = Seeing(create_source(settings, clock), scene.trouble)
    alone = create_app(settings, source, clock)  # type: ignore[arg-type]  # it has all that a source has
    site = _with_embeds(settings, Path(folder.name)) if scene.embeds else alone.server
    server = make_server("127.0.0.1", 0, site, threaded=True, request_handler=_Quiet)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        folder.cleanup()


def _with_embeds(settings: Settings, folder: Path) -> Any:
    embed = Ring(folder).add("shots").open(Clock())
    source = create_source(settings)
    pages = create_app(settings, source, mint=LinkSigner(embed, prefix="/", public_url=None)).server
    frames = create_embed_app(settings, source, embed).server
    return lambda environ, start: (frames if environ["PATH_INFO"].startswith("/embed/") else pages)(environ, start)


@contextmanager
def browser() -> Iterator[Chrome]:
    driver = Chrome(options=pytest_setup_options())
    try:
        yield driver
    finally:
        driver.quit()


def take(page: Page, scene: Scene, look: Look) -> Path:
    """Open the scene and write its whole page to a file."""
    page.prefer(look.scheme)
    page.resize(look.width)
    page.open(scene.path)
    page.one("#accounts-table > *" if scene.path.startswith("/?") or scene.path == "/" else "#page-title")
    page.settled()
    if scene.opened:
        page.press(scene.opened)
    if scene.then:
        page.one(scene.then)
        page.settled()
    if scene.embeds:
        page.until(lambda: _frame_is_drawn(page, scene.then))
    whole = scene.then != RECEIPT
    if whole:
        page.script("window.scrollTo(0, 0)")
    page.until(lambda: page.script("return document.getAnimations().every(one => one.playState !== 'running')"))
    wanted = {"captureBeyondViewport": whole, "format": "png"}
    png = page.driver.execute_cdp_cmd("Page.captureScreenshot", wanted)["data"]
    file = FOLDER / f"{scene.name}-{look.name}.png"
    file.write_bytes(base64.b64decode(png))
    return file


def _frame_is_drawn(page: Page, frame: str) -> bool:
    page.driver.switch_to.frame(page.one(frame))
    try:
        script = "return !!document.querySelector('.panel') && !document.querySelector('.panel-summary .skeleton')"
        return bool(page.script(script))
    finally:
        page.driver.switch_to.default_content()


def take_all(sandbox: Sandbox, driver: Chrome, words: list[str]) -> Iterator[Path]:
    wanted = [scene for scene in SCENES if not words or any(word in scene.name for word in words)]
    for world in dict.fromkeys(scene.world for scene in wanted):
        scenes = [scene for scene in wanted if scene.world == world]
        clock = JumpingClock(datetime.fromisoformat(scenes[0].now))
        with served(sandbox, scenes[0], clock) as url:
            page = Page(driver, url)
            for scene in scenes:
                _brought_about(sandbox, page, scene, clock)
                yield from (take(page, scene, look) for look in LOOKS)
                sandbox.faults.clear()


def _brought_about(sandbox: Sandbox, page: Page, scene: Scene, clock: JumpingClock) -> None:
    """What is wrong in the scene; where something else was seen before, that comes first."""
    if scene.aged:
        page.open(scene.path)
        page.one("#page-title")
        page.settled()
        clock.jump(3600)
    if scene.failing:
        sandbox.faults.add(faults.Kind.STATUS, family=scene.failing, status=scene.status, containing=scene.about)


def main() -> int:
    FOLDER.mkdir(exist_ok=True)
    with running_sandbox(now=datetime.fromisoformat(NOW), hostile=True) as sandbox, browser() as driver:
        for file in take_all(sandbox, driver, sys.argv[1:]):
            print(file, flush=True)  # noqa: T201  # what the command promises
    return 0


if __name__ == "__main__":
    sys.exit(main())
