from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from components.figures.balance_steps import balance_steps
from data.analytics.balance_steps import BalanceChart, BalanceSteps
from data.analytics.commitments import Side
from data.lineage.value import Seal

START, END = datetime(2024, 9, 1, tzinfo=UTC), datetime(2025, 9, 1, tzinfo=UTC)
OCTOBER, NOVEMBER = datetime(2024, 10, 1, tzinfo=UTC), datetime(2024, 11, 1, tzinfo=UTC)
COMMIT = BalanceSteps("Prepaid", (START, OCTOBER, NOVEMBER), (Decimal(100), Decimal(35), Decimal(20)), NOVEMBER)


def drawn(*balances: BalanceSteps, now: datetime = datetime(2024, 10, 15, tzinfo=UTC)) -> dict[str, Any]:
    chart = BalanceChart("USD", Side.PREPAID, True, balances)
    return balance_steps(chart, now=now, start=START, end=END, mark=Seal("C", ("account",)).mark)


def test_settled_steps_are_solid_and_pending_ones_dotted_from_where_the_settled_stop() -> None:
    settled, pending = drawn(COMMIT)["data"]
    assert (settled["line"]["dash"], pending["line"]["dash"]) == ("solid", "dot")
    assert list(zip(settled["x"], settled["y"], strict=True)) == [
        ("2024-09-01", 100.0), ("2024-10-01", 35.0), ("2024-11-01", 35.0),
    ]  # fmt: skip
    assert list(zip(pending["x"], pending["y"], strict=True)) == [
        ("2024-11-01", 35.0), ("2024-11-01", 20.0), ("2025-09-01", 20.0),
    ]  # fmt: skip


def test_both_parts_have_one_name_one_colour_and_one_legend_entry() -> None:
    settled, pending = drawn(COMMIT)["data"]
    assert settled["name"] == pending["name"] == "Prepaid"
    assert settled["line"]["color"] == pending["line"]["color"]
    assert (settled["showlegend"], pending["showlegend"]) == (True, False)


def test_steps_hold_their_value() -> None:
    assert {trace["line"]["shape"] for trace in drawn(COMMIT)["data"]} == {"hv"}


def test_texts_stand_at_the_steps_and_say_what_is_pending() -> None:
    settled, pending = drawn(COMMIT)["data"]
    assert settled["hovertext"][1] == "<b>Prepaid</b><br>$35.00 left from 1 Oct 2024 00:00 UTC"
    assert pending["hovertext"] == ["", "<b>Prepaid</b><br>$20.00 left from 1 Nov 2024 00:00 UTC · pending", ""]


def test_all_settled_is_one_trace_and_all_pending_too() -> None:
    settled = BalanceSteps("a", (START,), (Decimal(5),))
    pending = BalanceSteps("b", (NOVEMBER,), (Decimal(5),), NOVEMBER)
    figure = drawn(settled, pending)
    assert [(trace["name"], trace["line"]["dash"], trace["showlegend"]) for trace in figure["data"]] == [
        ("a", "solid", True), ("b", "dot", True),
    ]  # fmt: skip


def test_now_is_a_line_only_inside_the_range() -> None:
    assert len(drawn(COMMIT)["layout"]["shapes"]) == 1
    assert drawn(COMMIT, now=datetime(2030, 1, 1, tzinfo=UTC))["layout"]["shapes"] == []


def test_a_hostile_label_stays_text() -> None:
    figure = drawn(BalanceSteps('<a href="x">y</a>', (START,), (Decimal(1),)))
    assert figure["data"][0]["name"] == '&lt;a href="x"&gt;y&lt;/a&gt;'
    assert "<a" not in figure["data"][0]["hovertext"][0]


def test_many_balances_stay_under_the_ceiling() -> None:
    balances = [BalanceSteps(f"b{at}", (START, NOVEMBER), (Decimal(2), Decimal(1)), NOVEMBER) for at in range(5000)]
    assert len(drawn(*balances)["data"]) <= 200
