"""Billable metrics and credit types as frames."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from data import schema
from data.frames.columns import frame, objects, text, texts, times
from data.frames.once import one_per_id
from data.metronome.shapes import CreditTypeRow, MetricRow


def to_metrics(rows: Iterable[MetricRow]) -> pd.DataFrame:
    """``schema.METRICS``; the deprecated ``group_by`` list counts as simple keys where ``group_keys`` is missing."""
    rows = one_per_id(rows, "metrics")
    columns = {
        "metric_id": texts(row.id for row in rows),
        "name": texts(row.name for row in rows),
        "aggregation": text(row.aggregation_type.upper() if row.aggregation_type else None for row in rows),
        "group_keys": objects([_group_keys(row) for row in rows]),
        "archived_at": times(row.archived_at for row in rows),
    }
    return frame(columns, schema.METRICS)


def to_credit_types(rows: Iterable[CreditTypeRow]) -> pd.DataFrame:
    """``schema.CREDIT_TYPES``; a row without the flag is not a currency."""
    rows = one_per_id(rows, "credit types")
    columns = {
        "credit_type_id": texts(row.id for row in rows),
        "name": texts(row.name for row in rows),
        "is_currency": np.array([bool(row.is_currency) for row in rows], bool),
    }
    return frame(columns, schema.CREDIT_TYPES)


def _group_keys(row: MetricRow) -> tuple[tuple[str, ...], ...]:
    if row.group_keys is None:
        return tuple((key,) for key in row.group_by or ())
    return tuple(tuple(keys) for keys in row.group_keys if keys)
