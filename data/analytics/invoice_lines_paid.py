"""Which credit paid for which line of an invoice, and do the lines give its total?

A deduction names its commit, segment, product and dates, never the line (section 5.3 of the Metronome notes). Lines
with the same key are what it may have paid for. Where amounts pair off one to one, or where only one line is there, the
deduction stands under that line; everywhere else it stands under the lines that it covers together with others.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from data.analytics.invoice_lines import Line
from data.analytics.invoices import Invoice
from data.money import EXACT, TOLERANCE, exact_sum

# A total in money that was cut to hundredths says nothing against its lines.
ROUNDING: Final = Decimal("0.01")


@dataclass(frozen=True)
class Charge:
    """A line that is no deduction, and the deductions that paid for it alone."""

    line: Line
    applied: tuple[Line, ...] = ()


@dataclass(frozen=True)
class Shared:
    """A deduction and the lines that it may have paid for; how much of which is not told. () = no line fits it."""

    line: Line
    covers: tuple[Line, ...]


@dataclass(frozen=True)
class ProductLines:
    """The lines of one product in the order of the invoice."""

    product: str
    charges: tuple[Charge, ...]
    shared: tuple[Shared, ...]


@dataclass(frozen=True)
class LineSum:
    """What the lines that are part of the total come to, in the invoice's unit; None when one of them has no amount.

    ``difference`` is that minus the total as sent, None when either is not known; ``slack`` is what section 3.2 takes
    for equal."""

    total: Decimal | None
    difference: Decimal | None
    slack: Decimal
    is_money: bool

    @property
    def is_rounded(self) -> bool:
        """Whether the total is the lines' cut to hundredths."""
        return self.is_money and self.difference is not None and self.slack < abs(self.difference) < ROUNDING

    @property
    def contradicts(self) -> bool:
        """Whether the invoice's total is another one than its lines' (section 3.3)."""
        return self.difference is not None and abs(self.difference) > self.slack and not self.is_rounded


def contradiction(count: int) -> str:
    """``1 of these totals contradicts its lines``, under a sum of invoices."""
    return f"{count} of these totals {'contradicts its' if count == 1 else 'contradict their'} lines"


def by_product(lines: Sequence[Line]) -> tuple[ProductLines, ...]:
    """The lines of one invoice by product, products in order of their first line; every line stands exactly once."""
    alone, shared = _placed(lines)
    homes: dict[Hashable, tuple[list[Charge], list[Shared]]] = {}
    for line in lines:
        if not line.is_deduction:
            homes.setdefault(line.product_key, ([], []))[0].append(Charge(line, tuple(alone.get(line.row, ()))))
    for one in shared:
        homes.setdefault(_home(one), ([], []))[1].append(one)
    return tuple(
        ProductLines((charges or rest)[0].line.product, tuple(charges), tuple(rest)) for charges, rest in homes.values()
    )


def without_unused(products: Iterable[ProductLines]) -> tuple[tuple[ProductLines, ...], int]:
    """``products`` without usage lines that have neither quantity nor amount, and how many those were."""
    kept, hidden = [], 0
    for product in products:
        charges = tuple(one for one in product.charges if one.applied or not one.line.has_no_usage)
        hidden += len(product.charges) - len(charges)
        if charges or product.shared:
            kept.append(replace(product, charges=charges))
    return tuple(kept), hidden


def line_sum(lines: Iterable[Line], invoice: Invoice) -> LineSum:
    """The lines against the total of ``invoice`` (section 3.3 of the Metronome notes)."""
    counted = [line.total for line in lines if line.counts]
    known = [total for total in counted if total is not None]
    total = exact_sum(known) if len(known) == len(counted) else None
    difference = None if total is None or invoice.total is None else EXACT.subtract(total, invoice.total)
    slack = EXACT.divide(TOLERANCE, Decimal(invoice.unit.minor_per_major))
    return LineSum(total, difference, slack, invoice.unit.is_money)


def _placed(lines: Sequence[Line]) -> tuple[dict[int, list[Line]], list[Shared]]:
    """By the row of a line: what paid for it alone; and every other deduction."""
    payable = [line for line in lines if line.can_be_paid]
    pools = [(level, _grouped(payable, level)) for level in _LEVELS]
    alone: dict[int, list[Line]] = {}
    shared: list[Shared] = []
    for deductions in _grouped([line for line in lines if line.is_deduction], _exact).values():
        covers = next((pool[key] for level, pool in pools if (key := level(deductions[0])) in pool), [])
        pairs = _pairs(deductions, covers)
        for deduction in deductions:
            if deduction.row in pairs:
                alone.setdefault(pairs[deduction.row].row, []).append(deduction)
            else:
                shared.append(Shared(deduction, tuple(covers)))
    return alone, sorted(shared, key=lambda one: one.line.row)


def _pairs(deductions: Sequence[Line], covers: Sequence[Line]) -> dict[int, Line]:
    """The line of each deduction, by its row: the one line there is, or lines of the same amount when all pair off."""
    if len(covers) == 1:
        return {one.row: covers[0] for one in deductions}
    waiting: dict[Decimal, list[Line]] = {}
    for line in covers:
        if line.total:
            waiting.setdefault(line.total, []).append(line)
    pairs = {}
    for one in deductions:
        equal = waiting.get(one.total.copy_negate(), []) if one.total else []
        if not equal:
            return {}
        pairs[one.row] = equal.pop(_before(one, equal))
    return pairs if not any(waiting.values()) else {}


def _before(deduction: Line, equal: Sequence[Line]) -> int:
    """Of lines with the same amount the last one before the deduction, which the API's samples put right behind it."""
    earlier = [index for index, line in enumerate(equal) if line.row < deduction.row]
    return earlier[-1] if earlier else 0


def _home(one: Shared) -> Hashable:
    """The product under which a deduction stands: the one that it covers, its own when it covers several or none."""
    covered = {line.product_key for line in one.covers}
    return covered.pop() if len(covered) == 1 else one.line.product_key


def _grouped(lines: Iterable[Line], level: Callable[[Line], Hashable]) -> dict[Hashable, list[Line]]:
    found: dict[Hashable, list[Line]] = {}
    for line in lines:
        found.setdefault(level(line), []).append(line)
    return found


def _loose(line: Line) -> Hashable:
    return line.unit.id, line.unit.label, line.commit_id, line.segment_id


def _of_product(line: Line) -> Hashable:
    return _loose(line), line.product_id


def _exact(line: Line) -> Hashable:
    return _of_product(line), line.starts_at, line.ends_at


# The keys of section 5.3 from the narrowest: all that the two sides share, without the dates, without the product.
_LEVELS: Final = (_exact, _of_product, _loose)
