"""Sums by group that lose nothing and do not depend on the order of rows.

``Decimal`` columns are added under ``data.money.EXACT`` (the default context would round at 28 digits). Floats are
added as the decimals that they are written as, for that is what was sent: 0.1 + 0.2 is 0.3, rounded once at the end.
"""

from __future__ import annotations

from decimal import Decimal, localcontext
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.money import EXACT, decimal_float_sum, exact_sum

Codes = NDArray[np.int64]
Numbers = NDArray[Any]  # object array of Decimal, or float64

_ROOM = 2**62
_PLACES = (0, 3, 6, 9)
_ONE_SPELLING = 1e15  # below, two decimals never share a float, so that scaling finds the one that was written


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


def sum_of(values: Numbers) -> Decimal | float:
    """The exact sum of one column, in its own kind."""
    if values.dtype == object:
        return exact_sum(values.tolist())
    return float(_float_sums(values, np.zeros(1, dtype=np.intp))[0]) if len(values) else 0.0


def added(*columns: Numbers) -> Numbers:
    """The exact sums of ``Decimal`` columns, row by row."""
    total = np.full(len(columns[0]), Decimal(0), dtype=object)
    with localcontext(EXACT):
        for column in columns:
            total = total + column
    return total


def divided(values: Numbers, by: Codes) -> Numbers:
    """``Decimal`` values divided by whole numbers, each by its own; nothing is rounded off."""
    found = values.copy()
    with localcontext(EXACT):
        for divisor in np.unique(by[by != 1]).tolist():
            found[by == divisor] = values[by == divisor] / Decimal(divisor)
    return found


def _float_sums(values: NDArray[np.float64], starts: NDArray[np.intp]) -> NDArray[np.float64]:
    """Values with few decimals are added as integers of their last place, all at once. Of others, rows that stand alone
    are taken over and only real sums pay for decimals."""
    for places in _PLACES:
        scaled = _scaled(values, places)
        if scaled is not None:
            sums: NDArray[np.float64] = np.add.reduceat(scaled, starts) / 10**places
            return sums
    ends = np.append(starts[1:], len(values))
    sums = values[starts].copy()
    for index in np.flatnonzero(ends - starts > 1):
        sums[index] = decimal_float_sum(values[starts[index] : ends[index]].tolist())
    return sums


def _scaled(values: NDArray[np.float64], places: int) -> NDArray[np.float64] | None:
    """``values`` times 10**places where that is exact and so is every sum; None elsewhere."""
    with np.errstate(over="ignore"):
        scaled = np.rint(values * 10**places)
        exact = np.abs(scaled).sum() < _ONE_SPELLING and bool((scaled / 10**places == values).all())
    return scaled if exact else None


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
