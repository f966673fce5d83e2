"""What a chart draws and the table under it lists: the same rows, as one frozen value.

Made by analytics, read by components. Values are ``Decimal`` for money (currency units, unrounded) and ``float`` for
usage; ``None`` is "no data" and is drawn as a gap, never as zero.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Number = Decimal | float


class SeriesKind(StrEnum):
    VALUE = "value"
    NOT_SET = "not_set"
    OTHER = "other"
    UNATTRIBUTED = "unattributed"


NOT_SET_LABEL = "(not set)"
OTHER_LABEL = "Other"
UNATTRIBUTED_LABEL = "(unattributed)"


@dataclass(frozen=True)
class Series:
    """One group over all windows. ``total`` is None where adding windows has no meaning (MAX, UNIQUE, LATEST)."""

    label: str
    kind: SeriesKind
    values: tuple[Number | None, ...]
    total: Number | None


@dataclass(frozen=True, eq=False)
class CellRows:
    """Which rows of the frame behind a table were added up to its cells. Parallel arrays: row ``rows[i]`` is part of
    series ``series[i]`` (-1 = of a group that is not shown) in window ``window[i]``."""

    rows: NDArray[np.int64]
    series: NDArray[np.int64]
    window: NDArray[np.int64]

    def of(self, series: int | None = None, windows: range | None = None) -> NDArray[np.int64]:
        """The rows of one series, or of all that are shown, in ``windows``, or in all of them."""
        chosen = self.series >= 0 if series is None else self.series == series
        if windows is not None:
            chosen &= (self.window >= windows.start) & (self.window < windows.stop)
        return self.rows[chosen]


@dataclass(frozen=True)
class SeriesTable:
    """Windows (half-open, UTC, clipped to the range) by series, largest first, "(not set)" and "Other" last.

    ``stackable`` is False for metrics whose groups do not add up. ``other_count`` is the number of groups inside
    "Other". ``open_from`` is the start of the first window that is not finished yet, None when all are.
    ``grand_total`` is None where totals have no meaning. ``made_of`` is None for a table that was not made of rows.
    """

    starts: tuple[datetime, ...]
    ends: tuple[datetime, ...]
    series: tuple[Series, ...]
    stackable: bool = True
    other_count: int = 0
    open_from: datetime | None = None
    grand_total: Number | None = None
    made_of: CellRows | None = field(default=None, compare=False, repr=False)

    @property
    def is_empty(self) -> bool:
        return not self.series
