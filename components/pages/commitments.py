"""The commitments page: the daily burndown, balances with their ledgers, what ends soon, what is still owed."""

from __future__ import annotations

from dash import html

from components import ids
from components.controls import select
from components.panel import panel
from components.slots import BALANCES, BURN, EXPIRING, OBLIGATIONS


def commitments_page() -> list[html.Section]:
    return [_burn_panel(), _balances_panel(), _expiring_panel(), _obligations_panel()]


def _burn_panel() -> html.Section:
    return panel(
        BURN,
        title="Daily burndown",
        help_text="What each balance held at the end of each day, in the order in which they are used.",
        controls=[select(ids.BURN_UNIT_SELECT, "Balances", "control-wide")],
        files={},
    )


def _balances_panel() -> html.Section:
    return panel(
        BALANCES,
        title="Balances and ledgers",
        help_text="Every commit and credit as of now, whatever the range above. Open one to read its ledger.",
        files={BALANCES.csv: "Commitments CSV", ids.part("balances-ledger", "csv"): "Ledger CSV"},
    )


def _expiring_panel() -> html.Section:
    return panel(
        EXPIRING,
        title="Expiring",
        help_text="Prepaid value that ends soon, and what today's pace would leave unused.",
        files={},
    )


def _obligations_panel() -> html.Section:
    return panel(
        OBLIGATIONS,
        title="Postpaid obligations",
        help_text="Spend that was promised: what is fulfilled, and the shortfall so far.",
        files={},
    )
