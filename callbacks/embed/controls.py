"""Controls to query, in the browser's memory alone: a frame writes no address and keeps nothing. The scripts are
``assets/url_state.js``, as in the app, and ``assets/embed/embed-query.js``, which stands for the address bar.
"""

from __future__ import annotations

from typing import Final

from dash import ClientsideFunction, Dash, Input, Output

from components import ids
from components.embed.page import FILLED

BAR: Final = (
    (ids.DATE_FROM, "value"),
    (ids.DATE_TO, "value"),
    (ids.DATE_PRESET, "value"),
    (ids.DATE_CALENDAR, "value"),
    (ids.WINDOW_SELECT, "value"),
    (ids.DATE_EARLIER, "n_clicks"),
    (ids.DATE_LATER, "n_clicks"),
    (ids.RESET, "n_clicks"),
)
# By panel, since a frame has only some of them. Charts are dragged to zoom; a click on one opens nothing here.
CONTROLS: Final = {
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


def register(app: Dash) -> None:
    app.clientside_callback(ClientsideFunction("embed", "start"), Input(ids.RETRY, "n_clicks"))
    app.clientside_callback(
        ClientsideFunction("url_state", "choose"),
        Output(ids.DATE_FROM, "error"),
        Output(ids.DATE_TO, "error"),
        *(Input(ident, prop) for ident, prop in BAR),
        prevent_initial_call=True,
    )
    for inputs in CONTROLS.values():
        app.clientside_callback(
            ClientsideFunction("embed", "choose"),
            *(Input(ident, prop) for ident, prop in inputs),
            prevent_initial_call=True,
        )
    for group in ("range", *FILLED):
        app.clientside_callback(
            ClientsideFunction("url_state", "fill"),
            Input(ids.resolved(group), "data"),
            prevent_initial_call=True,
        )
