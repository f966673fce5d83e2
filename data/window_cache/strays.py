"""Rows that came with the answer for other days than their own, or have none: several pieces may say the same of them,
and then it counts once (interfaces document, "Semantics")."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.window_cache.entry import Days, Entry, Tables, joined
from data.window_cache.wanted import days_of

_MOMENT = "window_start"


def joined_once(entries: Sequence[Entry]) -> Tables:
    """``joined``, without rows that lie on none of the days that they came with and are there already."""
    return {name: _once(frame, _days(entries, name)) for name, frame in joined(entries).items()}


def _days(entries: Sequence[Entry], name: str) -> Days:
    return np.concatenate([entry.rows[name] for entry in entries if name in entry.rows])


def _once(frame: pd.DataFrame, came_with: Days) -> pd.DataFrame:
    stray = days_of(frame[_MOMENT]) != came_with
    if not stray.any():
        return frame
    again = stray & _met_before(frame, np.argsort(stray, kind="stable"))
    return frame.iloc[np.flatnonzero(~again)].reset_index(drop=True)


def _met_before(frame: pd.DataFrame, order: NDArray[np.intp]) -> NDArray[np.bool_]:
    """By row, whether an equal one comes before it in ``order``."""
    met = np.empty(len(frame), bool)
    met[order] = frame.iloc[order].duplicated().to_numpy()
    return met
