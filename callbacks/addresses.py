"""Which page is shown, and what it is asked. The browser alone cuts the address into parts, one store per place, and a
store changes only while its place is shown: panels of other pages are not asked. See assets/url_state.js."""

from __future__ import annotations

from typing import Any

from dash import ClientsideFunction, Dash, Input, Output

from components import ids
from components.page import PLACES, SUB_PAGES, TABS
from data.pages import Place, place_at


def register(app: Dash) -> None:
    app.clientside_callback(
        ClientsideFunction("url_state", "showPage"),
        Output(ids.ACCOUNTS_PAGE, "className"),
        Output(ids.ACCOUNT_PAGE, "className"),
        *(Output(ids.sub_page(page), "className") for page in SUB_PAGES),
        *(Output(tab, "href") for tab in TABS.values()),
        *(Output(tab, "className") for tab in TABS.values()),
        *(Output(ids.address(place), "data") for place in PLACES),
        Input(ids.URL, "pathname"),
        Input(ids.URL, "search"),
        Input(ids.RETRY, "n_clicks"),
    )


def place_in(address: dict[str, Any] | None) -> tuple[Place | None, str]:
    """The place and the query of what one of the stores holds; the browser is not believed to have kept its shape."""
    pathname, search = ((address or {}).get(name) for name in ("pathname", "search"))
    if not isinstance(pathname, str) or not isinstance(search, str):
        return None, ""
    return place_at(pathname), search
