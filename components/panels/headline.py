"""The row of key figures."""

from __future__ import annotations

from decimal import Decimal

from dash import html
from dash.development.base_component import Component

from components.drawn import Drawn
from components.format import compact_money, compact_quantity, money, quantity
from components.kpi import Tone, figure, tile
from components.names import clean
from data.analytics.headline import EXPIRY_DAYS, BalanceHeadline
from data.analytics.spend_series import SUM_NAMES, SpendTotals
from data.lineage.value import Seal, series_marks
from data.views.asking import Provenance, Question
from data.views.headline import COMMITMENTS, SPEND, USAGE, HeadlineView
from data.views.spend import SpendView
from data.views.usage import UsageView

Note = list[str | Component]

OF_AVAILABLE = "of the available balance"
NOT_LOADED = "could not be loaded"
INCOMPLETE, OLD = "incomplete", "an older copy"
SPEND_SUMS = ("gross", "credits", "after_credits")
BALANCE_LABELS = ("Available balance", f"Expiring in {EXPIRY_DAYS} days")


def draw_headline(view: HeadlineView, question: Question) -> Drawn:  # noqa: ARG001  # one signature for all panels
    tiles = {
        SPEND: lambda: _spend_tiles(view.spend),
        COMMITMENTS: lambda: _balance_tiles(view),
        USAGE: lambda: [_usage_tile(view.usage)],
    }
    return Drawn(notices=tuple(tile for panel, made in tiles.items() if panel not in view.hidden for tile in made()))


def _spend_tiles(view: SpendView | None) -> list[html.Div]:
    total = view.total if view else None
    if view is None or total is None:
        note, tone = _marked(["nothing in this range"], view.provenance) if view else ([NOT_LOADED], Tone.PLAIN)
        return [tile(SUM_NAMES[name], "–", note=note, tone=tone) for name in SPEND_SUMS]
    notes: tuple[Note, ...] = (["usage in this range"], [_credit_note(total)], _other_note(total, view.seal))
    return [
        _amount_tile(
            SUM_NAMES[name],
            getattr(total, name),
            total.currency,
            is_money=total.is_money,
            note=note,
            origin=view.provenance,
            receipt=view.seal.mark("total", name),
        )
        for name, note in zip(SPEND_SUMS, notes, strict=True)
    ]


def _credit_note(total: SpendTotals) -> str:
    return "prepaid commits and credits" if total.credits else "no commit or credit paid"


def _other_note(total: SpendTotals, seal: Seal) -> Note:
    if not total.other:
        return ["usage, to be invoiced"]
    return ["other invoice lines: ", figure(money(total.other, total.currency), seal.mark("total", "other"))]


def _balance_tiles(view: HeadlineView) -> list[html.Div]:
    balance, commitments = view.balance, view.commitments
    if commitments is None or balance is None:
        note = "no prepaid commits or credits" if commitments else NOT_LOADED
        return [tile(label, "–", note=note) for label in BALANCE_LABELS]
    settled = _settled_note(balance, view.seal)
    shown = ((balance.available, settled, "available"), (balance.expiring, [OF_AVAILABLE], "expiring"))
    return [
        _amount_tile(
            label,
            amount,
            balance.currency,
            is_money=balance.is_money,
            note=note,
            origin=commitments.provenance,
            receipt=view.seal.mark("headline", name),
        )
        for label, (amount, note, name) in zip(BALANCE_LABELS, shown, strict=True)
    ]


def _settled_note(balance: BalanceHeadline, seal: Seal) -> Note:
    def said(name: str, amount: Decimal | None) -> str | Component:
        text = money(amount, balance.currency)
        return text if amount is None else figure(text, seal.mark("headline", name))

    return [said("settled", balance.settled), " settled − ", said("pending", balance.pending), " pending"]


def _usage_tile(view: UsageView | None) -> html.Div:
    if view is None or view.metric is None:
        return tile("Usage", "–", note="nothing is metered" if view else NOT_LOADED)
    name = clean(view.metric.name, 60)
    if view.table.is_empty:
        note, tone = _marked([f"{name}: nothing in this range"], view.provenance)
        return tile("Usage", "–", note=note, tone=tone)
    if view.total is None:
        return tile("Usage", "–", note=f"{name}: does not add up to a total")
    note, tone = _marked([name], view.provenance)
    receipt = series_marks(view.seal, view.table).grand()
    return tile(
        "Usage", compact_quantity(view.total), exact=quantity(view.total), note=note, tone=tone, receipt=receipt
    )


def _amount_tile(
    label: str,
    amount: Decimal | None,
    currency: str,
    *,
    is_money: bool,
    note: Note,
    origin: Provenance,
    receipt: str,
) -> html.Div:
    """Money with its sign; of a pricing unit the number, its name in the note."""
    exact = money(amount, currency)
    said, tone = _marked(note if is_money else [f"{clean(currency, 40)}, ", *note], origin)
    short = compact_money(amount, currency) if is_money else compact_quantity(amount, missing="unknown")
    return tile(label, short, exact=exact, note=said, tone=tone, receipt="" if amount is None else receipt)


def _marked(note: Note, origin: Provenance) -> tuple[Note, Tone]:
    """A figure from part of the data, or from an older copy, says so."""
    marks = [word for word, holds in ((INCOMPLETE, origin.missing), (OLD, origin.stale)) if holds]
    return ([f"{', '.join(marks)}; ", *note], Tone.WARN) if marks else (note, Tone.PLAIN)
