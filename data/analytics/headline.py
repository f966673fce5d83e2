"""Which few numbers stand above everything? Values for the tiles; what is not known is None, never 0."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from data.analytics.balance_totals import BalanceTotal, balance_totals
from data.analytics.commitments import BalanceNote, Burndown, Side, Status
from data.money import exact_sum

EXPIRY_DAYS = 90
OVER = (Status.EXPIRED.value, Status.ARCHIVED.value)


@dataclass(frozen=True)
class Held:
    """What one balance adds to a figure, None when it is not known; ``ends_at`` of the segment that it is left on."""

    balance_id: str
    name: str
    amount: Decimal | None
    ends_at: datetime | None = None


@dataclass(frozen=True)
class BalanceHeadline:
    """Spendable value of one currency, in currency units: settled - pending = available.

    ``pending`` is what draft invoices have drawn so far; ``expiring`` lapses within ``EXPIRY_DAYS``. ``available`` is
    the sum of ``held``, ``pending`` that of ``drawn``, ``expiring`` that of ``ending``.
    """

    currency: str
    is_money: bool
    available: Decimal | None
    pending: Decimal | None
    settled: Decimal | None
    expiring: Decimal | None
    held: tuple[Held, ...] = ()
    drawn: tuple[Held, ...] = ()
    ending: tuple[Held, ...] = ()


def balance_headline(burn: Burndown | None, *, now: datetime, currency: str | None = None) -> BalanceHeadline | None:
    """Prepaid value left, in ``currency`` where the account has balances in it, else in its first one (money first).

    What the API still lists on a balance that is expired or archived can no longer be spent: it counts as 0. None when
    balances are not known or none of them is prepaid value.
    """
    if burn is None or not _prepaid(burn):
        return None
    held = _not_over(burn)
    usable = _prepaid(held)
    counted = [*usable, *_prepaid(burn)]
    main = next((one for one in counted if one.currency == currency), counted[0])
    if main not in usable:
        zero = Decimal(0)
        return BalanceHeadline(main.currency, main.is_money, zero, zero, zero, zero)
    return _balance(main, held, now)


def _prepaid(burn: Burndown) -> list[BalanceTotal]:
    return [one for one in balance_totals(burn) if one.side is Side.PREPAID and not one.product]


def _not_over(burn: Burndown) -> Burndown:
    keep = ~burn.table["status"].isin(OVER)
    notes = tuple(note for note, kept in zip(burn.notes, keep.tolist(), strict=True) if kept)
    return Burndown(burn.table[keep], notes)


def _balance(total: BalanceTotal, burn: Burndown, now: datetime) -> BalanceHeadline:
    """``total`` is one of the totals of ``burn``."""
    available, pending = total.remaining, total.used_pending
    settled = None if available is None or pending is None else exact_sum([available, pending])
    held, drawn = (_held(total, burn, name) for name in ("remaining", "used_pending"))
    ending = _ending(total, burn, now)
    amounts = [one.amount for one in (*held, *ending)]
    expiring = None if None in amounts else exact_sum(one.amount for one in ending if one.amount is not None)
    return BalanceHeadline(total.currency, total.is_money, available, pending, settled, expiring, held, drawn, ending)


def _held(total: BalanceTotal, burn: Burndown, amount: str = "remaining") -> tuple[Held, ...]:
    rows = burn.table.iloc[list(total.members)]
    names = [name or product for name, product in zip(rows["name"], rows["product"], strict=True)]
    return tuple(Held(*row) for row in zip(rows["id"], names, rows[amount], strict=True))


def _ending(total: BalanceTotal, burn: Burndown, now: datetime) -> tuple[Held, ...]:
    """What is left on open segments that end within ``EXPIRY_DAYS``; None of a balance that does not tell it."""
    until = now + timedelta(days=EXPIRY_DAYS)
    return tuple(
        Held(one.balance_id, one.name, left, ends_at)
        for one, at in zip(_held(total, burn), total.members, strict=True)
        for left, ends_at in _lots(burn.notes[at], now)
        if ends_at is not None and ends_at <= until
    )


def _lots(note: BalanceNote, now: datetime) -> list[tuple[Decimal | None, datetime | None]]:
    """What is left on each open segment, and until when."""
    if note.lots or note.account is None:
        return [(lot.left, lot.ends_at) for lot in note.lots]
    return [(None, one.ends_at) for one in note.account.segments if one.holds(now)]
