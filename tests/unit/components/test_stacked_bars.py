from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from components.figures.axes import MAX_BANDS
from components.figures.stacked_bars import MAX_MARKS, OPEN_OPACITY, stacked_bars
from data.filters import ChartMode
from data.lineage.value import series_marks
from data.series import NOT_SET_LABEL, OTHER_LABEL, SeriesKind, SeriesTable
from tests.unit.components.tables_made_up import DAY, FIRST, SEAL, guide_table, one_series, table_of, wide_table

HOSTILE = ('<a href="javascript:alert(1)">x</a>', "<b>b</b>", "&lt;i&gt;", "\u202eevil", "%{x}", "x" * 4096, "")


def drawn(table: SeriesTable, mode: ChartMode = ChartMode.STACKED, *, money: bool = False) -> dict[str, Any]:
    return stacked_bars(table, unit="USD" if money else "CPU hours", is_money=money, seal=SEAL, mode=mode)


def marks(figure: dict[str, Any]) -> int:
    """What a browser draws: every bar, every marker, every path, every shape and note."""
    points = sum(
        len(trace["y"]) if trace["type"] == "bar" or "markers" in trace["mode"] else 0 for trace in figure["data"]
    )
    return points + len(figure["data"]) + len(figure["layout"]["shapes"])


def strings(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for one in value.values() for text in strings(one)]
    if isinstance(value, list):
        return [text for one in value for text in strings(one)]
    return [value] if isinstance(value, str) else []


def test_the_guides_usage_is_drawn_as_sent() -> None:
    data = drawn(guide_table())["data"]
    assert [(trace["type"], trace["name"], trace["y"]) for trace in data] == [
        ("bar", "ap-south-1", [37.0, 91.0]),
        ("bar", "us-east-1", [24.0, 0.0]),
        ("bar", "us-east-2", [12.0, 0.0]),
    ]
    assert data[0]["x"] == ["2024-10-01 12:00:00", "2024-10-02 12:00:00"]  # the middle of each window


def test_the_box_over_a_day_tells_day_total_groups_by_size_and_shares() -> None:
    data = drawn(guide_table())["data"]
    (said,) = [text for trace in data for text in trace.get("hovertext", [])[:1] if text]
    plain = re.sub(r"<[^>]+>", "|", said).replace("\u200e", "")
    assert plain == (
        "|Tue 1 Oct 2024 (UTC)||Total |73|||■| ap-south-1  |37|  50.7%||■| us-east-1  |24|  32.9%"
        "||■| us-east-2  |12|  16.4%"
    )


def test_one_trace_speaks_per_window_and_no_trace_is_added_for_it() -> None:
    table = table_of(one_series("a", [1.0, None, 3.0]), one_series("b", [None, 2.0, 4.0]))
    data = drawn(table)["data"]
    assert [trace["name"] for trace in data] == ["a", "b"]
    spoken = [[bool(text) for text in trace["hovertext"]] for trace in data]
    assert spoken == [[True, False, False], [False, True, True]]


def test_a_box_lists_ten_groups_and_sums_the_rest() -> None:
    table = table_of(*(one_series(f"g{at:02}", [float(at)]) for at in range(1, 15)))
    (said,) = [text for trace in drawn(table)["data"] for text in trace.get("hovertext", []) if text]
    assert said.count("■") == 10
    assert "and 4 more  <b>10</b>" in said


def test_null_and_rest_have_the_names_of_the_interfaces() -> None:
    table = table_of(
        one_series("eu", [1.0]),
        one_series(NOT_SET_LABEL, [1.0], SeriesKind.NOT_SET),
        one_series(OTHER_LABEL, [1.0], SeriesKind.OTHER),
        other_count=7,
    )
    figure = drawn(table)
    assert [trace["name"] for trace in figure["data"]] == ["eu", "(not set)", "Other"]
    assert any("Other (7)" in text for text in strings(figure))


@pytest.mark.parametrize("mode", list(ChartMode))
@pytest.mark.parametrize("stackable", [True, False])
def test_nothing_in_a_hostile_name_reaches_the_drawing_as_markup(mode: ChartMode, stackable: bool) -> None:
    table = table_of(*(one_series(name, [Decimal(5)]) for name in HOSTILE), stackable=stackable)
    figure = stacked_bars(table, unit='<a href="x">', is_money=False, seal=SEAL, mode=mode)
    for text in strings(figure):
        assert not re.search(r"<(?!/?b>|br>|/?span)", text), text
        assert "\u202e" not in text
    spans = {span for text in strings(figure) for span in re.findall(r"<span[^>]*>", text)}
    assert all(re.fullmatch(r'<span style="color:#[0-9a-f]{6}">', span) for span in spans)
    assert all(0 < len(trace["name"]) < 600 for trace in figure["data"])


@pytest.mark.thorough
@pytest.mark.parametrize("mode", list(ChartMode))
@pytest.mark.parametrize("stackable", [True, False])
@pytest.mark.parametrize(
    ("groups", "windows"), [(1, 1), (17, 31), (17, 115), (17, 744), (500, 3), (3000, 2), (2, 9600)]
)
def test_marks_stay_under_the_ceiling(mode: ChartMode, stackable: bool, groups: int, windows: int) -> None:
    figure = drawn(replace(wide_table(groups, windows), stackable=stackable), mode)
    assert marks(figure) <= MAX_MARKS
    assert {trace["type"] for trace in figure["data"]} <= {"bar", "scatter"}


def test_every_other_window_missing_stays_under_the_ceiling() -> None:
    gappy = one_series("a", [None if at % 2 else 1.0 for at in range(1900)])
    figure = drawn(table_of(gappy))
    assert len(figure["layout"]["shapes"]) == MAX_BANDS
    assert marks(figure) <= MAX_MARKS


def test_bars_become_areas_of_the_same_sums_beyond_the_ceiling() -> None:
    few, many = drawn(wide_table(3, 24)), drawn(wide_table(3, 744))
    assert {trace["type"] for trace in few["data"]} == {"bar"}
    assert {trace["type"] for trace in many["data"]} == {"scatter"}
    assert all(trace["stackgroup"] == "all" and trace["y"][:744] == [at + 1.0] * 744
               for at, trace in enumerate(many["data"]))  # fmt: skip
    assert many["data"][0]["x0"] == "2024-10-01"
    assert many["data"][0]["dx"] == 3_600_000


def test_a_metric_that_does_not_add_up_is_lines_with_gaps_and_no_total() -> None:
    table = replace(table_of(one_series("a", [1.0, None, 3.0])), stackable=False)
    figure = drawn(table)
    (trace,) = figure["data"]
    assert trace["mode"].startswith("lines")
    assert trace["y"] == [1.0, None, 3.0]
    assert trace["connectgaps"] is False
    assert "stackgroup" not in trace
    assert not any("Total" in text for text in strings(figure))


def test_a_lone_value_between_gaps_can_be_seen_without_markers() -> None:
    values = [float(at) if at % 3 == 0 else None for at in range(2400)]
    figure = drawn(replace(table_of(one_series("a", values), step=timedelta(hours=1)), stackable=False))
    (trace,) = figure["data"]
    assert trace["mode"] == "lines"
    assert trace["y"][:2] == [0.0, 0.0]
    assert trace["x"][:2] == ["2024-10-01", "2024-10-01 01:00:00"]
    assert len(trace["hovertext"]) == len(trace["y"])


def test_an_unfinished_window_is_faded_and_says_so() -> None:
    figure = drawn(table_of(one_series("a", [1.0, 2.0, 3.0]), open_at=2))
    assert figure["data"][0]["marker"]["opacity"] == [1.0, 1.0, OPEN_OPACITY]
    assert "so far" in [note["text"] for note in figure["layout"]["annotations"]]
    assert figure["data"][0]["hovertext"][2].startswith("<b>Thu 3 Oct 2024 (UTC)</b> · so far")


def test_time_that_lies_ahead_is_on_the_axis_but_not_drawn_as_a_fall_to_zero() -> None:
    table = table_of(one_series("a", [1.0, 2.0, 0.0, None]), open_at=1)
    for mode in (ChartMode.STACKED, ChartMode.LINE):
        figure = drawn(table, mode)
        assert figure["data"][0]["y"] == [1.0, 2.0]
        assert figure["layout"]["xaxis"]["range"] == ["2024-10-01", "2024-10-05"]
    running = drawn(table_of(one_series("a", [1.0, 3.0, 3.0, 3.0]), open_at=1), ChartMode.CUMULATIVE)
    assert running["data"][0]["y"] == [1.0, 3.0, 3.0]  # two windows and the closing point of the step


def test_days_without_any_value_are_named() -> None:
    figure = drawn(table_of(one_series("a", [1.0, None, None, 4.0])))
    assert [(shape["x0"], shape["x1"]) for shape in figure["layout"]["shapes"]] == [("2024-10-02", "2024-10-04")]
    assert "no data" in [note["text"] for note in figure["layout"]["annotations"]]
    assert figure["data"][0]["y"] == [1.0, None, None, 4.0]


def test_clipped_weeks_have_bars_of_their_own_width() -> None:
    starts = (FIRST, FIRST + 6 * DAY, FIRST + 13 * DAY)
    table = replace(table_of(one_series("a", [1.0, 2.0, 3.0])), starts=starts, ends=(*starts[1:], FIRST + 15 * DAY))
    (trace,) = drawn(table)["data"]
    days = [width / 86_400_000 for width in trace["width"]]
    assert days == pytest.approx([0.88 * 6, 0.88 * 7, 0.88 * 2])


def test_credits_hang_below_zero_and_the_axis_shows_it() -> None:
    figure = drawn(table_of(one_series("a", [Decimal("-37"), Decimal("-91")])), money=True)
    assert figure["data"][0]["y"] == [-37.0, -91.0]
    assert figure["layout"]["barmode"] == "relative"
    assert figure["layout"]["yaxis"]["rangemode"] == "tozero"
    assert "−$37.00" in figure["data"][0]["hovertext"][0]


def test_both_signs_are_never_filled_over_each_other() -> None:
    up = one_series("a", [Decimal(1)] * 1200)
    down = one_series("b", [Decimal(-1)] * 1200)
    assert not [trace for trace in drawn(table_of(up, down))["data"] if "stackgroup" in trace]


def test_a_figure_is_plain_json_with_colours_that_plotly_reads() -> None:
    figure = drawn(wide_table(17, 31), money=True)
    json.dumps(figure, allow_nan=False)
    for text in strings(figure):
        assert not re.fullmatch(r"[0-9a-fA-F]{6}", text)


def test_infinity_and_nan_are_gaps() -> None:
    (trace,) = drawn(table_of(one_series("a", [1.0, float("inf"), float("nan")])))["data"]
    assert trace["y"] == [1.0, None, None]


def test_an_empty_table_draws_nothing_and_does_not_fail() -> None:
    assert drawn(SeriesTable((), (), ()))["data"] == []


def test_zoom_is_along_time_only() -> None:
    layout = drawn(guide_table())["layout"]
    assert layout["dragmode"] == "zoom"
    assert layout["yaxis"]["fixedrange"] is True
    assert "fixedrange" not in layout["xaxis"]


@pytest.mark.parametrize(("windows", "step"), [(1, DAY), (24, timedelta(hours=1)), (72, timedelta(hours=1)), (31, DAY),
                                               (400, DAY), (57, 7 * DAY)])  # fmt: skip
def test_at_most_six_labels_stand_on_the_time_axis(windows: int, step: timedelta) -> None:
    axis = drawn(wide_table(2, windows, step))["layout"]["xaxis"]
    assert 1 <= len(axis["ticktext"]) <= 6
    assert len(axis["ticktext"]) == len(axis["tickvals"])
    assert re.search(r"20\d\d|Oct", axis["ticktext"][0])


def test_each_bar_carries_the_receipt_of_its_value() -> None:
    table = table_of(one_series("a", [1.0, None]), one_series("b", [2.0, 3.0]))
    ids = series_marks(SEAL, table)
    assert [trace["customdata"] for trace in drawn(table)["data"]] == [
        [ids.cell(0, 0), ""],
        [ids.cell(1, 0), ids.cell(1, 1)],
    ]


def test_a_trace_that_says_nothing_is_still_heard_where_a_click_opens_something() -> None:
    traces = drawn(guide_table())["data"]
    assert [trace["hoverinfo"] for trace in traces] == ["none", "none", "text"]


def test_paths_of_many_values_carry_the_receipts_of_their_windows() -> None:
    table = wide_table(17, 744)
    traces = drawn(table)["data"]
    ids = series_marks(SEAL, table)
    assert {trace["type"] for trace in traces} == {"scatter"}
    assert traces[-1]["customdata"] == [ids.window(at) for at in range(744)]
    assert not any("customdata" in trace for trace in traces[:-1])


def test_a_lone_value_that_is_stretched_keeps_its_receipt_beside_it() -> None:
    table = table_of(
        *(
            one_series(
                f"g{at}",
                [5.0, None] * 400,
            )
            for at in range(4)
        ),
        stackable=False,
    )
    ids = series_marks(SEAL, table)
    for trace in drawn(table)["data"]:
        assert len(trace.get("customdata", trace["y"])) == len(trace["y"])
    last = drawn(table)["data"][-1]
    assert last["customdata"][:4] == [ids.cell(len(drawn(table)["data"]) - 1, 0), "", "", ""]
