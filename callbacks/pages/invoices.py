"""The invoices page: what was billed, line by line, and what arrived after it was final."""

from __future__ import annotations

from callbacks.panels import Panel, panel_parts
from components import ids
from components.panels.drift import draw_drift
from components.panels.invoices import draw_invoices
from components.slots import DRIFT, INVOICES
from data.pages import Page
from data.views.asking import shared
from data.views.drift import drift_view
from data.views.invoices import invoices_view

PANELS = (
    Panel(
        page=Page.INVOICES,
        key="invoices",
        load=shared(invoices_view),
        draw=draw_invoices,
        parts=panel_parts(INVOICES, chosen=True, files=(INVOICES.csv, ids.part("line-items", "csv"))),
        opens=True,
    ),
    Panel(
        page=Page.INVOICES,
        key="drift",
        load=shared(drift_view),
        draw=draw_drift,
        parts=panel_parts(DRIFT),
    ),
)
