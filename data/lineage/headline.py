"""Receipts of the balance tiles above the panels: the balances and segments that were added up, as of now."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from typing import Final

from data.analytics.headline import EXPIRY_DAYS, BalanceHeadline, Held
from data.errors import NotFound
from data.lineage.rows import asked_for
from data.lineage.value import Evidence, Figures, Receipt
from data.views.asking import Question
from data.views.headline import HeadlineView


@dataclass(frozen=True)
class _Tile:
    """What a figure is called, its amount, what was added up for it, and the rule in words."""

    title: str
    amount: Decimal | None
    rows: tuple[Evidence, ...]
    rule: str


FAMILIES: Final = ("balances", "invoices")
USABLE: Final = "those that are over or archived have nothing to spend."


def figures(view: HeadlineView, question: Question) -> Figures:  # noqa: ARG001  # one signature for all views
    """By receipt id, the figures of the balance tiles; the other tiles show figures of spend and usage."""
    if view.balance is None:
        return {}
    return {
        view.seal.mark("headline", name): partial(_receipt, view, name)
        for name, one in _tiles(view.balance).items()
        if one.amount is not None
    }


def _tiles(balance: BalanceHeadline) -> dict[str, _Tile]:
    held, drawn = (tuple(map(_evidence, parts)) for parts in (balance.held, balance.drawn))
    in_drafts = tuple(replace(one, words=f"{one.words}: drawn by drafts") for one in drawn)
    left, ending = "What each commit and credit has left now", tuple(map(_evidence, balance.ending))
    end = f"What is left on the segments that end within {EXPIRY_DAYS} days."
    settled = f"{left}, and what drafts have drawn so far put back; {USABLE}"
    return {
        "available": _Tile("Available balance", balance.available, held, f"{left}; {USABLE}"),
        "settled": _Tile("Available without drafts", balance.settled, (*held, *in_drafts), settled),
        "pending": _Tile("Drawn by drafts so far", balance.pending, drawn, f"By commit and credit; {USABLE}"),
        "expiring": _Tile(f"Expiring in {EXPIRY_DAYS} days", balance.expiring, ending, end),
    }


def _receipt(view: HeadlineView, name: str) -> Receipt:
    balance, commitments = view.balance, view.commitments
    if balance is None or commitments is None:
        raise NotFound(sentence="This account has no prepaid commits or credits.")
    tile = _tiles(balance)[name]
    return Receipt(
        ident=view.seal.mark("headline", name),
        title=f"{tile.title}, {balance.currency}",
        amount=tile.amount,
        unit=balance.currency,
        is_money=balance.is_money,
        rows=tile.rows,
        rule=tile.rule,
        asked=asked_for(commitments.provenance, *FAMILIES),
    )


def _evidence(one: Held) -> Evidence:
    return Evidence(words=one.name or one.balance_id, amount=one.amount, at=one.ends_at, balance_id=one.balance_id)
