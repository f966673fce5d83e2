"""Controls to address, in the browser alone: the Python side only names who is connected. See assets/url_state.js."""

from __future__ import annotations

from dash import ClientsideFunction, Dash, Input, Output, State

from components import ids
from components.page import RESOLVED_GROUPS

# Controls that stand for one query key each; the script has the same table, and a test compares them.
CONTROL_KEYS = {
    ids.WINDOW_SELECT: "window",
    ids.METRIC_SELECT: "metric",
    ids.GROUP_SELECT: "group",
    ids.CHART_MODE: "chart",
    ids.TOP_SELECT: "top",
    ids.SPEND_BY_SELECT: "spend_by",
    ids.CURRENCY_SELECT: "currency",
    ids.VIEW_SELECT: "view",
    ids.DATE_PRESET: "range",
    ids.BURN_UNIT_SELECT: "unit",
    ids.STATUS_SELECT: "status",
    ids.ZERO_SWITCH: "zero",
    ids.DASHBOARD_SELECT: "dashboard",
}
OTHER_CONTROLS = (
    (ids.DATE_FROM, "value"),
    (ids.DATE_TO, "value"),
    (ids.DATE_CALENDAR, "value"),
    (ids.DATE_EARLIER, "n_clicks"),
    (ids.DATE_LATER, "n_clicks"),
    (ids.RESET, "n_clicks"),
    (ids.ACCOUNT_SELECT, "value"),
    (ids.ACCOUNTS_SEARCH, "value"),
    (ids.USAGE_CHART, "relayoutData"),
    (ids.SPEND_CHART, "relayoutData"),
    (ids.BURN_CHART, "relayoutData"),
    (ids.USAGE_CHART, "clickData"),
    (ids.SPEND_CHART, "clickData"),
    (ids.BURN_CHART, "clickData"),
    (ids.BURNDOWN_CHART, "clickData"),
    (ids.part("usage", "table-toggle"), "n_clicks"),
    (ids.part("spend", "table-toggle"), "n_clicks"),
    (ids.part("burndown", "table-toggle"), "n_clicks"),
    (ids.part("burn", "table-toggle"), "n_clicks"),
)


def register(app: Dash) -> None:
    app.clientside_callback(
        ClientsideFunction("url_state", "choose"),
        Output(ids.DATE_FROM, "error"),
        Output(ids.DATE_TO, "error"),
        *(Input(ident, "value") for ident in CONTROL_KEYS),
        *(Input(ident, prop) for ident, prop in OTHER_CONTROLS),
        State(ids.URL, "pathname"),
        State(ids.URL, "search"),
        prevent_initial_call=True,
    )
    for group in RESOLVED_GROUPS:
        app.clientside_callback(
            ClientsideFunction("url_state", "fill"),
            Input(ids.resolved(group), "data"),
            prevent_initial_call=True,
        )
