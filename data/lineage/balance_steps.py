"""Receipts of what remained over time: the ledger entries so far, and ahead of now the schedule."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Final

from data.analytics.balance_steps import BalanceChart, BalanceSteps, Change, step_place
from data.analytics.entries import UNDATED, Account
from data.lineage.rows import (
    OVERDRAWN,
    asked_for,
    day_name,
    entry_evidence,
    receipt,
    scheduled_evidence,
    stated_evidence,
    sum_of,
    told,
)
from data.lineage.value import Evidence, Figures, How, Receipt
from data.source import Asked
from data.views.asking import Question
from data.views.commitments import CommitmentsView

FAMILIES: Final = ("balances", "invoices")


def figures(view: CommitmentsView, question: Question) -> Figures:  # noqa: ARG001  # one signature for all views
    """By receipt id: what each balance of each chart held from each of its steps on."""
    asked = asked_for(view.provenance, *FAMILIES)
    found: dict[str, Callable[[], Receipt]] = {}
    for chart in view.charts:
        for one in chart.steps:
            for at in range(len(one.times)):
                ident = view.seal.mark(*step_place(chart, one, at))
                found[ident] = partial(_step, ident, chart, one, at=at, asked=asked)
    return found


def _step(ident: str, chart: BalanceChart, one: BalanceSteps, *, at: int, asked: tuple[Asked, ...]) -> Receipt:
    """Each balance as the sum of its changes until then, none below zero."""
    when = one.times[at]
    by_path = [[_evidence(path.account, change) for change in path.until(when)] for path in one.paths]
    rows = [row for rows in by_path for row in rows]
    floored = any(sum_of(rows) < 0 for rows in by_path)
    return receipt(
        one.paths[0].account,
        f"Left on {one.label}{_from(when)}",
        rows,
        ident=ident,
        amount=one.remaining[at],
        asked=asked,
        how=How.RULE if floored else How.SUM,
        rule=OVERDRAWN.format(sum=told(sum_of(rows), chart.currency)) if floored else "",
    )


def _from(when: datetime) -> str:
    return "" if when == UNDATED else f", from {day_name(when)} {when:%H:%M} UTC on"


def _evidence(account: Account, change: Change) -> Evidence:
    if change.entry is not None:
        return entry_evidence(account, change.entry)
    amount = account.unit.major(change.amount)
    if change.segment is not None:
        return scheduled_evidence(account, amount, change.at)
    return stated_evidence(account, amount)
