"""Controls to address, in the browser alone: the Python side only names who is connected. See assets/url_state.js."""

from __future__ import annotations

from dash import ClientsideFunction, Dash, Input, State

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
# What else writes the address: what stands over every page, and the controls of each panel, which are on the page only
# while its page is. Charts are dragged to zoom.
SHARED_CONTROLS = (
    (ids.DATE_PRESET, "value"),
    (ids.DATE_FROM, "value"),
    (ids.DATE_TO, "value"),
    (ids.DATE_CALENDAR, "value"),
    (ids.WINDOW_SELECT, "value"),
    (ids.DATE_EARLIER, "n_clicks"),
    (ids.DATE_LATER, "n_clicks"),
    (ids.RESET, "n_clicks"),
)
PANEL_CONTROLS = {
    "usage": (
        (ids.METRIC_SELECT, "value"),
        (ids.GROUP_SELECT, "value"),
        (ids.CHART_MODE, "value"),
        (ids.TOP_SELECT, "value"),
        (ids.USAGE_CHART, "relayoutData"),
        (ids.part("usage", "table-toggle"), "n_clicks"),
    ),
    "spend": (
        (ids.SPEND_BY_SELECT, "value"),
        (ids.CURRENCY_SELECT, "value"),
        (ids.VIEW_SELECT, "value"),
        (ids.SPEND_CHART, "relayoutData"),
        (ids.part("spend", "table-toggle"), "n_clicks"),
    ),
    "burndown": ((ids.part("burndown", "table-toggle"), "n_clicks"),),
    "burn": (
        (ids.BURN_UNIT_SELECT, "value"),
        (ids.BURN_CHART, "relayoutData"),
        (ids.part("burn", "table-toggle"), "n_clicks"),
    ),
    "invoices": ((ids.STATUS_SELECT, "value"), (ids.ZERO_SWITCH, "value")),
}
# Of the pages alone: the account, and charts whose bars open a receipt.
PAGE_CONTROLS = {
    "shared": (*SHARED_CONTROLS, (ids.ACCOUNT_SELECT, "value"), (ids.ACCOUNTS_SEARCH, "value")),
    "usage": (*PANEL_CONTROLS["usage"], (ids.USAGE_CHART, "clickData")),
    "spend": (*PANEL_CONTROLS["spend"], (ids.SPEND_CHART, "clickData")),
    "burndown": (*PANEL_CONTROLS["burndown"], (ids.BURNDOWN_CHART, "clickData")),
    "burn": (*PANEL_CONTROLS["burn"], (ids.BURN_CHART, "clickData")),
    "invoices": PANEL_CONTROLS["invoices"],
    "customer-view": ((ids.DASHBOARD_SELECT, "value"),),
}


def register(app: Dash) -> None:
    for controls in PAGE_CONTROLS.values():
        writes_address(app, controls, State(ids.URL, "pathname"), State(ids.URL, "search"))
    for group in RESOLVED_GROUPS:
        fills_controls(app, group)


def writes_address(app: Dash, controls: tuple[tuple[str, str], ...], *address: State) -> None:
    """What is chosen in any of ``controls`` goes into the ``address``. Some of one page and some of another must not be
    asked together: Dash runs no callback of which a part is not on the page."""
    choose = ClientsideFunction("url_state", "choose")
    inputs = [Input(ident, prop) for ident, prop in controls]
    app.clientside_callback(choose, *inputs, *address, prevent_initial_call=True)


def fills_controls(app: Dash, group: str) -> None:
    """What the server put into a group of controls is shown in them."""
    fill = ClientsideFunction("url_state", "fill")
    app.clientside_callback(fill, Input(ids.resolved(group), "data"), prevent_initial_call=True)
