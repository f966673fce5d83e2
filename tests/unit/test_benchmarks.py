"""The parts of the benchmarks that are not measurements: a wrong table would be believed."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from dash import Dash

from benchmarks import bench_callbacks, bench_marks, bench_range_changes
from benchmarks.bench_first_chart import paired_ratio
from benchmarks.callback_client import CallbackClient
from benchmarks.machine import machine
from benchmarks.report import Bar, Section, Table, summary
from benchmarks.serving import FLAGSHIP, GUIDE, NOW, OURS
from benchmarks.upstream import Call, most_alike, question_of, slowest_chain
from benchmarks.viewers import percentile, posts
from benchmarks.wide_accounts import account_id, wide
from components.figures.stacked_bars import MAX_MARKS
from data.filters import Days, Window
from data.schema import USAGE, check
from sandbox.server import Sandbox

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


def test_the_summary_names_every_bar_and_says_which_were_missed() -> None:
    bars = [Bar("fast", "at most 3 ms", "2 ms", met=True), Bar("small", "at most 1 MB", "2 MB", met=False)]
    rows = summary([Section("Title", "Why?", [], bars=bars)]).text().splitlines()[2:]
    assert [[cell.strip() for cell in row.strip("|").split("|")] for row in rows] == [
        ["fast", "at most 3 ms", "2 ms", "met", "Title"],
        ["small", "at most 1 MB", "2 MB", "**missed**", "Title"],
    ]


def test_a_question_is_a_call_without_its_cursor_wherever_that_is_sent() -> None:
    in_query = question_of("GET", "/v1/customers?next_page=abc&limit=100", b"")
    in_body = question_of("POST", "/v1/list", b'{"next_page": "abc", "id": "x"}')
    assert in_query == (question_of("GET", "/v1/customers?limit=100", b"")[0], "abc")
    assert in_body == (question_of("POST", "/v1/list", b'{"id": "x"}')[0], "abc")


def test_the_slowest_chain_is_the_pages_of_one_question_and_what_usage_needs_first() -> None:
    usage, metrics = "POST /v1/usage/groups? {}", "GET /v1/customers/x/billable-metrics? {}"
    pages = [Call(usage, "", 0.0, 1.0), Call(usage, "2", 1.0, 2.0)]
    beside = [Call("GET /v1/customers/x/invoices? {}", "", 0.0, 2.5)]
    assert slowest_chain([]) == 0
    assert slowest_chain([*pages, *beside]) == 2.5
    assert slowest_chain([*pages, *beside, Call(metrics, "", 0.0, 1.0)]) == 3.0


def test_pages_of_one_question_are_not_alike() -> None:
    calls = [Call("a", "", 0, 1), Call("a", "2", 1, 2), Call("b", "", 0, 1)]
    assert most_alike(calls) == 1
    assert most_alike([*calls, Call("b", "", 2, 3)]) == 2
    assert most_alike([]) == 0


def test_each_round_of_range_changes_has_ranges_of_its_own() -> None:
    rounds = [bench_range_changes.starts(number, 30) for number in range(5)]
    assert len({first for one in rounds for first in one.values()}) == 2 * len(rounds)
    assert all(one["warm"] == one["cold"] != one["overlapping"] for one in rounds)


def test_a_bar_is_missed_by_the_figures_that_miss_it() -> None:
    slow, quick = bench_range_changes.Change(1000, 710), bench_range_changes.Change(150, 0)

    def found(ours: bench_range_changes.Change) -> bench_range_changes.Found:
        return {
            name: {kind: [one] for kind in bench_range_changes.KINDS} for name, one in ((OURS, ours), (GUIDE, slow))
        }

    told = {ours: bench_range_changes.bars(30, dict.fromkeys((0, 50, 200), found(ours))) for ours in (slow, quick)}
    assert {bar.met for bar in told[quick]} == {True}
    assert [bar.met for bar in told[slow]] == [False] * 4 + [True] * 3  # 1,000 ms is within 1.2 x 710 + 150, just


def test_the_wide_accounts_have_so_many_regions() -> None:
    account = wide(100, datetime(2026, 11, 20, 14, 30, tzinfo=UTC))
    assert account.id == account_id(100)
    assert len({cell.value("region") for cell in account.streams[0].cells}) == 100


def test_the_machine_is_named_with_what_runs_on_it() -> None:
    text = machine()
    assert "cores" in text
    assert "Python 3." in text
    assert "dash " in text


def test_a_callback_is_called_as_the_browser_calls_it(make_app: MakeApp) -> None:
    client = CallbackClient(make_app())
    address = {"pathname": f"/accounts/{FLAGSHIP}", "search": "?from=2026-11-01&to=2026-11-02"}
    values = {"address-overview.data": address}
    answer: dict[str, Any] = json.loads(client.call("usage-chart.figure", values))
    assert answer["response"]["usage-chart"]["figure"]["data"]
    with pytest.raises(StopIteration):
        client.call("no-such.output", values)


def test_every_measured_callback_exists(make_app: MakeApp) -> None:
    client = CallbackClient(make_app())
    for output in bench_callbacks.PANELS[OURS]:
        request = client.request(output, bench_callbacks.values(OURS, 10))
        assert any(one["value"] for one in request["inputs"]), output
        (post,) = posts("http://127.0.0.1:1", [request])
        assert post.startswith(b"POST /_dash-update-component HTTP/1.1")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # its table is Dash's own
def test_the_guides_page_shows_what_the_api_has(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BURNBOARD_NOW", NOW)
    monkeypatch.setenv("METRONOME_BASE_URL", sandbox.url)
    monkeypatch.setenv("METRONOME_BEARER_TOKEN", "benchmark")
    guide_page = importlib.import_module("benchmarks.guide_page")
    days = (FLAGSHIP, "2026-10-01", "2026-10-03")
    usage, spend = guide_page.show_usage(*days), guide_page.show_spend(*days)
    assert len(set(usage.data[0].x)) == len(set(spend.data[0].x)) == 3
    assert guide_page.show_commitments(*days)[0].keys() == {"name", "type", "granted", "used", "remaining"}


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
