"""Is each ledger the way to its balance? Section 4.3 of the Metronome notes, its exceptions applied."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from data.analytics.entries import UNDATED, Account, Entry
from data.analytics.proofs.check import Check, CheckName, Item, NotRun, Outcome
from data.analytics.reconcile import Fit, fit_of
from data.money import exact_sum

_NAME = CheckName.LEDGER_BALANCE


def ledger_checks(accounts: Sequence[Account], *, now: datetime) -> Outcome:
    """One check per balance, in currency units: ``expected`` is what the ledger's entries add up to, ``actual`` the
    balance as sent. Of the documented readings the one that fits counts; else all entries that count by now."""
    fits = [(one, fit_of(one, now)) for one in accounts]
    return Outcome(
        tuple(_check(one, Decimal(str(one.balance["balance"])), fit) for one, fit in fits if fit is not None),
        tuple(NotRun(_NAME, ident_of(one), _blind(one)) for one, fit in fits if fit is None),
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


def _blind(account: Account) -> str:
    """Why it cannot be compared."""
    if account.ledger is not None and account.entries is None:
        return "An entry of its ledger does not say its amount."
    return "Its ledger or its balance was not sent."


def _check(account: Account, balance: Decimal, fit: Fit) -> Check:
    unit = account.unit
    return Check(
        check=_NAME,
        subject=ident_of(account),
        named=name_of(account),
        cause=fit.cause,
        expected=unit.major(exact_sum(one.effect for one in fit.entries)),
        actual=unit.major(balance),
        currency=unit.label,
        is_money=unit.is_money,
        balance_id=ident_of(account),
        expected_rows=lambda: tuple(entry_item(account, one) for one in fit.entries),
        actual_rows=lambda: (balance_item(account, balance),),
    )
