"""Which balances are worth a line of their own? The largest; the others together as one."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from data.analytics.balance_steps import BalanceChart, BalanceSteps
from data.money import exact_sum

LINES = 8


def folded(chart: BalanceChart, lines: int = LINES) -> BalanceChart:
    """``chart`` with at most ``lines`` balances, those that were highest, and the sum of the others as the last one."""
    if len(chart.steps) <= lines:
        return chart
    ranked = sorted(chart.steps, key=lambda one: max(one.remaining, default=Decimal(0)), reverse=True)
    return replace(chart, steps=(*ranked[: lines - 1], _together(ranked[lines - 1 :])))


def _together(balances: Sequence[BalanceSteps]) -> BalanceSteps:
    times = tuple(sorted({when for one in balances for when in one.times}))
    remaining = tuple(exact_sum(_at(one, when) for one in balances) for when in times)
    pending = min((one.pending_from for one in balances if one.pending_from is not None), default=None)
    paths = tuple(path for one in balances for path in one.paths)
    return BalanceSteps(f"Other ({len(balances)})", times, remaining, pending, paths)


def _at(one: BalanceSteps, when: datetime) -> Decimal:
    """What ``one`` held at ``when``; nothing before its first step."""
    index = bisect_right(one.times, when) - 1
    return one.remaining[index] if index >= 0 else Decimal(0)
