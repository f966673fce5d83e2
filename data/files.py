"""Frames as CSV bytes, as the interfaces document says under Downloads: RFC 4180, plain decimals, UTC instants.

A text cell that a spreadsheet would run as a formula gets a leading apostrophe; numbers never do, so -5.25 stays one.
Beside the signs themselves that is their full-width forms, which some spreadsheets take for them, and characters that
are dropped on the way in and leave what follows them in front (reliability-security design, S26).
"""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal

import pandas as pd

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "\uff1d", "\uff0b", "\uff0d", "\uff20")

Cell = str | Decimal | float | int | bool | datetime | None


def to_csv(frame: pd.DataFrame) -> bytes:
    """UTF-8 bytes of ``frame``: a header row and every row, CRLF between them, missing values as empty cells."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(frame.columns)
    columns = [[cell_text(value) for value in frame[name].tolist()] for name in frame.columns]
    writer.writerows(zip(*columns, strict=True))
    return out.getvalue().encode()


def cell_text(value: Cell) -> str:
    """One cell. Decimals keep every digit; floats get their shortest exact form; neither has an exponent."""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(FORMULA_STARTS) else value
    if not isinstance(value, Decimal) and pd.isna(value):
        return ""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, bool):
        return "true" if value else "false"
    return number_text(value)


def number_text(value: Decimal | float | int) -> str:
    """Plain decimal text of a number: ``37`` not ``37.0``, ``0.00015`` not ``1.5E-4``, never ``-0``."""
    exact = value if isinstance(value, Decimal) else Decimal(repr(value))
    text = format(exact, "f")
    if "." in text and not isinstance(value, Decimal):
        text = text.rstrip("0").rstrip(".")
    return text.removeprefix("-") if exact == 0 else text
