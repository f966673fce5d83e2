"""How soon are all panels repainted after a change of the date range, and what does it cost the API?

In a browser, for an account with ten regions, at 0, 50 and 200 ms until the API answers. Cold: nothing of the account
is held. Overlapping: the days just shown, shifted by three. Warm: a range that was shown before. The guide's page has
three panels, Burnboard the same and its key figures; the clock stops at the last frame that changes one of them. The
chain is the longest row of calls that need each other, such as the pages of one question.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import Any

from selenium import webdriver

from benchmarks.browser import chromium, load, repainted, watch_panels
from benchmarks.report import Bar, Section, Table
from benchmarks.serving import GUIDE, OURS, Page, running, running_sandbox
from benchmarks.upstream import Upstream, far_away, slowest_chain
from benchmarks.wide_accounts import account_id
from sandbox.catalogue.metrics import GUIDE_CPU_HOURS

LATENCIES = (0, 50, 200)
ROUNDS = 3
LENGTHS, SHIFT = (30, 90), 3  # days
LAST = date(2026, 11, 12)  # of the first round's range; each round goes back by a week
MARK_SECONDS = 2.5  # Burnboard's mark of the books asks once the panels have begun
KINDS = ("cold", "overlapping", "warm")
PATHS = {OURS: f"/accounts/{account_id(10)}", GUIDE: "/"}
PANELS = {
    OURS: ("#kpi-row", "#usage-chart", "#spend-chart", "#burndown-chart"),
    GUIDE: ("#usage", "#spend", "#commitments"),
}
CHARTS = {OURS: ("#usage-chart", "#spend-chart"), GUIDE: ("#usage", "#spend")}
METRIC = GUIDE_CPU_HOURS.id
WARM_LEAST, OVERLAP_LEAST, CHAIN_MOST, CHAIN_MORE = 5.0, 3.0, 1.2, 150.0


@dataclass(frozen=True)
class Change:
    """Milliseconds to the last repaint, and of the slowest chain of calls until then."""

    repaint: float
    chain: float


Found = dict[str, dict[str, list[Change]]]  # by contender and kind


class Viewer:
    """One contender with its page open in a browser of its own, at a distance of its own from the API."""

    def __init__(self, name: str, page: Page, driver: webdriver.Chrome, upstream: Upstream) -> None:
        self._name, self._driver = name, driver
        self.page, self.upstream = page, upstream
        load(driver, page.url + PATHS[name])
        watch_panels(driver, PANELS[name])

    def choose(self, first: date, days: int) -> Change:
        self.upstream.taken()
        repaint = repainted(self._driver, *wanted(self._name, first, days), CHARTS[self._name])
        return Change(repaint, slowest_chain(self.upstream.taken()) * 1e3)

    def calls(self, first: date, days: int) -> int:
        """How many calls the change causes, those included that nobody waits for."""
        self.upstream.taken()
        repainted(self._driver, *wanted(self._name, first, days), CHARTS[self._name])
        time.sleep(MARK_SECONDS)
        return len(self.upstream.taken())


Viewers = dict[str, Viewer]


def wanted(name: str, first: date, days: int) -> tuple[str, dict[str, Any]]:
    """The component of a page that a range is chosen by, and what is put into it."""
    last = first + timedelta(days=days - 1)
    if name == OURS:
        return "url", {"search": f"?from={first}&to={last}"}
    return "dates", {"start_date": f"{first}", "end_date": f"{last}"}


def starts(number: int, days: int) -> dict[str, date]:
    """By kind, the first day of each range of a round."""
    first = LAST - timedelta(days=7 * number + days)
    return dict(zip(KINDS, (first, first + timedelta(days=SHIFT), first), strict=True))


def measured(viewers: Viewers, rounds: range, days: int) -> Found:
    """``rounds``: their numbers, each with a range of its own."""
    found: Found = {name: {kind: [] for kind in KINDS} for name in viewers}
    for number in rounds:
        for name, viewer in viewers.items():
            viewer.page.forget()
            for kind, first in starts(number, days).items():
                found[name][kind].append(viewer.choose(first, days))
    return found


def counted(viewers: Viewers, number: int, days: int) -> dict[str, dict[str, int]]:
    """Calls of the API by contender and kind."""
    found = {}
    for name, viewer in viewers.items():
        viewer.page.forget()
        found[name] = {kind: viewer.calls(first, days) for kind, first in starts(number, days).items()}
    return found


def section() -> Section:
    with ExitStack() as stack:
        api = stack.enter_context(running_sandbox(module="benchmarks.wide_accounts"))
        viewers = {}
        for name in (OURS, GUIDE):
            relay, upstream = stack.enter_context(far_away(api))
            settings = {"BURNBOARD_WORKERS": "1", "GUIDE_METRIC": METRIC}
            page = stack.enter_context(running(name, relay, **settings))
            viewers[name] = Viewer(name, page, stack.enter_context(chromium()), upstream)
        measured(viewers, range(1), LENGTHS[0])  # what is imported or compiled once per process
        found = [(days, _at_latencies(viewers, days), counted(viewers, 1, days)) for days in LENGTHS]
    tables = [_table(days, kind, timed, calls) for days, timed, calls in found for kind in KINDS]
    return Section("Range changes", __doc__ or "", tables, bars=[bar for one in found for bar in bars(*one[:2])])


def _at_latencies(viewers: Viewers, days: int) -> dict[int, Found]:
    found = {}
    for place, latency in enumerate(LATENCIES):
        for viewer in viewers.values():
            viewer.upstream.delay = latency / 1e3
        found[latency] = measured(viewers, range(2 + place * ROUNDS, 2 + (place + 1) * ROUNDS), days)
    return found


def bars(days: int, found: dict[int, Found]) -> list[Bar]:
    far = LATENCIES[-1]
    return [
        *(_faster("warm", f"{days} days, {latency} ms", found[latency], WARM_LEAST) for latency in LATENCIES),
        _faster("overlapping", f"{days} days, {far} ms", found[far], OVERLAP_LEAST),
        *(_within_chain(f"{days} days, {latency} ms", found[latency][OURS]["cold"]) for latency in LATENCIES),
    ]


def _faster(kind: str, where: str, found: Found, least: float) -> Bar:
    ratio = times(found, kind)
    return Bar(f"{kind} range change, {where}", f"at least {least:g}x faster", f"{ratio:.1f}x", met=ratio >= least)


def times(found: Found, kind: str) -> float:
    """The guide's page's median over ours."""
    theirs, ours = (median(one.repaint for one in found[name][kind]) for name in (GUIDE, OURS))
    return theirs / ours


def _within_chain(where: str, cold: list[Change]) -> Bar:
    """By the median of how much each was over (or under) what its own chain allows."""
    over = median(one.repaint - (CHAIN_MOST * one.chain + CHAIN_MORE) for one in cold)
    told = f"{median(one.repaint for one in cold):,.0f} ms, chain {median(one.chain for one in cold):,.0f} ms"
    limit = f"at most {CHAIN_MOST:g} x chain + {CHAIN_MORE:g} ms"
    return Bar(f"cold range change, {where}", limit, told, met=over <= 0)


def _table(days: int, kind: str, found: dict[int, Found], calls: dict[str, dict[str, int]]) -> Table:
    heads = (f"{kind}, {days} days", *(f"ms, {name}" for name in (OURS, GUIDE)), "times", "chain ms",
             *(f"calls, {name}" for name in (OURS, GUIDE)))  # fmt: skip
    rows = []
    for latency, by_name in found.items():
        repaints = (f"{median(one.repaint for one in by_name[name][kind]):,.0f}" for name in (OURS, GUIDE))
        chain = f"{median(one.chain for one in by_name[OURS][kind]):,.0f}"
        asked = (str(calls[name][kind]) for name in (OURS, GUIDE))
        rows.append((f"{latency} ms", *repaints, f"{times(by_name, kind):.1f}", chain, *asked))
    return Table("", heads, rows)
