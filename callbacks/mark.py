"""The mark in the head of an account's pages: whether the books of these days agree. Asked for last; it leads to the
proof, and says what that said if it was opened a moment ago."""

from __future__ import annotations

from typing import Any

from dash import Dash, Input, Output, html

from callbacks.addresses import place_in
from callbacks.context import Context
from components import ids
from components.proof_mark import proof_mark, unchecked_mark
from data.errors import NotFound, SourceError
from data.filters import from_search, to_search
from data.pages import Page, account_path
from data.scope import AccessDenied
from data.views.asking import Question
from data.views.proof import marked_proof


def register(app: Dash, context: Context) -> None:
    @app.callback(
        Output(ids.PROOF_MARK, "children"),
        Input(ids.address("mark"), "data"),
        prevent_initial_call=True,
    )
    def show_mark(address: dict[str, Any] | None) -> Any:
        place, search = place_in(address)
        if place is None:
            return None
        filters = from_search(search).filters
        href = app.get_relative_path(account_path(place.customer_id, Page.PROOF)) + to_search(filters)
        try:
            return mark_for(context.question(place.customer_id, filters), href=href)
        except AccessDenied as error:
            context.denied(error)
            return None


def mark_for(question: Question, *, href: str) -> html.A | None:
    """The mark of an account and its days; None where there is no such account."""
    try:
        return proof_mark(marked_proof(question), href=href)
    except NotFound:
        return None
    except SourceError as error:
        return unchecked_mark(error, href=href)
