"""Which few numbers stand above everything? Each part is None when it could not be loaded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from data.analytics.headline import BalanceHeadline, balance_headline
from data.lineage.value import Seal
from data.views.asking import Question, attempt, together
from data.views.commitments import CommitmentsView, commitments_view
from data.views.spend import SpendView, spend_view
from data.views.usage import UsageView, usage_view

T = TypeVar("T")

# The panels whose figures stand in the row.
SPEND, COMMITMENTS, USAGE = PARTS = ("spend", "burndown", "usage")


@dataclass(frozen=True)
class HeadlineView:
    """The views of the panels below; ``balance`` is in the currency of the spend where it has balances. ``seal`` is for
    the figures of ``balance``; spend and usage have their own. ``hidden`` names panels that the viewer is not shown:
    neither are their figures, and nothing was asked for them."""

    spend: SpendView | None
    commitments: CommitmentsView | None
    usage: UsageView | None
    balance: BalanceHeadline | None
    seal: Seal
    hidden: frozenset[str] = frozenset()


def headline_view(question: Question) -> HeadlineView:
    """The parts side by side, the same that the panels show; raises nothing."""
    opened = question.ask.scope.locked.panels
    hidden = frozenset() if opened is None else frozenset(PARTS) - opened
    spend, commitments, usage = together(
        lambda: _part(question, spend_view) if SPEND not in hidden else None,
        lambda: _part(question, commitments_view) if COMMITMENTS not in hidden else None,
        lambda: _part(question, usage_view) if USAGE not in hidden else None,
    )
    burn = commitments.burn if commitments else None
    currency = spend.currency if spend else None
    balance = balance_headline(burn, now=question.now, currency=currency)
    seal = question.seal("C", balance.currency if balance else "")
    return HeadlineView(spend, commitments, usage, balance, seal, hidden)


def _part(question: Question, view: Callable[[Question], T]) -> T | None:
    return attempt(question, lambda: question.answer(view))[0]
