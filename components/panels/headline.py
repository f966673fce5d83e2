"""The row of key figures."""

from __future__ import annotations

from dash import html

from components.drawn import Drawn
from components.format import compact_money, compact_quantity, money, quantity
from components.kpi import tile
from components.names import clean
from data.analytics.headline import EXPIRY_DAYS, BalanceHeadline
from data.analytics.spend_series import SpendTotals
from data.views.asking import Question
from data.views.headline import HeadlineView
from data.views.usage import UsageView

NOT_LOADED = "could not be loaded"


def draw_headline(view: HeadlineView, question: Question) -> Drawn:  # noqa: ARG001  # one signature for all panels
    return Drawn(notices=(*_spend_tiles(view), *_balance_tiles(view), _usage_tile(view.usage)))


def _spend_tiles(view: HeadlineView) -> list[html.Div]:
    labels = ("Spend before credits", "Credits and commits applied", "Spend after credits")
    total = view.spend
    if total is None:
        note = "nothing in this range" if view.spend_known else NOT_LOADED
        return [tile(label, "–", note=note) for label in labels]
    amounts = (total.gross, total.credits, total.after_credits)
    notes = ("usage in this range", _credit_note(total), _other_note(total))
    return [
        tile(label, compact_money(amount, total.currency), exact=money(amount, total.currency), note=note)
        for label, amount, note in zip(labels, amounts, notes, strict=True)
    ]


def _credit_note(total: SpendTotals) -> str:
    return "prepaid commits and credits" if total.credits else "no commit or credit paid"


def _other_note(total: SpendTotals) -> str:
    return f"other invoice lines: {money(total.other, total.currency)}" if total.other else "usage, to be invoiced"


def _balance_tiles(view: HeadlineView) -> list[html.Div]:
    balance = view.balance
    if balance is None:
        note = "no prepaid commits or credits" if view.balance_known else NOT_LOADED
        return [tile("Available balance", "–", note=note), tile(f"Expiring in {EXPIRY_DAYS} days", "–", note=note)]
    return [
        tile(
            "Available balance",
            compact_money(balance.available, balance.currency),
            exact=money(balance.available, balance.currency),
            note=_settled_note(balance),
        ),
        tile(
            f"Expiring in {EXPIRY_DAYS} days",
            compact_money(balance.expiring, balance.currency),
            exact=money(balance.expiring, balance.currency),
            note="of the available balance",
        ),
    ]


def _settled_note(balance: BalanceHeadline) -> str:
    settled, pending = (money(one, balance.currency) for one in (balance.settled, balance.pending))
    return f"{settled} settled − {pending} pending"


def _usage_tile(usage: UsageView | None) -> html.Div:
    if usage is None or usage.metric is None:
        return tile("Usage", "–", note=NOT_LOADED if usage is None else "nothing is metered")
    total, name = usage.total, clean(usage.metric.name, 60)
    if total is None:
        return tile("Usage", "–", note=f"{name}: does not add up to a total")
    return tile("Usage", compact_quantity(total), exact=quantity(total), note=name)
