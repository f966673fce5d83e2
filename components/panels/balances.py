"""The balances panel: the burndown table, each row opening to its ledger."""

from __future__ import annotations

from dash.development.base_component import Component

from components import ids
from components.commitments_table import Opening, commitments_table
from components.drawn import Drawn, file_href, origin_footer, origin_notices
from components.format import money
from components.kpi import figure
from components.ledger_table import ledger_detail
from components.names import clean
from components.notices import EmptyReason, NoticeKind, empty_notice, notice
from components.panels.burn import SIDES
from data.analytics.balance_totals import BalanceTotal
from data.views.asking import Question
from data.views.balances import BalancesView


def draw_balances(view: BalancesView, question: Question) -> Drawn:
    empty = not len(view.burn.table)
    return Drawn(
        notices=(*_notices(view), *origin_notices(view.provenance, question)),
        summary=_summary(view),
        main=None if empty else commitments_table(
            view.burn, view.totals, ident=ids.BALANCES_TABLE, opening=_opening(view, question)
        ),
        footer=origin_footer(view.provenance, question),
        files={
            ids.part("balances", "csv"): file_href(question, "commitments.csv"),
            ids.part("balances-ledger", "csv"): file_href(question, "ledger.csv"),
        },
    )  # fmt: skip


def _opening(view: BalancesView, question: Question) -> Opening:
    opened = set(question.filters.open)
    idents = view.burn.table["id"].tolist()
    details = {
        ident: ledger_detail(note, question, view.seal.mark)
        for ident, note in zip(idents, view.burn.notes, strict=True)
        if ident in opened
    }
    return Opening(mark=view.seal.mark, opens=True, details=details)


def _summary(view: BalancesView) -> tuple[str | Component, ...]:
    """What is left, per unit and side; never added up."""
    parts: list[str | Component] = []
    for one in view.totals:
        place = ("total", one.currency, one.product, one.side.value, "remaining")
        receipt = "" if one.remaining is None else view.seal.mark(*place)
        parts += [figure(money(one.remaining, one.currency), receipt), f" {_kind_of(one)} left. "]
    return tuple(parts)


def _kind_of(total: BalanceTotal) -> str:
    product = f"{clean(total.product, 40)} " if total.product else ""
    return f"{product}of {SIDES[total.side]}"


def _notices(view: BalancesView) -> list[Component]:
    if not len(view.burn.table):
        return [empty_notice(EmptyReason.NO_PREPAID)]
    wrong = sum(note.reconciles is False for note in view.burn.notes)
    if not wrong:
        return []
    text = (
        f"{wrong} balance{' does' if wrong == 1 else 's do'} not agree with {'its' if wrong == 1 else 'their'} ledger."
    )
    return [notice(NoticeKind.PARTIAL, text, "Both are shown as they were sent; the rows are marked.")]
