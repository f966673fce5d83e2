"""What is still owed under each postpaid commit? Promised spend, what usage fulfilled, and the shortfall so far.

A postpaid commit is an obligation (section 4.6 of the Metronome notes): every usage invoice is billed in full and
lowers it; what is not met by the end of the term is billed as a true-up.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from data.analytics.commitments import Part, Parts, Side, Status, amounts_of, side_of, status_of
from data.analytics.entries import Account
from data.analytics.segments import NEVER
from data.money import EXACT, exact_sum

_SECOND: Final = timedelta(seconds=1)
_DAY_SECONDS: Final = Decimal(86_400)
OTHER_CHANGES: Final = "other_changes"
COLUMNS: Final = ("granted", "used_posted", "used_pending", "trued_up", "expired", OTHER_CHANGES, "remaining")
_OTHER: Final = ("adjusted", "rolled_over", "credited", "canceled", "other")


@dataclass(frozen=True)
class Obligation:
    """One postpaid commit. ``parts`` are its amounts as sent, with the entries behind them: ``granted`` is what was
    promised, ``used_*`` what is fulfilled, ``other_changes`` what else there was, signed, and ``remaining`` the
    shortfall so far: granted - used - trued up - expired + other changes, where the balance is what its ledger says.

    ``days_left`` and ``per_day``, what would have to be used each day to fulfil it (all of it when less than a day is
    left), are None once nothing is owed, the term is over or has no end.
    """

    account: Account
    parts: Parts
    status: Status
    ends_at: datetime | None
    days_left: Decimal | None
    per_day: Decimal | None

    def amount(self, column: str) -> Decimal | None:
        """One of ``COLUMNS`` in currency units; None when it is not known."""
        sent = self.parts[column].amount
        return None if sent is None else self.account.unit.major(sent)

    @property
    def shortfall(self) -> Decimal | None:
        return self.amount("remaining")


def obligations(accounts: Iterable[Account], now: datetime) -> tuple[Obligation, ...]:
    """The postpaid commits, those that run first, the first to end before others."""
    found = [_obligation(one, now) for one in accounts if side_of(one) is Side.POSTPAID]
    order = list(Status)
    return tuple(sorted(found, key=lambda one: (order.index(one.status), one.ends_at or NEVER)))


def _other_changes(amounts: Parts) -> Part:
    parts = [amounts[name] for name in _OTHER]
    entries = tuple(entry for one in parts for entry in one.entries)
    unknown = any(one.amount is None for one in parts)
    return Part(None) if unknown else Part(exact_sum(one.effect for one in entries), entries)


def _obligation(account: Account, now: datetime) -> Obligation:
    amounts = amounts_of(account, now)
    parts = {**amounts, OTHER_CHANGES: _other_changes(amounts)}
    left = parts["remaining"].amount
    ends = [one.ends_at for one in account.segments if one.ends_at is not None]
    ends_at = max(ends) if ends and len(ends) == len(account.segments) else None
    runs = ends_at is not None and ends_at > now and left is not None and left > 0
    days = EXACT.divide(Decimal((ends_at - now) // _SECOND), _DAY_SECONDS) if ends_at is not None and runs else None
    per_day = EXACT.divide(account.unit.major(left), max(days, Decimal(1))) if days and left is not None else None
    return Obligation(
        account=account,
        parts=parts,
        status=status_of(account, left, now),
        ends_at=ends_at,
        days_left=days,
        per_day=per_day,
    )
