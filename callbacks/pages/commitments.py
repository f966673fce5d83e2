"""The commitments page: the daily burndown, balances with their ledgers, what ends soon, what is still owed."""

from __future__ import annotations

from callbacks.panels import Panel, panel_parts
from components import ids
from components.panels.balances import draw_balances
from components.panels.burn import draw_burn
from components.panels.expiring import draw_expiring
from components.panels.obligations import draw_obligations
from components.slots import BALANCES, BURN, EXPIRING, OBLIGATIONS
from data.pages import Page
from data.views.asking import shared
from data.views.balances import balances_view, burn_view, expiring_view, obligations_view

PANELS = (
    Panel(
        page=Page.COMMITMENTS,
        key="burn",
        load=shared(burn_view),
        draw=draw_burn,
        parts=panel_parts(BURN, selects=(ids.BURN_UNIT_SELECT,)),
    ),
    Panel(
        page=Page.COMMITMENTS,
        key="balances",
        load=shared(balances_view),
        draw=draw_balances,
        parts=panel_parts(BALANCES, files=(BALANCES.csv, ids.part("balances-ledger", "csv"))),
        opens=True,
    ),
    Panel(
        page=Page.COMMITMENTS,
        key="expiring",
        load=shared(expiring_view),
        draw=draw_expiring,
        parts=panel_parts(EXPIRING),
    ),
    Panel(
        page=Page.COMMITMENTS,
        key="obligations",
        load=shared(obligations_view),
        draw=draw_obligations,
        parts=panel_parts(OBLIGATIONS),
    ),
)
