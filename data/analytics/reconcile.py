"""Does a balance's ledger explain its balance? Section 4.3 of the Metronome notes, with its exceptions.

One rule for the page and for the proof, so that they never contradict each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, localcontext
from typing import Final

from data.analytics.entries import Account, Entry, Segment
from data.analytics.proofs.causes import Cause
from data.analytics.proofs.check import half_minor, judged, rounded
from data.money import EXACT, TOLERANCE, exact_sum

_ENDINGS: Final = ("expired", "rolled_over", "trued_up", "canceled")


@dataclass(frozen=True)
class Fit:
    """The entries that a balance is held against, and why it is something else than their sum (None: it is not)."""

    entries: tuple[Entry, ...]
    cause: Cause | None


def difference(account: Account) -> Decimal | None:
    """What the ledger's entries up to now give, minus ``balance``, as sent; None when either is not known."""
    balance = account.balance["balance"]
    if account.entries is None or not isinstance(balance, Decimal):
        return None
    with localcontext(EXACT):
        return exact_sum(one.effect for one in account.entries if one.counts) - balance


def reconciles(account: Account, now: datetime) -> bool | None:
    """Whether nothing is left unexplained between the ledger and ``balance``; None when either is not known."""
    fit = fit_of(account, now)
    return None if fit is None else fit.cause is not Cause.UNKNOWN


def fit_of(account: Account, now: datetime) -> Fit | None:
    """The documented reading that gives ``balance``, or gives less than nothing where the balance is 0, for negative
    manual entries may exceed what is left; else what counts now. None when ledger or balance is not known."""
    balance = account.balance["balance"]
    if account.entries is None or not isinstance(balance, Decimal):
        return None
    found = [(entries, exact_sum(one.effect for one in entries)) for entries in _readings(account, now)]
    for entries, total in found:
        if abs(EXACT.subtract(balance, total)) <= TOLERANCE:
            return Fit(entries, None)
    overdrawn = [entries for entries, total in found if total < 0 and abs(balance) <= TOLERANCE]
    if overdrawn:
        return Fit(overdrawn[0], Cause.FLOORED)
    entries, total = found[0]
    rounding = rounded(balance, total, half_minor(account.unit))
    return Fit(entries, judged(EXACT.subtract(balance, total), rounding))


def _readings(account: Account, now: datetime) -> tuple[tuple[Entry, ...], ...]:
    """The entries that the balance may be the sum of: what counts now; without ended segments whose expiry is not
    written yet; with entries that lie ahead."""
    entries = account.entries or ()
    counted = tuple(one for one in entries if one.counts)
    over = {one.segment_id for one in account.segments if one.segment_id and one.is_over(now)}
    unclosed = over - _closed(account.segments, counted)
    return counted, tuple(one for one in counted if one.segment not in unclosed), entries


def _closed(segments: tuple[Segment, ...], counted: tuple[Entry, ...]) -> set[str]:
    """The segments whose end is in the ledger. Then all their entries are, and have to come to nothing. An ending that
    no segment can be told for is that of the only one there is."""
    endings: dict[str, datetime] = {one.segment: one.timestamp for one in counted if one.category in _ENDINGS}
    alone = segments[0].segment_id if len(segments) == 1 else ""
    if alone and "" in endings:
        endings[alone] = endings[""]
    ends = {one.segment_id: one.ends_at for one in segments if one.ends_at is not None}
    return {ident for ident, moment in endings.items() if ident in ends and moment >= ends[ident]}
