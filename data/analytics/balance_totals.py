"""What is left in all? Per unit, spendable value and obligations kept apart."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from data.analytics.commitments import AMOUNTS, BalanceNote, Burndown, Side
from data.money import known_sum

Row = dict[str, Any]


@dataclass(frozen=True)
class BalanceTotal:
    """Sums over the balances of one unit and side, in currency units; None where one of them is not known.

    ``granted`` leaves out balances that were rolled in (their origin counts it); ``rolled_in`` is what they brought.
    For QUANTITY balances ``currency`` is ``quantity`` and ``product`` names the only product they count. ``members``
    are the positions of the summed rows in the burndown's table.
    """

    currency: str
    product: str
    side: Side
    is_money: bool
    rolled_in: Decimal | None
    granted: Decimal | None
    upcoming: Decimal | None
    used_posted: Decimal | None
    used_pending: Decimal | None
    expired: Decimal | None
    rolled_over: Decimal | None
    trued_up: Decimal | None
    adjusted: Decimal | None
    credited: Decimal | None
    canceled: Decimal | None
    other: Decimal | None
    ledger_balance: Decimal | None
    remaining: Decimal | None
    members: tuple[int, ...] = ()


def balance_totals(burn: Burndown) -> tuple[BalanceTotal, ...]:
    """One total per (unit, side): money first, prepaid value before postpaid obligations. Units are never added;
    neither are quantities of different products."""
    members: dict[tuple[bool, str, str, Side], list[int]] = {}
    noted = list(zip(_rows(burn), burn.notes, strict=True))
    for at, (row, note) in enumerate(noted):
        product = str(row["product"]) if note.is_quantity else ""
        members.setdefault((not note.is_money, row["currency"], product, note.side), []).append(at)
    order = list(Side)
    keys = sorted(members, key=lambda key: (key[0], key[1], key[2], order.index(key[3])))
    return tuple(_total(key, noted, members[key]) for key in keys)


def _total(key: tuple[bool, str, str, Side], noted: list[tuple[Row, BalanceNote]], members: list[int]) -> BalanceTotal:
    summed = [noted[at] for at in members]
    own = [row["granted"] for row, note in summed if not note.rolled_in]
    brought = [row["granted"] for row, note in summed if note.rolled_in]
    sums = {name: known_sum(row[name] for row, _ in summed) for name in AMOUNTS if name != "granted"}
    return BalanceTotal(
        currency=key[1],
        product=key[2],
        side=key[3],
        is_money=not key[0],
        rolled_in=known_sum(brought),
        granted=known_sum(own),
        members=tuple(members),
        **sums,
    )


def _rows(burn: Burndown) -> list[Row]:
    return [{str(name): value for name, value in row.items()} for row in burn.table.to_dict("records")]
