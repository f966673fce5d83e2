"""What did an account spend, before and after credits? Lines of breakdowns re-bucketed, attributed, summed exactly."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import numpy as np
import pandas as pd

from data.analytics.attribution import Basis, Postings, attribute
from data.analytics.exact import Codes, Numbers, pack, sum_by
from data.analytics.spend_lines import UNATTRIBUTED_GROUP, CodedLines, coded, counted
from data.analytics.units import Units
from data.analytics.windows import Span, windows_between
from data.filters import Days, Window
from data.money import Unit, exact_sum

SPEND_FILE: Final = (
    "window_start", "window_end", "currency", "invoice_id", "invoice_status", "contract_id", "product", "group_key",
    "group_value", "gross", "credits", "postpaid", "other", "net", "basis",
)  # fmt: skip
MEASURES: Final = ("gross", "credits", "postpaid", "other")
SORTED_BY: Final = ("window_start", "currency", "invoice_id", "product", "group_value", "basis")
BASES: Final = {basis: basis.name.lower() for basis in Basis}


def spend_rows(
    lines: pd.DataFrame,
    windows: pd.DataFrame,
    days: Days,
    window: Window,
    *,
    key: str,
    units: Units,
    balance_types: Mapping[str, str],
) -> pd.DataFrame:
    """The SPEND frame: one row per window, invoice, product, group and basis.

    Its columns are ``SPEND_FILE``, and ``is_money`` (False for pricing units), ``billable`` (False where the invoice
    will not be billed) and ``usage_lines`` (how many usage lines the row has). Amounts are ``Decimal`` in currency
    units: ``gross`` usage before credits, ``credits`` prepaid commits and credits applied, ``postpaid`` deductions (not
    part of ``net``), ``other`` lines that are neither; net = gross + credits + other, which is what the invoice's
    windows total. ``group_value`` is None for a group sent as null, and wherever ``basis`` is ``unattributed``.

    ``lines`` and ``windows`` are those of breakdowns or spend breakdowns (the latter have no deductions);
    ``balance_types`` maps balance ids to their type, for lines that do not name it.
    """
    spans = windows_between(days, window)
    kept = counted(lines, spans)
    codes = coded(kept, spans, key=key, balance_types=balance_types)
    frame = _rows(kept, codes, attribute(codes), spans=spans, key=key, units=units)
    frame["billable"] = ~frame["invoice_id"].isin(windows.loc[~windows["billable"], "invoice_id"].astype(object))
    return frame.sort_values(list(SORTED_BY), na_position="first", ignore_index=True)


def spend_file(spend: pd.DataFrame) -> pd.DataFrame:
    """The rows of spend.csv, in its columns and order."""
    return spend[list(SPEND_FILE)]


def _rows(
    kept: pd.DataFrame, lines: CodedLines, deductions: Postings, *, spans: list[Span], key: str, units: Units
) -> pd.DataFrame:
    row, basis, amounts = _all_postings(lines, deductions)
    status, contract = (kept[name].cat.codes.to_numpy().astype(np.int64) for name in ("invoice_status", "contract_id"))
    places = (lines.bucket, lines.unit, lines.invoice, status, contract, lines.product, lines.group)
    _, sample, cell = np.unique(pack(*(place[row] for place in places), basis), return_index=True, return_inverse=True)
    chosen = row[sample]
    sums = {name: _sum_at(cell[at], values, len(sample)) for name, (at, values) in amounts.items()}
    unit = _units(kept, chosen, units)
    frame = _labels(kept, lines, chosen, spans=spans, key=key)
    for name, total in sums.items():
        frame[name] = _column([one.major(amount) for one, amount in zip(unit, total, strict=True)])
    parts = zip(frame["gross"], frame["credits"], frame["other"], strict=True)
    frame["net"] = _column([exact_sum(amounts_of_row) for amounts_of_row in parts])
    frame["basis"] = pd.Series([BASES[Basis(code)] for code in basis[sample].tolist()], dtype=object)
    frame.insert(2, "currency", pd.Series([one.label for one in unit], dtype=object))
    frame["is_money"] = pd.Series([one.is_money for one in unit], dtype=bool)
    frame["usage_lines"] = np.bincount(cell[amounts["gross"][0]], minlength=len(sample))
    return frame


def _all_postings(lines: CodedLines, deductions: Postings) -> tuple[Codes, Codes, dict[str, tuple[Codes, Numbers]]]:
    """Rows and bases of all amounts, plain lines first, and for each measure where its amounts stand among them."""
    plain = np.flatnonzero(~lines.deduction)
    row = np.concatenate([plain, deductions.row])
    basis = np.concatenate([np.zeros(len(plain), dtype=np.int64), deductions.basis])
    basis[lines.group[row] == UNATTRIBUTED_GROUP] = int(Basis.UNATTRIBUTED)
    usage = np.flatnonzero(lines.usage[plain])
    other = np.flatnonzero(~lines.usage[plain])
    amounts = {
        "gross": (usage, lines.total[plain[usage]]),
        "other": (other, lines.total[plain[other]]),
    }
    for name, postpaid in (("credits", False), ("postpaid", True)):
        mine = np.flatnonzero(deductions.postpaid == postpaid)
        amounts[name] = (mine + len(plain), deductions.amount[mine])
    return row, basis, {name: amounts[name] for name in MEASURES}


def _sum_at(cell: Codes, values: Numbers, size: int) -> list[Decimal]:
    """The exact sum per cell; 0 where a cell has none."""
    found, totals = sum_by(cell, values)
    sums = [Decimal(0)] * size
    for index, total in zip(found.tolist(), totals.tolist(), strict=True):
        sums[index] = total
    return sums


def _column(amounts: list[Decimal]) -> pd.Series:
    return pd.Series(amounts, dtype=object)


def _labels(kept: pd.DataFrame, lines: CodedLines, rows: Codes, *, spans: list[Span], key: str) -> pd.DataFrame:
    bucket = lines.bucket[rows].tolist()
    groups = [lines.groups[code] if code >= 0 else None for code in lines.group[rows].tolist()]
    columns: dict[str, Any] = {
        "window_start": pd.Series([spans[index][0] for index in bucket], dtype="datetime64[us, UTC]"),
        "window_end": pd.Series([spans[index][1] for index in bucket], dtype="datetime64[us, UTC]"),
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


def _units(kept: pd.DataFrame, rows: Codes, units: Units) -> list[Unit]:
    pairs = list(zip(*(_texts(kept[name], rows).tolist() for name in ("credit_type_id", "credit_type")), strict=True))
    resolved = units.resolve(pairs)
    return [resolved[pair] for pair in pairs]
