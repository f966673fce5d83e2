"""Line items: how pieces, fees and payments are written on an invoice (sections 2.10, 3.4 and 5.3)."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from sandbox.amounts import ZERO, number
from sandbox.burn import Piece, Purse
from sandbox.model import BalanceType, Contract, CreditType, Fee, Product
from sandbox.moments import stamp
from sandbox.periods import Period

Line = dict[str, Any]


def _base(kind: str, product: Product, unit: CreditType, total: Decimal, *, name: str | None = None) -> Line:
    return {
        "type": kind,
        "product_id": product.id,
        "product_type": product.kind,
        "product_custom_fields": {},
        "name": name or product.name,
        "total": number(total),
        "credit_type": unit.reference,
    }


def _dates(period: Period) -> Line:
    return {"starting_at": stamp(period.start), "ending_before": stamp(period.end)}


def _cover(purse: Purse) -> Line:
    balance = purse.balance
    applied = {"id": balance.id, "type": balance.type.value}
    return {
        "commit_id": balance.id,
        "commit_segment_id": purse.segment.id,
        "commit_type": "PostpaidCommit" if balance.type is BalanceType.POSTPAID else "PrepaidCommit",
        "commit_custom_fields": {},
        "applied_commit_or_credit": applied | ({"access_type": "QUANTITY"} if balance.by_quantity else {}),
    }


def usage_line(piece: Piece, period: Period) -> Line:
    """What was used and priced; with the covering commit's id when one paid for it."""
    slot = piece.slot
    line = _base("usage", slot.product, slot.unit, piece.amount) | _dates(period)
    if piece.purse:
        line |= _cover(piece.purse)
    line |= {"unit_price": number(slot.price), "quantity": number(piece.quantity)}
    if slot.presentation:
        line["presentation_group_values"] = dict(slot.presentation)
    if slot.pricing:
        line["pricing_group_values"] = {key: value or "" for key, value in slot.pricing}
    return line


def deduction_line(pieces: list[Piece], purse: Purse, period: Period) -> Line:
    """The counterpart of covered usage lines of one product: a negative total, no quantity, no group values."""
    slot = pieces[0].slot
    total = -sum((piece.amount for piece in pieces), ZERO)
    name = f"{purse.balance.product.name} applied"
    line = _base("applied_commit_or_credit", slot.product, slot.unit, total, name=name) | _dates(period) | _cover(purse)
    if purse.balance.by_quantity:
        line["quantity_consumed"] = number(sum((piece.quantity for piece in pieces), ZERO))
    return line


def usage_lines(pieces: list[Piece], period: Period, *, paired: bool) -> list[Line]:
    """Usage lines with their deductions: after each line (``paired``), or one per product and segment at the end."""
    lines: list[Line] = []
    open_deductions: dict[tuple[str, str], list[Piece]] = {}
    for piece in pieces:
        lines.append(usage_line(piece, period))
        if piece.purse and paired:
            lines.append(deduction_line([piece], piece.purse, period))
        elif piece.purse:
            open_deductions.setdefault((piece.slot.product.id, piece.purse.segment.id), []).append(piece)
    for covered in open_deductions.values():
        purse = covered[0].purse
        if purse:
            lines.append(deduction_line(covered, purse, period))
    return lines


def conversion_lines(pieces: Iterable[Piece], contract: Contract, period: Period) -> list[Line]:
    """What balances did not cover of usage priced in a custom pricing unit, turned into the invoice's currency."""
    if contract.conversion is None:
        return []
    units = sum((piece.amount for piece in pieces if piece.purse is None and not piece.slot.unit.is_currency), ZERO)
    if not units:
        return []
    line: Line = {"type": "cpu_conversion", "name": "Conversion to " + contract.currency.name.split(" ", maxsplit=1)[0]}
    line |= {"total": number(units * contract.conversion), "credit_type": contract.currency.reference}
    return [line | _dates(period) | {"quantity": number(units), "unit_price": number(contract.conversion)}]


def zero_lines(pieces: Iterable[Piece], contract: Contract, period: Period) -> list[Line]:
    """Products without any group stand on the invoice even when nothing was used."""
    used = {piece.slot.product.id for piece in pieces}
    plain = [rate for rate in contract.rates if not rate.product.presentation and not rate.product.pricing]
    return [
        _base("usage", rate.product, rate.unit, ZERO)
        | _dates(period)
        | {"unit_price": number(rate.prices[()]), "quantity": 0}
        for rate in plain
        if rate.product.id not in used
    ]


def subscription_line(fee: Fee, contract: Contract, period: Period) -> Line:
    line = _base("subscription", fee.product, contract.currency, fee.amount) | _dates(period)
    return line | {"subscription_id": fee.id, "quantity": 1, "unit_price": number(fee.amount), "is_prorated": False}


def fixed_line(kind: str, product: Product, unit: CreditType, amount: Decimal, **extra: object) -> Line:
    """A charge for a fixed product: a commit purchase, a fee, a true-up, a correction."""
    return _base(kind, product, unit, amount) | {"quantity": 1, "unit_price": number(amount)} | extra


def invoice_total(lines: Iterable[Line], unit: CreditType) -> int | Decimal:
    """Section 3.3: what is payable in the invoice's own unit, leaving postpaid deductions out."""
    payable = (
        Decimal(line["total"])
        for line in lines
        if line["credit_type"]["id"] == unit.id
        and not (line["type"] == "applied_commit_or_credit" and line["commit_type"] == "PostpaidCommit")
    )
    return number(sum(payable, ZERO))
