"""The burndown table: what was granted, where it went and what is left, one row per commit or credit.

Prepaid commits and credits are value that can be spent; a postpaid commit is an obligation. They stand in groups of
their own with totals of their own, one per unit, and nothing adds them up (Metronome notes, section 4.3).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from dash import html
from dash.development.base_component import Component

from components import dates
from components.format import DASH, money, quantity, share
from components.names import clean
from components.table_parts import column_head, named, row_head, scrolling, table_caption
from components.table_parts import note as table_note
from data.analytics.balance_totals import BalanceTotal
from data.analytics.commitments import BalanceNote, Burndown, Side, Status
from data.money import QUANTITY

MAX_ROWS = 40

Row = Mapping[str, Any]
Noted = tuple[Row, BalanceNote]

AMOUNTS = {
    "granted": "Granted",
    "upcoming": "Upcoming",
    "used_posted": "Used (posted)",
    "used_pending": "Used (pending)",
    "expired": "Expired",
    "adjusted": "Adjusted",
    "remaining": "Remaining",
}
OTHER_MOVEMENTS = {
    "rolled_over": "rolled over",
    "trued_up": "trued up",
    "credited": "credited",
    "canceled": "canceled",
    "other": "other entries",
}
TYPES = {"PREPAID": "Prepaid commit", "POSTPAID": "Postpaid commit", "CREDIT": "Credit"}
STATUSES = {
    Status.ACTIVE: ("Active", "chip-good"),
    Status.UPCOMING: ("Upcoming", "chip-info"),
    Status.EXHAUSTED: ("Used up", "chip-muted"),
    Status.EXPIRED: ("Expired", "chip-muted"),
    Status.ARCHIVED: ("Archived", "chip-muted"),
}
GROUPS = {
    Side.PREPAID: "Prepaid commits and credits: value that can be spent",
    Side.POSTPAID: "Postpaid commits: spend that was promised and is still owed",
    Side.OTHER: "Balances of another kind",
}
_FIRST, _BEHIND = "Commit or credit", ("Left", "Start", "Last day", "Priority")
_COLUMNS = 1 + len(AMOUNTS) + len(_BEHIND)
_CAPTION = "Commits and credits: granted, used and remaining. Days are UTC; the last day is the last usable one."


def commitments_table(burn: Burndown, totals: Sequence[BalanceTotal], *, ident: str | None = None) -> html.Div:
    """One row per balance, in a group per side; ``totals`` close the groups. Units stand under the names."""
    listed: list[Noted] = list(zip(burn.table.to_dict("records"), burn.notes, strict=True))
    rows = _within_rows(listed)
    head = [
        column_head(_FIRST, className="col-name"),
        *(column_head(text, className="num") for text in AMOUNTS.values()),
        *(column_head(text, className="num" if text == "Priority" else None) for text in _BEHIND),
    ]
    groups = [_group(side, [row for row in rows if row[1].side is side], totals) for side in GROUPS]
    table = html.Table(
        [table_caption(_CAPTION), html.Thead(html.Tr(head)), *(group for group in groups if group is not None)],
        className="data-table commitments-table",
        **({"id": ident} if ident else {}),
    )
    left_out = len(listed) - len(rows)
    cut = [table_note(f"{left_out:,} more, the least current ones, are in the CSV file; totals count them.")]
    return html.Div([scrolling(table, label="Commits and credits"), *(cut if left_out else [])])


def _within_rows(rows: Sequence[Noted]) -> Sequence[Noted]:
    """At most 40, in the order given, active ones before those that are over: a browser is slow with more."""
    order = list(STATUSES)
    kept = sorted(range(len(rows)), key=lambda at: order.index(Status(rows[at][0]["status"])))[:MAX_ROWS]
    return [rows[at] for at in sorted(kept)]


def _group(side: Side, rows: Sequence[Noted], totals: Sequence[BalanceTotal]) -> html.Tbody | None:
    if not rows:
        return None
    title = html.Th(html.Span(GROUPS[side]), scope="rowgroup", colSpan=_COLUMNS, className="group-head")
    own = [_total(total) for total in totals if total.side is side]
    return html.Tbody([html.Tr(title), *(_row(row, note) for row, note in rows), *own])


def _row(row: Row, note: BalanceNote) -> html.Tr:
    name = named(row["name"] or row["product"] or row["id"])
    return html.Tr(
        [
            row_head(name, *_below_name(row, note), className="col-name"),
            *(_amount(row[column], row["currency"], column) for column in AMOUNTS),
            html.Td(_left(row["remaining"], row["granted"])),
            html.Td(dates.day(row["starts_at"]) if _given(row["starts_at"]) else DASH),
            html.Td(_end(row["ends_at"])),
            html.Td(quantity(row["priority"]) if _given(row["priority"]) else DASH, className="num"),
        ],
        className=f"is-{row['status']}",
    )


def _below_name(row: Row, note: BalanceNote) -> list[Component]:
    """Type, unit and status, then whatever the columns have no room for: never behind the pointer only."""
    label, tone = STATUSES[Status(row["status"])]
    kind = TYPES.get(row["type"], clean(row["type"], 24))
    unit = clean(row["product"], 40) if row["currency"] == QUANTITY else clean(row["currency"], 24)
    lines: list[Component] = [
        html.Span([html.Span(label, className=f"chip {tone}"), f" {kind}, {unit}"], className="below")
    ]
    moved = [f"{words} {money(row[name], row['currency'])}" for name, words in OTHER_MOVEMENTS.items() if row[name]]
    moved += ["rolled in from an earlier balance"] if note.rolled_in else []
    if moved:
        lines.append(html.Span("; ".join(moved), className="below"))
    if note.reconciles is False:
        text = f"Does not reconcile: its ledger adds up to {money(row['ledger_balance'], row['currency'])}"
        lines.append(html.Span(text, className="chip chip-warn"))
    return lines


def _amount(value: Decimal | None, currency: str, column: str) -> html.Td:
    """Money with its sign; other units as the number alone, for the unit stands under the name."""
    text = money(value, currency, missing="not known", named=False)
    quiet = "" if value else " none"
    return html.Td(text, className=f"num{quiet}" + (" strong" if column == "remaining" else ""))


def _left(remaining: Decimal | None, granted: Decimal | None) -> Component:
    """A bar and its percentage of what was granted; the text alone carries the meaning."""
    if remaining is None or granted is None or granted <= 0:
        return html.Span(DASH)
    part = min(max(float(remaining / granted), 0.0), 1.0)
    bar = html.Span(className="left-bar", style={"--left": f"{part:.1%}"}, **{"aria-hidden": "true"})
    return html.Span([bar, share(remaining, granted)], className="left")


def _end(ends_at: datetime | None) -> str:
    return dates.day(dates.last_day(ends_at)) if ends_at is not None and _given(ends_at) else "No end"


def _total(total: BalanceTotal) -> html.Tr:
    """The sums that the analytics made: rolled-in balances are no new grant, and what is unknown stays unknown."""
    unit = clean(total.product, 40) if total.currency == QUANTITY else clean(total.currency, 24)
    brought = f"and {money(total.rolled_in, total.currency)} rolled in" if total.rolled_in else ""
    below = [html.Span(brought, className="below")] if brought else []
    cells = [_amount(getattr(total, column), total.currency, column) for column in AMOUNTS]
    blank = html.Td(colSpan=len(_BEHIND))
    return html.Tr([row_head(f"Total {unit}", *below, className="col-name"), *cells, blank], className="total-row")


def _given(value: Any) -> bool:
    """Whether a cell holds something: NaN and NaT are "not sent", and differ from themselves."""
    return value is not None and value == value  # noqa: PLR0124  # the test for NaN and NaT
