"""Is each ledger the way to its balance? Section 4.3 of the Metronome notes, its exceptions applied."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from data.analytics.entries import UNDATED, Account, Entry
from data.analytics.proofs.causes import Cause
from data.analytics.proofs.check import TOLERANCE, Check, CheckName, Item, NotRun, Outcome, half_minor, judged, rounded
from data.analytics.reconcile import readings
from data.money import EXACT, exact_sum

_NAME = CheckName.LEDGER_BALANCE


def ledger_checks(accounts: Sequence[Account], *, now: datetime) -> Outcome:
    """One check per balance, in currency units: ``expected`` is what the ledger's entries add up to, ``actual`` the
    balance as sent. Of the documented readings the one that fits counts; else all entries that count by now."""
    known = [one for one in accounts if one.entries is not None and isinstance(one.balance["balance"], Decimal)]
    blind = [one for one in accounts if one not in known]
    return Outcome(
        tuple(_check(one, Decimal(str(one.balance["balance"])), now) for one in known),
        tuple(NotRun(_NAME, ident_of(one), "Its ledger or its balance was not sent.") for one in blind),
    )


def ident_of(account: Account) -> str:
    return str(account.balance["balance_id"])


def name_of(account: Account) -> str:
    balance = account.balance
    return str(balance["name"] or balance["product"] or balance["balance_id"])


def entry_item(account: Account, entry: Entry) -> Item:
    """A ledger entry as a row behind a figure."""
    return Item(
        words=entry.type,
        amount=account.unit.major(entry.effect),
        at=None if entry.timestamp == UNDATED else entry.timestamp,
        invoice_id=entry.invoice_id,
        balance_id=ident_of(account),
    )


def balance_item(account: Account, balance: Decimal) -> Item:
    return Item(words="Balance as sent", amount=account.unit.major(balance), balance_id=ident_of(account))


def _check(account: Account, balance: Decimal, now: datetime) -> Check:
    unit, (entries, cause) = account.unit, _fitting(account, balance, now)
    total = exact_sum(one.effect for one in entries)
    cause = judged(EXACT.subtract(balance, total), cause or rounded(balance, total, half_minor(unit)))
    return Check(
        check=_NAME,
        subject=ident_of(account),
        named=name_of(account),
        cause=cause,
        expected=unit.major(total),
        actual=unit.major(balance),
        currency=unit.label,
        is_money=unit.is_money,
        balance_id=ident_of(account),
        expected_rows=lambda: tuple(entry_item(account, one) for one in entries),
        actual_rows=lambda: (balance_item(account, balance),),
    )


def _fitting(account: Account, balance: Decimal, now: datetime) -> tuple[tuple[Entry, ...], Cause | None]:
    """The reading that gives ``balance``, or gives less than nothing where the balance is 0; the first one else."""
    found = [(entries, exact_sum(one.effect for one in entries)) for entries in readings(account, now)]
    for entries, total in found:
        if abs(EXACT.subtract(balance, total)) <= TOLERANCE:
            return entries, None
    overdrawn = [entries for entries, total in found if total < 0 and abs(balance) <= TOLERANCE]
    return (overdrawn[0], Cause.FLOORED) if overdrawn else (found[0][0], None)
