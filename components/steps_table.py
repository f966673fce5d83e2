"""The chart of remaining balances as rows: from when on, which balance held how much, and whether that is settled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal

from dash import html

from components import dates
from components.format import money
from components.grid import Group, Head, Row, grid, note
from components.names import clean
from data.series import BalanceSteps

MAX_ROWS = 400
HEADS = (Head("Balance", "col-name"), Head("From"), Head("Remaining", "num"), Head("State"))


def steps_table(balances: Sequence[BalanceSteps], *, unit: str) -> html.Div:
    """One row per step, newest first within a balance, at most 400; the file has every ledger entry."""
    rows = [_row(*step, unit=unit) for one in balances for step in _steps(one)]
    cut = [note(f"{len(rows) - MAX_ROWS:,} older steps are in the ledger file.")] if len(rows) > MAX_ROWS else []
    table = grid(
        caption="Remaining balance over time", kind="steps-table", heads=HEADS, groups=[Group(rows[:MAX_ROWS])]
    )
    return html.Div([table, *cut])


def _steps(one: BalanceSteps) -> Iterator[tuple[str, datetime, Decimal, bool]]:
    for when, left in reversed(list(zip(one.times, one.remaining, strict=True))):
        yield one.label, when, left, one.pending_from is not None and when >= one.pending_from


def _row(label: str, when: datetime, left: Decimal, pending: bool, *, unit: str) -> Row:
    return Row([clean(label, 60), dates.instant(when), money(left, unit), "Pending" if pending else "Settled"])
