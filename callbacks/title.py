"""The title of the browser's tab follows the heading of the page. See assets/title.js."""

from __future__ import annotations

from dash import ClientsideFunction, Dash, Input

from components import ids


def register(app: Dash) -> None:
    app.clientside_callback(ClientsideFunction("title", "show"), Input(ids.PAGE_TITLE, "children"))
