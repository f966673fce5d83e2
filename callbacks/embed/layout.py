"""Which layout a frame gets: that of the panels its session opens."""

from __future__ import annotations

from collections.abc import Callable

from dash.development.base_component import Component
from flask import has_request_context

from callbacks.context import Context
from callbacks.embed.session import customer_of, manner_of
from components.embed.page import SECTIONS, embed_layout
from components.manner import Manner


def session_layout(context: Context) -> Callable[[], Component]:
    """Asked outside of any request, Dash checks the ids of callbacks against it: then everything that there is."""

    def layout() -> Component:
        if not has_request_context():
            return embed_layout(SECTIONS, Manner(embedded=True))
        scope = context.scope()
        customer_of(scope)
        return embed_layout(scope.locked.panels or frozenset(), manner_of(scope))

    return layout
