"""The layout of a frame: the panels that its token opens, their filter bar, and nothing else. No header, no way out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Final

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from components import ids
from components.filter_bar import filter_bar
from components.kpi import kpi_row
from components.manner import Manner, in_manner
from components.pages.commitments import balances_panel, burn_panel, expiring_panel, obligations_panel
from components.pages.invoices import invoices_panel
from components.pages.overview import commitments_panel, spend_panel, usage_panel
from components.theme import MANTINE

# Top to bottom.
SECTIONS: Final[Mapping[str, Callable[[], Component]]] = {
    "headline": lambda: kpi_row(ids.KPI_ROW),
    "usage": usage_panel,
    "spend": spend_panel,
    "burndown": commitments_panel,
    "burn": burn_panel,
    "balances": balances_panel,
    "expiring": expiring_panel,
    "obligations": obligations_panel,
    "invoices": invoices_panel,
}
# What the filter bar concerns, and which of that its window.
DATED: Final = frozenset({"headline", "usage", "spend", "burn", "invoices"})
WINDOWED: Final = frozenset({"usage", "spend"})
# Panels whose controls are filled by the server.
FILLED: Final = ("usage", "spend", "burn", "invoices")
DAYS: Final = ids.address("days")
TITLE: Final = "Usage and billing"


def embed_layout(panels: Collection[str], manner: Manner) -> dmc.MantineProvider:
    """The frame of ``panels``; every section that there is, for the check of ids at the start, when all are named."""
    with in_manner(manner):
        return dmc.MantineProvider(
            html.Div([_main(panels), *_stores(panels)], id=ids.ROOT),
            id=ids.THEME,
            theme=MANTINE,
            defaultColorScheme="auto",
        )


def panel_store(key: str) -> str:
    """The store that one panel listens to: the viewer's query, in memory alone."""
    return ids.address(f"embed-{key}")


def _main(panels: Collection[str]) -> html.Main:
    bar = [filter_bar(), html.Div(id=ids.FILTER_NOTICE)] if DATED & set(panels) else []
    kind = "" if WINDOWED & set(panels) else " has-no-windows"
    return html.Main(
        [
            html.H1(TITLE, className="visually-hidden"),
            *bar,
            *(section() for key, section in SECTIONS.items() if key in panels),
        ],
        id="main",
        className=f"embed-page{kind}",
    )


def _stores(panels: Collection[str]) -> list[Component]:
    shown = [key for key in SECTIONS if key in panels]
    dated = [DAYS, ids.resolved("range")] if DATED & set(panels) else []
    names = [*map(panel_store, shown), *(ids.resolved(key) for key in FILLED if key in panels), *dated]
    retry = html.Button(id=ids.RETRY, n_clicks=0, hidden=True, type="button", **{"aria-label": "Try again"})
    return [*(dcc.Store(id=name) for name in names), retry]
