"""The drawer with a figure's receipt: the address names it, the view that it belongs to is asked once more."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

from dash import ClientsideFunction, Dash, Input, Output
from dash.development.base_component import Component

from callbacks.addresses import place_in
from callbacks.context import Context
from components import ids
from components.receipt import draw_failure, draw_receipt
from data.errors import BadQuery, SourceError
from data.filters import from_search
from data.lineage.find import receipt_of
from data.scope import AccessDenied
from data.views.asking import Question

DENIED = "This account is not open to you."


def register(app: Dash, context: Context) -> None:
    @app.callback(
        Output(ids.RECEIPT_BODY, "children"),
        Input(ids.address("receipt"), "data"),
        prevent_initial_call=True,
    )
    def show_receipt(address: dict[str, Any] | None) -> Any:
        place, search = place_in(address)
        ident = (parse_qs(search.removeprefix("?")).get("receipt") or [""])[0]
        if place is None or not ident:
            return None
        question = context.question(place.customer_id, from_search(search).filters, page=place.page)
        return _drawn(question, ident, context)

    app.clientside_callback(ClientsideFunction("receipt", "show"), Input(ids.URL, "search"))


def _drawn(question: Question, ident: str, context: Context) -> Component:
    try:
        return draw_receipt(receipt_of(question, ident), question)
    except (SourceError, BadQuery) as error:
        return draw_failure(error.sentence, ident)
    except AccessDenied as error:
        context.denied(error)
        return draw_failure(DENIED, ident)
