"""An invoice's lines against those of its windows: one product and class of line at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final, NamedTuple

import numpy as np
import pandas as pd

from data.analytics.proofs.causes import Cause
from data.analytics.proofs.check import half_minor, minus
from data.analytics.proofs.metric_of_product import Habits
from data.analytics.proofs.window_causes import Circumstances, Line, Part, cause_of
from data.analytics.records import Record, records, text_of
from data.analytics.spend_lines import DEDUCTION_LINE, SUBSCRIPTION_LINE, USAGE_LINE
from data.money import EXACT, TOLERANCE, Unit, exact_sum, known_sum

_COLUMNS: Final = (
    "invoice_id", "invoice_status", "line_type", "product_id", "name", "credit_type_id", "credit_type", "commit_type",
    "commit_id", "total", "quantity", "unit_price", "tier", "window_end", "presentation", "pricing",
    "tier_start", "tier_size",
)  # fmt: skip
_POSTPAID: Final = frozenset({"POSTPAID", "PostpaidCommit"})
CONVERSION_LINE: Final = "cpu_conversion"
_COVERED: Final = (USAGE_LINE, SUBSCRIPTION_LINE)


class PartKey(NamedTuple):
    """What is compared. ``product`` is its id, or the line's own name where it names none."""

    product: str
    line_type: str
    postpaid: bool
    unit: tuple[str, str]


class Sides(NamedTuple):
    """Lines with their positions: of the invoice, and of its windows."""

    invoiced: list[tuple[int, Record]]
    broken_down: list[tuple[int, Record]]

    @property
    def rows(self) -> Iterator[Record]:
        return (row for side in self for _, row in side)


Parts = Mapping[PartKey, Sides]


@dataclass(frozen=True, kw_only=True)
class PartCheck:
    """``expected`` is what the invoice says, ``actual`` what its windows sum to, in currency units; None = a line has
    no total. ``expected_rows`` are positions in the invoices' LINES, ``actual_rows`` in those of the breakdowns."""

    invoice_id: str
    product: str
    product_id: str
    line_type: str
    postpaid: bool
    unit: Unit
    expected: Decimal | None
    actual: Decimal | None
    cause: Cause | None
    expected_rows: tuple[int, ...]
    actual_rows: tuple[int, ...]

    @property
    def difference(self) -> Decimal | None:
        """Actual minus expected."""
        return minus(self.actual, self.expected)

    @property
    def currency(self) -> str:
        return self.unit.label


def parts_by_invoice(
    lines: pd.DataFrame, windows_lines: pd.DataFrame, wanted: set[str]
) -> dict[str, dict[PartKey, Sides]]:
    """The LINES of invoices and of breakdowns that belong to ``wanted`` invoices, by invoice and part."""
    found: dict[str, dict[PartKey, Sides]] = {ident: {} for ident in wanted}
    for index, frame in enumerate((lines, windows_lines)):
        places = np.flatnonzero(frame["invoice_id"].isin(wanted).to_numpy())
        rows = records(frame.iloc[places][list(_COLUMNS)])
        for place, row in zip(places.tolist(), rows, strict=True):
            if row["invoice_status"] != "VOID":
                parts = found[row["invoice_id"]]
                parts.setdefault(_key(row), Sides([], []))[index].append((place, row))
    return found


def product_names(parts: Iterable[Parts]) -> dict[str, str]:
    """What each product is called: as on its usage lines, for deductions carry another name ("... applied")."""
    names: dict[str, tuple[bool, str]] = {}
    for one in parts:
        for key, sides in one.items():
            for row in sides.rows:
                choice = (key.line_type != USAGE_LINE, text_of(row["name"]) or key.product)
                names[key.product] = min(names.get(key.product, choice), choice)
    return {product: name for product, (_, name) in names.items()}


def check_parts(
    invoice_id: str,
    parts: Parts,
    facts: Circumstances,
    *,
    names: Mapping[str, str],
    units: Mapping[tuple[str, str], Unit],
    habits: Habits,
) -> tuple[PartCheck, ...]:
    """The parts of one invoice, by product name and class, each with the cause of its difference."""
    found: dict[PartKey, PartCheck] = {}
    for key in sorted(parts, key=lambda one: (names[one.product], one)):
        name, unit, sides = names[key.product], units[key.unit], parts[key]
        part = Part(
            line_type=key.line_type,
            invoiced=_lines(sides.invoiced),
            broken_down=_lines(sides.broken_down),
            half=half_minor(unit),
            adds_up=key.product not in habits.non_additive,
            whole_units=key.product in habits.whole_units,
            counted=habits.counted.get((invoice_id, key.product)) if _bills_alone(key, parts) else None,
        )
        found[key] = _checked(invoice_id, key, sides, part=part, name=name, unit=unit, facts=facts)
    return tuple(replace(one, cause=_own_or_derived(key, parts, found)) for key, one in found.items())


def _bills_alone(key: PartKey, parts: Parts) -> bool:
    """Whether no other usage lines of the invoice bill the product, in another unit."""
    return [one for one in parts if one.product == key.product and one.line_type == USAGE_LINE] == [key]


def _checked(
    invoice_id: str, key: PartKey, sides: Sides, *, part: Part, name: str, unit: Unit, facts: Circumstances
) -> PartCheck:
    sums = [known_sum(row["total"] for _, row in side) for side in sides]
    gap = minus(sums[1], sums[0])
    amounts = [None if one is None else unit.major(one) for one in sums]
    return PartCheck(
        invoice_id=invoice_id,
        product=name,
        product_id=next((text_of(row["product_id"]) for row in sides.rows), ""),
        line_type=key.line_type,
        postpaid=key.postpaid,
        unit=unit,
        expected=amounts[0],
        actual=amounts[1],
        cause=cause_of(part, facts) if gap is not None and abs(gap) > TOLERANCE else None,
        expected_rows=tuple(place for place, _ in sides.invoiced),
        actual_rows=tuple(place for place, _ in sides.broken_down),
    )


def _own_or_derived(key: PartKey, parts: Parts, found: Mapping[PartKey, PartCheck]) -> Cause | None:
    """Deductions and conversions follow from other lines: when they differ by just what those do, it is for the same
    cause."""
    own = found[key]
    if own.cause in (None, Cause.NOT_BROKEN_DOWN) or own.difference is None:
        return own.cause
    if key.line_type == CONVERSION_LINE:
        return _cause_of_converted(key, parts, found)
    if key.line_type == DEDUCTION_LINE and own.cause is Cause.UNKNOWN:
        return _cause_of_covered(key, parts, found)
    return own.cause


def _cause_of_covered(key: PartKey, parts: Parts, found: Mapping[PartKey, PartCheck]) -> Cause:
    """That of the lines which the deduction's commits paid for, when they differ by as much the other way."""
    commits = {row["commit_id"] for row in parts[key].rows}
    gaps = {
        other: _gap(sides, "total", commits)
        for other, sides in parts.items()
        if other.line_type in _COVERED and other.unit == key.unit and other.product == key.product
    }
    mirrored = abs(exact_sum((_gap(parts[key], "total"), *gaps.values()))) <= TOLERANCE
    causes = {found[other].cause for other, gap in gaps.items() if gap}
    return (causes.pop() if mirrored and len(causes) == 1 else None) or Cause.UNKNOWN


def _cause_of_converted(key: PartKey, parts: Parts, found: Mapping[PartKey, PartCheck]) -> Cause:
    """That of the largest part in the unit that is converted, when what is left of that unit after its deductions
    differs by as many units as were converted more (section 3.4 of the Metronome notes)."""
    units = {other.unit for other in parts if other.unit != key.unit and not found[other].unit.is_money}
    counted = [other for other in parts if other.unit in units and not other.postpaid and found[other].cause]
    left = exact_sum(_gap(parts[other], "total") for other in counted)
    converted = abs(EXACT.subtract(left, _gap(parts[key], "quantity"))) <= TOLERANCE
    if len(units) != 1 or not converted or any(found[other].cause is Cause.UNKNOWN for other in counted):
        return Cause.UNKNOWN
    return found[max(counted, key=lambda other: abs(_gap(parts[other], "total")))].cause or Cause.UNKNOWN


def _gap(sides: Sides, name: str, commits: Collection[object] | None = None) -> Decimal:
    """How much more of ``name`` the windows have than the invoice, as sent; only lines that ``commits`` paid for."""
    signs = ((sides.broken_down, 1), (sides.invoiced, -1))
    return exact_sum(
        EXACT.multiply(row[name], Decimal(sign))
        for side, sign in signs
        for _, row in side
        if row[name] is not None and (commits is None or row["commit_id"] in commits)
    )


def _key(row: Record) -> PartKey:
    postpaid = row["line_type"] == DEDUCTION_LINE and row["commit_type"] in _POSTPAID
    unit = text_of(row["credit_type_id"]), text_of(row["credit_type"])
    product = text_of(row["product_id"]) or text_of(row["name"])
    return PartKey(product, text_of(row["line_type"]), postpaid, unit)


def _lines(side: Iterable[tuple[int, Record]]) -> list[Line]:
    return [
        Line(
            row["total"] or Decimal(0),
            row["quantity"],
            row["unit_price"],
            text_of(row["tier"]),
            row["window_end"],
            (row["presentation"], row["pricing"]),
            row["tier_start"],
            row["tier_size"],
        )
        for _, row in side
    ]
