"""Invoices and their windows as two frames: one row per line item, one row per window."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from operator import itemgetter
from typing import Any, Final

import numpy as np
import pandas as pd
from msgspec.structs import astuple
from numpy.typing import NDArray

from data import schema
from data.errors import BadAnswer
from data.frames.columns import Coded, canonical, categorical, coded_text, coded_times, decimals, frame, text, times
from data.frames.invoices import UNBILLABLE
from data.frames.line_types import OTHER, line_type
from data.frames.once import one_per_id, one_per_window
from data.metronome.invoice_shapes import InvoiceRow, LineItem
from data.metronome.shapes import CreditType

# One field of the lines of an element, by line; and all of the fields by name.
Column = Sequence[Any]
Fields = Mapping[str, Column]
Readers = Mapping[str, Callable[[Fields], Column]]
GroupValues = dict[str, str | None]

_NO_UNIT = CreditType()


def to_windows(rows: Iterable[InvoiceRow]) -> pd.DataFrame:
    """``schema.WINDOWS``: one row per element; ``total`` is that window's amount, missing in spend breakdowns."""
    return _windows(one_per_window(rows))


def _windows(rows: list[InvoiceRow]) -> pd.DataFrame:
    units = [row.credit_type or _NO_UNIT for row in rows]
    columns = {
        "invoice_id": text(row.id for row in rows),
        "invoice_status": text(row.status for row in rows),
        "invoice_type": text(row.type for row in rows),
        "contract_id": text(row.contract_id for row in rows),
        "window_start": times(row.breakdown_start_timestamp for row in rows),
        "window_end": times(row.breakdown_end_timestamp for row in rows),
        "period_start": times(row.start_timestamp for row in rows),
        "period_end": times(row.end_timestamp for row in rows),
        "issued_at": times(row.issued_at for row in rows),
        "total": decimals([row.total for row in rows]),
        "credit_type_id": text(unit.id for unit in units),
        "credit_type": text(unit.name for unit in units),
        "billable": np.array([row.billable_status != UNBILLABLE for row in rows], bool),
    }
    return frame(columns, schema.WINDOWS)


def to_lines(rows: Iterable[InvoiceRow]) -> pd.DataFrame:
    """``schema.LINES``: every line item of every element, none dropped; the window is the invoice's period where the
    row is a whole invoice. Amounts in the unit of the line's own credit type (USD: cents)."""
    return _lines(one_per_window(rows))


def to_breakdowns(rows: Iterable[InvoiceRow]) -> tuple[pd.DataFrame, pd.DataFrame, NDArray[np.int64]]:
    """``to_lines`` and ``to_windows``, and for each line its window's place among the windows."""
    elements = one_per_window(rows)
    items, counts = _item_columns(elements)
    return _lines_of(elements, items, counts), _windows(elements), np.repeat(np.arange(len(counts)), counts)


def to_invoice_lines(rows: Iterable[InvoiceRow]) -> pd.DataFrame:
    """``schema.LINES`` of whole invoices: of each id the state met last, as ``to_invoices`` has it."""
    return _lines(one_per_id(rows, "invoices"))


def _lines(rows: list[InvoiceRow]) -> pd.DataFrame:
    return _lines_of(rows, *_item_columns(rows))


def _lines_of(rows: list[InvoiceRow], items: dict[str, Any], counts: list[int]) -> pd.DataFrame:
    columns = {**_header_columns(rows, counts), **items}
    return frame({name: columns[name] for name in schema.LINES}, schema.LINES)


def _header_columns(rows: list[InvoiceRow], counts: list[int]) -> dict[str, Any]:
    """The columns that all lines of an element share: built per element, then repeated."""
    per_element = np.array(counts, np.int64)
    element = np.repeat(np.arange(len(rows)), per_element)
    first = np.cumsum(per_element) - per_element
    shared: dict[str, pd.Categorical | pd.DatetimeIndex] = {
        "invoice_id": text(row.id for row in rows),
        "invoice_status": text(row.status for row in rows),
        "invoice_type": text(row.type for row in rows),
        "contract_id": text(row.contract_id for row in rows),
        "window_start": times(row.breakdown_start_timestamp or row.start_timestamp for row in rows),
        "window_end": times(row.breakdown_end_timestamp or row.end_timestamp for row in rows),
    }
    columns: dict[str, Any] = {name: column.take(element) for name, column in shared.items()}
    columns["line"] = np.arange(len(element)) - first[element]
    return columns


def _item_columns(rows: list[InvoiceRow]) -> tuple[dict[str, Any], list[int]]:
    """Element by element, so that the lines of one are gone before the next is decoded; and how many each had."""
    counts: list[int] = []
    texts = {name: Coded() for name in ("line_type", *_READ_TEXT)}
    amounts: dict[str, list[Decimal | None]] = {name: [] for name in _READ_AMOUNT}
    for row in rows:
        items = row.lines()
        counts.append(len(items))
        if not items:
            continue
        fields = _by_field(items)
        for name, read in _READ_TEXT.items():
            texts[name].add(read(fields))
        for name, amount in _READ_AMOUNT.items():
            amounts[name].extend(amount(fields))
        texts["line_type"].add(_line_types(items, row))
    columns = {
        **{name: coded_text(texts[name]) for name in ("line_type", *_TEXTS, *_DERIVED)},
        **{name: coded_times(texts[name]) for name in _TIMES},
        **{name: _group_column(texts[name]) for name in _GROUPS},
        **{name: decimals(values) for name, values in amounts.items()},
    }
    return columns, counts


def _by_field(items: list[LineItem]) -> Fields:
    """Turned over in one go, which costs half of asking every line for every field. There has to be a line."""
    return dict(zip(LineItem.__struct_fields__, zip(*map(astuple, items), strict=True), strict=True))


def _line_types(items: list[LineItem], row: InvoiceRow) -> list[str]:
    """Raises ``BadAnswer`` for an amount that is no number where the type hangs on its sign."""
    try:
        return _typed(items, row)
    except InvalidOperation:
        pass
    raise BadAnswer("an amount that is not a number of this world")


def _typed(items: list[LineItem], row: InvoiceRow) -> list[str]:
    types = [line_type(item) for item in items]
    if OTHER not in types:  # no line is told by those beside it
        return types
    own = row.credit_type.id if row.credit_type else None
    units = {item.credit_type.id if item.credit_type else own for item in items}
    if len(units) <= 1:
        return types
    return [
        line_type(item, beside_other_units=item.credit_type is None or item.credit_type.id == own) for item in items
    ]


def _commit_types(fields: Fields) -> Column:
    """The field that tells a credit from a prepaid commit, else the one that does not (section 5.3)."""
    both = zip(fields["applied_commit_or_credit"], fields["commit_type"], strict=True)
    return [(applied.type if applied else None) or sent for applied, sent in both]


def _tier(level: float | str | None) -> str | None:
    """The level as text: 1, 1.0 and "1" are the same tier."""
    if isinstance(level, float) and level.is_integer():
        level = int(level)
    return None if level is None or level == "" else str(level)


def _presentation(fields: Fields) -> Column:
    """With the deprecated pair where the values lack its key."""
    sent, keys = fields["presentation_group_values"], fields["group_key"]
    if keys.count(None) < len(keys):
        sent = list(map(_with_pair, sent, keys, fields["group_value"]))
    return _as_items(sent)


def _with_pair(values: GroupValues | None, key: str | None, value: str | None) -> GroupValues | None:
    return values if key is None or key in (values or ()) else {**(values or {}), key: value}


def _as_items(sent: Column) -> Column:
    return [None if values is None else tuple(values.items()) for values in sent]


def _group_column(sent: Coded) -> pd.Categorical:
    """Group values as canonical JSON, keys by name; each distinct set is written once."""
    written = Coded(canonical(dict(sorted(values))) for values in sent.distinct)
    return categorical(np.append(written.codes, np.int32(-1))[sent.codes], written.distinct)


_TEXTS: Final[Readers] = {
    "name": itemgetter("name"),
    "product_id": itemgetter("product_id"),
    "product_type": itemgetter("product_type"),
    "commit_id": itemgetter("commit_id"),
    "segment_id": itemgetter("commit_segment_id"),
}
_TIMES: Final[Readers] = {"line_start": itemgetter("starting_at"), "line_end": itemgetter("ending_before")}
_DERIVED: Final[Readers] = {
    "credit_type_id": lambda fields: [unit.id if unit else None for unit in fields["credit_type"]],
    "credit_type": lambda fields: [unit.name if unit else None for unit in fields["credit_type"]],
    "commit_type": _commit_types,
    "tier": lambda fields: [_tier(tier.level) if tier else None for tier in fields["tier"]],
    "postpaid_id": lambda fields: [commit.id if commit else None for commit in fields["postpaid_commit"]],
}
_GROUPS: Final[Readers] = {
    "presentation": _presentation,
    "pricing": lambda fields: _as_items(fields["pricing_group_values"]),
}
_READ_TEXT: Final = {**_TEXTS, **_TIMES, **_DERIVED, **_GROUPS}
_READ_AMOUNT: Final[Readers] = {
    "total": itemgetter("total"),
    "quantity": itemgetter("quantity"),
    "unit_price": itemgetter("unit_price"),
    "list_price": lambda fields: [rate.price if rate else None for rate in fields["list_price"]],
    "consumed": itemgetter("quantity_consumed"),
    "tier_start": lambda fields: [tier.starting_at if tier else None for tier in fields["tier"]],
    "tier_size": lambda fields: [tier.size if tier else None for tier in fields["tier"]],
}
