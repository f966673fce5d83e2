"""How much does the browser have to draw at worst, and what does the figure cost the server?

The widest questions that the page lets a person ask: 400 groups, 400 days or 31 days of hours, the 15 largest shown,
and a hundred commitments over time. Rows become a table and a figure as they do for a panel; Chromium draws the figure
with the vendored bundle, and every bar, path and point in the document is counted.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pandas as pd
from selenium.webdriver.remote.webdriver import WebDriver

from benchmarks.browser import chromium
from benchmarks.report import Bar, Section, Table
from benchmarks.serving import ROOT
from components.figures.balance_steps import balance_steps
from components.figures.stacked_bars import MAX_MARKS, stacked_bars
from data.analytics.balance_steps import BalanceChart, BalanceSteps
from data.analytics.commitments import Side
from data.analytics.usage import usage_by_group
from data.analytics.windows import windows_between
from data.filters import ChartMode, Days, Window
from data.lineage.value import Seal

FIRST = date(2025, 6, 1)
ROUNDS = 5
SEAL = Seal("U", ("",))
SHOWN = 15
COUNT_MARKS = """
const shapes = '.bars .point path, .js-line, .js-fill, .scatterlayer .point, .shapelayer path';
return document.querySelectorAll(shapes).length;
"""
DRAW = """
const [figure, done] = [JSON.parse(arguments[0]), arguments[1]];
const chart = document.getElementById('chart');
Plotly.purge(chart);
const begun = performance.now();
Plotly.newPlot(chart, figure.data, figure.layout).then(() => done(performance.now() - begun));
"""
Figure = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """A question at the edge of what may be asked; ``figure`` builds its chart from rows that are there already."""

    name: str
    figure: Callable[[], Figure]


@dataclass(frozen=True)
class Drawn:
    """Server milliseconds to the figure, its bytes as JSON, marks in the document, browser milliseconds to draw it."""

    build: float
    size: int
    marks: int
    draw: float


def cases() -> list[Case]:
    stacked, lines = ChartMode.STACKED, ChartMode.LINE
    return [
        _usage("400 groups, 400 days by day", 400, Window.DAY, 400, mode=stacked),
        _usage("400 groups, 31 days by hour", 31, Window.HOUR, 400, mode=stacked),
        _usage("400 groups, 31 days by hour, lines", 31, Window.HOUR, 400, mode=lines),
        _usage("400 groups, 120 days by day", 120, Window.DAY, 400, mode=stacked),
        _usage("400 groups, 110 days by day, lines", 110, Window.DAY, 400, mode=lines),
        _usage("400 groups that do not add up, with gaps, 400 days", 400, Window.DAY, 400, additive=False),
        _usage("10 groups, 31 days by day", 31, Window.DAY, 10, mode=stacked),
        Case("100 commitments over 400 days", lambda: _balances(100, 400)),
    ]


def usage(days: Days, window: Window, groups: int, *, gaps: bool) -> pd.DataFrame:
    """USAGE rows, one per window and group; with ``gaps`` every other one is missing, so that lines fall apart."""
    spans = windows_between(days, window)
    at, group = (grid.ravel() for grid in np.meshgrid(np.arange(len(spans)), np.arange(groups), indexing="ij"))
    keep = (at + group) % 2 == 0 if gaps else np.full(len(at), fill_value=True)
    at, group = at[keep], group[keep]
    starts, ends = (pd.Series([span[side] for span in spans], dtype="datetime64[us, UTC]") for side in (0, 1))
    names = pd.Index([orjson.dumps({"pod": f"pod-{number}"}).decode() for number in range(groups)], dtype=object)
    return pd.DataFrame(
        {
            "window_start": starts.take(at).reset_index(drop=True),
            "window_end": ends.take(at).reset_index(drop=True),
            "group": pd.Categorical.from_codes(group, names),
            "value": (at * 7 + group * 13) % 101 + 1.0,
        }
    )


def marks(driver: WebDriver, figure: Figure) -> int:
    """Marks in the document once ``figure`` is drawn in the browser of ``canvas``."""
    draw_time(driver, figure)
    return int(driver.execute_script(COUNT_MARKS))


def draw_time(driver: WebDriver, figure: Figure) -> float:
    return float(driver.execute_async_script(DRAW, orjson.dumps(figure).decode()))


def canvas(driver: WebDriver, folder: Path) -> None:
    """A page with an empty chart and the vendored bundle."""
    (bundle,) = (ROOT / "assets" / "vendor").glob("plotly-basic-*.min.js")
    page = folder / "canvas.html"
    page.write_text(
        f'<script src="{bundle.as_uri()}"></script><div id="chart" style="width:1100px;height:340px"></div>'
    )
    driver.get(page.as_uri())


def section() -> Section:
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        driver = stack.enter_context(chromium())
        canvas(driver, Path(folder))
        found = {case.name: _measured(driver, case) for case in cases()}
    most = max(one.marks for one in found.values())
    heads = ("", "table and figure ms", "figure kB", "marks", "browser ms")
    rows = [(name, f"{one.build:,.1f}", f"{one.size / 1e3:,.1f}", f"{one.marks:,}", f"{one.draw:,.0f}")
            for name, one in found.items()]  # fmt: skip
    table = Table(f"medians of {ROUNDS}", heads, rows)
    bar = Bar("marks in the widest charts", f"at most {MAX_MARKS:,}", f"{most:,}", met=most <= MAX_MARKS)
    return Section("Marks", __doc__ or "", [table], bars=[bar])


def _usage(
    name: str, days: int, window: Window, groups: int, *, mode: ChartMode = ChartMode.LINE, additive: bool = True
) -> Case:
    span = Days(first=FIRST, last=FIRST + timedelta(days=days - 1))
    rows = usage(span, window, groups, gaps=not additive)
    now = datetime(2027, 1, 1, tzinfo=UTC)

    def figure() -> Figure:
        table = usage_by_group(rows, span, window, additive=additive, top=SHOWN, now=now)
        return stacked_bars(table, unit="hours", is_money=False, seal=SEAL, mode=mode)

    return Case(name, figure)


def _balances(count: int, days: int) -> Figure:
    start = datetime.combine(FIRST, datetime.min.time(), UTC)
    times = tuple(start + timedelta(days=day) for day in range(days))
    left = tuple(Decimal(10_000 - 20 * day) for day in range(days))
    steps = tuple(BalanceSteps(f"Commit {number}", times, left, times[-30]) for number in range(count))
    chart = BalanceChart("USD", Side.PREPAID, True, steps)
    return balance_steps(chart, now=times[-30], start=times[0], end=times[-1], mark=SEAL.mark)


def _measured(driver: WebDriver, case: Case) -> Drawn:
    seconds = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        figure = case.figure()
        seconds.append(time.perf_counter() - begun)
    draws = [draw_time(driver, figure) for _ in range(ROUNDS)]
    return Drawn(
        statistics.median(seconds) * 1e3, len(orjson.dumps(figure)), marks(driver, figure), statistics.median(draws)
    )
