"""The parts of the benchmarks that are not measurements: a wrong table would be believed."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from dash import Dash

from benchmarks import bench_callbacks, bench_marks
from benchmarks.bench_account_search import TYPED, percentile, prefixes
from benchmarks.bench_first_chart import paired_ratio
from benchmarks.callback_client import CallbackClient
from benchmarks.machine import machine
from benchmarks.report import Section, Table
from components.figures.stacked_bars import MAX_MARKS
from data.filters import Days, Window
from data.schema import USAGE, check

MakeApp = Callable[..., Dash]


def test_a_table_is_markdown_with_columns_under_each_other() -> None:
    text = Table("two rows", ("", "ms"), [("a", "1"), ("longer", "1,000")]).text()
    assert text.splitlines() == [
        "Two rows:",
        "",
        "|        |    ms |",
        "|--------|------:|",
        "| a      |     1 |",
        "| longer | 1,000 |",
    ]


def test_a_section_has_its_question_its_tables_and_what_they_say() -> None:
    text = Section("Title", "Why?\n", [Table("", ("", "n"), [("x", "1")])], ["So it is."]).text()
    assert text.startswith("## Title\n\nWhy?\n\n| ")
    assert text.endswith("- So it is.")


def test_a_percentile_is_a_value_that_was_measured() -> None:
    values = [float(value) for value in range(1, 21)]
    assert percentile(values, 0.5) == 10.0
    assert percentile(values, 0.95) == 19.0
    assert percentile(values, 1.0) == 20.0
    assert percentile([7.0], 0.5) == 7.0


def test_a_paired_ratio_compares_within_rounds() -> None:
    assert paired_ratio([1, 20, 3], [2, 40, 6]) == 0.5


def test_every_keystroke_of_every_text_is_asked() -> None:
    assert prefixes(("ab", "c")) == ["a", "ab", "c"]
    assert len(prefixes(TYPED)) == sum(map(len, TYPED))


def test_the_machine_is_named_with_what_runs_on_it() -> None:
    text = machine()
    assert "cores" in text
    assert "Python 3." in text
    assert "dash " in text


def test_a_callback_is_called_as_the_browser_calls_it(make_app: MakeApp) -> None:
    client = CallbackClient(make_app())
    address = {"pathname": bench_callbacks.ACCOUNT, "search": "?from=2026-11-01&to=2026-11-02"}
    values = {"address-overview.data": address}
    answer: dict[str, Any] = json.loads(client.call("usage-chart.figure", values))
    assert answer["response"]["usage-chart"]["figure"]["data"]
    with pytest.raises(StopIteration):
        client.call("no-such.output", values)


def test_every_measured_callback_exists(make_app: MakeApp) -> None:
    client = CallbackClient(make_app())
    for output in bench_callbacks.CALLBACKS.values():
        assert client.request(output, {})["inputs"], output


def test_the_rows_of_the_marks_benchmark_are_usage_rows() -> None:
    days = Days(first=bench_marks.FIRST, last=bench_marks.FIRST)
    rows = check(bench_marks.usage(days, Window.HOUR, 3, gaps=False), USAGE)
    assert len(rows) == 24 * 3
    assert len(bench_marks.usage(days, Window.HOUR, 3, gaps=True)) == 36


def test_the_marks_benchmark_asks_for_bars_at_the_limit_and_beyond_it() -> None:
    figures = {case.name: case.figure() for case in bench_marks.cases()[:4]}
    kinds = {name: {trace["type"] for trace in figure["data"]} for name, figure in figures.items()}
    assert kinds["400 groups, 120 days by day"] == {"bar"}
    assert kinds["400 groups, 400 days by day"] == {"scatter"}
    assert MAX_MARKS * 0.9 < 16 * 120
