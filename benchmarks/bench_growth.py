"""How do the server and the browser take more groups, more days and more accounts?

Warm usage and spend of accounts with 10, 100 and 400 regions: the server's time for the two callbacks, one after the
other, their bodies before compression, and in a browser the time of an interaction: the chart that was shown before is
chosen again. The page may ship no series that it does not draw. The guide's page is asked beside it, up to a size at
which it still answers within the patience of a benchmark; its browser draws every group as a series of its own.
"""

from __future__ import annotations

import json
import time
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import Any

from selenium import webdriver

from benchmarks.bench_callbacks import WIDE, values
from benchmarks.bench_range_changes import CHARTS, METRIC
from benchmarks.browser import chromium, load, repainted, watch_panels
from benchmarks.callback_client import CALL, Bodies, bodies_at
from benchmarks.report import Bar, Section, Table
from benchmarks.serving import GUIDE, OURS, Page, asked, running, running_sandbox
from benchmarks.wide_accounts import account_id

SIZES = ((10, 31), (10, 400), (100, 31), (400, 31), (400, 400))  # regions, days
GUIDES_MOST = 10 * 400  # regions times days
ACCOUNTS = (10, 5_000)
ROUNDS = 2
LAST = date(2026, 11, 20)
INTERACTION_MOST = 400.0
PANELS = {OURS: ("usage-chart", "spend-chart"), GUIDE: ("usage", "spend")}
WIDEST = SIZES[-1]
DRAWN = """
return arguments[0].map(id => {
  const chart = document.querySelector('#' + id + ' .js-plotly-plot') || document.getElementById(id);
  return [chart.data.length, chart.querySelectorAll('.bars.trace, .trace.bars, .scatterlayer > .trace').length];
});
"""


@dataclass(frozen=True)
class Grown:
    """Server milliseconds and bytes of both callbacks, browser milliseconds, series that were shipped and drawn."""

    server: float
    size: int
    browser: float
    shipped: int
    drawn: int


def section() -> Section:
    with ExitStack() as stack:
        api = stack.enter_context(running_sandbox(module=WIDE))
        found: dict[str, dict[tuple[int, int], Grown]] = {}
        for name in (OURS, GUIDE):
            page = stack.enter_context(running(name, api, GUIDE_METRIC=METRIC, BURNBOARD_WORKERS="1"))
            driver = stack.enter_context(chromium())
            sizes = [size for size in SIZES if name == OURS or size[0] * size[1] <= GUIDES_MOST]
            found[name] = {size: grown(name, page, driver, *size) for size in sizes}
    accounts = [(count, *_with_accounts(count)) for count in ACCOUNTS]
    return Section("Growth", __doc__ or "", [_size_table(found), _account_table(accounts)], bars=bars(found[OURS]))


def grown(name: str, page: Page, driver: webdriver.Chrome, groups: int, days: int) -> Grown:
    first, last = str(LAST - timedelta(days=days - 1)), str(LAST)
    bodies, chosen = bodies_at(page.url), values(name, groups, first, last)
    seconds, size, shipped = _served(page, bodies, name, chosen)
    interaction = _interaction(name, page, driver, groups, (first, last))
    series = driver.execute_script(DRAWN, list(PANELS[name]))
    return Grown(seconds * 1e3, size, interaction, shipped, sum(drawn for _, drawn in series))


def _served(page: Page, bodies: Bodies, name: str, chosen: dict[str, Any]) -> tuple[float, int, int]:
    """Median seconds for both callbacks, bytes of their bodies, series in their figures; the first round warms up."""
    found = []
    for _ in range(1 + ROUNDS):
        begun, answers = time.perf_counter(), []
        for panel in PANELS[name]:
            property_ = next(one for one in ("figure", "data") if _has(bodies, f"{panel}.{one}"))
            answers.append(asked(page.url, f"/{CALL}", bodies.request(f"{panel}.{property_}", chosen)))
        found.append((time.perf_counter() - begun, answers))
    answers = found[-1][1]
    shipped = sum(_series(json.loads(answer)["response"], panel) for answer, panel in
                  zip(answers, PANELS[name], strict=True))  # fmt: skip
    return median(seconds for seconds, _ in found[1:]), sum(map(len, answers)), shipped


def _has(bodies: Bodies, output: str) -> bool:
    try:
        return bool(bodies.request(output, {}))
    except StopIteration:
        return False


def _series(response: dict[str, dict[str, Any]], panel: str) -> int:
    part = response[panel]
    return len((part.get("figure") or part["data"])["data"])


def _interaction(name: str, page: Page, driver: webdriver.Chrome, groups: int, days: tuple[str, str]) -> float:
    """Milliseconds to the repaint of a range that was shown before, coming from a shorter one."""
    load(driver, page.url + (f"/accounts/{account_id(groups)}" if name == OURS else "/"))
    watch_panels(driver, CHARTS[name])
    if name == GUIDE and groups != SIZES[0][0]:
        repainted(driver, "customer", {"value": account_id(groups)}, CHARTS[name])
    times = []
    for _ in range(1 + ROUNDS):
        for first in (str(LAST - timedelta(days=6)), days[0]):
            times.append(repainted(driver, *_range(name, first, days[1]), CHARTS[name]))
    return median(times[3::2])


def _range(name: str, first: str, last: str) -> tuple[str, dict[str, Any]]:
    if name == OURS:
        return "url", {"search": f"?from={first}&to={last}"}
    return "dates", {"start_date": first, "end_date": last}


def _with_accounts(count: int) -> tuple[float, int, float, int]:
    """With so many accounts: milliseconds and bytes of a keystroke in our selector, which searches on the server, and
    of the layout of the guide's page, which has them all."""
    with ExitStack() as stack:
        api = stack.enter_context(running_sandbox("--customers", str(count)))
        ours, guide = (stack.enter_context(running(name, api, BURNBOARD_WORKERS="1")) for name in (OURS, GUIDE))
        bodies, typed = bodies_at(ours.url), ("a", "am", "amb", "ambe", "amber", "001Cr", "zzz")
        posts = [bodies.request("account-select.data", {"url.pathname": "/", "account-select.searchValue": text})
                 for text in typed]  # fmt: skip
        mine = [_timed(ours, f"/{CALL}", post) for post in (posts[0], *posts)][1:]
        theirs = [_timed(guide, "/_dash-layout") for _ in range(1 + ROUNDS)][1:]
    return (median(one[0] for one in mine), max(one[1] for one in mine),
            median(one[0] for one in theirs), theirs[0][1])  # fmt: skip


def _timed(page: Page, path: str, sent: Any = None) -> tuple[float, int]:
    begun = time.perf_counter()
    size = len(asked(page.url, path, sent))
    return (time.perf_counter() - begun) * 1e3, size


def bars(ours: dict[tuple[int, int], Grown]) -> list[Bar]:
    widest = ours[WIDEST]
    shipped, drawn = (max(getattr(one, what) for one in ours.values()) for what in ("shipped", "drawn"))
    return [
        Bar("400 regions over 400 days, interaction", f"under {INTERACTION_MOST:g} ms", f"{widest.browser:,.0f} ms",
            met=widest.browser < INTERACTION_MOST),
        Bar("series on the page", "no more than are drawn", f"{shipped} shipped, {drawn} drawn",
            met=all(one.shipped <= one.drawn for one in ours.values())),
    ]  # fmt: skip


def _size_table(found: dict[str, dict[tuple[int, int], Grown]]) -> Table:
    heads = ("regions x days", *(f"{what}, {name}" for what in ("server ms", "kB", "browser ms", "series") for name in
                                 (OURS, GUIDE)))  # fmt: skip
    rows = []
    for size in SIZES:
        both = [found[name].get(size) for name in (OURS, GUIDE)]
        rows.append((f"{size[0]} x {size[1]}", *(f"{one.server:,.1f}" if one else "-" for one in both),
                     *(f"{one.size / 1e3:,.0f}" if one else "-" for one in both),
                     *(f"{one.browser:,.0f}" if one else "-" for one in both),
                     *(f"{one.drawn}" if one else "-" for one in both)))  # fmt: skip
    return Table("", heads, rows)


def _account_table(accounts: list[tuple[int, float, int, float, int]]) -> Table:
    heads = ("accounts", f"keystroke ms, {OURS}", f"kB, {OURS}", f"layout ms, {GUIDE}", f"kB, {GUIDE}")
    rows = [(f"{count:,}", f"{mine:,.1f}", f"{size / 1e3:,.1f}", f"{theirs:,.1f}", f"{their_size / 1e3:,.1f}")
            for count, mine, size, theirs, their_size in accounts]  # fmt: skip
    return Table("", heads, rows)
