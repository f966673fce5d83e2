"""What may have moved between two readings? A draft grows as usage arrives, and two answers are of two instants."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, localcontext

import pandas as pd

from data.analytics.records import records, text_of
from data.analytics.spend_lines import DEDUCTION_LINE
from data.money import EXACT, exact_sum


@dataclass(frozen=True, kw_only=True)
class Readings:
    """Balances were read at ``balances``, what they are held against at ``other``. ``open_draws``: by balance, what it
    paid for in windows that were still open at the first of the two (``open_draws``), as sent."""

    balances: datetime
    other: datetime
    open_draws: Mapping[str, Decimal] = field(default_factory=dict)

    def explains(self, drawn: Decimal, balance_ids: Iterable[str]) -> bool:
        """Whether drafts can have drawn ``drawn`` more from these balances at the other reading."""
        at_most = exact_sum(self.open_draws.get(ident, Decimal(0)) for ident in balance_ids)
        return has_grown(drawn, first=self.balances, second=self.other, at_most=at_most)


def has_grown(growth: Decimal, *, first: datetime, second: datetime, at_most: Decimal) -> bool:
    """Whether what was read at ``second`` can be more by ``growth`` than what was read at ``first``: the later reading
    has more, by ``at_most`` what is still open. Never where both were read at once."""
    if first == second or not growth:
        return False
    return (growth > 0) == (second > first) and abs(growth) <= at_most


def open_draws(windows_lines: pd.DataFrame, since: datetime) -> Mapping[str, Decimal]:
    """By balance, what it paid for in windows that were not over at ``since``, in its unit as sent: deduction LINES of
    breakdowns, counted in units of the product for balances that hold those."""
    recent = windows_lines[(windows_lines["window_end"] > since) & (windows_lines["line_type"] == DEDUCTION_LINE)]
    found: defaultdict[str, Decimal] = defaultdict(Decimal)
    with localcontext(EXACT):
        for row in records(recent[["commit_id", "total", "consumed"]]):
            found[text_of(row["commit_id"])] += abs(row["consumed"] or row["total"] or Decimal(0))
    return found
