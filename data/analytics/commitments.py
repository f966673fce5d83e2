"""What is left of each commit and credit, and where did the rest go? The burndown table, one row per balance.

Rules from sections 4.2 to 4.4 of the Metronome notes; columns and signs from the interfaces document.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

import pandas as pd

from data.analytics.entries import GRANTED, PENDING, POSTED, USED, Account, Entry, Segment, accounts_of
from data.analytics.reconcile import difference, reconciles
from data.analytics.segments import SegmentLeft, segments_left
from data.analytics.units import Units
from data.money import EXACT, UnitKind, exact_sum, known_sum

COMMITMENTS_FILE: Final = (
    "id", "type", "name", "product", "contract_id", "priority", "currency", "starts_at", "ends_at", "segments",
    "granted", "upcoming", "used_posted", "used_pending", "expired", "rolled_over", "trued_up", "adjusted", "credited",
    "canceled", "other", "ledger_balance", "remaining", "rolled_from", "status",
)  # fmt: skip
AMOUNTS: Final = COMMITMENTS_FILE[10:23]
_POSITIVE: Final = ("expired", "rolled_over", "trued_up")
_SIGNED: Final = ("adjusted", "credited", "canceled", "other")


@dataclass(frozen=True)
class Part:
    """An amount of a balance in its unit as sent, None when it is not known, and what was summed for it: ``sign`` times
    the effects of ``entries``, or the amounts of ``segments``. Neither: it is as sent."""

    amount: Decimal | None
    entries: tuple[Entry, ...] = ()
    segments: tuple[Segment, ...] = ()
    sign: int = 1


Parts = Mapping[str, Part]


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
    units. ``lots`` is what is left on each segment that is open now. ``parts`` says of each amount column what was
    summed for it.
    """

    side: Side
    is_money: bool
    is_quantity: bool
    rolled_in: bool
    reconciles: bool | None
    difference: Decimal | None
    lots: tuple[SegmentLeft, ...]
    account: Account | None = None
    parts: Parts = field(default_factory=dict)


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
    return burndown_of(accounts, now)


def burndown_of(accounts: Iterable[Account], now: datetime) -> Burndown:
    """``burndown`` of balances that were read already."""
    known = [(account, amounts_of(account, now)) for account in accounts]
    rows = [_row(account, parts, now) for account, parts in known]
    table = pd.DataFrame({name: _column([row[name] for row in rows], name) for name in COMMITMENTS_FILE})
    return Burndown(table, tuple(_note(account, parts, now) for account, parts in known))


def amounts_of(account: Account, now: datetime) -> Parts:
    """The amount columns of one balance."""
    sums = _sums(account) if account.entries is not None else _without_ledger(account, now)
    ledger = _ledger(account)
    return {**sums, "upcoming": _upcoming(account, now), "ledger_balance": ledger, "remaining": _left(account, ledger)}


def _sums(account: Account) -> Parts:
    def added(category: str, state: str | None = None, sign: int = 1) -> Part:
        entries = account.entries or ()
        chosen = (one for one in entries if one.counts and one.category == category and state in (None, one.state))
        return _sum(chosen, sign)

    return {
        GRANTED: added(GRANTED),
        "used_posted": added(USED, POSTED, -1),
        "used_pending": added(USED, PENDING, -1),
        **{name: added(name, sign=-1) for name in _POSITIVE},
        **{name: added(name) for name in _SIGNED},
    }


def _sum(entries: Iterable[Entry], sign: int = 1) -> Part:
    summed = tuple(entries)
    amount = exact_sum(one.effect for one in summed)
    return Part(EXACT.minus(amount) if sign < 0 else amount, entries=summed, sign=sign)


def _scheduled(segments: Iterable[Segment]) -> Part:
    summed = tuple(segments)
    return Part(known_sum(one.amount for one in summed), segments=summed)


def _without_ledger(account: Account, now: datetime) -> Parts:
    """Only the schedule is known: what was granted by now, not where it went."""
    begun = _scheduled(one for one in account.segments if not one.is_ahead(now))
    unknown = dict.fromkeys(("used_posted", "used_pending", *_POSITIVE, *_SIGNED), Part(None))
    return {GRANTED: begun if account.segments else Part(None), **unknown}


def _upcoming(account: Account, now: datetime) -> Part:
    if account.segments:
        return _scheduled(one for one in account.segments if one.is_ahead(now))
    if account.entries is None:
        return Part(None)
    return _sum(one for one in account.entries if one.category == GRANTED and not one.counts)


def _ledger(account: Account) -> Part:
    return Part(None) if account.entries is None else _sum(one for one in account.entries if one.counts)


def _left(account: Account, ledger: Part) -> Part:
    """The API's own figure; without it what the ledger says, floored at 0 as the API does (section 4.3)."""
    balance = account.balance["balance"]
    if isinstance(balance, Decimal):
        return Part(balance)
    return replace(ledger, amount=None if ledger.amount is None else max(ledger.amount, Decimal(0)))


def _row(account: Account, parts: Parts, now: datetime) -> Mapping[str, Any]:
    balance = account.balance
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
        **{name: None if one.amount is None else account.unit.major(one.amount) for name, one in parts.items()},
        "status": status_of(account, parts["remaining"].amount, now).value,
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


def _note(account: Account, parts: Parts, now: datetime) -> BalanceNote:
    gap = difference(account)
    return BalanceNote(
        side=side_of(account),
        is_money=account.unit.is_money,
        is_quantity=account.unit.kind is UnitKind.QUANTITY,
        rolled_in=bool(account.balance["rolled_from"]),
        reconciles=reconciles(account, now),
        difference=None if gap is None else account.unit.major(gap),
        lots=segments_left(account, parts["remaining"].amount, now),
        account=account,
        parts=parts,
    )


def _column(values: list[Any], name: str) -> pd.Series:
    if name in ("starts_at", "ends_at"):
        return pd.Series(values, dtype="datetime64[us, UTC]")
    dtypes = {"priority": "float64", "segments": "int64"}
    return pd.Series(values, dtype=dtypes.get(name, "object"))
