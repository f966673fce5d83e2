"""Rows that the receipts of several views share: ledger entries, the schedule, and deduction lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Final

import pandas as pd

from data.analytics.entries import UNDATED, Account, Entry, Segment
from data.analytics.records import records, text_of
from data.lineage.value import Evidence, Formula, How, Receipt
from data.money import EXACT, Unit, UnitKind, exact_sum
from data.source import Asked
from data.views.asking import Provenance

_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
OVERDRAWN: Final = "A balance is overdrawn here and counts as zero; without that it would be {sum}."
BY_SCHEDULE: Final = "by the schedule; the ledger does not list it"
STATED: Final = "what the balance says is left now"

Payers = Mapping[str, str]


def asked_for(origin: Provenance, *families: str) -> tuple[Asked, ...]:
    """What was asked of the endpoints that a figure rests on."""
    return tuple(one for one in origin.asked if one.family in families)


def receipt(
    account: Account, title: str, rows: Iterable[Evidence], *, ident: str, amount: Decimal | None,
    asked: tuple[Asked, ...], how: How = How.SUM, rule: str = "", formula: Formula = (),
) -> Receipt:  # fmt: skip
    """A receipt in the unit of ``account``."""
    unit = account.unit
    return Receipt(
        ident=ident, title=title, amount=amount, unit=unit.label, is_money=unit.is_money, rows=tuple(rows), how=how,
        rule=rule, asked=asked, formula=formula,
    )  # fmt: skip


def told(amount: Decimal, unit: str) -> str:
    """An amount inside a rule, with every digit."""
    return f"{amount:,f} {unit}"


def day_name(day: date) -> str:
    """As the page writes it: ``1 Oct 2026``."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def sum_of(rows: Iterable[Evidence]) -> Decimal:
    return exact_sum(one.amount for one in rows if isinstance(one.amount, Decimal))


def taken_off(rows: Iterable[Evidence]) -> Iterator[Evidence]:
    """The rows with their signs turned."""
    return (replace(one, amount=EXACT.minus(one.amount)) for one in rows if isinstance(one.amount, Decimal))


def entry_evidence(account: Account, entry: Entry, sign: int = 1) -> Evidence:
    """One ledger entry: its effect on the balance, or (``sign`` -1) what it took."""
    effect = account.unit.major(entry.effect)
    reason = f" ({entry.reason})" if entry.reason else ""
    return Evidence(
        words=f"{account.label}: {entry.category.replace('_', ' ')}, {entry.state}{reason}",
        amount=EXACT.minus(effect) if sign < 0 else effect,
        at=None if entry.timestamp == UNDATED else entry.timestamp,
        invoice_id=entry.invoice_id,
        balance_id=account.balance_id,
    )


def segment_evidence(account: Account, segment: Segment) -> Evidence:
    words = f"{account.label}: segment of the access schedule"
    amount = None if segment.amount is None else account.unit.major(segment.amount)
    return Evidence(words=words, amount=amount, at=segment.starts_at, balance_id=account.balance_id)


def scheduled_evidence(account: Account, amount: Decimal, at: datetime) -> Evidence:
    """A segment that begins, or one that ends (a negative ``amount``, in currency units) with what it still holds."""
    verb = "ends" if amount < 0 else "begins"
    words = f"{account.label}: a segment {verb}, {BY_SCHEDULE}"
    return Evidence(words=words, amount=amount, at=at, balance_id=account.balance_id)


def stated_evidence(account: Account, amount: Decimal) -> Evidence:
    """What a balance without a ledger says, ``amount`` in currency units."""
    return Evidence(words=f"{account.label}: {STATED}", amount=amount, balance_id=account.balance_id)


def deduction_evidence(unit: Unit, lines: pd.DataFrame, rows: Iterable[int], payers: Payers) -> Iterator[Evidence]:
    """Deduction lines of breakdowns, by position in LINES, as what they did to the balances that paid.

    ``payers`` by id. Without a line number: its place in a window is not its place on the invoice.
    """
    names = ["invoice_id", "name", "window_start", "tier", "total", "consumed", "commit_id"]
    for line in records(lines.iloc[list(rows)][names]):
        payer = text_of(line["commit_id"])
        effect = EXACT.minus(line["consumed"]) if unit.kind is UnitKind.QUANTITY else line["total"]
        yield Evidence(
            words=text_of(line["name"]),
            amount=unit.major(effect),
            at=line["window_start"],
            invoice_id=text_of(line["invoice_id"]),
            tier=text_of(line["tier"]),
            paid_by=payers[payer],
            balance_id=payer,
        )
