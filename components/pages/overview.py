"""The overview: key figures, usage, spend and commitments."""

from __future__ import annotations

from dash import html

from components import ids
from components.controls import segments, select
from components.kpi import kpi_row
from components.panel import panel
from components.slots import BURNDOWN, SPEND, USAGE
from data.filters import TOP_CHOICES, ChartMode, View

CHART_MODES = {ChartMode.STACKED: "Stacked", ChartMode.LINE: "Lines", ChartMode.CUMULATIVE: "Cumulative"}
VIEWS = {View.GROSS: "Before credits", View.CREDITS: "Credits applied", View.NET: "After credits"}
TOP_OPTIONS = [{"value": str(count), "label": f"Top {count}"} for count in TOP_CHOICES]


def overview_page() -> list[html.Div | html.Section]:
    return [kpi_row(ids.KPI_ROW), usage_panel(), spend_panel(), commitments_panel()]


def usage_panel() -> html.Section:
    return panel(
        USAGE,
        title="Usage",
        help_text="Units of one billable metric, by one of its group keys.",
        controls=[
            select(ids.METRIC_SELECT, "Metric", "control-wide"),
            select(ids.GROUP_SELECT, "Group by"),
            select(ids.TOP_SELECT, "Groups", "control-narrow", data=TOP_OPTIONS),
            segments(ids.CHART_MODE, "Chart", CHART_MODES),
        ],
    )


def spend_panel() -> html.Section:
    return panel(
        SPEND,
        title="Spend",
        help_text="Money by invoice lines. Credits are shown on their own, never silently taken off.",
        controls=[
            select(ids.SPEND_BY_SELECT, "Spend by"),
            select(ids.CURRENCY_SELECT, "Currency"),
            segments(ids.VIEW_SELECT, "Amounts", VIEWS),
        ],
    )


def commitments_panel() -> html.Section:
    return panel(
        BURNDOWN,
        title="Commitments",
        help_text="Every commit and credit as of now, whatever the range above, and what remained over time.",
        files={BURNDOWN.csv: "Commitments CSV", ids.part("ledger", "csv"): "Ledger CSV"},
    )
