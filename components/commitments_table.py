"""The burndown table: what was granted, where it went and what is left, one row per commit or credit.

Prepaid commits and credits are value that can be spent; a postpaid commit is an obligation. They stand in groups of
their own with totals of their own, one per unit, and nothing adds them up (Metronome notes, section 4.3).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from dash import html

from components import dates
from components.format import DASH, money, quantity, share
from components.grid import Cell, Detail, Group, Head, Row, cell, grid
from components.names import clean
from data.analytics.balance_totals import BalanceTotal
from data.analytics.commitments import BalanceNote, Burndown, Side, Status
from data.money import QUANTITY

Noted = tuple[Mapping[str, Any], BalanceNote]

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
SIDES = {
    Side.PREPAID: "Prepaid commits and credits: value that can be spent",
    Side.POSTPAID: "Postpaid commits: spend that was promised and is still owed",
    Side.OTHER: "Balances of another kind",
}
HEADS = (
    Head("Commit or credit", "col-name"),
    *(Head(text, "num strong" if text == "Remaining" else "num") for text in AMOUNTS.values()),
    *(Head(text, "num" if text == "Priority" else "") for text in ("Left", "Start", "Last day", "Priority")),
)
CAPTION = "Commits and credits: granted, used and remaining. Days are UTC; the last day is the last usable one."


@dataclass(frozen=True, kw_only=True)
class Opening:
    """What the table needs to have receipts and rows that open: the mark of a figure's place (empty for none), whether
    rows can be opened, and what stands under those that are."""

    mark: Callable[..., str] = lambda *_place: ""
    opens: bool = False
    details: Mapping[str, Detail] = field(default_factory=dict)


PLAIN = Opening()


def commitments_table(
    burn: Burndown, totals: Sequence[BalanceTotal], *, ident: str = "", opening: Opening = PLAIN
) -> html.Div:
    """One row per balance, the current ones first, in a group per side; ``totals`` close the groups."""
    order = list(STATUSES)
    noted: list[Noted] = list(zip(burn.table.to_dict("records"), burn.notes, strict=True))
    noted.sort(key=lambda one: order.index(Status(one[0]["status"])))
    groups = [_group(side, [one for one in noted if one[1].side is side], totals, opening) for side in SIDES]
    return grid(
        caption=CAPTION, kind="commitments-table", heads=HEADS, groups=[one for one in groups if one.rows], ident=ident
    )


def _group(side: Side, noted: Sequence[Noted], totals: Sequence[BalanceTotal], opening: Opening) -> Group:
    own = [_total(total, opening) for total in totals if total.side is side]
    return Group([*(_row(row, note, opening) for row, note in noted), *own], title=SIDES[side])


def _row(row: Mapping[str, Any], note: BalanceNote, opening: Opening) -> Row:
    ident = row["id"]
    cells = [
        _name(row, note, opening),
        *(_amount(row[name], row["currency"], opening.mark("balance", ident, name)) for name in AMOUNTS),
        _left(row["remaining"], row["granted"], opening.mark("balance", ident, "share")),
        dates.day(row["starts_at"]) if _given(row["starts_at"]) else DASH,
        _end(row["ends_at"]),
        quantity(row["priority"]) if _given(row["priority"]) else DASH,
    ]
    toggle = ident if opening.opens else ""
    return Row(cells, kind=f"is-{row['status']}", toggle=toggle, detail=opening.details.get(ident))


def _name(row: Mapping[str, Any], note: BalanceNote, opening: Opening) -> Cell:
    """Status, type and unit, then whatever the columns have no room for: never behind the pointer only."""
    kind = TYPES.get(row["type"], clean(row["type"], 24))
    unit = clean(row["product"], 40) if row["currency"] == QUANTITY else clean(row["currency"], 24)
    ledger = _moved("ledger_balance", row, opening)
    floored = [["floored at zero: its ledger adds up to ", ledger]] if _is_floored(row, note) else []
    apart = [["its ledger adds up to ", ledger]] if note.reconciles is False else []
    name = clean(row["name"] or row["product"] or row["id"], 60)
    below = [f"{kind}, {unit}", *_movements(row, note, opening), *floored, *apart]
    warning = "Does not reconcile" if note.reconciles is False else ""
    return cell(name, chip=STATUSES[Status(row["status"])], below=below, warning=warning)


def _movements(row: Mapping[str, Any], note: BalanceNote, opening: Opening) -> list[list[Cell]]:
    """The movements that have no column, as one line; none when there were none."""
    told: list[list[Cell]] = [
        [f"{words} ", _moved(name, row, opening)] for name, words in OTHER_MOVEMENTS.items() if row[name]
    ]
    told += [["rolled in from an earlier balance"]] if note.rolled_in else []
    line = [part for at, parts in enumerate(told) for part in ((["; "] if at else []) + parts)]
    return [line] if line else []


def _moved(name: str, row: Mapping[str, Any], opening: Opening) -> Cell:
    text = money(row[name], row["currency"])
    return text if row[name] is None else cell(text, receipt=opening.mark("balance", row["id"], name))


def _is_floored(row: Mapping[str, Any], note: BalanceNote) -> bool:
    """A balance that its entries overdraw stands at 0, so the columns of its row do not explain what remains."""
    ledger, remaining = row["ledger_balance"], row["remaining"]
    return note.reconciles is not False and ledger is not None and ledger < 0 and remaining == 0


def _amount(value: Decimal | None, currency: str, receipt: str = "") -> Cell:
    """Money with its sign; other units as the number alone, for the unit stands under the name."""
    text = money(value, currency, missing="not known", named=False)
    return text if value is None else cell(text, receipt=receipt)


def _left(remaining: Decimal | None, granted: Decimal | None, receipt: str) -> Cell:
    """A bar and its percentage of what was granted; the text alone carries the meaning."""
    if remaining is None or granted is None or granted <= 0:
        return DASH
    part = min(max(float(remaining / granted), 0.0), 1.0)
    return cell(share(remaining, granted), bar=f"{part:.1%}", receipt=receipt)


def _end(ends_at: datetime | None) -> str:
    return dates.day(dates.last_day(ends_at)) if ends_at is not None and _given(ends_at) else "No end"


def _total(total: BalanceTotal, opening: Opening) -> Row:
    """The sums that the analytics made: rolled-in balances are no new grant, and what is unknown stays unknown."""
    unit = clean(total.product, 40) if total.currency == QUANTITY else clean(total.currency, 24)
    place = ("total", total.currency, total.product, total.side.value)
    rolled = cell(money(total.rolled_in, total.currency), receipt=opening.mark(*place, "rolled_in"))
    brought = [["and ", rolled, " rolled in"]] if total.rolled_in else []
    amounts = [_amount(getattr(total, name), total.currency, opening.mark(*place, name)) for name in AMOUNTS]
    blanks = [""] * (len(HEADS) - 1 - len(amounts))
    return Row([cell(f"Total {unit}", below=brought), *amounts, *blanks], kind="total-row")


def _given(value: Any) -> bool:
    """Whether a cell holds something: NaN and NaT are "not sent", and differ from themselves."""
    return value is not None and value == value  # noqa: PLR0124  # the test for NaN and NaT
