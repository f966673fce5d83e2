"""Usage by group: ranking, gaps, "Other", cumulation and the file."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from math import fsum

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.analytics.exact import sum_by
from data.analytics.gaps import blank_gaps
from data.analytics.ranking import cumulative
from data.analytics.usage import USAGE_FILE, is_additive, usage_by_group, usage_file, usage_rows
from data.filters import Days, Window
from data.series import SeriesKind, SeriesTable
from tests.unit.analytics.builders import at, steady, usage

OCTOBER = Days(first=date(2024, 10, 1), last=date(2024, 10, 31))
THREE = Days(first=date(2024, 10, 1), last=date(2024, 10, 3))
LATER = at("2024-12-01")
GUIDE = usage(
    ("2024-10-01", {"region": "ap-south-1"}, 37),
    ("2024-10-01", {"region": "us-east-1"}, 24),
    ("2024-10-01", {"region": "us-east-2"}, 12),
    ("2024-10-02", {"region": "ap-south-1"}, 91),
)


def names(table: SeriesTable) -> list[tuple[str, str]]:
    return [(one.label, one.kind.value) for one in table.series]


def test_the_guides_usage_by_region() -> None:
    table = usage_by_group(GUIDE, OCTOBER, Window.DAY, additive=True, top=8, now=LATER)
    assert names(table) == [("ap-south-1", "value"), ("us-east-1", "value"), ("us-east-2", "value")]
    assert [one.values[:3] for one in table.series] == [(37, 91, 0), (24, 0, 0), (12, 0, 0)]
    assert [one.total for one in table.series] == [128, 24, 12]
    assert table.grand_total == 164
    assert table.other_count == 0
    assert table.open_from is None


@pytest.mark.parametrize("aggregation", ["MAX", "UNIQUE", "LATEST", None, "CUSTOM_SQL", float("nan")])
def test_unknown_and_period_aggregations_do_not_add_up(aggregation: str | None) -> None:
    assert not is_additive(aggregation)


@pytest.mark.parametrize("aggregation", ["SUM", "count", "Sum"])
def test_sum_and_count_add_up_in_any_case(aggregation: str) -> None:
    assert is_additive(aggregation)


def test_null_values_are_zero_where_they_add_up_and_gaps_elsewhere() -> None:
    rows = usage(("2024-10-01", {"region": "eu"}, None), ("2024-10-02", {"region": "eu"}, 5))
    added = usage_by_group(rows, THREE, Window.DAY, additive=True, top=8, now=LATER)
    single = usage_by_group(rows, THREE, Window.DAY, additive=False, top=8, now=LATER)
    assert added.series[0].values == (0, 5, 0)
    assert single.series[0].values == (None, 5, None)


def test_windows_ahead_are_no_data_and_the_open_one_is_zero() -> None:
    rows = usage(("2024-10-01", {"region": "eu"}, 5))
    table = usage_by_group(rows, THREE, Window.DAY, additive=True, top=8, now=at("2024-10-02T12:00"))
    assert table.series[0].values == (5, 0, None)
    assert table.open_from == at("2024-10-02")


def test_a_window_that_begins_now_has_no_data_yet() -> None:
    rows = usage(("2024-10-01", {"region": "eu"}, 5))
    table = usage_by_group(rows, THREE, Window.DAY, additive=True, top=8, now=at("2024-10-02"))
    assert table.series[0].values == (5, None, None)


def test_the_rest_is_other_last_and_null_stays_apart() -> None:
    rows = usage(
        ("2024-10-01", {"region": "a"}, 1),
        ("2024-10-01", {"region": "b"}, 9),
        ("2024-10-01", {"region": "c"}, 2),
        ("2024-10-01", {"region": None}, 50),
    )
    table = usage_by_group(rows, THREE, Window.DAY, additive=True, top=1, now=LATER)
    assert names(table) == [("b", "value"), ("(not set)", "not_set"), ("Other", "other")]
    assert [one.total for one in table.series] == [9, 50, 3]
    assert table.other_count == 2


def test_values_spelled_like_the_special_series_stay_themselves() -> None:
    rows = usage(
        ("2024-10-01", {"region": "Other"}, 5),
        ("2024-10-01", {"region": "(not set)"}, 4),
        ("2024-10-01", {"region": None}, 3),
        ("2024-10-01", {"region": "x"}, 2),
    )
    table = usage_by_group(rows, THREE, Window.DAY, additive=True, top=2, now=LATER)
    assert names(table) == [("Other", "value"), ("(not set)", "value"), ("(not set)", "not_set"), ("Other", "other")]
    assert [one.total for one in table.series] == [5, 4, 3, 2]


def test_compound_groups_are_joined_and_told_apart_by_their_exact_values() -> None:
    rows = usage(
        ("2024-10-01", {"a": "x · y", "b": "z"}, 3),
        ("2024-10-01", {"a": "x", "b": "y · z"}, 2),
        ("2024-10-01", {"a": None, "b": "z"}, 1),
        ("2024-10-01", {"a": None, "b": None}, 7),
    )
    table = usage_by_group(rows, THREE, Window.DAY, additive=True, top=8, now=LATER)
    assert names(table) == [
        ("x · y · z", "value"), ("x · y · z", "value"), ("(not set) · z", "value"), ("(not set)", "not_set"),
    ]  # fmt: skip


def test_an_ungrouped_request_is_one_series() -> None:
    table = usage_by_group(usage(("2024-10-01", {}, 3)), THREE, Window.DAY, additive=True, top=8, now=LATER)
    assert names(table) == [("All usage", "value")]


def test_metrics_that_do_not_add_up_have_no_totals_no_other_and_no_stack() -> None:
    rows = usage(
        ("2024-10-01", {"region": "a"}, 7), ("2024-10-02", {"region": "a"}, 1), ("2024-10-01", {"region": "b"}, 6)
    )
    table = usage_by_group(rows, THREE, Window.DAY, additive=False, top=1, now=LATER)
    assert names(table) == [("a", "value")]
    assert table.series[0].values == (7, 1, None)
    assert (table.series[0].total, table.grand_total, table.stackable, table.other_count) == (None, None, False, 1)


def test_days_of_a_metric_that_does_not_add_up_are_refused_as_weeks() -> None:
    rows = usage(("2024-10-01", {"region": "a"}, 7), ("2024-10-02", {"region": "a"}, 1))
    with pytest.raises(ValueError, match="does not add up"):
        usage_rows(rows, THREE, Window.WEEK, additive=False)


def test_an_empty_answer_is_an_empty_table() -> None:
    table = usage_by_group(usage(), THREE, Window.DAY, additive=True, top=8, now=LATER)
    assert table.is_empty
    assert table.grand_total is None
    assert len(table.starts) == 3


def test_cumulative_runs_up_to_now_and_stops() -> None:
    rows = usage(("2024-10-01", {"region": "a"}, 7), ("2024-10-02", {"region": "a"}, 1))
    table = cumulative(usage_by_group(rows, THREE, Window.DAY, additive=True, top=8, now=at("2024-10-02T12:00")))
    assert table.series[0].values == (7, 8, None)
    assert table.series[0].total == 8


def test_a_table_that_does_not_add_up_is_not_accumulated() -> None:
    table = usage_by_group(GUIDE, THREE, Window.DAY, additive=False, top=8, now=LATER)
    assert cumulative(table) is table


def test_the_file_has_every_group_joined_keys_and_exact_groups() -> None:
    rows = usage(("2024-10-01", {"a": None, "b": "x|y"}, 1), ("2024-10-02", {"a": None, "b": "x|y"}, 2))
    file = usage_file(rows, OCTOBER, Window.WEEK, metric_id="m", metric="Metric", keys=("a", "b"), additive=True)
    assert tuple(file.columns) == USAGE_FILE
    assert file.to_dict("records") == [
        {
            "window_start": at("2024-10-01"), "window_end": at("2024-10-07"), "metric_id": "m", "metric": "Metric",
            "group_key": "a|b", "group_value": "|x|y", "value": 3.0, "group": '{"a":null,"b":"x|y"}',
        }
    ]  # fmt: skip


def test_the_file_is_not_filled_with_zeros_and_not_cut_to_the_top() -> None:
    rows = usage(*(("2024-10-05", {"region": f"r{n:02d}"}, n) for n in range(30)))
    file = usage_file(rows, OCTOBER, Window.DAY, metric_id="m", metric="M", keys=("region",), additive=True)
    assert len(file) == 30


amounts = st.floats(0, 1e12, allow_nan=False)
readings = st.lists(
    st.tuples(st.integers(1, 31), st.sampled_from(["a", "b", "c", "d", "Other", None]), amounts),
    min_size=1,
    max_size=60,
)


@steady
@given(rows=readings, top=st.integers(1, 5), window=st.sampled_from([Window.DAY, Window.WEEK, Window.MONTH]))
def test_groups_and_windows_add_up_to_the_whole(
    rows: list[tuple[int, str | None, float]], top: int, window: Window
) -> None:
    frame = usage(*((f"2024-10-{day:02d}", {"region": region}, value) for day, region, value in rows))
    table = usage_by_group(frame, OCTOBER, window, additive=True, top=top, now=LATER)
    whole = fsum(value for _, _, value in rows)
    assert table.grand_total == pytest.approx(whole, rel=1e-14)
    assert fsum(one.total or 0 for one in table.series) == pytest.approx(whole, rel=1e-14)
    assert fsum(value or 0 for one in table.series for value in one.values) == pytest.approx(whole, rel=1e-14)
    regions = {region for _, region, _ in rows if region is not None}
    assert table.other_count == max(0, len(regions) - top)
    assert len([one for one in table.series if one.kind is SeriesKind.VALUE]) == min(top, len(regions))


@steady
@given(rows=readings, data=st.data())
def test_the_order_of_rows_does_not_matter(rows: list[tuple[int, str | None, float]], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(rows))
    tables = [
        usage_by_group(
            usage(*((f"2024-10-{day:02d}", {"region": region}, value) for day, region, value in order)),
            OCTOBER, Window.WEEK, additive=True, top=2, now=LATER,
        )
        for order in (rows, shuffled)
    ]  # fmt: skip
    assert tables[0] == tables[1]


def test_group_text_in_the_file_reads_back() -> None:
    file = usage_file(GUIDE, OCTOBER, Window.DAY, metric_id="m", metric="M", keys=("region",), additive=True)
    assert [json.loads(text)["region"] for text in file["group"]] == file["group_value"].tolist()


def test_a_running_total_ends_before_a_part_that_is_not_known() -> None:
    rows = usage(*((f"2024-10-0{day}", {"region": "a"}, day) for day in (1, 2, 3)))
    table = usage_by_group(rows, THREE, Window.DAY, additive=True, top=8, now=LATER)
    assert cumulative(blank_gaps(table, [(at("2024-10-02"), at("2024-10-03"))])).series[0].values == (1, None, None)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0.1, 0.2], 0.3),
        ([92.46, 92.46, 0.001], 184.921),
        ([61.64, 61.64, 61.64], 184.92),
        ([1e-12, 0.1, 0.2], 0.300000000001),
        ([9007199254740993.0, 0.1, 0.2], 9007199254740992.0),
        ([1e308, 1e-300], 1e308),
    ],
)
def test_usage_is_added_as_the_decimals_that_were_sent(values: list[float], expected: float) -> None:
    rows = usage(*((f"2024-10-0{day + 1}", {"region": "a"}, value) for day, value in enumerate(values)))
    month = usage_rows(rows, THREE, Window.MONTH, additive=True)
    table = usage_by_group(rows, THREE, Window.MONTH, additive=True, top=8, now=LATER)
    assert month["value"].tolist() == [expected]
    assert (table.series[0].values, table.series[0].total, table.grand_total) == ((expected,), expected, expected)


decimals = st.integers(-(10**7), 10**7).flatmap(
    lambda digits: st.integers(0, 12).map(lambda places: Decimal(digits).scaleb(-places))
)


@steady
@given(sent=st.lists(decimals, min_size=1, max_size=40), cells=st.integers(1, 4))
def test_sums_of_floats_are_the_nearest_to_the_sums_of_what_was_sent(sent: list[Decimal], cells: int) -> None:
    codes = np.arange(len(sent)) % cells
    found, sums = sum_by(codes, np.array([float(one) for one in sent]))
    expected = [float(sum(one for code, one in zip(codes, sent, strict=True) if code == cell)) for cell in found]
    assert sums.tolist() == expected
