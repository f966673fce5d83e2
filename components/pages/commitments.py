"""The commitments page: the daily burndown, balances with their ledgers, what ends soon, what is still owed."""

from __future__ import annotations

from dash import html

from components import ids
from components.controls import select
from components.panel import panel
from components.slots import BALANCES, BURN, EXPIRING, OBLIGATIONS


def commitments_page() -> list[html.Section]:
    return [burn_panel(), balances_panel(), expiring_panel(), obligations_panel()]


def burn_panel() -> html.Section:
    return panel(
        BURN,
        title="Daily burndown",
        help_text="What each balance held at the end of each day, in the order in which they are used.",
        controls=[select(ids.BURN_UNIT_SELECT, "Balances", "control-wide")],
        files={},
    )


def balances_panel() -> html.Section:
    return panel(
        BALANCES,
        title="Balances and ledgers",
        help_text="Every commit and credit as of now, whatever the range above. Open one to read its ledger.",
        files={BALANCES.csv: "Commitments CSV", ids.part("balances-ledger", "csv"): "Ledger CSV"},
    )


def expiring_panel() -> html.Section:
    return panel(
        EXPIRING,
        title="Expiring",
        help_text="Prepaid value that ends soon, and what today's pace would leave unused.",
        files={},
    )


def obligations_panel() -> html.Section:
    return panel(
        OBLIGATIONS,
        title="Postpaid obligations",
        help_text="Spend that was promised: what is fulfilled, and the shortfall so far.",
        files={},
    )
