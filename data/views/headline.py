"""Which few numbers stand above everything? Each is None when its part could not be loaded."""

from __future__ import annotations

from dataclasses import dataclass

from data.analytics.headline import BalanceHeadline, balance_headline, spend_headline
from data.analytics.spend_series import SpendTotals
from data.views.asking import Question, attempt, together
from data.views.commitments import commitments_view
from data.views.spend import spend_view
from data.views.usage import UsageView, usage_view


@dataclass(frozen=True)
class HeadlineView:
    """``..._known`` tells "there is none" from "could not be loaded"."""

    spend: SpendTotals | None
    spend_known: bool
    balance: BalanceHeadline | None
    balance_known: bool
    usage: UsageView | None


def headline_view(question: Question) -> HeadlineView:
    """The three parts side by side, through the same cached answers as the panels below; raises nothing."""
    (spend, _), (commitments, _), (usage, _) = together(
        lambda: attempt(question, lambda: spend_view(question)),
        lambda: attempt(question, lambda: commitments_view(question)),
        lambda: attempt(question, lambda: usage_view(question)),
    )
    total = spend_headline(spend.spend) if spend else None
    burn = commitments.burn if commitments else None
    currency = total.currency if total else None
    return HeadlineView(
        spend=total,
        spend_known=spend is not None,
        balance=balance_headline(burn, now=question.now, currency=currency),
        balance_known=commitments is not None,
        usage=usage,
    )
