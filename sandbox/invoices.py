"""Invoices and their breakdowns as the API writes them (sections 2.10, 5 and 6)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import chain
from typing import Any

from sandbox.amounts import ZERO, exact
from sandbox.books import Bill, Books
from sandbox.burn import Piece
from sandbox.ids import ident
from sandbox.ledgers import trueup_invoice_id
from sandbox.lines import (
    Line,
    conversion_lines,
    fixed_line,
    invoice_total,
    subscription_lines,
    usage_lines,
    zero_lines,
)
from sandbox.model import Balance, BalanceType, Contract
from sandbox.moments import DAY, HOUR, stamp, stamp_millis
from sandbox.periods import GRACE
from sandbox.prices import CreditType

Invoice = dict[str, Any]


def _header(
    books: Books, contract: Contract, ident_: str, *, status: str, issued_at: datetime, kind: str = "SCHEDULED"
) -> Invoice:
    return {
        "id": ident_,
        "customer_id": books.account.invoice_customer,
        "customer_custom_fields": {},
        "type": kind,
        "credit_type": contract.currency.reference,
        "status": status,
        "issued_at": stamp(issued_at),
        "external_invoice": None,
        "contract_id": contract.id,
        "contract_custom_fields": {},
        "custom_fields": {},
        "billable_status": "billable",
        "net_payment_terms_days": contract.net_terms,
    }


def _external(books: Books, invoice: Invoice) -> Invoice | None:
    """The copy at the payment provider, which gets none of a draft."""
    if invoice["status"] == "DRAFT" or books.account.legacy:
        return None
    return {
        "billing_provider_type": "stripe",
        "invoice_id": "in_" + invoice["id"].replace("-", "")[:24],
        "external_status": _payment_state(books, invoice),
        "issued_at_timestamp": invoice["issued_at"],
    }


def _payment_state(books: Books, invoice: Invoice) -> str:
    """Paid once the terms are over and sent before that, unless the contract says otherwise of the period."""
    if invoice["status"] == "VOID":
        return "VOID"
    contract = next(one for one in books.account.contracts if one.id == invoice["contract_id"])
    told = {stamp(start): state for start, state in contract.payments.items()}
    due = datetime.fromisoformat(invoice["issued_at"]) + timedelta(days=invoice["net_payment_terms_days"])
    return told.get(invoice.get("start_timestamp", ""), "PAID" if due <= books.now else "SENT")


def _complete(books: Books, invoice: Invoice, lines: list[Line], unit: CreditType) -> Invoice:
    whole = invoice | {"line_items": lines, "total": invoice_total(lines, unit)}
    return whole | {"external_invoice": _external(books, whole)}


def _usage_header(books: Books, bill: Bill) -> Invoice:
    period = bill.period
    head = _header(
        books, bill.contract, bill.id, kind="USAGE", status=period.status(books.now), issued_at=period.issued_at
    )
    head |= {"start_timestamp": stamp(period.start), "end_timestamp": stamp(period.end)}
    if period.start in bill.contract.voided:
        head["regenerated_from_invoice_id"] = ident("invoice", bill.id, "voided")
    return head


def _window_lines(books: Books, bill: Bill, pieces: list[Piece]) -> list[Line]:
    lines = usage_lines(pieces, bill.period, paired=books.account.paired)
    return lines + conversion_lines(pieces, bill.contract, bill.period)


def _usage_invoices(books: Books, bill: Bill) -> Iterator[Invoice]:
    contract, period = bill.contract, bill.period
    pieces = books.whole(piece for day in bill.days.values() for piece in day)
    pieces += books.by_period(contract, period.start, period.end)
    lines = _window_lines(books, bill, pieces) + zero_lines(pieces, contract, period)
    for sold in contract.subscriptions:
        lines += subscription_lines(sold, contract, period, books.now)
    invoice = _complete(books, _usage_header(books, bill), lines, contract.currency)
    yield invoice
    if invoice["status"] == "FINALIZED" and period.start in contract.voided:
        yield _voided(books, invoice)
    if period.start in contract.corrected and _corrected_at(bill) <= books.now:
        billed = [*chain.from_iterable(bill.days.values()), *pieces]
        yield from (_correction(books, bill, piece) for piece in billed[:1])


def _voided(books: Books, invoice: Invoice) -> Invoice:
    """What the regenerated ``invoice`` replaced."""
    first = {key: value for key, value in invoice.items() if key != "regenerated_from_invoice_id"}
    first |= {"id": invoice["regenerated_from_invoice_id"], "status": "VOID"}
    return first | {"external_invoice": _external(books, first)}


def _corrected_at(bill: Bill) -> datetime:
    return bill.period.issued_at + 9 * DAY


def _correction(books: Books, bill: Bill, first: Piece) -> Invoice:
    """A later invoice that gives part of an earlier one back; it has no period of its own."""
    contract, issued = bill.contract, _corrected_at(bill)
    amount = -(first.amount / 2).quantize(Decimal(1))
    record = {
        "reason": "Duplicate events",
        "memo": "A replayed batch was billed twice.",
        "corrected_invoice_id": bill.id,
    }
    head = _header(books, contract, ident("invoice", bill.id, "correction"), status="FINALIZED", issued_at=issued)
    head |= {"correction_record": record, "created_at": stamp(issued)}
    line = fixed_line(
        "scheduled", first.slot.product, contract.currency, amount, name="Correction of an earlier invoice"
    )
    return _complete(books, head, [line], contract.currency)


def _purchases(books: Books, balance: Balance) -> Iterator[Invoice]:
    contract = _contract_of(books, balance)
    if contract is None:
        return
    for payment in balance.payments:
        status = "FINALIZED" if payment.at <= books.now else "DRAFT"
        head = _header(books, contract, payment.invoice_id, status=status, issued_at=payment.at)
        unit = balance.payment_unit or contract.currency
        line = fixed_line("commit_purchase", balance.product, unit, payment.amount, commit_id=balance.id)
        yield _complete(books, head | {"credit_type": unit.reference}, [line], unit)


def _trueups(books: Books, balance: Balance) -> Iterator[Invoice]:
    """The running true-up of a postpaid commit: a draft while the term runs, billed after its last usage invoice."""
    contract, segment = _contract_of(books, balance), balance.segments[0]
    if (
        contract is None
        or balance.type is not BalanceType.POSTPAID
        or not balance.trued_up
        or segment.start > books.now
    ):
        return
    book, end = books.chronicle, balance.end_of(segment)
    rest = max(ZERO, book.left.get(segment.id, book.lapsed.get(segment.id, ZERO)))
    if not rest:
        return
    status = "FINALIZED" if end + GRACE <= books.now else "DRAFT"
    head = _header(books, contract, trueup_invoice_id(balance), status=status, issued_at=end + GRACE)
    extra = {"name": f"{balance.product.name} true-up", "postpaid_commit": {"id": balance.id}, "commit_id": balance.id}
    line = fixed_line("postpaid_trueup", balance.product, contract.currency, rest, **extra)
    yield _complete(books, head, [line], contract.currency)


def _fees(books: Books, contract: Contract) -> Iterator[Invoice]:
    for fee in contract.charges:
        for at in fee.dates:
            status = "FINALIZED" if at <= books.now else "DRAFT"
            head = _header(books, contract, ident("invoice", fee.id, at.isoformat()), status=status, issued_at=at)
            line = fixed_line("scheduled", fee.product, contract.currency, fee.amount, scheduled_charge_id=fee.id)
            yield _complete(books, head, [line], contract.currency)


def _contract_of(books: Books, balance: Balance) -> Contract | None:
    """The contract that pays: the balance's own, or the customer's first."""
    contracts = books.account.contracts
    return next((one for one in contracts if one.id == balance.contract_id), contracts[0] if contracts else None)


@exact
def invoices(books: Books) -> list[Invoice]:
    """Every invoice of the account, oldest issued first."""
    found = [invoice for bill in books.bills for invoice in _usage_invoices(books, bill)]
    for balance in books.account.balances:
        found += [*_purchases(books, balance), *_trueups(books, balance)]
    for contract in books.account.contracts:
        found += _fees(books, contract)
    return sorted(found, key=lambda invoice: (invoice["issued_at"], invoice["id"]))


@exact
def breakdowns(books: Books, start: datetime, end: datetime, step: timedelta) -> list[Invoice]:
    """One element per (window, invoice) that lies wholly in [start, end) and had any usage, oldest first."""
    found = []
    for bill in books.bills:
        for opens, pieces in _windows(books, bill, start, end, step):
            lines = _window_lines(books, bill, pieces + books.by_period(bill.contract, opens, opens + step))
            lines += _window_lines(books, bill, books.late(bill.contract, opens, opens + step))
            if lines and opens >= start and opens + step <= end:
                element = _complete(books, _usage_header(books, bill), lines, bill.contract.currency)
                found.append(element | broken_down(opens, opens + step))
    return sorted(found, key=lambda element: (element["breakdown_start_timestamp"], element["id"]))


def broken_down(start: datetime, end: datetime) -> dict[str, str]:
    return {"breakdown_start_timestamp": stamp_millis(start), "breakdown_end_timestamp": stamp_millis(end)}


def _windows(
    books: Books, bill: Bill, start: datetime, end: datetime, step: timedelta
) -> Iterator[tuple[datetime, list[Piece]]]:
    for day, pieces in bill.days.items():
        if not start - DAY < day < end:
            continue
        if step == HOUR:
            for hour, parts in books.hours(day):
                yield hour, [piece for piece in parts if piece.slot.contract is bill.contract]
        else:
            yield day, pieces
