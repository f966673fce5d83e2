"""The filter bar shows what the address says: days, preset, window, and what had to be changed."""

from __future__ import annotations

from datetime import date
from typing import Any

from dash import Dash, Input, Output, no_update

from callbacks.addresses import place_in
from callbacks.context import Context
from components import ids
from components.dates import span
from components.filter_bar import AUTO, CUSTOM, window_options
from components.notices import filter_notice
from data.analytics.ranges import default_window
from data.filters import Days, Parsed, from_search
from data.scope import AccessDenied
from data.views.asking import Choice, choose

OUTPUTS = 5
INSTEAD = "What can be used is used, and defaults for the rest."


def register(app: Dash, context: Context) -> None:
    @app.callback(
        Output(ids.DATE_CALENDAR, "defaultDate"),
        Output(ids.DATE_SUMMARY, "children"),
        Output(ids.WINDOW_SELECT, "data"),
        Output(ids.FILTER_NOTICE, "children"),
        Output(ids.resolved("range"), "data"),
        Input(ids.address("days"), "data"),
        prevent_initial_call=True,
    )
    def show_range(address: dict[str, Any] | None) -> tuple[Any, ...]:
        place, search = place_in(address)
        if place is None:
            return (no_update,) * OUTPUTS
        parsed = from_search(search)
        try:
            choice = choose(context.question(place.customer_id, parsed.filters))
        except AccessDenied as error:
            context.denied(error)
            return (no_update,) * OUTPUTS
        return range_answer(choice, parsed, context.clock.now().date())


def range_answer(choice: Choice, parsed: Parsed, today: date) -> tuple[Any, ...]:
    """One value for each part of the filter bar, in the order of the outputs above."""
    days, problems = choice.days, parsed.problems
    preset = CUSTOM if isinstance(parsed.filters.range, Days) else parsed.filters.range.value
    window = parsed.filters.window.value if parsed.filters.window else AUTO
    first, last = days.first.isoformat(), days.last.isoformat()
    resolved = {"from": first, "to": last, "range": preset, "window": window, "today": today.isoformat()}
    notice = filter_notice((*problems, *([INSTEAD] if problems else []), *choice.notices))
    options = window_options(days, default_window(days))
    return last, span(days), options, notice, resolved
