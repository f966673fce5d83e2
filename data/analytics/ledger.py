"""What happened to each balance, entry by entry? The rows of ledger.csv."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal, localcontext
from itertools import accumulate, takewhile
from typing import Any, Final

import pandas as pd

from data.analytics.entries import UNDATED, Account, Entry, accounts_of
from data.analytics.units import Units
from data.money import EXACT
from data.schema import SEGMENTS, empty

LEDGER_FILE: Final = (
    "commit_id", "segment_id", "timestamp", "type", "category", "state", "amount", "currency", "invoice_id", "reason",
    "running_balance",
)  # fmt: skip


def ledger_rows(
    ledger: pd.DataFrame,
    balances: pd.DataFrame,
    *,
    segments: pd.DataFrame | None = None,
    invoices: pd.DataFrame | None,
    now: datetime,
    units: Units,
) -> pd.DataFrame:
    """Every entry of every balance, balances as listed, oldest first within one: columns ``LEDGER_FILE``.

    ``amount`` is signed as sent; ``running_balance`` is the sum of effects so far (``Entry.effect``), not floored; both
    are ``Decimal`` in currency units, None where an amount was not sent and for all that follows it. ``state`` is
    ``pending`` for deductions of draft invoices (without invoices: of a future date) and for other entries that lie
    ahead. ``segments`` only decides the order of entries of one moment.
    """
    schedule = empty(SEGMENTS) if segments is None else segments
    accounts = accounts_of(balances, schedule, ledger, invoices=invoices, now=now, units=units)
    rows = [row for account in accounts for row in _rows(account)]
    columns = {
        name: pd.Series([row[index] for row in rows], dtype=_dtype(name)) for index, name in enumerate(LEDGER_FILE)
    }
    return pd.DataFrame(columns)


def running_balances(account: Account) -> tuple[Decimal | None, ...]:
    """After each entry of ``account``, oldest first: the sum of effects so far, in currency units, not floored; None
    from an entry on that does not say its amount."""
    ledger = account.ledger or ()
    known = tuple(takewhile(lambda one: one.amount is not None, ledger))
    with localcontext(EXACT):
        sums = [account.unit.major(total) for total in accumulate(one.effect for one in known)]
    return (*sums, *[None] * (len(ledger) - len(known)))


def _rows(account: Account) -> list[tuple[Any, ...]]:
    entries = account.ledger or ()
    return [_row(account, one, so_far) for one, so_far in zip(entries, running_balances(account), strict=True)]


def _row(account: Account, entry: Entry, running: Decimal | None) -> tuple[Any, ...]:
    return (
        account.balance["balance_id"],
        entry.segment_id,
        None if entry.timestamp == UNDATED else entry.timestamp,
        entry.type,
        entry.category,
        entry.state,
        None if entry.amount is None else account.unit.major(entry.amount),
        account.unit.label,
        entry.invoice_id,
        entry.reason,
        running,
    )


def _dtype(name: str) -> str:
    return "datetime64[us, UTC]" if name == "timestamp" else "object"
