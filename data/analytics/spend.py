"""What did an account spend, before and after credits? Lines of breakdowns re-bucketed, attributed, summed exactly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

import numpy as np
import pandas as pd

from data.analytics.attribution import Basis, Postings, attribute
from data.analytics.exact import Codes, Numbers, added, divided, pack, sum_by
from data.analytics.spend_lineage import MEASURES, NET, SpendLineage
from data.analytics.spend_lines import UNATTRIBUTED_GROUP, CodedLines, coded, counted
from data.analytics.units import Units
from data.analytics.windows import Span, windows_between
from data.filters import Days, Window
from data.money import Unit

SPEND_FILE: Final = (
    "window_start", "window_end", "currency", "invoice_id", "invoice_status", "contract_id", "product", "group_key",
    "group_value", "gross", "credits", "postpaid", "other", "net", "basis",
)  # fmt: skip
SORTED_BY: Final = ("window_start", "currency", "invoice_id", "product", "group_value", "basis")
BASES: Final[Mapping[int, str]] = {basis: basis.name.lower() for basis in Basis}


@dataclass(frozen=True, eq=False)
class Spend:
    """The SPEND frame, and which invoice lines each of its amounts is made of."""

    frame: pd.DataFrame
    lineage: SpendLineage


@dataclass(frozen=True, eq=False)
class _Placed:
    """Every amount on the line whose row it goes to: plain lines, then what deductions were made into. Parallel arrays
    as in ``SpendLineage``."""

    line: Codes
    source: Codes
    alike: Codes
    basis: Codes
    measure: Codes
    amount: Numbers


def spend_rows(
    lines: pd.DataFrame,
    windows: pd.DataFrame,
    days: Days,
    window: Window,
    *,
    key: str,
    units: Units,
    balance_types: Mapping[str, str],
) -> Spend:
    """The SPEND frame, one row per window, invoice, product, group and basis; with the lines behind each amount.

    Its columns are ``SPEND_FILE``, and ``is_money`` (False for pricing units), ``usage_lines`` (how many the row has),
    ``billable`` (False where the invoice will not be billed), and ``row``, the number by which the lineage knows
    the row and which it keeps when others are left out. Amounts are ``Decimal`` in currency units: ``gross`` usage
    before credits, ``credits`` prepaid commits and credits applied, ``postpaid`` deductions (not part of ``net``),
    ``other`` lines that are neither; net = gross + credits + other, which is what the invoice's windows total.
    ``group_value`` is None for a group sent as null, and wherever ``basis`` is ``unattributed``.

    ``lines`` and ``windows`` are those of breakdowns or spend breakdowns (the latter have no deductions);
    ``balance_types`` maps balance ids to their type, for lines that do not name it.
    """
    spans = windows_between(days, window)
    kept = counted(lines, spans)
    codes = coded(kept, spans, key=key, balance_types=balance_types)
    spend = _rows(kept, codes, _placed(codes, attribute(codes)), spans=spans, key=key, units=units)
    frame = spend.frame
    frame["billable"] = ~frame["invoice_id"].isin(windows.loc[~windows["billable"], "invoice_id"].astype(object))
    return _sorted(spend)


def spend_file(spend: pd.DataFrame) -> pd.DataFrame:
    """The rows of spend.csv, in its columns and order."""
    return spend[list(SPEND_FILE)]


def _sorted(spend: Spend) -> Spend:
    """The rows in the order of the file; ``row`` numbers them, and the lineage is told the numbers."""
    order = spend.frame.sort_values(list(SORTED_BY), na_position="first").index.to_numpy()
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    frame = spend.frame.take(order).reset_index(drop=True)
    frame["row"] = np.arange(len(order), dtype=np.int64)
    lineage = spend.lineage
    units = tuple(lineage.units[at] for at in order.tolist())
    return Spend(frame, replace(lineage, row=rank[lineage.row], units=units))


def _rows(
    kept: pd.DataFrame, lines: CodedLines, placed: _Placed, *, spans: list[Span], key: str, units: Units
) -> Spend:
    row = placed.line
    status, contract = (kept[name].cat.codes.to_numpy().astype(np.int64) for name in ("invoice_status", "contract_id"))
    places = (lines.bucket, lines.unit, lines.invoice, status, contract, lines.product, lines.group)
    packed = pack(*(place[row] for place in places), placed.basis)
    _, sample, cell = np.unique(packed, return_index=True, return_inverse=True)
    chosen = row[sample]
    unit = _units(kept, lines.unit[chosen], chosen, units)
    per_major = np.array([one.minor_per_major for one in unit], dtype=np.int64)
    frame = _labels(kept, lines, chosen, spans=spans, key=key)
    for code, name in enumerate(MEASURES):
        mine = placed.measure == code
        frame[name] = pd.Series(_major_at(cell[mine], placed.amount[mine], per_major), dtype=object)
    frame["net"] = pd.Series(added(*(frame[name].to_numpy() for name in NET)), dtype=object)
    frame["basis"] = pd.Series([BASES[code] for code in placed.basis[sample].tolist()], dtype=object)
    frame.insert(2, "currency", pd.Series([one.label for one in unit], dtype=object))
    frame["is_money"] = [one.is_money for one in unit]
    frame["usage_lines"] = np.bincount(cell[placed.measure == MEASURES.index("gross")], minlength=len(sample))
    lineage = SpendLineage(kept, cell, placed.measure, row, placed.source, placed.alike, placed.amount, tuple(unit))
    return Spend(frame, lineage)


def _placed(lines: CodedLines, deductions: Postings) -> _Placed:
    gross, credits, postpaid, other = range(len(MEASURES))
    plain = np.flatnonzero(~lines.deduction)
    line = np.concatenate([plain, deductions.row])
    basis = np.concatenate([np.zeros(len(plain), dtype=np.int64), deductions.basis])
    basis[lines.group[line] == UNATTRIBUTED_GROUP] = int(Basis.UNATTRIBUTED)
    return _Placed(
        line=line,
        source=np.concatenate([plain, deductions.source]),
        alike=np.concatenate([np.ones(len(plain), dtype=np.int64), deductions.alike]),
        basis=basis,
        measure=np.concatenate(
            [np.where(lines.usage[plain], gross, other), np.where(deductions.postpaid, postpaid, credits)]
        ),
        amount=np.concatenate([lines.total[plain], deductions.amount]),
    )


def _major_at(cell: Codes, values: Numbers, per_major: Codes) -> Numbers:
    """The exact sum per cell, in currency units of the cell's unit; 0 where a cell has none."""
    found, totals = sum_by(cell, values)
    sums = np.full(len(per_major), Decimal(0), dtype=object)
    sums[found] = divided(totals, per_major[found])
    return sums


def _labels(kept: pd.DataFrame, lines: CodedLines, rows: Codes, *, spans: list[Span], key: str) -> pd.DataFrame:
    bucket = lines.bucket[rows]
    starts, ends = (pd.Series([span[side] for span in spans], dtype="datetime64[us, UTC]") for side in (0, 1))
    groups = [lines.groups[code] if code >= 0 else None for code in lines.group[rows].tolist()]
    columns: dict[str, Any] = {
        "window_start": starts.take(bucket).reset_index(drop=True),
        "window_end": ends.take(bucket).reset_index(drop=True),
        **{name: _texts(kept[name], rows) for name in ("invoice_id", "invoice_status", "contract_id")},
        "product": pd.Series([lines.products[code] for code in lines.product[rows].tolist()], dtype=object),
        "group_key": pd.Series([key] * len(bucket), dtype=object),
        "group_value": pd.Series(groups, dtype=object),
    }
    return pd.DataFrame(columns)


def _texts(column: pd.Series, rows: Codes) -> pd.Series:
    """Text of ``rows``, "" where it was not sent."""
    texts = column.iloc[rows].astype(object)
    return texts.where(texts.notna(), "").reset_index(drop=True)


def _units(kept: pd.DataFrame, codes: Codes, rows: Codes, units: Units) -> list[Unit]:
    """The unit of each of ``rows``; ``codes`` tell apart those of different units."""
    _, sample, inverse = np.unique(codes, return_index=True, return_inverse=True)
    names = (_texts(kept[name], rows[sample]).tolist() for name in ("credit_type_id", "credit_type"))
    pairs = list(zip(*names, strict=True))
    resolved = units.resolve(pairs)
    return [resolved[pairs[at]] for at in inverse.tolist()]
