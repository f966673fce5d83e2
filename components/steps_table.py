"""The chart of remaining balances as rows: from when on, which balance held how much, and whether that is settled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal

from dash import html

from components import dates
from components.format import money
from components.table_parts import column_head, named, note, row_head, scrolling
from data.series import BalanceSteps

MAX_ROWS = 400
_ALIGNED = {"Remaining": "num"}
_HEADS = ("Balance", "From", "Remaining", "State")


def steps_table(balances: Sequence[BalanceSteps], *, unit: str) -> html.Div:
    """One row per step, newest first within a balance, at most 400; the file has every ledger entry."""
    rows = [_row(*step, unit=unit) for one in balances for step in _steps(one)]
    table = html.Table(
        [
            html.Caption("Remaining balance over time", className="visually-hidden"),
            html.Thead(html.Tr([column_head(head, className=_ALIGNED.get(head)) for head in _HEADS])),
            html.Tbody(rows[:MAX_ROWS]),
        ],
        className="data-table",
    )
    cut = [note(f"{len(rows) - MAX_ROWS:,} older steps are in the ledger file.")] if len(rows) > MAX_ROWS else []
    return html.Div([scrolling(table, label="Remaining balance over time"), *cut])


def _steps(one: BalanceSteps) -> Iterator[tuple[str, datetime, Decimal, bool]]:
    for when, left in reversed(list(zip(one.times, one.remaining, strict=True))):
        yield one.label, when, left, one.pending_from is not None and when >= one.pending_from


def _row(label: str, when: datetime, left: Decimal, pending: bool, *, unit: str) -> html.Tr:
    return html.Tr(
        [
            row_head(named(label), className="col-name"),
            html.Td(dates.instant(when)),
            html.Td(money(left, unit), className="num"),
            html.Td("Pending" if pending else "Settled"),
        ]
    )
