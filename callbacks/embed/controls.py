"""Controls to query, in the browser's memory alone: a frame writes no address and keeps nothing. The scripts are
``assets/url_state.js``, as in the app, and ``assets/embed/embed-query.js``, which stands for the address bar.
"""

from __future__ import annotations

from dash import ClientsideFunction, Dash, Input

from callbacks.url_state import PANEL_CONTROLS, SHARED_CONTROLS, fills_controls, writes_address
from components import ids
from components.embed.page import FILLED


def register(app: Dash) -> None:
    app.clientside_callback(ClientsideFunction("embed", "start"), Input(ids.RETRY, "n_clicks"))
    for controls in (SHARED_CONTROLS, *PANEL_CONTROLS.values()):  # a frame has only some panels
        writes_address(app, controls)
    for group in ("range", *FILLED):
        fills_controls(app, group)
