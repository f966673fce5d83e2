"""The filter bar of a frame shows what its query comes to inside the token's bounds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from dash import Dash, Input, Output

from callbacks.context import Context
from callbacks.days import range_answer
from callbacks.embed.session import customer_of, manner_of, query_in
from components import ids
from components.embed.page import DAYS
from components.manner import in_manner
from data.filters import from_search
from data.views.asking import OUTSIDE, Choice, choose


def register(app: Dash, context: Context, check_query: Callable[[str], None]) -> None:
    @app.callback(
        Output(ids.DATE_CALENDAR, "defaultDate"),
        Output(ids.DATE_SUMMARY, "children"),
        Output(ids.WINDOW_SELECT, "data"),
        Output(ids.FILTER_NOTICE, "children"),
        Output(ids.resolved("range"), "data"),
        Input(DAYS, "data"),
        prevent_initial_call=True,
    )
    def show_range(asked: dict[str, Any] | None) -> tuple[Any, ...]:
        scope = context.scope()
        parsed = from_search(query_in(asked, check_query))
        choice = choose(context.question(customer_of(scope), parsed.filters))
        with in_manner(manner_of(scope)):
            return range_answer(_told(choice, asked), parsed, context.clock.now().date())


def _told(choice: Choice, asked: dict[str, Any] | None) -> Choice:
    """``choice`` without the remark that days lie outside the bounds, where the viewer has chosen nothing yet."""
    if not (asked or {}).get("untouched"):
        return choice
    return replace(choice, notices=tuple(one for one in choice.notices if not one.startswith(OUTSIDE)))
