"""The daily burndown as a figure, as rows and in words."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from components.burn_table import burn_days_table, use_order_table
from components.figures.burn_marks import EVENTS, FLOORED, GAPS, LANDINGS
from components.figures.daily_burndown import daily_burndown, series_names
from components.figures.stacked_bars import MAX_MARKS
from components.use_words import reason, why
from data.analytics.burn_days import burn_days
from data.analytics.burn_days_charts import BurnChart, burn_charts
from data.analytics.burn_days_values import Extent
from data.analytics.entries import accounts_of
from data.analytics.use_order import Rule, Turn, use_queues
from data.filters import Days
from data.lineage.value import Seal
from tests.unit.analytics.builders import at, balance, deduction, entry, lines, segment, tables, units
from tests.unit.components.reading import grids_in, rows_of

NOW = at("2024-09-10T12:00")
DAYS = Days(first=date(2024, 9, 1), last=date(2024, 9, 20))
MARK = Seal("C", ("account",)).mark
Row = dict[str, Any]


def chart_of(
    balances: list[Row], segments: list[Row], entries: list[Row], rows: tuple[Row, ...] = (), *, days: Days = DAYS,
    missing: tuple[Any, ...] = (),
) -> BurnChart:  # fmt: skip
    accounts = accounts_of(*tables(balances, segments, entries), invoices=None, now=NOW, units=units())
    extent = Extent(date(2024, 9, 1), date(2024, 10, 1), missing)
    periods = {"inv": (at("2024-09-01"), at("2024-10-01"))}
    found = burn_days(accounts, lines(*rows), days, periods=periods, extent=extent, now=NOW)
    (chart,) = burn_charts(found.tracks, days)
    return chart


def two(count: int = 2, *, used: object = 300, days: Days = DAYS, **more: Any) -> BurnChart:
    """``count`` balances of $100; $1 drawn from the first on each of three days, ``used`` cents in the ledger."""
    idents = [f"B{number:02d}" for number in range(count)]
    granted = [entry(ident, "granted", 10_000, "2024-09-01", segment_id=ident) for ident in idents]
    deducted = entry(idents[0], "used", f"-{used}", "2024-10-01", segment_id=idents[0], invoice_id="inv")
    rows = tuple(deduction(-100, day=f"2024-09-0{day}", commit_id=idents[0], segment_id=idents[0]) for day in (3, 4, 5))
    return chart_of(
        [balance(ident, priority=float(at)) for at, ident in enumerate(idents)],
        [segment(ident, ident, 10_000, "2024-09-01", "2025-09-01") for ident in idents],
        [*granted, deducted], rows, days=days, **more,
    )  # fmt: skip


def figure(chart: BurnChart) -> dict[str, dict[str, Any]]:
    """Traces by name; of two of one name the first."""
    drawn = daily_burndown(chart, now=NOW, mark=MARK)
    traces: dict[str, dict[str, Any]] = {}
    for trace in drawn["data"]:
        traces.setdefault(trace["name"], trace)
    return traces | {"": drawn}


def test_the_first_used_stands_on_top_and_pending_days_are_hatched() -> None:
    traces = figure(two())
    assert [name for name in traces if name][:2] == ["B01", "B00"]
    first, last = traces["B00"], traces["B01"]
    assert first["y"][:6] == [100, 100, 99, 98, 97, 97]
    assert set(last["y"]) == {100}
    assert first["marker"]["pattern"]["shape"] == ["", "", *["/"] * 18]
    assert last["marker"]["pattern"]["shape"] == [*[""] * 10, *["/"] * 10]
    assert (first["legendrank"], last["legendrank"]) == (1, 2)
    layout = traces[""]["layout"]
    assert (layout["barmode"], layout["bargap"]) == ("stack", 0)
    assert layout["shapes"][-1]["x0"] == "2024-09-10 12:00:00"
    assert layout["annotations"][1]["text"] == "now"


def test_every_bar_has_a_receipt_and_one_text_tells_the_day() -> None:
    traces = figure(two())
    marks = [mark for name in ("B00", "B01") for mark in traces[name]["customdata"]]
    assert len(set(marks)) == 40
    assert "Total <b>$199.00</b>" in traces["B01"]["hovertext"][2]
    assert traces["B00"]["hoverinfo"] == "none"
    assert "$99.00</b> after $1.00 drawn · pending" in traces["B01"]["hovertext"][2]


def test_a_landing_that_misses_the_ledger_is_marked_with_how_much() -> None:
    traces = figure(two(used=500))
    assert traces[GAPS]["x"] == ["2024-09-10 12:00:00"]
    assert "$3.00 drawn, $5.00 in the ledger, +$2.00" in traces[GAPS]["hovertext"][0]
    assert LANDINGS in figure(two())
    assert traces["B00"]["y"][8:10] == [97, 95]


def test_events_and_paths_below_zero_have_marks_of_their_own() -> None:
    grant = entry("B", "granted", 1000, "2024-09-01", segment_id="S", type="PREPAID_COMMIT_SEGMENT_START")
    taken = entry("B", "adjusted", -1500, "2024-09-04", reason="<b>Pilot</b>", type="PREPAID_COMMIT_MANUAL")
    traces = figure(chart_of([balance()], [segment("S", "B", 1000, "2024-09-01", None)], [grant, taken]))
    assert traces[EVENTS]["x"] == ["2024-09-01 12:00:00", "2024-09-04 12:00:00"]
    assert "Adjusted by hand −$15.00 · B (&lt;b&gt;Pilot&lt;/b&gt;)" in traces[EVENTS]["hovertext"][1]
    assert (traces[FLOORED]["x"], traces[FLOORED]["y"]) == (["2024-09-04 12:00:00"], [0])
    assert "goes to −$5.00" in traces[FLOORED]["hovertext"][0]
    assert traces["B"]["y"][2:5] == [10, 0, 0]


def test_unknown_days_are_gaps_and_say_so() -> None:
    traces = figure(two(1, missing=((at("2024-09-06"), at("2024-09-07")),)))
    assert traces["B00"]["y"][:9] == [None] * 9
    assert traces["B00"]["customdata"][0] == ""
    assert traces["B00"]["y"][9] == 97
    assert any(note["text"] == "no data" for note in traces[""]["layout"]["annotations"])


@pytest.mark.parametrize(("count", "kind"), [(3, "bar"), (12, "scatter")])
def test_beyond_two_thousand_marks_steps_are_drawn(count: int, kind: str) -> None:
    days = Days(first=DAYS.first, last=DAYS.first + timedelta(days=399))
    chart = two(count, days=days)
    drawn = daily_burndown(chart, now=NOW, mark=MARK)
    stacks = [trace for trace in drawn["data"] if trace["name"].startswith("B")]
    assert {trace["type"] for trace in stacks} == {kind}
    if kind == "bar":
        assert sum(len(trace["x"]) for trace in stacks) <= MAX_MARKS
        return
    halves = [trace for trace in stacks if trace["name"] == "B11"]
    assert [trace["showlegend"] for trace in halves] == [True, False]
    assert ["fillpattern" in trace for trace in halves] == [False, True]
    assert [left + right for left, right in zip(*(trace["y"] for trace in halves), strict=True)][:364] == [100] * 364


def test_segments_of_one_name_are_told_apart_by_their_first_day() -> None:
    parts = [segment("S", "B", 100, "2024-09-01", "2024-09-10"), segment("T", "B", 100, "2024-09-10", None)]
    grants = [entry("B", "granted", 100, f"2024-09-{day}", segment_id=part) for part, day in (("S", "01"), ("T", "10"))]
    chart = chart_of([balance()], parts, grants)
    assert series_names(chart) == ("B, from 1 Sep 2024", "B, from 10 Sep 2024")


def test_the_rows_are_the_bars_the_newest_day_first() -> None:
    (grid,) = grids_in(burn_days_table(two(), MARK))
    head, *rows = rows_of(grid)
    assert head == ["Day", "All", "B00", "B01", "What happened"]
    assert rows[0][:4] == ["Fri 20 Sep 2024 Pending", "$197.00", "$97.00", "$100.00"]
    assert rows[-1] == [
        "Sun 1 Sep 2024",
        "$200.00",
        "$100.00",
        "$100.00",
        " GRANTED +$100.00 · B00 GRANTED +$100.00 · B01".strip(),
    ]
    assert "Invoice end: B00: draft, $3.00 drawn, as the ledger says" in rows[10][4]
    receipts = [
        cell["receipt"]
        for row in grid["groups"][0]["rows"]
        for cell in row["cells"]
        if isinstance(cell, dict) and "receipt" in cell
    ]
    assert len(receipts) == len(set(receipts)) == 60


def test_the_order_of_use_says_why() -> None:
    rows = [
        balance("first", balance=100, has_ledger=False, priority=1.0),
        balance("second", balance=200, has_ledger=False, priority=5.0),
    ]
    parts = [segment(one["balance_id"], one["balance_id"], 100, "2024-09-01", "2025-09-01") for one in rows]
    accounts = accounts_of(*tables(rows, parts, []), invoices=None, now=NOW, units=units())
    (queue,) = use_queues(accounts, NOW)
    (grid,) = grids_in(use_order_table(queue, MARK))
    assert rows_of(grid)[1:] == [
        ["first", "$1.00", "31 Aug 2025", "Lower priority number (1 before 5)"],
        ["second", "$2.00", "31 Aug 2025", "–"],
    ]
    assert why(*queue.turns) == "first before second: lower priority number (1 before 5)."


@pytest.mark.parametrize(
    ("rule", "own", "following", "words"),
    [
        (Rule.TIER, 1, 2, "what rolled over is used before prepaid value"),
        (Rule.PRIORITY, 5.0, float("inf"), "it has a priority (5), the next has none"),
        (Rule.COST, False, True, "it cost nothing, the next was paid for"),
        (Rule.PRODUCTS, 2, 1_000_000_000, "fewer products (2 before any number)"),
        (Rule.SPECIFIERS, 1, 3, "fewer conditions (1 before 3)"),
        (Rule.END, at("2024-11-01"), at("9999-12-31T23:59:59.999999"), "it ends first (31 Oct 2024 before no end)"),
        (Rule.START, at("0001-01-01"), at("2024-11-01"), "it began first (no start before 1 Nov 2024)"),
        (None, None, None, "no rule tells them apart"),
    ],
)
def test_each_rule_in_words(rule: Rule | None, own: Any, following: Any, words: str) -> None:
    queue_of_one = two(1).tracks[0].account
    assert reason(Turn(queue_of_one, None, rule, own, following)) == words  # type: ignore[arg-type]  # no lot is needed
    assert reason(Turn(queue_of_one, None, is_last=True)) == ""  # type: ignore[arg-type]


def test_amounts_are_exact_until_they_are_drawn() -> None:
    chart = two(1, used="300.000000000000000000000000000001")
    landing = chart.tracks[0].landings[0]
    assert landing.gap == Decimal("1E-32")
    assert not landing.is_off
