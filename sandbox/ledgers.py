"""Ledgers and balances of commits and credits, in the shapes of sections 2.7 and 4."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from sandbox.amounts import ZERO, exact, number
from sandbox.books import Books
from sandbox.ids import ident
from sandbox.model import Balance, BalanceType, Segment
from sandbox.moments import stamp

_ABOUT_AN_INVOICE = {"CREDITED", "CANCELED"}
Entry = dict[str, Any]
Dated = tuple[datetime, int, Entry]
_PREFIX = {
    BalanceType.PREPAID: "PREPAID_COMMIT",
    BalanceType.POSTPAID: "POSTPAID_COMMIT",
    BalanceType.CREDIT: "CREDIT",
}


def trueup_invoice_id(balance: Balance) -> str:
    return ident("invoice", balance.id, "true-up")


def _entry(balance: Balance, kind: str, amount: Decimal, at: datetime, **extra: str) -> Entry:
    entry = {"type": f"{_PREFIX[balance.type]}_{kind}", "timestamp": stamp(at), "amount": number(amount)}
    return entry | extra


def _segment_entries(books: Books, balance: Balance, segment: Segment) -> Iterator[Dated]:
    """Opening and end of one segment; future ones have no entries yet."""
    book, postpaid = books.chronicle, balance.type is BalanceType.POSTPAID
    granted = book.granted.get(segment.id)
    if granted is not None:
        kind = "INITIAL_BALANCE" if postpaid else "SEGMENT_START"
        extra = {} if postpaid else {"segment_id": segment.id}
        yield segment.start, 0, _entry(balance, kind, granted, segment.start, **extra)
    end, lapsed, rolled = balance.end_of(segment), book.lapsed.get(segment.id, ZERO), book.rolled.get(segment.id, ZERO)
    if rolled:
        extra = {"segment_id": segment.id, "new_contract_id": balance.rollover_contract or ""}
        yield end, 3, _entry(balance, "ROLLOVER", -rolled, end, **extra)
    if lapsed and postpaid and balance.trued_up:
        yield end, 4, _entry(balance, "TRUEUP", -lapsed, end, invoice_id=trueup_invoice_id(balance))
    elif lapsed:
        extra = {} if postpaid else {"segment_id": segment.id}
        yield end, 4, _entry(balance, "EXPIRATION", -lapsed, end, **extra)


def _deduction_entries(books: Books, balance: Balance) -> Iterator[Dated]:
    for bill, segment_id, amount in books.deductions.get(balance.id, []):
        at = bill.period.end
        extra = {"segment_id": segment_id, "invoice_id": bill.id, "contract_id": bill.contract.id}
        yield at, 2, _entry(balance, "AUTOMATED_INVOICE_DEDUCTION", -amount, at, **extra)


def _adjustment_entries(books: Books, balance: Balance) -> Iterator[Dated]:
    for made, segment_id in books.chronicle.adjusted.get(balance.id, []):
        extra = {"reason": made.reason} if made.kind == "MANUAL" else {"segment_id": segment_id}
        if made.kind in _ABOUT_AN_INVOICE and balance.payments:
            extra["invoice_id"] = balance.payments[0].invoice_id
        yield made.at, 1, _entry(balance, made.kind, made.amount, made.at, **extra)


@exact
def ledger(books: Books, balance: Balance) -> list[Entry]:
    """Every entry, oldest first; draft deductions are in it, dated at the end of their period."""
    dated = [entry for segment in balance.segments for entry in _segment_entries(books, balance, segment)]
    dated += [*_deduction_entries(books, balance), *_adjustment_entries(books, balance)]
    return [entry for _, _, entry in sorted(dated, key=lambda item: item[:2])]


@exact
def balance_now(books: Books, balance: Balance, *, finalized_only: bool = False) -> Decimal:
    """What can be spent right now; active segments only, each floored at 0 (sections 2.8 and 4.3)."""
    left = books.chronicle.left
    amounts = {part.id: left[part.id] for part in balance.segments if part.id in left}
    if finalized_only:
        for bill, segment_id, amount in books.deductions.get(balance.id, []):
            if segment_id in amounts and bill.period.status(books.now) == "DRAFT":
                amounts[segment_id] += amount
    return sum((max(ZERO, amount) for amount in amounts.values()), ZERO)
