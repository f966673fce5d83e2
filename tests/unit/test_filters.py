"""The address and the filters are two spellings of one thing."""

from __future__ import annotations

import re
from datetime import date, timedelta
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.analytics.ranges import default_window
from data.errors import BadQuery
from data.filters import (
    DEFAULT_PRESET,
    MAX_DAYS,
    TABLES,
    TOP_CHOICES,
    ChartMode,
    Days,
    Filters,
    Preset,
    View,
    Window,
    from_search,
    from_search_strict,
    to_search,
)

METRIC = "f3b17844-a98d-413a-b310-5be1df72213d"
printable = st.text(st.characters(exclude_categories=("C", "Zl", "Zp")), min_size=1, max_size=40)
days = st.builds(
    lambda first, length: Days(first=first, last=first + timedelta(days=length)),
    st.dates(date(2000, 1, 1), date(2098, 1, 1)),
    st.integers(0, 30),
)
filters = st.builds(
    Filters,
    range=st.sampled_from(Preset) | days,
    window=st.none() | st.sampled_from(Window),
    metric=st.none() | st.uuids().map(str),
    group=st.none() | st.lists(printable, min_size=1, max_size=3).map(tuple),
    spend_by=st.none() | printable,
    currency=st.none() | printable,
    view=st.sampled_from(View),
    chart=st.sampled_from(ChartMode),
    top=st.sampled_from(TOP_CHOICES),
    tables=st.sets(st.sampled_from(TABLES)).map(frozenset),
)


@given(filters)
def test_what_was_written_into_an_address_is_read_back_exactly(chosen: Filters) -> None:
    parsed = from_search(to_search(chosen))
    assert parsed.filters == chosen
    assert parsed.problems == ()
    assert from_search_strict(to_search(chosen)) == chosen


@given(st.text(max_size=300))
def test_any_text_as_a_query_gives_filters_and_never_an_error(text: str) -> None:
    assert isinstance(from_search(text).filters, Filters)
    assert isinstance(from_search("?" + quote(text)).filters, Filters)


@given(
    st.dictionaries(st.sampled_from(["range", "from", "to", "window", "metric", "group", "top", "table"]), st.text())
)
def test_hostile_values_fall_back_or_are_kept_as_text(pairs: dict[str, str]) -> None:
    search = "?" + "&".join(f"{key}={quote(value)}" for key, value in pairs.items())
    parsed = from_search(search)
    assert isinstance(parsed.filters.range, Preset | Days)
    assert all(len(problem) < 200 for problem in parsed.problems)


def test_defaults_are_left_out_of_the_address() -> None:
    assert to_search(Filters()) == ""
    assert from_search(None).filters == Filters()


@pytest.mark.parametrize(
    ("search", "words"),
    [
        ("?from=2024-10-31&to=2024-10-01", "ends before it begins"),
        ("?from=2020-01-01&to=2024-10-01", "at most 400 days"),
        ("?from=2024-02-30&to=2024-03-01", "YYYY-MM-DD"),
        ("?from=0001-01-01&to=9999-12-31", "YYYY-MM-DD"),
        ("?to=2024-10-01", "needs both “from” and “to”"),
        ("?from=", "needs both “from” and “to”"),
        ("?range=fortnight", "not a known range"),
        ("?window=minute", "not a known window"),
        ("?view=both", "not a known view"),
        ("?metric=../../customers", "not the id of a metric"),
        ("?top=9999", "not a number of groups"),
        ("?table=everything", "does not name tables"),
        ("?group=", "not a group key"),
        ("?range=mtd&from=2024-10-01&to=2024-10-02", "both a range and days"),
        ("?view=net&view=gross", "stands twice"),
        ("?window=hour&from=2024-01-01&to=2024-03-01", "at most 31 days"),
        ("?x=" + "y" * 5000, "longer than the 4096 characters"),
    ],
)
def test_a_wrong_value_falls_back_with_a_sentence_on_a_page_and_is_refused_for_a_file(search: str, words: str) -> None:
    assert any(words in problem for problem in from_search(search).problems)
    with pytest.raises(BadQuery):
        from_search_strict(search)


@pytest.mark.parametrize(
    "search",
    ["?from=2024-10-31&to=2024-10-01", "?from=x&to=y", "?from=2024-01-01", "?metric=x", "?top=4", "?view=x", "?table=x",
     "?group=", "?range=mtd&from=2024-10-01", "?view=net&view=net", "?window=hour&from=2024-01-01&to=2024-03-01",
     "?x=" + "y" * 5000],
)  # fmt: skip
def test_a_refusal_says_what_is_wrong_and_nothing_of_what_a_page_would_do(search: str) -> None:
    with pytest.raises(BadQuery) as refused:
        from_search_strict(search)
    assert not re.search(r"is shown|are shown|is used|page", refused.value.sentence)


def test_a_wrong_range_gives_month_to_date_and_keeps_the_rest() -> None:
    parsed = from_search("?from=2024-10-31&to=2024-10-01&view=net").filters
    assert parsed.range is DEFAULT_PRESET
    assert parsed.view is View.NET


def test_an_unknown_key_is_ignored_on_a_page_and_refused_for_a_file() -> None:
    assert from_search("?colour=red") == from_search("")
    with pytest.raises(BadQuery, match="colour"):
        from_search_strict("?colour=red")


def test_a_problem_quotes_input_shortened_and_on_one_line() -> None:
    (problem,) = from_search("?window=" + quote("a\nb\u202e" + "x" * 3000)).problems
    assert "\n" not in problem
    assert len(problem) < 120


@pytest.mark.parametrize(
    ("count", "window"),
    [(1, "hour"), (3, "hour"), (4, "day"), (92, "day"), (93, "week"), (396, "week"), (400, "month")],
)
def test_the_window_follows_the_length_of_the_range(count: int, window: str) -> None:
    first = date(2024, 1, 1)
    assert default_window(Days(first=first, last=first + timedelta(days=count - 1))) == window


def test_a_range_is_inclusive_on_screen_and_exclusive_for_the_api() -> None:
    october = Days(first=date(2024, 10, 1), last=date(2024, 10, 31))
    assert (october.count, october.end_exclusive) == (31, date(2024, 11, 1))
    assert MAX_DAYS == 400
