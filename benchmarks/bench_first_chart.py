"""How soon does the default page show its first chart, and how much does a browser fetch for it?

Beside it two unmodified Dash pages on the same server, sandbox and browser, in turns: ``stock_page.py`` has all of
Burnboard's charts, tables and controls; ``plain_page.py`` only the first chart and one table, without any control. Cold
is a browser that never saw the page and an app whose cache of answers is empty; the second load follows in the same
browser. The bar: at most half the time and 15 % of the bytes, cold.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from statistics import median

from benchmarks.browser import Line, Load, chromium, load
from benchmarks.report import Section, Table
from benchmarks.serving import forget, running_page, running_sandbox

ROUNDS, SLOW_ROUNDS = 7, 3
SLOW = Line(megabits=10, delay=40)
ACCOUNT = "/accounts/71541854-d3c9-52d2-a2ed-a13241d738b0"  # Halden Robotics, the account that a demo opens on
MOST_TIME, MOST_BYTES = 0.5, 0.15
OURS, STOCK, PLAIN = "Burnboard", "the same on stock Dash", "plain Dash page"
SERVED = {
    OURS: "benchmarks.serving:burnboard",
    STOCK: "benchmarks.stock_page:served",
    PLAIN: "benchmarks.plain_page:served",
}


@dataclass(frozen=True)
class Loads:
    """The loads of one contender, round by round."""

    cold: list[Load] = field(default_factory=list)
    again: list[Load] = field(default_factory=list)


def measured(pages: dict[str, str], rounds: int, line: Line | None = None) -> dict[str, Loads]:
    """``rounds`` turns of all ``pages`` (addresses by name)."""
    found = {name: Loads() for name in pages}
    for _ in range(rounds):
        for name, page in pages.items():
            forget(page)
            with chromium(line=line) as driver:
                found[name].cold.append(load(driver, page + ACCOUNT))
                found[name].again.append(load(driver, page + ACCOUNT))
    return found


def paired_ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The median over the rounds of ours to theirs within one round."""
    return median(one / other for one, other in zip(ours, theirs, strict=True))


def section() -> Section:
    with ExitStack() as stack:
        api = stack.enter_context(running_sandbox())
        pages = {name: stack.enter_context(running_page(factory, api)) for name, factory in SERVED.items()}
        measured(pages, 1)  # bundles compressed, modules imported: once per process, not once per visitor
        fast = measured(pages, ROUNDS)
        slow = measured(pages, SLOW_ROUNDS, SLOW)
    tables = [_table(f"on this machine, {ROUNDS} rounds", fast), _table(_slow_title(), slow)]
    return Section("First chart", __doc__ or "", tables, _verdict(fast))


def _slow_title() -> str:
    return f"at {SLOW.megabits:g} Mbit/s and {SLOW.delay:g} ms, {SLOW_ROUNDS} rounds"


def _table(title: str, found: dict[str, Loads]) -> Table:
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


def _verdict(found: dict[str, Loads]) -> list[str]:
    return [line for other in (STOCK, PLAIN) for line in _against(found[OURS], found[other], other)]


def _against(ours: Loads, theirs: Loads, name: str) -> list[str]:
    lines = []
    for when, mine, other in (("cold", ours.cold, theirs.cold), ("again", ours.again, theirs.again)):
        paired = paired_ratio([one.chart for one in mine], [one.chart for one in other])
        least = min(one.chart for one in mine) / min(one.chart for one in other)
        lines.append(f"Time, {when}: {paired:.2f} of {name} (median of pairs), {least:.2f} (minima).")
    share = median(one.wire for one in ours.cold) / median(one.wire for one in theirs.cold)
    time = paired_ratio([one.chart for one in ours.cold], [one.chart for one in theirs.cold])
    met = "met" if time <= MOST_TIME and share <= MOST_BYTES else "missed"
    bar = f"Bar (time {MOST_TIME}, bytes {MOST_BYTES:.0%}): {met}."
    return [*lines, f"Bytes, cold: {share:.1%} of {name}. {bar}"]
