"""Does a balance's ledger explain its balance? Section 4.3 of the Metronome notes, with its exceptions."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal, localcontext
from typing import Final

from data.analytics.entries import Account, Entry
from data.money import EXACT, exact_sum

TOLERANCE: Final = Decimal("0.01")  # in the unit as sent


def difference(account: Account) -> Decimal | None:
    """What the ledger's entries up to now give, minus ``balance``, as sent; None when either is not known."""
    balance = account.balance["balance"]
    if account.entries is None or not isinstance(balance, Decimal):
        return None
    with localcontext(EXACT):
        return exact_sum(one.effect for one in account.entries if one.counts) - balance


def reconciles(account: Account, now: datetime) -> bool | None:
    """Whether ``balance`` is what the ledger says under one of the documented readings, floored at 0 as negative manual
    entries may exceed what is left; None when not known."""
    balance = account.balance["balance"]
    if account.entries is None or not isinstance(balance, Decimal):
        return None
    sums = (exact_sum(one.effect for one in entries) for entries in readings(account, now))
    with localcontext(EXACT):
        return any(abs(max(total, Decimal(0)) - balance) <= TOLERANCE for total in sums)


def readings(account: Account, now: datetime) -> tuple[tuple[Entry, ...], ...]:
    """The entries that the balance may be the sum of: what counts now; without ended segments whose expiry is not
    written yet; with entries that lie ahead."""
    entries = account.entries or ()
    counted = tuple(one for one in entries if one.counts)
    over = {one.segment_id for one in account.segments if one.is_over(now) and one.segment_id}
    return counted, tuple(one for one in counted if one.segment not in over), entries
