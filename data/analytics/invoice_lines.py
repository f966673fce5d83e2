"""What is an invoice made of? Its lines as values (sections 2.10, 3.3, 3.4 and 5.2 of the Metronome notes).

An invoice in dollars may hold lines in a custom pricing unit: every line has its own unit, and units are never added.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import numpy as np
import pandas as pd

from data.analytics.groups import GroupValues, group_values
from data.analytics.invoices import Invoice
from data.analytics.records import Record, decimal_of, records, text_of
from data.analytics.spend_lines import DEDUCTION_LINE, SUBSCRIPTION_LINE, USAGE_LINE
from data.analytics.units import Units
from data.money import Unit

_APPLIED: Final = {"POSTPAID": True, "PREPAID": False, "CREDIT": False}
_TEXTS: Final = ("name", "product_id", "commit_id", "segment_id", "tier")
_AMOUNTS: Final = ("total", "unit_price", "list_price")


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line item. ``row`` is its position in LINES, ``line`` the one in its invoice; texts are "" where not sent.

    ``total``, ``unit_price`` and ``list_price`` are in currency units of ``unit``; ``group`` holds presentation and
    pricing values, None = neither was sent. ``counts``: it is part of the invoice's total.
    """

    row: int
    line: int
    kind: str
    name: str
    product_id: str
    product: str
    unit: Unit
    total: Decimal | None
    quantity: Decimal | None
    unit_price: Decimal | None
    list_price: Decimal | None
    consumed: Decimal | None
    tier: str
    group: GroupValues | None
    commit_id: str
    segment_id: str
    postpaid: bool
    counts: bool
    starts_at: datetime | None
    ends_at: datetime | None

    @property
    def is_deduction(self) -> bool:
        return self.kind == DEDUCTION_LINE

    @property
    def can_be_paid(self) -> bool:
        """Whether a commit or credit may have paid for it: usage or a recurring fee that names one."""
        return self.kind in (USAGE_LINE, SUBSCRIPTION_LINE) and bool(self.commit_id)

    @property
    def has_no_usage(self) -> bool:
        return self.kind == USAGE_LINE and self.quantity == 0 and not self.total

    @property
    def product_key(self) -> tuple[str, str]:
        """What tells products apart: the id, and without one the name."""
        return ("id", self.product_id) if self.product_id else ("name", self.name)

    def group_json(self) -> str:
        """The exact group values as a JSON object, keys by name; "" when none were sent."""
        if self.group is None:
            return ""
        return json.dumps(dict(sorted(self.group.items())), ensure_ascii=False, separators=(",", ":"))


def lines_of(
    lines: pd.DataFrame, invoices: Iterable[Invoice], *, units: Units, balance_types: Mapping[str, str]
) -> dict[str, tuple[Line, ...]]:
    """LINES of ``invoices`` by invoice id, in order. ``balance_types`` maps balance ids to PREPAID, POSTPAID or CREDIT,
    for deductions that do not name their kind."""
    by_id = {one.invoice_id: one for one in invoices}
    positions = np.flatnonzero(lines["invoice_id"].isin(list(by_id)).to_numpy())
    rows = records(lines.iloc[positions])
    resolved = units.resolve(_pair(row) for row in rows)
    found: dict[str, list[Line]] = {ident: [] for ident in by_id}
    for position, row in zip(positions.tolist(), rows, strict=True):
        invoice = by_id[row["invoice_id"]]
        # A line that names no unit is in its invoice's: no other reading of a single total exists (section 2.10).
        unit = resolved[_pair(row)] if any(_pair(row)) else invoice.unit
        postpaid = _is_postpaid(row, balance_types)
        found[invoice.invoice_id].append(_line(position, row, invoice=invoice, unit=unit, postpaid=postpaid))
    return {ident: _with_products(own) for ident, own in found.items()}


def _pair(row: Record) -> tuple[str, str]:
    return text_of(row["credit_type_id"]), text_of(row["credit_type"])


def _line(position: int, row: Record, *, invoice: Invoice, unit: Unit, postpaid: bool) -> Line:
    sent = {name: decimal_of(row[name]) for name in _AMOUNTS}
    amounts: dict[str, Any] = {name: None if amount is None else unit.major(amount) for name, amount in sent.items()}
    texts: dict[str, Any] = {name: text_of(row[name]) for name in _TEXTS}
    return Line(
        row=position,
        line=int(row["line"]),
        kind=text_of(row["line_type"]),
        product="",
        unit=unit,
        **texts,
        **amounts,
        quantity=decimal_of(row["quantity"]),
        consumed=decimal_of(row["consumed"]),
        group=_group(row),
        postpaid=postpaid,
        counts=(unit.id, unit.label) == (invoice.unit.id, invoice.unit.label) and not postpaid,
        starts_at=row["line_start"],
        ends_at=row["line_end"],
    )


def _group(row: Record) -> GroupValues | None:
    """Pricing and presentation values; where both name a key, the presentation is what the invoice shows."""
    sent = [group_values(text) for text in (row["pricing"], row["presentation"]) if text is not None]
    return {key: value for values in sent for key, value in values.items()} if sent else None


def _is_postpaid(row: Record, balance_types: Mapping[str, str]) -> bool:
    """By its applied type, else by its balance, else by ``commit_type`` (section 5.3 of the Metronome notes)."""
    if row["line_type"] != DEDUCTION_LINE:
        return False
    named, commit = text_of(row["commit_type"]), text_of(row["commit_id"])
    if named in _APPLIED:
        return _APPLIED[named]
    return balance_types[commit] == "POSTPAID" if commit in balance_types else named == "PostpaidCommit"


def _with_products(lines: list[Line]) -> tuple[Line, ...]:
    """Each line with its product's name, which is that of its usage: deductions carry another ("... applied")."""
    names: dict[tuple[str, str], tuple[bool, str]] = {}
    for line in lines:
        choice = (line.kind != USAGE_LINE, line.name or line.product_id)
        names[line.product_key] = min(names.get(line.product_key, choice), choice)
    return tuple(replace(line, product=names[line.product_key][1]) for line in lines)
