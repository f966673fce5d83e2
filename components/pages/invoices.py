"""The invoices page: what was billed, line by line, and what arrived after it was final."""

from __future__ import annotations

from dash import html

from components import ids
from components.controls import segments
from components.panel import panel
from components.slots import DRIFT, INVOICES
from data.filters import InvoiceStatus

STATUSES = {
    InvoiceStatus.ALL: "All",
    InvoiceStatus.DRAFT: "Draft",
    InvoiceStatus.FINALIZED: "Finalized",
    InvoiceStatus.VOID: "Void",
}
ZERO_LINES = {"hide": "Hide", "show": "Show"}


def invoices_page() -> list[html.Section]:
    return [
        invoices_panel(),
        panel(
            DRIFT,
            title="Drift after finalization",
            help_text="Usage that came after an invoice was finalized: the breakdowns show it, the invoice never does.",
            files={},
        ),
    ]


def invoices_panel() -> html.Section:
    return panel(
        INVOICES,
        title="Invoices",
        help_text="Those whose period overlaps the range, or that were issued in it. Open one to read its lines.",
        controls=[
            segments(ids.STATUS_SELECT, "Status", STATUSES),
            segments(ids.ZERO_SWITCH, "Lines without usage", ZERO_LINES),
        ],
        files={INVOICES.csv: "Invoices CSV", ids.part("line-items", "csv"): "Line items CSV"},
    )
