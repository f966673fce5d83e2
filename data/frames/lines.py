"""Invoices and their windows as two frames: one row per line item, one row per window."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal, InvalidOperation
from operator import attrgetter
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data import schema
from data.errors import BadAnswer
from data.frames.columns import Coded, canonical, categorical, coded_text, coded_times, decimals, frame, text, times
from data.frames.invoices import UNBILLABLE
from data.frames.line_types import line_type
from data.frames.once import one_per_id, one_per_window
from data.metronome.invoice_shapes import InvoiceRow, LineItem
from data.metronome.shapes import CreditType
from data.metronome.usage_block import GroupItems

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
    texts = {name: Coded() for name in ("line_type", *_TEXTS, *_TIMES, *_DERIVED, *_GROUPS)}
    amounts: dict[str, list[Decimal | None]] = {name: [] for name in _AMOUNTS}
    for row in rows:
        items = row.lines()
        counts.append(len(items))
        for name, read in _READ_TEXT:
            texts[name].add(map(read, items))
        for name, amount in _AMOUNTS.items():
            amounts[name].extend(map(amount, items))
        texts["line_type"].add(_line_types(items, row))
    columns = {
        **{name: coded_text(texts[name]) for name in ("line_type", *_TEXTS, *_DERIVED)},
        **{name: coded_times(texts[name]) for name in _TIMES},
        **{name: _group_column(texts[name]) for name in _GROUPS},
        **{name: decimals(values) for name, values in amounts.items()},
    }
    return columns, counts


def _line_types(items: list[LineItem], row: InvoiceRow) -> list[str]:
    """Raises ``BadAnswer`` for an amount that is no number where the type hangs on its sign."""
    try:
        return _typed(items, row)
    except InvalidOperation:
        pass
    raise BadAnswer("an amount that is not a number of this world")


def _typed(items: list[LineItem], row: InvoiceRow) -> list[str]:
    own = row.credit_type.id if row.credit_type else None
    units = {item.credit_type.id if item.credit_type else own for item in items}
    if len(units) <= 1:
        return [line_type(item) for item in items]
    return [
        line_type(item, beside_other_units=item.credit_type is None or item.credit_type.id == own) for item in items
    ]


def _commit_type(item: LineItem) -> str | None:
    """The field that tells a credit from a prepaid commit, else the one that does not (section 5.3)."""
    applied = item.applied_commit_or_credit
    return (applied.type if applied else None) or item.commit_type


def _tier(item: LineItem) -> str | None:
    """The level as text: 1, 1.0 and "1" are the same tier."""
    level = item.tier.level if item.tier else None
    if isinstance(level, float) and level.is_integer():
        level = int(level)
    return None if level is None or level == "" else str(level)


def _presentation(item: LineItem) -> GroupItems | None:
    values = item.presentation_group_values
    if item.group_key is not None and item.group_key not in (values or ()):
        values = {**(values or {}), item.group_key: item.group_value}
    return tuple(values.items()) if values is not None else None


def _pricing(item: LineItem) -> GroupItems | None:
    values = item.pricing_group_values
    return tuple(values.items()) if values is not None else None


def _group_column(sent: Coded) -> pd.Categorical:
    """Group values as canonical JSON, keys by name; each distinct set is written once."""
    written = Coded(canonical(dict(sorted(values))) for values in sent.distinct)
    return categorical(np.append(written.codes, np.int32(-1))[sent.codes], written.distinct)


_TEXTS: Final = {
    "name": "name",
    "product_id": "product_id",
    "product_type": "product_type",
    "commit_id": "commit_id",
    "segment_id": "commit_segment_id",
}
_TIMES: Final = {"line_start": "starting_at", "line_end": "ending_before"}
_AMOUNTS: Final[dict[str, Callable[[LineItem], Decimal | None]]] = {
    "total": attrgetter("total"),
    "quantity": attrgetter("quantity"),
    "unit_price": attrgetter("unit_price"),
    "list_price": lambda item: item.list_price.price if item.list_price else None,
    "consumed": attrgetter("quantity_consumed"),
    "tier_start": lambda item: item.tier.starting_at if item.tier else None,
    "tier_size": lambda item: item.tier.size if item.tier else None,
}
_DERIVED: Final[dict[str, Callable[[LineItem], str | None]]] = {
    "credit_type_id": lambda item: item.credit_type.id if item.credit_type else None,
    "credit_type": lambda item: item.credit_type.name if item.credit_type else None,
    "commit_type": _commit_type,
    "tier": _tier,
    "postpaid_id": lambda item: item.postpaid_commit.id if item.postpaid_commit else None,
}
_GROUPS: Final[dict[str, Callable[[LineItem], GroupItems | None]]] = {
    "presentation": _presentation,
    "pricing": _pricing,
}
_READ_TEXT: Final[list[tuple[str, Callable[[LineItem], Any]]]] = [
    *((name, attrgetter(field)) for name, field in (_TEXTS | _TIMES).items()),
    *_DERIVED.items(),
    *_GROUPS.items(),
]
