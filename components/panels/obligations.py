"""The obligations panel: postpaid commits, what is fulfilled, and the shortfall so far."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from components import dates
from components.commitments_table import STATUSES
from components.drawn import Drawn, origin_footer, origin_notices
from components.format import DASH, money
from components.grid import Cell, Group, Head, Row, cell, grid, note
from components.kpi import figure
from components.names import clean
from components.notices import NoticeKind, notice
from data.analytics.commitments import Status
from data.analytics.obligations import Obligation
from data.views.asking import Question
from data.views.balances import ObligationsView

AMOUNTS = {
    "granted": "Promised",
    "used_posted": "Fulfilled (posted)",
    "used_pending": "Fulfilled (pending)",
    "trued_up": "Trued up",
    "expired": "Expired",
    "other_changes": "Other changes",
    "remaining": "Shortfall so far",
}
HEADS = (
    Head("Postpaid commit", "col-name"),
    *(Head(text, "num strong" if name == "remaining" else "num") for name, text in AMOUNTS.items()),
    Head("Last day"),
    Head("Needed per day", "num"),
)
EXPLAINED = (
    "A postpaid commit is spend that was promised. Usage is billed in full and counts toward it; what is not met by "
    "the last day is billed as a true-up. Other changes are adjustments, roll-overs, credits and cancellations, signed."
)


def draw_obligations(view: ObligationsView, question: Question) -> Drawn:
    return Drawn(
        notices=(*_notices(view), *origin_notices(view.provenance, question)),
        summary=_summary(view),
        main=_table(view) if view.obligations else None,
        footer=origin_footer(view.provenance, question),
    )


def _notices(view: ObligationsView) -> list[Component]:
    if view.obligations:
        return []
    return [notice(NoticeKind.EMPTY, "No postpaid commits", "This account promised no spend that it pays afterwards.")]


def _summary(view: ObligationsView) -> tuple[str | Component, ...]:
    """Each running commit in a sentence, at most three."""
    running = [one for one in view.obligations if one.status is Status.ACTIVE]
    return tuple(part for one in running[:3] for part in _told(one, view))


def _told(one: Obligation, view: ObligationsView) -> list[str | Component]:
    unit, name, owed = one.account.unit.label, clean(one.account.label, 60), one.shortfall
    if owed is None:
        return [f"What is still owed of {name} is not known. "]
    promised, ident = one.amount("granted"), one.account.balance_id
    of: list[str | Component] = []
    if promised is not None:
        of = [" of ", figure(money(promised, unit), view.seal.mark("balance", ident, "granted"))]
    until = f" until {dates.day(dates.last_day(one.ends_at))}" if one.ends_at else ""
    told: list[str | Component] = [figure(money(owed, unit), view.seal.mark("balance", ident, "remaining")),
            *of, f" is still owed under {name}{until}"]  # fmt: skip
    if one.per_day is None:
        return [*told, ". "]
    return [*told, ": ", figure(money(one.per_day, unit), view.seal.mark("needed", ident)), " a day. "]


def _table(view: ObligationsView) -> html.Div:
    rows = [_row(one, view) for one in view.obligations]
    table = grid(
        caption="Postpaid commits: promised, fulfilled and still owed", kind="obligations-table", heads=HEADS,
        groups=[Group(rows)],
    )  # fmt: skip
    return html.Div([table, note(EXPLAINED)])


def _row(one: Obligation, view: ObligationsView) -> Row:
    ident, unit = one.account.balance_id, one.account.unit.label
    needed = DASH if one.per_day is None else cell(money(one.per_day, unit), receipt=view.seal.mark("needed", ident))
    return Row(
        [
            cell(clean(one.account.label, 60), chip=STATUSES[one.status], below=[clean(unit, 24)]),
            *(_amount(one, name, view.seal.mark("balance", ident, name)) for name in AMOUNTS),
            dates.day(dates.last_day(one.ends_at)) if one.ends_at else "No end",
            needed,
        ],
        kind=f"is-{one.status}",
    )


def _amount(one: Obligation, name: str, receipt: str) -> Cell:
    value = one.amount(name)
    return "not known" if value is None else cell(money(value, one.account.unit.label, named=False), receipt=receipt)
