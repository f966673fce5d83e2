"""What is left of each commit and credit, and where did the rest go? The burndown table, one row per balance.

Rules from sections 4.2 to 4.4 of the Metronome notes; columns and signs from the interfaces document.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

import pandas as pd

from data.analytics.entries import GRANTED, PENDING, POSTED, USED, Account, accounts_of
from data.analytics.reconcile import difference, reconciles
from data.analytics.segments import SegmentLeft, segments_left
from data.analytics.units import Units
from data.money import EXACT, UnitKind, exact_sum

COMMITMENTS_FILE: Final = (
    "id", "type", "name", "product", "contract_id", "priority", "currency", "starts_at", "ends_at", "segments",
    "granted", "upcoming", "used_posted", "used_pending", "expired", "rolled_over", "trued_up", "adjusted", "credited",
    "canceled", "other", "ledger_balance", "remaining", "rolled_from", "status",
)  # fmt: skip
AMOUNTS: Final = COMMITMENTS_FILE[10:23]
_POSITIVE: Final = ("expired", "rolled_over", "trued_up")
_SIGNED: Final = ("adjusted", "credited", "canceled", "other")

Amounts = dict[str, Decimal | None]


class Side(StrEnum):
    """What a remainder means: value that can be spent, or an obligation still owed. They are never added."""

    PREPAID = "prepaid"
    POSTPAID = "postpaid"
    OTHER = "other"


class Status(StrEnum):
    ACTIVE = "active"
    UPCOMING = "upcoming"
    EXHAUSTED = "exhausted"
    EXPIRED = "expired"
    ARCHIVED = "archived"


@dataclass(frozen=True)
class BalanceNote:
    """What the table needs beside a row's columns, in the order of its rows.

    ``reconciles`` is None when ledger or balance is not known; ``difference`` is ledger minus balance in currency
    units. ``lots`` is what is left on each segment that is open now.
    """

    side: Side
    is_money: bool
    is_quantity: bool
    rolled_in: bool
    reconciles: bool | None
    difference: Decimal | None
    lots: tuple[SegmentLeft, ...]


@dataclass(frozen=True)
class Burndown:
    """``table``: the columns of ``COMMITMENTS_FILE``, one row per balance as listed; ``notes``: one per row."""

    table: pd.DataFrame
    notes: tuple[BalanceNote, ...]


def burndown(
    balances: pd.DataFrame,
    segments: pd.DataFrame,
    ledger: pd.DataFrame,
    *,
    invoices: pd.DataFrame | None,
    now: datetime,
    units: Units,
) -> Burndown:
    """BALANCES, SEGMENTS and LEDGER -> the burndown as of ``now``, amounts ``Decimal`` in currency units.

    granted - used_posted - used_pending - expired - rolled_over - trued_up + adjusted + credited + canceled + other =
    ledger_balance, over the entries that count now: dated up to ``now``, deductions of any date (a draft's lies ahead),
    manual entries of open segments. What is not known is None, never 0. INVOICES decide what is pending; without them
    (None) an entry's time does.
    """
    accounts = accounts_of(balances, segments, ledger, invoices=invoices, now=now, units=units)
    rows = [_row(account, now) for account in accounts]
    table = pd.DataFrame({name: _column([row[name] for row in rows], name) for name in COMMITMENTS_FILE})
    return Burndown(table, tuple(_note(account, now) for account in accounts))


def amounts_of(account: Account, now: datetime) -> Amounts:
    """The amount columns of one balance, in its unit as sent."""
    sums = _sums(account) if account.entries is not None else _without_ledger(account, now)
    ledger = None if account.entries is None else exact_sum(one.effect for one in account.entries if one.counts)
    balance = account.balance["balance"]
    remaining = balance if isinstance(balance, Decimal) else None if ledger is None else max(ledger, Decimal(0))
    return sums | {"upcoming": _upcoming(account, now), "ledger_balance": ledger, "remaining": remaining}


def _sums(account: Account) -> Amounts:
    def added(category: str, state: str | None = None) -> Decimal:
        entries = account.entries or ()
        chosen = (one for one in entries if one.counts and one.category == category and state in (None, one.state))
        return exact_sum(one.effect for one in chosen)

    return {
        GRANTED: added(GRANTED),
        "used_posted": EXACT.minus(added(USED, POSTED)),
        "used_pending": EXACT.minus(added(USED, PENDING)),
        **{name: EXACT.minus(added(name)) for name in _POSITIVE},
        **{name: added(name) for name in _SIGNED},
    }


def _without_ledger(account: Account, now: datetime) -> Amounts:
    """Only the schedule is known: what was granted by now, not where it went."""
    begun = [one.amount for one in account.segments if not one.is_ahead(now)]
    unknown: Amounts = dict.fromkeys(("used_posted", "used_pending", *_POSITIVE, *_SIGNED))
    return {GRANTED: exact_sum(begun) if account.segments else None, **unknown}


def _upcoming(account: Account, now: datetime) -> Decimal | None:
    if account.segments:
        return exact_sum(one.amount for one in account.segments if one.is_ahead(now))
    if account.entries is None:
        return None
    return exact_sum(one.effect for one in account.entries if one.category == GRANTED and not one.counts)


def _row(account: Account, now: datetime) -> Mapping[str, Any]:
    balance, amounts = account.balance, amounts_of(account, now)
    starts = [one.starts_at for one in account.segments if one.starts_at is not None]
    ends = [one.ends_at for one in account.segments]
    known_ends = [end for end in ends if end is not None]
    return {
        "id": balance["balance_id"],
        **{name: balance[name] for name in ("type", "name", "product", "contract_id", "priority", "rolled_from")},
        "currency": account.unit.label,
        "starts_at": min(starts, default=None),
        "ends_at": max(known_ends, default=None) if len(known_ends) == len(ends) else None,
        "segments": len(account.segments),
        **{name: None if amount is None else account.unit.major(amount) for name, amount in amounts.items()},
        "status": status_of(account, amounts["remaining"], now).value,
    }


def status_of(account: Account, remaining: Decimal | None, now: datetime) -> Status:
    """Archived, else by its segments (none begun, none left), else by what remains."""
    archived = account.balance["archived_at"]
    if isinstance(archived, datetime) and archived <= now:
        return Status.ARCHIVED
    if account.segments and not any(one.holds(now) for one in account.segments):
        return Status.UPCOMING if any(one.is_ahead(now) for one in account.segments) else Status.EXPIRED
    return Status.EXHAUSTED if remaining is not None and remaining <= 0 else Status.ACTIVE


def side_of(account: Account) -> Side:
    """Prepaid commits and credits are value, postpaid commits are owed; a type that is not known is neither."""
    sides = {"PREPAID": Side.PREPAID, "CREDIT": Side.PREPAID, "POSTPAID": Side.POSTPAID}
    return sides.get(str(account.balance["type"]).upper(), Side.OTHER)


def _note(account: Account, now: datetime) -> BalanceNote:
    gap = difference(account)
    return BalanceNote(
        side=side_of(account),
        is_money=account.unit.is_money,
        is_quantity=account.unit.kind is UnitKind.QUANTITY,
        rolled_in=bool(account.balance["rolled_from"]),
        reconciles=reconciles(account, now),
        difference=None if gap is None else account.unit.major(gap),
        lots=segments_left(account, amounts_of(account, now)["remaining"], now),
    )


def _column(values: list[Any], name: str) -> pd.Series:
    if name in ("starts_at", "ends_at"):
        return pd.Series(values, dtype="datetime64[us, UTC]")
    dtypes = {"priority": "float64", "segments": "int64"}
    return pd.Series(values, dtype=dtypes.get(name, "object"))
