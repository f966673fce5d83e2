"""The panels of frames: the app's own, each asked by a store of its own, for the account of the session."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from dash import Dash, Input, Output

from callbacks.context import Context
from callbacks.embed.session import customer_of, manner_of, query_in
from callbacks.pages import commitments, invoices, overview
from callbacks.panels import Panel, showing, shown_panel
from components.drawn import Drawn
from components.embed.manner import with_separators
from components.embed.page import SECTIONS, panel_store
from components.manner import in_manner, manner
from data.filters import from_search

PANELS: Final = tuple(one for one in (*overview.PANELS, *commitments.PANELS, *invoices.PANELS) if one.key in SECTIONS)


def register(app: Dash, context: Context, check_query: Callable[[str], None]) -> None:
    for panel in PANELS:
        outputs = [Output(part.ident, part.prop) for part in panel.parts]
        app.callback(outputs, Input(panel_store(panel.key), "data"), prevent_initial_call=True)(
            _answer(panel, context, check_query)
        )


def _answer(
    panel: Panel, context: Context, check_query: Callable[[str], None]
) -> Callable[[dict[str, Any] | None], list[Any]]:
    show = showing(panel, _fit)

    def answer(asked: dict[str, Any] | None) -> list[Any]:
        scope = context.scope()
        scope.require_panel(panel.key)
        filters = from_search(query_in(asked, check_query)).filters
        question = context.question(customer_of(scope), filters, page=panel.page)
        with in_manner(manner_of(scope)):
            return shown_panel(panel, show, question, context)

    answer.__name__ = f"show_{panel.key}"
    return answer


def _fit(drawn: Drawn) -> Drawn:
    """``drawn`` for a frame: axes written as its figures are, and addresses of files only where files are offered."""
    return replace(drawn, figure=with_separators(drawn.figure), files=drawn.files if manner().files else {})
