"""A figure as a sum in one line: ``$4,812.60 = 3 lines: 1,203,150 GPU hours × $0.004 + ...``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext

from components.format import CENT, MINUS, amount, quantity, rate
from components.names import clean
from data.lineage.value import Evidence, How, Operand, Receipt, as_written
from data.money import EXACT, exact_sum

TERMS = 6
NAME_LIMIT = 40
AS_SENT = "as the source sent it"


@dataclass(frozen=True)
class _Term:
    """Rows of one product and unit price; ``quantity`` is None unless it times the price is the amount, to the cent."""

    name: str
    amount: Decimal
    quantity: Decimal | None
    unit_price: Decimal | None


def formula(receipt: Receipt) -> str:
    """The figure and what it is the sum of: the largest six terms, and how many are left out. "" where the rule says
    all that there is to say."""
    figure = amount(receipt.amount, receipt.unit, is_money=receipt.is_money)
    if receipt.how is How.READ:
        return f"{figure}, {AS_SENT}"
    if receipt.how is How.RULE:
        return f"{figure} = {_reckoned(receipt)}" if receipt.formula else _priced(figure, receipt)
    if not receipt.rows:
        return ""
    terms = sorted(_terms(receipt.rows), key=lambda term: -abs(term.amount))
    count, left_out = len(receipt.rows), len(terms) - TERMS
    noun = "line" if any(one.line is not None for one in receipt.rows) else "row"
    said = _joined([(term.amount < 0, _said(term, receipt)) for term in terms[:TERMS]])
    more = f" + {left_out} more" if left_out > 0 else ""
    return f"{figure} = {count:,} {noun}{'' if count == 1 else 's'}: {said}{more}"


def _reckoned(receipt: Receipt) -> str:
    return "".join(one if isinstance(one, str) else _operand(one, receipt) for one in receipt.formula)


def _operand(one: Operand, receipt: Receipt) -> str:
    text = quantity(one.value) if one.counts else amount(one.value, receipt.unit, is_money=receipt.is_money)
    return f"{text} {clean(one.name, NAME_LIMIT)}"


def _priced(figure: str, receipt: Receipt) -> str:
    """One row at its price, where that gives the figure."""
    terms = _terms(receipt.rows)
    is_priced = len(terms) == 1 and terms[0].quantity is not None and terms[0].amount == receipt.amount
    return f"{figure} = {_said(terms[0], receipt)}" if is_priced else ""


def _terms(rows: Iterable[Evidence]) -> list[_Term]:
    members: dict[tuple[str, Decimal | None, bool], list[Evidence]] = {}
    for one in rows:
        key = (one.product or one.words, one.unit_price, one.quantity is None)
        members.setdefault(key, []).append(one)
    return [_term(name, price, found) for (name, price, _), found in members.items()]


def _term(name: str, price: Decimal | None, rows: list[Evidence]) -> _Term:
    total = exact_sum(as_written(one.amount) for one in rows if one.amount is not None)
    quantities = [one.quantity for one in rows if one.quantity is not None]
    if price is None or len(quantities) < len(rows):
        return _Term(name, total, None, price)
    together = exact_sum(quantities)
    with localcontext(EXACT):
        fits = _to_cents(together * price) == _to_cents(total)
    return _Term(name, total, together if fits else None, price)


def _to_cents(value: Decimal) -> Decimal:
    return value.quantize(CENT, rounding=ROUND_HALF_UP)


def _said(term: _Term, receipt: Receipt) -> str:
    """Without its sign, which stands between the terms."""
    name = clean(term.name, NAME_LIMIT)
    if term.quantity is not None and term.unit_price is not None:
        return f"{quantity(abs(term.quantity))} {name} × {rate(abs(term.unit_price), receipt.unit)}"
    return f"{amount(abs(term.amount), receipt.unit, is_money=receipt.is_money)} {name}"


def _joined(terms: list[tuple[bool, str]]) -> str:
    text = ""
    for negative, said in terms:
        sign = f" {MINUS} " if negative else " + "
        text += (MINUS if negative else "") + said if not text else sign + said
    return text
