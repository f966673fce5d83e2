"""The chart of remaining balances as rows: from when on, which balance held how much, and whether that is settled."""

from __future__ import annotations

from collections.abc import Callable

from dash import html

from components import dates
from components.format import count, money
from components.grid import Group, Head, Row, cell, grid, note
from components.manner import of_files
from components.names import clean
from data.analytics.balance_steps import BalanceChart, BalanceSteps, step_place

MAX_ROWS = 400
HEADS = (Head("Balance", "col-name"), Head("From"), Head("Remaining", "num"), Head("State"))


def steps_table(chart: BalanceChart, mark: Callable[..., str]) -> html.Div:
    """One row per step, newest first within a balance, at most 400; the file has every ledger entry. ``mark`` gives the
    receipt id of a place."""
    steps = [(one, at) for one in chart.steps for at in reversed(range(len(one.times)))]
    rows = [_row(chart, *step, mark(*step_place(chart, *step))) for step in steps[:MAX_ROWS]]
    where = of_files("in the ledger file", "not listed")
    cut = [note(f"{count(len(steps) - MAX_ROWS)} older steps are {where}.")] if len(steps) > MAX_ROWS else []
    table = grid(caption="Remaining balance over time", kind="steps-table", heads=HEADS, groups=[Group(rows)])
    return html.Div([table, *cut])


def _row(chart: BalanceChart, one: BalanceSteps, at: int, receipt: str) -> Row:
    when = one.times[at]
    pending = one.pending_from is not None and when >= one.pending_from
    left = cell(money(one.remaining[at], chart.currency), receipt=receipt)
    return Row([clean(one.label, 60), dates.instant(when), left, "Pending" if pending else "Settled"])
