"""How the service behind the figures is doing. Asked for beside the pages, never by asking that service anything."""

from __future__ import annotations

from typing import Any

from dash import Dash, Input, Output

from callbacks.context import Context
from components import ids
from components.status_strip import look_again_after, status_strip


def register(app: Dash, context: Context) -> None:
    @app.callback(
        Output(ids.UPSTREAM_STRIP, "children"),
        Output(ids.UPSTREAM_TICK, "interval"),
        Input(ids.UPSTREAM_TICK, "n_intervals"),
        Input(ids.address("accounts"), "data"),
        Input(ids.address("mark"), "data"),
        prevent_initial_call=True,
    )
    def show_upstream(*_: Any) -> tuple[Any, int]:
        state = context.source.upstream()
        return status_strip(state, today=context.clock.now().date()), look_again_after(state)
