"""Which few numbers stand above everything? Values for the tiles; what is not known is None, never 0."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from data.analytics.balance_totals import BalanceTotal, balance_totals, expiring_within
from data.analytics.commitments import Burndown, Side, Status
from data.money import exact_sum

EXPIRY_DAYS = 90
OVER = (Status.EXPIRED.value, Status.ARCHIVED.value)


@dataclass(frozen=True)
class BalanceHeadline:
    """Spendable value of one currency, in currency units: settled - pending = available.

    ``pending`` is what draft invoices have drawn so far; ``expiring`` lapses within ``EXPIRY_DAYS``.
    """

    currency: str
    is_money: bool
    available: Decimal | None
    pending: Decimal | None
    settled: Decimal | None
    expiring: Decimal | None


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
    return _balance(main, expiring_within(held, now=now, days=EXPIRY_DAYS).get(main.currency))


def _prepaid(burn: Burndown) -> list[BalanceTotal]:
    return [one for one in balance_totals(burn) if one.side is Side.PREPAID and not one.product]


def _not_over(burn: Burndown) -> Burndown:
    keep = ~burn.table["status"].isin(OVER)
    notes = tuple(note for note, kept in zip(burn.notes, keep.tolist(), strict=True) if kept)
    return Burndown(burn.table[keep], notes)


def _balance(total: BalanceTotal, expiring: Decimal | None) -> BalanceHeadline:
    available, pending = total.remaining, total.used_pending
    settled = None if available is None or pending is None else exact_sum([available, pending])
    return BalanceHeadline(total.currency, total.is_money, available, pending, settled, expiring)
