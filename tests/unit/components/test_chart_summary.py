from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from components.figures.summary import Figured, chart_summary
from tests.unit.components.tables_made_up import guide_table, one_series, table_of


def test_total_peak_and_last_are_told() -> None:
    text = chart_summary(guide_table(), unit="CPU hours", is_money=False, what="Usage").text
    assert text == (
        "Usage: 164 CPU hours in total over 3 groups, most on Wed 2 Oct 2024 with 91 CPU hours, "
        "91 CPU hours on Wed 2 Oct 2024, the last finished one."
    )


def test_the_open_day_is_not_the_last_one() -> None:
    table = table_of(
        one_series("a", [Decimal(5), Decimal(4), Decimal("0.004")]), open_at=2, grand_total=Decimal("9.004")
    )
    text = chart_summary(table, unit="USD", is_money=True, what="Spend").text
    assert (
        text
        == "Spend: $9.00 in total, most on Tue 1 Oct 2024 with $5.00, $4.00 on Wed 2 Oct 2024, the last finished one."
    )


def test_metrics_that_do_not_add_up_have_no_total() -> None:
    text = chart_summary(replace(guide_table(), stackable=False), unit="seats", is_money=False, what="Seats").text
    assert "total" not in text
    assert "highest is 91 seats for ap-south-1 on Wed 2 Oct 2024" in text


def test_a_running_total_has_no_peak() -> None:
    text = chart_summary(guide_table(), unit="h", is_money=False, what="Usage", cumulative=True).text
    assert text == "Usage: 164 h in total over 3 groups."


def test_nothing_is_said_to_be_nothing() -> None:
    assert chart_summary(table_of(), unit="h", is_money=False, what="Usage").text == "Usage: nothing in this range."
    gap = replace(table_of(one_series("a", [None])))
    assert chart_summary(gap, unit="h", is_money=False, what="Usage").text == "Usage: no data in this range."


def test_every_figure_stands_apart_with_its_place() -> None:
    added = chart_summary(guide_table(), unit="h", is_money=False, what="Usage")
    assert added.parts[:2] == ("Usage: ", Figured("164 h"))
    assert [one for one in added.parts if isinstance(one, Figured)][1:] == [Figured("91 h", window=1)] * 2
    single = chart_summary(replace(guide_table(), stackable=False), unit="h", is_money=False, what="Usage")
    assert single.parts[1] == Figured("91 h", cell=(0, 1))
