"""Which invoice lines, and how much of each, make up the amounts of the SPEND frame? Index arrays, read when asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import numpy as np
import pandas as pd

from data.analytics.exact import Codes, Numbers
from data.money import Unit

MEASURES: Final = ("gross", "credits", "postpaid", "other")
NET: Final = ("gross", "credits", "other")


@dataclass(frozen=True)
class SpendPart:
    """What one line contributes to one amount of SPEND row ``row``, in currency units.

    ``line`` is the line whose product and group the row has, ``source`` the one that holds the amount: they differ for
    a deduction, which stands with the usage that it paid for. ``alike`` counts the deductions that cannot be told from
    ``source``, itself among them. Both are positions in ``SpendLineage.lines``.
    """

    row: int
    line: int
    source: int
    alike: int
    amount: Decimal


@dataclass(frozen=True, eq=False)
class SpendLineage:
    """Parallel arrays: ``amount[i]``, as sent, of line ``source[i]`` is part of measure ``MEASURES[measure[i]]`` of
    SPEND row ``row[i]``. ``lines`` are the LINES that count; ``units`` has the unit of each row."""

    lines: pd.DataFrame
    row: Codes
    measure: Codes
    line: Codes
    source: Codes
    alike: Codes
    amount: Numbers
    units: tuple[Unit, ...]

    def parts(self, rows: Codes, measures: tuple[str, ...]) -> Iterator[SpendPart]:
        """What ``measures`` of the rows with the numbers ``rows`` were added up from."""
        codes = [MEASURES.index(name) for name in measures]
        found = np.flatnonzero(np.isin(self.row, rows) & np.isin(self.measure, codes))
        columns = (getattr(self, name)[found].tolist() for name in ("row", "line", "source", "alike", "amount"))
        for row, line, source, alike, amount in zip(*columns, strict=True):
            yield SpendPart(row, line, source, alike, self.units[row].major(amount))
