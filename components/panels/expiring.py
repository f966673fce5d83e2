"""The expiring panel: prepaid value that ends within 30, 60 or 90 days, and what today's pace would leave unused."""

from __future__ import annotations

from decimal import Decimal

from dash import html
from dash.development.base_component import Component

from components import dates
from components.drawn import Drawn, origin_footer, origin_notices
from components.format import money
from components.grid import Cell, Group, Head, Row, cell, grid, note
from components.kpi import figure
from components.names import clean
from components.notices import NoticeKind, notice
from data.analytics.expiring import HORIZONS, PACE_DAYS, Expiring, Lot
from data.views.asking import Question
from data.views.balances import ExpiringView

HEADS = (
    Head("Ending", "col-name"),
    Head("Last usable day"),
    Head("Left now", "num"),
    Head("Unused at today's pace", "num strong"),
)
ASSUMPTION = (
    f"Today's pace is what prepaid commits and credits of a unit paid for per day, over the complete days of the last "
    f"{PACE_DAYS} on which one of them could be used. It is carried forward evenly, on the balances in the order of "
    "use, as if each applied to all usage."
)
NO_PACE = "not known"


def draw_expiring(view: ExpiringView, question: Question) -> Drawn:
    return Drawn(
        notices=(*_notices(view), *origin_notices(view.provenance, question)),
        summary=_summary(view),
        main=_table(view) if any(one.lots for one in view.units) else None,
        footer=origin_footer(view.provenance, question),
    )


def _notices(view: ExpiringView) -> list[Component]:
    if not view.units:
        text = f"No prepaid commit or credit that holds something ends within {HORIZONS[-1]} days."
        return [notice(NoticeKind.EMPTY, "Nothing ends soon", text)]
    names = [clean(account.label, 60) for one in view.units for account in one.unknown]
    if not names:
        return []
    return [notice(NoticeKind.PARTIAL, "Not known", f"What is left is not known of: {', '.join(names[:5])}.")]


def _summary(view: ExpiringView) -> tuple[str | Component, ...]:
    """Per unit, what ends within the first horizon that anything ends in."""
    words: list[str | Component] = []
    for one in view.units:
        days = next((days for days in HORIZONS if one.ending_within(days)), None)
        if days is not None:
            words += _unit_words(one, days, view)
    return tuple(words)


def _unit_words(one: Expiring, days: int, view: ExpiringView) -> list[str | Component]:
    unused, place = one.unused(days), (one.currency, one.product, days)
    told: list[str | Component] = [
        figure(money(one.left(days), one.currency), view.seal.mark("ending", *place)),
        f" of {clean(one.product or one.currency, 40)} ends within {days} days; ",
    ]
    if unused is None:
        return [*told, "no pace is known. " if one.pace is None else "what of it stays unused is not known. "]
    left = figure(money(unused, one.currency), view.seal.mark("ending-unused", *place))
    return [*told, "today's pace would leave ", left, " of it unused. "]


def _table(view: ExpiringView) -> html.Div:
    groups = [_group(one, view) for one in view.units if one.lots]
    table = grid(
        caption="Prepaid value that ends within 90 days. Days are UTC.",
        kind="expiring-table",
        heads=HEADS,
        groups=groups,
    )
    return html.Div([table, note(ASSUMPTION)])


def _group(one: Expiring, view: ExpiringView) -> Group:
    rows = [_lot(lot, one, view) for lot in one.lots]
    sums = [_horizon(one, days, view) for days in HORIZONS]
    return Group([*rows, *sums, _pace(one, view)], title=clean(one.product or one.currency, 60))


def _lot(lot: Lot, one: Expiring, view: ExpiringView) -> Row:
    place = (lot.account.balance_id, lot.segment_id)
    return Row(
        [
            cell(clean(lot.account.label, 60), below=[f"within {lot.within} days"]),
            dates.day(dates.last_day(lot.ends_at)),
            _amount(lot.left, one, view.seal.mark("lot", *place)),
            _amount(lot.unused, one, view.seal.mark("unused", *place)),
        ]
    )


def _horizon(one: Expiring, days: int, view: ExpiringView) -> Row:
    place = (one.currency, one.product, days)
    return Row(
        [
            f"Within {days} days",
            "",
            _amount(one.left(days), one, view.seal.mark("ending", *place)),
            _amount(one.unused(days), one, view.seal.mark("ending-unused", *place)),
        ],
        kind="total-row",
    )


def _pace(one: Expiring, view: ExpiringView) -> Row:
    if one.pace is None:
        return Row(
            [cell("Today's pace", below=["the daily breakdowns are not known"]), "", NO_PACE, ""], kind="sub-row"
        )
    below = [f"per day, over {one.pace.days} complete day{'' if one.pace.days == 1 else 's'}"]
    told = _amount(one.pace.per_day, one, view.seal.mark("pace", one.currency, one.product))
    return Row([cell("Today's pace", below=below), "", told, ""], kind="sub-row")


def _amount(value: Decimal | None, one: Expiring, receipt: str) -> Cell:
    return NO_PACE if value is None else cell(money(value, one.currency, named=False), receipt=receipt)
