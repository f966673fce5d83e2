"""Which few numbers stand above everything? Each part is None when it could not be loaded."""

from __future__ import annotations

from dataclasses import dataclass

from data.analytics.headline import BalanceHeadline, balance_headline
from data.lineage.value import Seal
from data.views.asking import Question, attempt, together
from data.views.commitments import CommitmentsView, commitments_view
from data.views.spend import SpendView, spend_view
from data.views.usage import UsageView, usage_view


@dataclass(frozen=True)
class HeadlineView:
    """The views of the panels below; ``balance`` is in the currency of the spend where it has balances. ``seal`` is for
    the figures of ``balance``; spend and usage have their own."""

    spend: SpendView | None
    commitments: CommitmentsView | None
    usage: UsageView | None
    balance: BalanceHeadline | None
    seal: Seal


def headline_view(question: Question) -> HeadlineView:
    """The parts side by side, the same that the panels show; raises nothing."""
    (spend, _), (commitments, _), (usage, _) = together(
        lambda: attempt(question, lambda: question.answer(spend_view)),
        lambda: attempt(question, lambda: question.answer(commitments_view)),
        lambda: attempt(question, lambda: question.answer(usage_view)),
    )
    burn = commitments.burn if commitments else None
    currency = spend.currency if spend else None
    balance = balance_headline(burn, now=question.now, currency=currency)
    seal = question.seal("C", balance.currency if balance else "")
    return HeadlineView(spend, commitments, usage, balance, seal)
