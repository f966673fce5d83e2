"""How soon does a page show its first chart with data, and how much does a browser fetch for it?

Both open on the account of the demo. Cold is a browser that never saw the page and an app that holds no answers; the
second load follows in the same browser. The API is on this machine, without any distance. Where a ``lighthouse``
program is on the PATH, its score for performance is beside, as a trend.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from statistics import median

from benchmarks.browser import FLAGS, Line, Load, chromium, load
from benchmarks.report import Bar, Section, Table
from benchmarks.serving import FLAGSHIP, GUIDE, OURS, Page, running, running_sandbox

ROUNDS, SLOW_ROUNDS = 5, 2
SLOW = Line(megabits=10, delay=40)
COLD_MOST, WARM_MOST, BYTES_MOST = 0.45, 0.35, 0.12
PATHS = {OURS: f"/accounts/{FLAGSHIP}", GUIDE: "/"}


@dataclass(frozen=True)
class Loads:
    """The loads of one contender, round by round."""

    cold: list[Load] = field(default_factory=list)
    again: list[Load] = field(default_factory=list)


Found = dict[str, Loads]


def measured(pages: dict[str, Page], rounds: int, line: Line | None = None) -> Found:
    """``rounds`` turns of all ``pages``."""
    found = {name: Loads() for name in pages}
    for _ in range(rounds):
        for name, page in pages.items():
            page.forget()
            with chromium(line=line) as driver:
                found[name].cold.append(load(driver, page.url + PATHS[name]))
                found[name].again.append(load(driver, page.url + PATHS[name]))
    return found


def paired_ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The median over the rounds of ours to theirs within one round."""
    return median(one / other for one, other in zip(ours, theirs, strict=True))


def section() -> Section:
    with ExitStack() as stack:
        api = stack.enter_context(running_sandbox())
        pages = {name: stack.enter_context(running(name, api, BURNBOARD_WORKERS="1")) for name in PATHS}
        measured(pages, 1)  # bundles compressed, modules imported: once per process, not once per visitor
        fast = measured(pages, ROUNDS)
        slow = measured(pages, SLOW_ROUNDS, SLOW)
        scores = [told for name, page in pages.items() for told in lighthouse(name, page.url + PATHS[name])]
    tables = [_table(f"on this machine, {ROUNDS} rounds", fast), _table(_slow_title(), slow)]
    return Section("First chart", __doc__ or "", tables, scores, bars(fast))


def bars(found: Found) -> list[Bar]:
    ours, theirs = found[OURS], found[GUIDE]
    shares = [
        ("first chart, cold", _chart_ratio(ours.cold, theirs.cold), COLD_MOST, ours.cold),
        ("first chart, second load", _chart_ratio(ours.again, theirs.again), WARM_MOST, ours.again),
    ]
    told = [
        Bar(what, f"at most {most:.0%} of the time", f"{share:.0%} ({_middle(loads):,.0f} ms)", met=share <= most)
        for what, share, most, loads in shares
    ]
    share = median(one.wire for one in ours.cold) / median(one.wire for one in theirs.cold)
    kilobytes = f"{median(one.wire for one in ours.cold) / 1e3:,.0f} kB"
    return [*told, Bar("first load, cold", f"at most {BYTES_MOST:.0%} of the bytes", f"{share:.1%} ({kilobytes})",
                       met=share <= BYTES_MOST)]  # fmt: skip


def lighthouse(name: str, url: str) -> list[str]:
    """A sentence with the score, where there is such a program."""
    program = shutil.which("lighthouse")
    if program is None:
        return []
    flags = "--chrome-flags=" + " ".join(FLAGS)
    command = [program, url, "--quiet", "--only-categories=performance", "--output=json", flags]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)  # noqa: S603 - found above
    score = json.loads(done.stdout)["categories"]["performance"]["score"] if done.returncode == 0 else None
    return [f"Lighthouse, {name}: {'no score' if score is None else round(score * 100)}."]


def _chart_ratio(ours: list[Load], theirs: list[Load]) -> float:
    return paired_ratio([one.chart for one in ours], [one.chart for one in theirs])


def _middle(loads: list[Load]) -> float:
    return median(one.chart for one in loads)


def _slow_title() -> str:
    return f"at {SLOW.megabits:g} Mbit/s and {SLOW.delay:g} ms, {SLOW_ROUNDS} rounds"


def _table(title: str, found: Found) -> Table:
    heads = ("", "chart ms, median", "min", "kB on the wire", "answers", "long tasks ms")
    rows = []
    for name, loads in found.items():
        for when, ones in (("cold", loads.cold), ("again", loads.again)):
            rows.append((f"{name}, {when}", *_cells(ones)))
    return Table(title, heads, rows)


def _cells(loads: list[Load]) -> tuple[str, ...]:
    times = [one.chart for one in loads]
    return (
        f"{median(times):,.0f}",
        f"{min(times):,.0f}",
        f"{median(one.wire for one in loads) / 1e3:,.0f}",
        f"{median(one.requests for one in loads):,.0f}",
        f"{median(one.long_tasks for one in loads):,.0f}",
    )
