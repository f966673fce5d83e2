"""Many balances in one chart: the largest stay, the others are one, and nothing is lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from data.analytics.balance_steps import BalanceChart, BalanceSteps
from data.analytics.commitments import Side
from data.analytics.folding import _at, folded

START = datetime(2024, 1, 1, tzinfo=UTC)
amounts = st.decimals(0, 10_000, places=4)
steps = st.lists(st.tuples(st.integers(0, 400), amounts), min_size=1, max_size=6, unique_by=lambda step: step[0]).map(
    sorted
)


def chart_of(balances: list[list[tuple[int, Decimal]]]) -> BalanceChart:
    made = (
        BalanceSteps(f"b{number}", tuple(START + timedelta(days=day) for day, _ in one), tuple(left for _, left in one))
        for number, one in enumerate(balances)
    )
    return BalanceChart("USD", Side.PREPAID, True, tuple(made))


@given(st.lists(steps, min_size=1, max_size=14))
def test_at_every_moment_the_folded_chart_holds_as_much_as_the_whole(balances: list[list[tuple[int, Decimal]]]) -> None:
    chart = chart_of(balances)
    few = folded(chart, 3)
    assert len(few.steps) <= 3
    for day in range(0, 401, 7):
        when = START + timedelta(days=day)
        assert sum(_at(one, when) for one in few.steps) == sum(_at(one, when) for one in chart.steps)


def test_a_chart_with_few_balances_stays_as_it_is() -> None:
    chart = chart_of([[(0, Decimal(1))], [(0, Decimal(2))]])
    assert folded(chart, 2) is chart


def test_the_highest_balances_keep_their_own_line() -> None:
    few = folded(chart_of([[(0, Decimal(height))] for height in (1, 5, 3, 4)]), 3)
    assert [one.label for one in few.steps] == ["b1", "b3", "Other (2)"]
    assert few.steps[-1].remaining == (Decimal(4),)
