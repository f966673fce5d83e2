"""Line items: how pieces, fees and payments are written on an invoice (sections 2.10, 3.4 and 5.3)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from sandbox.amounts import ZERO, number
from sandbox.burn import Piece, Purse
from sandbox.model import BalanceType, Contract
from sandbox.moments import stamp
from sandbox.periods import Period
from sandbox.prices import CreditType, Product, Subscription
from sandbox.rating import Slot

Line = dict[str, Any]
_HUNDREDTH = Decimal("0.01")


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


def _dates(period: Period, slot: Slot | None = None) -> Line:
    """The invoice's period; of a line whose price changed, the part of it in which its price held."""
    since, until = (slot.since, slot.until) if slot else (None, None)
    start, end = max(period.start, since or period.start), min(period.end, until or period.end)
    return {"starting_at": stamp(start), "ending_before": stamp(end)}


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
    line = _base("usage", slot.product, slot.unit, piece.amount) | _dates(period, slot)
    if piece.purse:
        line |= _cover(piece.purse)
    line |= {"unit_price": number(slot.price), "quantity": number(piece.quantity)} | _tier(piece)
    if slot.list_price is not None:
        listed = {"rate_type": "FLAT", "price": number(slot.list_price), "credit_type": slot.unit.reference}
        line["list_price"] = listed
    if slot.presentation:
        line["presentation_group_values"] = dict(slot.presentation)
    if slot.pricing:
        line["pricing_group_values"] = {key: value or "" for key, value in slot.pricing}
    return line


def _tier(piece: Piece) -> Line:
    """Which tier a line is, and that tier's price; its size is left out when it has no end."""
    if piece.step is None:
        return {}
    level, starting_at = piece.step
    tier = piece.slot.tiers[level - 1]
    place = {"level": level, "starting_at": str(number(starting_at))}
    place |= {"size": str(number(tier.size))} if tier.size is not None else {}
    return {"unit_price": number(tier.price), "tier": place}


def deduction_line(pieces: list[Piece], purse: Purse, period: Period) -> Line:
    """The counterpart of covered usage lines of one product: a negative total, no quantity, no group values."""
    slot = pieces[0].slot
    total = -sum((piece.amount for piece in pieces), ZERO)
    name = f"{purse.balance.product.name} applied"
    line = _base("applied_commit_or_credit", slot.product, slot.unit, total, name=name)
    line |= _dates(period, slot) | _cover(purse)
    if purse.balance.by_quantity:
        line["quantity_consumed"] = number(sum((piece.quantity for piece in pieces), ZERO))
    return line


def usage_lines(pieces: list[Piece], period: Period, *, paired: bool) -> list[Line]:
    """Usage lines with their deductions: after each line (``paired``), or at the end, one per product, price span
    and segment."""
    lines: list[Line] = []
    open_deductions: dict[tuple[object, ...], list[Piece]] = {}
    for piece in pieces:
        lines.append(usage_line(piece, period))
        if piece.purse and paired:
            lines.append(deduction_line([piece], piece.purse, period))
        elif piece.purse:
            key = (piece.slot.product.id, piece.slot.since, piece.purse.segment.id)
            open_deductions.setdefault(key, []).append(piece)
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


def subscription_lines(sold: Subscription, contract: Contract, period: Period, now: datetime) -> list[Line]:
    """The seats that a period began with in full, and each change within it for the days that were left."""
    lines, count = [], sold.quantity(period.start)
    if count:
        lines.append(_seats(sold, contract, period, count))
    for since, wanted in sold.quantities:
        if period.start < since < period.end and since <= now:
            lines.append(_seats(sold, contract, period, wanted - count, since=since))
            count = wanted
    return lines


def _seats(
    sold: Subscription, contract: Contract, period: Period, count: int, *, since: datetime | None = None
) -> Line:
    """``count`` seats, for the whole period or from ``since`` on, to the nearest hundredth of the currency's unit."""
    amount, dates = sold.price * count, _dates(period)
    if since:
        share = Decimal((period.end - since).days) / (period.end - period.start).days
        amount, dates = (amount * share).quantize(_HUNDREDTH), dates | {"starting_at": stamp(since)}
    line = _base("subscription", sold.product, contract.currency, amount) | dates
    seats = {"quantity": count, "unit_price": number(sold.price), "is_prorated": since is not None}
    return line | {"subscription_id": sold.id} | seats


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
