"""Which invoice lines an amount of spend is made of: nothing is lost, nothing counts twice."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from data.analytics.gaps import outside_gaps
from data.analytics.spend import Spend
from data.analytics.spend_lineage import MEASURES, NET
from data.analytics.spend_series import VIEW_MEASURES, spend_by_group, spend_totals
from data.analytics.windows import windows_between
from data.filters import View, Window
from data.money import exact_sum
from tests.unit.analytics.builders import at, covered, deduction, line, steady
from tests.unit.analytics.test_spend import LATER, OCTOBER, drawn, kept, traced

made_up = st.lists(kept, min_size=1, max_size=25)


def summed(spend: Spend, rows: Any, measures: tuple[str, ...]) -> Decimal:
    return exact_sum(part.amount for part in spend.lineage.parts(np.asarray(rows), measures))


@steady
@given(rows=made_up, window=st.sampled_from([Window.DAY, Window.MONTH]), key=st.sampled_from(["region", "product"]))
def test_each_amount_of_each_row_is_the_sum_of_its_parts(rows: list[dict[str, Any]], window: Window, key: str) -> None:
    spend = traced(*map(drawn, rows), window=window, key=key)
    for number, row in enumerate(spend.frame.to_dict("records")):
        assert row["row"] == number
        for name in MEASURES:
            assert summed(spend, [number], (name,)) == row[name]
        assert summed(spend, [number], NET) == row["net"]


@steady
@given(rows=made_up)
def test_the_parts_of_a_line_come_to_its_total_whatever_it_paid_for(rows: list[dict[str, Any]]) -> None:
    spend = traced(*map(drawn, rows))
    lines = spend.lineage.lines
    given_out: dict[int, Decimal] = defaultdict(Decimal)
    alike: dict[int, int] = {}
    for part in spend.lineage.parts(spend.frame["row"].to_numpy(), MEASURES):
        given_out[part.source] = exact_sum([given_out[part.source], part.amount])
        alike[part.source] = part.alike
    single = {source: total for source, total in given_out.items() if alike[source] == 1}
    assert single == {source: lines["total"].iloc[source] / 100 for source in single}
    assert sum(alike.values()) == len(lines)
    assert exact_sum(given_out.values()) == exact_sum(lines["total"]) / 100


@steady
@given(rows=made_up, view=st.sampled_from(list(View)), top=st.integers(1, 2), window=st.sampled_from([*Window][1:]))
def test_every_cell_and_sum_of_the_table_is_made_of_its_rows(
    rows: list[dict[str, Any]], view: View, top: int, window: Window
) -> None:
    spend = traced(*map(drawn, rows), window=window)
    if spend.frame.empty:
        return
    table = spend_by_group(spend.frame, OCTOBER, window, currency="USD", view=view, top=top, now=LATER)
    made_of, measures = table.made_of, VIEW_MEASURES[view]
    assert made_of is not None
    for number, one in enumerate(table.series):
        assert summed(spend, made_of.of(number), measures) == one.total
        for place, value in enumerate(one.values):
            assert summed(spend, made_of.of(number, range(place, place + 1)), measures) == value
    assert summed(spend, made_of.of(), measures) == (table.grand_total or 0)


@steady
@given(rows=made_up)
def test_every_total_is_made_of_its_rows(rows: list[dict[str, Any]]) -> None:
    spend = traced(*map(drawn, rows))
    for total in spend_totals(spend.frame):
        for name, part in total.made_of.items():
            assert summed(spend, part.rows, part.measures) == getattr(total, name)


def test_rows_keep_their_number_when_a_gap_takes_others_away() -> None:
    spend = traced(line(100, "a"), line(300, "a", day="2024-10-02"), line(500, "b", day="2024-10-03"))
    gap = [(at("2024-10-02"), at("2024-10-03"))]
    left = outside_gaps(spend.frame, windows_between(OCTOBER, Window.DAY), gap)
    table = spend_by_group(left, OCTOBER, Window.DAY, currency="USD", view=View.GROSS, top=8, now=LATER)
    assert table.made_of is not None
    assert left["row"].tolist() == [0, 2]
    assert summed(spend, table.made_of.of(0), ("gross",)) == Decimal(5)
    assert summed(spend, table.made_of.of(1), ("gross",)) == Decimal(1)


def test_a_deduction_is_named_with_the_line_that_it_paid_for_and_its_share() -> None:
    spend = traced(covered(100, "a"), covered(200, "b"), deduction(-100))
    parts = list(spend.lineage.parts(spend.frame["row"].to_numpy(), ("credits",)))
    names = [spend.lineage.lines["name"].iloc[part.source] for part in parts]
    assert names == ["Commit applied", "Commit applied"]
    assert sorted((part.line, str(part.amount)) for part in parts) == [
        (0, "-0.33333333333333"), (1, "-0.66666666666667"),
    ]  # fmt: skip


def test_deductions_that_cannot_be_told_apart_say_how_many_they_are() -> None:
    spend = traced(covered(100, "a"), deduction(-100), covered(200, "b"), deduction(-200))
    parts = list(spend.lineage.parts(spend.frame["row"].to_numpy(), ("credits",)))
    assert {(part.source, part.alike) for part in parts} == {(1, 2)}
    assert sorted(part.line for part in parts) == [0, 2]
