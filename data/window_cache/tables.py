"""The frames that are held, by name, and how several of a kind become one without a look at single rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data import schema
from data.frames.columns import as_times, categorical, frame
from data.schema import Columns

COLUMNS: Final[Mapping[str, Columns]] = {
    "customers": schema.CUSTOMERS,
    "metrics": schema.METRICS,
    "credit_types": schema.CREDIT_TYPES,
    "contracts": schema.CONTRACTS,
    "usage": schema.USAGE,
    "metric_totals": schema.METRIC_TOTALS,
    "lines": schema.LINES,
    "windows": schema.WINDOWS,
    "invoices": schema.INVOICES,
    "balances": schema.BALANCES,
    "segments": schema.SEGMENTS,
    "ledger": schema.LEDGER,
    "net_balances": schema.NET_BALANCES,
}
Order = NDArray[np.intp]
Codes = NDArray[np.int32]


def united(frames: Sequence[pd.DataFrame], columns: Columns, order: Order | None = None) -> pd.DataFrame:
    """The rows of all ``frames`` below each other, or those at ``order`` of them. A text column has the texts that its
    rows have, by first sight. All rows of one frame share its memory."""
    if len(frames) == 1 and order is None:
        return _by_itself(frames[0], columns)
    return frame({name: _column([one[name] for one in frames], kind, order) for name, kind in columns.items()}, columns)


def nothing(name: str) -> pd.DataFrame:
    """The table of this name without rows."""
    return schema.empty(COLUMNS[name])


def between(rows: pd.DataFrame, first: int, end: int) -> pd.DataFrame:
    """The rows from ``first`` until ``end``, exclusive, on a plain index."""
    return rows.iloc[first:end].reset_index(drop=True)


def _by_itself(rows: pd.DataFrame, columns: Columns) -> pd.DataFrame:
    texts = [name for name, kind in columns.items() if kind == "text"]
    moved = {
        name: _texts([rows[name].array], None)
        for name in texts
        if not _is_by_first_sight(rows[name].cat.codes.to_numpy(), len(rows[name].cat.categories))
    }
    return rows.assign(**moved)


def _column(parts: list[pd.Series], kind: str, order: Order | None) -> Any:
    if kind == "text":
        return _texts([part.array for part in parts], order)
    if kind == "time":
        return as_times(_chosen([pd.DatetimeIndex(part.array).asi8 for part in parts], order))
    return _chosen([part.to_numpy() for part in parts], order)


def _chosen(parts: Sequence[NDArray[Any]], order: Order | None) -> NDArray[Any]:
    whole = np.concatenate(parts)
    return whole if order is None else whole[order]


def _texts(parts: Sequence[Any], order: Order | None) -> pd.Categorical:
    numbers: dict[str, int] = {}
    moved = []
    for part in parts:
        own = [numbers.setdefault(text, len(numbers)) for text in part.categories.tolist()]
        moved.append(np.array([*own, -1], np.int32)[part.codes])  # the last one is for code -1: missing
    return _by_first_sight(_chosen(moved, order), list(numbers))


def _by_first_sight(codes: Codes, texts: list[str]) -> pd.Categorical:
    if _is_by_first_sight(codes, len(texts)):  # as it mostly is already
        return categorical(codes, texts)
    first = np.full(len(texts) + 1, len(codes))
    first[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
    seen = np.argsort(first[:-1], kind="stable")[: np.count_nonzero(first[:-1] < len(codes))]
    number = np.full(len(texts) + 1, -1, np.int32)
    number[seen] = np.arange(len(seen), dtype=np.int32)
    return categorical(number[codes], [texts[at] for at in seen.tolist()])


def _is_by_first_sight(codes: NDArray[Any], texts: int) -> bool:
    highest = np.maximum.accumulate(np.append(np.int32(-1), codes))
    return bool(highest[-1] == texts - 1 and np.all(np.diff(highest) <= 1))
