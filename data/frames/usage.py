"""Usage blocks and batch rows as frames."""

from __future__ import annotations

import logging
from array import array
from collections.abc import Iterable, Sequence
from itertools import chain
from math import isnan
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data import schema
from data.errors import BadAnswer
from data.frames.columns import Coded, Codes, as_times, canonical, categorical, floats, frame, instants, texts
from data.metronome.shapes import BatchUsageRow
from data.metronome.usage_block import GroupItems, UsageBlock
from data.money import decimal_float_sum

log = logging.getLogger(__name__)

Values = NDArray[np.float64]
Keys = NDArray[np.int64]


def to_usage(blocks: Iterable[UsageBlock], keys: Sequence[str]) -> pd.DataFrame:
    """``schema.USAGE``, one row per (window, group), in the order of windows and then of group texts.

    ``keys`` are those that were asked for. The same row met again with the same value is page overlap and counts
    once; with a different value it adds (interfaces document, "Semantics"), whatever the metric's aggregation: only
    split rows of a metric that adds up are known to be answered. Raises ``BadAnswer`` for a bad time.
    """
    blocks = list(blocks)
    windows, window = _joined([(block.windows, block.window) for block in blocks])
    named = [([_group_text(items, keys) for items in block.groups], block.group) for block in blocks]
    groups, group = _joined(named)
    value = np.concatenate([np.empty(0), *(np.frombuffer(block.value) for block in blocks)])
    bounds, window = _in_order_of_time(windows, window)
    labels, group = _in_order(groups, group)
    row = window.astype(np.int64) * max(1, len(labels)) + group
    row, value = _one_per_row(row, value)
    window, group = np.divmod(row, max(1, len(labels)))
    columns = {
        "window_start": as_times(bounds[0][window]),
        "window_end": as_times(bounds[1][window]),
        "group": categorical(group.astype(np.int32), labels),
        "value": value,
    }
    return frame(columns, schema.USAGE)


def to_metric_totals(rows: Iterable[BatchUsageRow]) -> pd.DataFrame:
    """``schema.METRIC_TOTALS``: one row per row sent; a metric that was sent twice stands there twice."""
    rows = list(rows)
    columns = {"metric_id": texts(row.billable_metric_id for row in rows), "value": floats([r.value for r in rows])}
    return frame(columns, schema.METRIC_TOTALS)


def _group_text(items: GroupItems, keys: Sequence[str]) -> str:
    """The exact group: the keys asked for in their order, null where not sent, then any others by name."""
    sent = {key: value for key, value in items if key is not None}
    asked = {key: sent.pop(key, None) for key in keys}
    return canonical({**asked, **dict(sorted(sent.items()))})


def _joined(parts: Sequence[tuple[Sequence[Any], array[int]]]) -> tuple[list[Any], Codes]:
    """The distinct values of all parts, and the codes of all parts that point into them."""
    coded, codes = Coded(), [np.empty(0, np.int32)]
    for values, own in parts:
        numbers = np.fromiter(map(coded.__getitem__, values), np.int32, len(values))
        codes.append(numbers[np.frombuffer(own, np.uint32)] if len(own) else codes[0])
    return coded.distinct, np.concatenate(codes)


def _in_order_of_time(windows: list[tuple[str, str]], codes: Codes) -> tuple[NDArray[np.int64], Codes]:
    """(starts, ends) of the distinct windows, ascending, and the codes that point into them.

    Two spellings of one instant (section 1.6) become one window here.
    """
    if any(not start for start, _ in windows):
        raise BadAnswer("a usage row without a window")
    sent = Coded(chain.from_iterable(windows))  # most windows begin where another one ends
    spelled = instants(sent.distinct)[sent.codes].reshape(-1, 2).T
    distinct, number = np.unique(spelled, axis=1, return_inverse=True)
    return distinct, number.astype(np.int32)[codes]


def _in_order(names: list[str], codes: Codes) -> tuple[list[str], Codes]:
    order = sorted(range(len(names)), key=names.__getitem__)
    number = np.empty(len(names), np.int32)
    number[order] = np.arange(len(names), dtype=np.int32)
    return [names[at] for at in order], number[codes]


def _one_per_row(row: Keys, value: Values) -> tuple[Keys, Values]:
    """Sorted by row, each once. Rows that come in order, each once, as they mostly do, pass unchanged."""
    if (row[1:] > row[:-1]).all():
        return row, value
    order = np.argsort(row, kind="stable")
    row, value = row[order], value[order]
    same = row[1:] == row[:-1]
    if not same.any():
        return row, value
    return _merged(row, value, np.flatnonzero(np.append(same, False) | np.append(False, same)))


def _merged(row: Keys, value: Values, met_again: NDArray[np.intp]) -> tuple[Keys, Values]:
    """Rows at ``met_again`` share their number with a neighbour: equal values are one, different ones add."""
    found: dict[int, set[float | None]] = {}
    overlaps = 0
    for number, amount in zip(row[met_again].tolist(), value[met_again].tolist(), strict=True):
        amounts = found.setdefault(number, set())
        key = None if isnan(amount) else amount
        overlaps += key in amounts
        amounts.add(key)
    added = sum(len(amounts) > 1 for amounts in found.values())
    log.info("usage: %d rows met again (page overlap), %d rows added from different values", overlaps, added)
    keep = np.ones(len(row), bool)
    keep[met_again] = False
    keep[np.searchsorted(row, list(found))] = True
    value = value.copy()
    value[np.searchsorted(row, list(found))] = [_added(amounts) for amounts in found.values()]
    return row[keep], value[keep]


def _added(amounts: set[float | None]) -> float:
    numbers = [amount for amount in amounts if amount is not None]
    return decimal_float_sum(numbers) if numbers else float("nan")
