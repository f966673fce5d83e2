"""A frame's rows as plain values, for analytics that reason about one row at a time."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pandas as pd

Record = Mapping[str, Any]


def records(frame: pd.DataFrame) -> list[Record]:
    """Rows in order, by column name: times as ``datetime``, whatever is missing as None."""
    columns = {}
    for name in frame.columns:
        column = frame[name]
        values = [
            None if blank else value for value, blank in zip(column.tolist(), column.isna().tolist(), strict=True)
        ]
        columns[name] = [value.to_pydatetime() if isinstance(value, pd.Timestamp) else value for value in values]
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def text_of(value: object) -> str:
    """A text cell, "" where nothing was sent."""
    return "" if value is None else str(value)


def decimal_of(value: object) -> Decimal | None:
    """An amount cell, None where nothing was sent."""
    return value if isinstance(value, Decimal) else None
