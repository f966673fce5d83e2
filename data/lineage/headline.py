"""Receipts of the balance tiles above the panels: the balances and segments that were added up, as of now."""

from __future__ import annotations

from functools import partial
from typing import Final

from data.analytics.headline import EXPIRY_DAYS, BalanceHeadline, Held
from data.lineage.value import Evidence, Figures, Receipt
from data.views.asking import Question
from data.views.headline import HeadlineView

AVAILABLE: Final = ("headline", "available")
EXPIRING: Final = ("headline", "expiring")
RULES: Final = {
    AVAILABLE: "What each commit and credit has left now; those that are over or archived have nothing to spend.",
    EXPIRING: f"What is left on the segments that end within {EXPIRY_DAYS} days.",
}
FAMILY: Final = "balances"


def figures(view: HeadlineView, question: Question) -> Figures:  # noqa: ARG001  # one signature for all views
    """By receipt id, the two figures; the other tiles show figures of spend and usage."""
    balance = view.balance
    if balance is None:
        return {}
    return {
        view.seal.mark(*place): partial(_receipt, view, balance, place)
        for place, amount in ((AVAILABLE, balance.available), (EXPIRING, balance.expiring))
        if amount is not None
    }


def _receipt(view: HeadlineView, balance: BalanceHeadline, place: tuple[str, str]) -> Receipt:
    is_all = place == AVAILABLE
    asked = view.commitments.provenance.asked if view.commitments else ()
    return Receipt(
        ident=view.seal.mark(*place),
        title="Available balance" if is_all else f"Expiring in {EXPIRY_DAYS} days",
        amount=balance.available if is_all else balance.expiring,
        unit=balance.currency,
        is_money=balance.is_money,
        rows=tuple(_evidence(one) for one in (balance.held if is_all else balance.ending)),
        rule=RULES[place],
        asked=tuple(one for one in asked if one.family == FAMILY),
    )


def _evidence(one: Held) -> Evidence:
    return Evidence(words=one.name or one.balance_id, amount=one.amount, at=one.ends_at, balance_id=one.balance_id)
