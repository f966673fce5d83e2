"""Sums by group that lose nothing and do not depend on the order of rows.

``Decimal`` columns are added under ``data.money.EXACT`` (the default context would round at 28 digits); floats with
``math.fsum``, which rounds once.
"""

from __future__ import annotations

from decimal import localcontext
from math import fsum
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.money import EXACT

Codes = NDArray[np.int64]
Numbers = NDArray[Any]  # object array of Decimal, or float64

_ROOM = 2**62


def sum_by(codes: Codes, values: Numbers) -> tuple[Codes, Numbers]:
    """Each code that occurs, ascending, and the exact sum of its values."""
    if not len(codes):
        return codes, values
    order = np.argsort(codes, kind="stable")
    ordered, sorted_values = codes[order], values[order]
    starts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    if values.dtype == object:
        with localcontext(EXACT):
            return ordered[starts], np.add.reduceat(sorted_values, starts)
    return ordered[starts], _float_sums(sorted_values, starts)


def _float_sums(values: NDArray[np.float64], starts: NDArray[np.intp]) -> NDArray[np.float64]:
    """Rows that stand alone are taken over; only real sums pay for ``fsum``."""
    ends = np.append(starts[1:], len(values))
    sums = values[starts].copy()
    for index in np.flatnonzero(ends - starts > 1):
        sums[index] = fsum(values[starts[index] : ends[index]])
    return sums


def pack(*columns: Codes) -> Codes:
    """One code per distinct combination, ascending as the columns are; codes below zero are values of their own."""
    packed = np.zeros(len(columns[0]), dtype=np.int64)
    size = 1
    for column in columns:
        lowest = int(column.min(initial=0))
        radix = int(column.max(initial=0)) - lowest + 1
        if size * radix >= _ROOM:
            distinct, packed = np.unique(packed, return_inverse=True)
            packed, size = packed.astype(np.int64), len(distinct)
        packed, size = packed * radix + (column - lowest), size * radix
    return packed


def ordered_codes(column: pd.Series) -> tuple[Codes, list[str]]:
    """Codes of a ``text`` column in the order of its texts, and those texts; -1 = missing."""
    texts = column.cat.categories.tolist()
    order = sorted(range(len(texts)), key=lambda index: texts[index])
    rank = np.empty(len(texts) + 1, dtype=np.int64)
    rank[order], rank[-1] = np.arange(len(texts)), -1
    return rank[column.cat.codes.to_numpy()], [texts[index] for index in order]
