"""Usage rows as a frame (pitfalls 1, 2, 5 and the overlap half of 4 and 18)."""

from __future__ import annotations

import itertools
import logging
import math
import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data import schema
from data.errors import BadAnswer
from data.frames.usage import to_metric_totals, to_usage
from data.metronome.shapes import BatchUsageRow, UsageRow
from data.metronome.usage_block import UsageBlock

DAY = timedelta(days=1)
FIRST = datetime(2024, 10, 1, tzinfo=UTC)


def row(value: float | None, *, day: int = 0, **group: Any) -> dict[str, Any]:
    start = FIRST + day * DAY
    return {"starting_on": start.isoformat(), "ending_before": (start + DAY).isoformat(), "value": value, **group}


def usage(*pages: list[dict[str, Any]], keys: tuple[str, ...] = ("region",)) -> pd.DataFrame:
    """Each page is one block, as parts of a range are."""
    return to_usage([UsageBlock(msgspec.convert(rows, list[UsageRow])) for rows in pages], keys)


def rows_of(frame: pd.DataFrame) -> list[tuple[int, str, float]]:
    days = (frame["window_start"] - pd.Timestamp(FIRST)).dt.days
    return list(zip(days, frame["group"].astype(str), frame["value"], strict=True))


def test_the_guides_example_in_its_own_shape() -> None:
    old = {"group_key": "region"}
    frame = usage(
        [
            row(37, **old, group_value="ap-south-1"),
            row(24, **old, group_value="us-east-1"),
            row(12, **old, group_value="us-east-2"),
            row(91, day=1, **old, group_value="ap-south-1"),
        ]
    )

    assert rows_of(frame) == [
        (0, '{"region":"ap-south-1"}', 37),
        (0, '{"region":"us-east-1"}', 24),
        (0, '{"region":"us-east-2"}', 12),
        (1, '{"region":"ap-south-1"}', 91),
    ]


def test_the_group_map_goes_before_the_deprecated_pair() -> None:
    frame = usage([row(1, group={"region": "eu"}, group_key="region", group_value="wrong")])

    assert list(frame["group"]) == ['{"region":"eu"}']


def test_one_page_may_mix_keys_maps_and_rows_without_either() -> None:
    frame = usage(
        [
            row(1, group_key="region", group_value="eu"),
            row(2, group_key="az", group_value="eu"),
            row(4, group={"region": "us"}, group_key="az", group_value="eu"),
            row(8, group_key="az", group_value="1"),
            row(16),
            row(32, group_key="region", group_value="no"),
        ]
    )

    assert dict(zip(frame["group"], frame["value"], strict=True)) == {
        '{"region":"eu"}': 1,
        '{"region":null,"az":"eu"}': 2,
        '{"region":"us"}': 4,
        '{"region":null,"az":"1"}': 8,
        '{"region":null}': 16,
        '{"region":"no"}': 32,
    }


@pytest.mark.parametrize(
    "group",
    [
        {"group": {"region": None}},
        {"group_key": "region", "group_value": None},
        {"group_key": None, "group_value": None},
        {"group": {}},
        {"group": None},
        {},
    ],
)
def test_a_null_or_missing_group_is_a_null_group_in_every_spelling(group: dict[str, Any]) -> None:
    frame = usage([row(5, **group), row(7, group={"region": "eu"})])

    assert sorted(frame["group"]) == ['{"region":"eu"}', '{"region":null}']


def test_a_compound_group_keeps_all_its_keys_in_the_order_asked_for() -> None:
    frame = usage(
        [row(1, group={"team": "red", "region": "eu"}), row(2, group={"team": "blue"})], keys=("region", "team")
    )

    assert set(frame["group"]) == {'{"region":"eu","team":"red"}', '{"region":null,"team":"blue"}'}


def test_an_ungrouped_answer_has_the_empty_group() -> None:
    assert list(usage([row(3, group_key=None, group_value=None)], keys=())["group"]) == ["{}"]


def test_names_with_quotes_commas_and_other_scripts_survive() -> None:
    hostile = 'a"b\\c,=1+1\u202e<b>|\n'
    frame = usage([row(1, group={"region": hostile})])

    assert msgspec.json.decode(frame["group"].iloc[0]) == {"region": hostile}


def test_one_instant_in_two_spellings_is_one_window() -> None:
    spellings = ["2024-10-01T00:00:00+00:00", "2024-10-01T00:00:00.000Z", "2024-09-30T20:00:00-04:00"]
    rows = [
        {"starting_on": text, "ending_before": "2024-10-02T00:00:00Z", "group": {"region": text}, "value": 1}
        for text in spellings
    ]
    frame = usage(rows)

    assert frame["window_start"].unique().tolist() == [pd.Timestamp(FIRST)]


def test_a_null_value_is_not_a_number_and_not_zero() -> None:
    frame = usage([row(None, group={"region": "eu"}), row(0, group={"region": "us"})])

    assert math.isnan(frame["value"].iloc[0])
    assert frame["value"].iloc[1] == 0


def test_the_same_row_met_again_counts_once_and_another_value_adds(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    eu, us, uk = ({"group": {"region": name}} for name in ("eu", "us", "uk"))
    frame = usage([row(5, **eu), row(3, **us), row(None, **uk)], [row(5, **eu), row(4, **us), row(None, **uk)])

    values = dict(zip(frame["group"], frame["value"], strict=True))
    assert (values['{"region":"eu"}'], values['{"region":"us"}']) == (5, 7)
    assert math.isnan(values['{"region":"uk"}'])
    assert "2 rows met again" in caplog.text
    assert "1 rows added" in caplog.text


def test_a_null_and_a_number_for_one_row_are_the_number() -> None:
    frame = usage([row(None, group={"region": "eu"}), row(2, group={"region": "eu"})])

    assert frame["value"].tolist() == [2]


def test_no_rows_give_an_empty_frame_of_the_right_kinds() -> None:
    for empty in (usage(), usage([]), usage([], [])):
        assert len(empty) == 0
        schema.check(empty, schema.USAGE)


@pytest.mark.parametrize("text", ["yesterday", "2024-13-01T00:00:00Z", "0001-01-01T00:00:00+23:00", ""])
def test_a_window_that_is_no_time_is_a_bad_answer(text: str) -> None:
    with pytest.raises(BadAnswer):
        usage([{"starting_on": text, "ending_before": "2024-10-02T00:00:00Z", "value": 1}])


VALUES = st.one_of(st.none(), st.integers(-(10**6), 10**6).map(float))
ROWS = st.lists(st.tuples(st.integers(0, 4), st.sampled_from(["a", "b", None]), VALUES), max_size=40)


@given(rows=ROWS, seed=st.integers(), cuts=st.lists(st.integers(0, 40), max_size=4))
def test_the_order_and_the_cut_of_pages_do_not_matter(rows: list, seed: int, cuts: list[int]) -> None:
    written = [row(value, day=day, group={"region": region}) for day, region, value in rows]
    shuffled = random.Random(seed).sample(written, len(written))  # noqa: S311 - an order
    edges = sorted({0, len(written), *(cut for cut in cuts if cut <= len(written))})
    pages = [shuffled[a:b] for a, b in itertools.pairwise(edges)]

    pd.testing.assert_frame_equal(usage(*pages), usage(written))


@given(rows=ROWS)
def test_each_window_and_group_is_the_sum_of_its_different_values(rows: list) -> None:
    expected: dict[tuple[int, str], set[float]] = defaultdict(set)
    for day, region, value in rows:
        found = expected[day, msgspec.json.encode({"region": region}).decode()]
        if value is not None:
            found.add(value)
    frame = usage([row(value, day=day, group={"region": region}) for day, region, value in rows])
    got = {(day, group): value for day, group, value in rows_of(frame)}

    assert got.keys() == expected.keys()
    for key, values in expected.items():
        assert got[key] == pytest.approx(sum(values)) if values else math.isnan(got[key])


def test_metric_totals_keep_every_row() -> None:
    frame = to_metric_totals(
        [BatchUsageRow(billable_metric_id="m1", value=2.5), BatchUsageRow(billable_metric_id="m2")]
    )

    assert frame["metric_id"].tolist() == ["m1", "m2"]
    assert frame["value"].iloc[0] == 2.5
    assert math.isnan(frame["value"].iloc[1])
