"""Every panel, one callback: read the address, load, draw, say how it went. A failure becomes a state, never a 500."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dash import Dash, Input, Output, no_update

from callbacks.context import Context, account_in
from callbacks.url_state import CONTROL_KEYS
from components import ids
from components.drawn import Drawn, drawn_failure
from components.panel import PanelIds
from data.errors import SourceError
from data.filters import from_search
from data.scope import AccessDenied
from data.views.asking import Question

log = logging.getLogger("burnboard")


@dataclass(frozen=True)
class Part:
    """One output of a panel and the field of ``Drawn`` that fills it."""

    ident: str
    prop: str
    slot: str


@dataclass(frozen=True)
class Panel:
    """One declared panel: what it asks, how it is drawn, which outputs it fills."""

    key: str
    load: Callable[[Question], Any]
    draw: Callable[[Any, Question], Drawn]
    parts: tuple[Part, ...]


def panel_parts(slots: PanelIds, *, selects: tuple[str, ...] = ()) -> tuple[Part, ...]:
    """The outputs of a panel with the usual slots, and those of its controls: option lists and, in the store,
    the chosen values, which the browser puts into the controls (assets/url_state.js)."""
    store = (Part(ids.resolved(slots.key), "data", "resolved"),) if selects else ()
    return (
        Part(slots.graph, "figure", "figure"),
        Part(slots.notice, "children", "notices"),
        Part(slots.summary, "children", "summary"),
        Part(slots.main, "children", "main"),
        Part(slots.table, "children", "table"),
        Part(slots.footer, "children", "footer"),
        Part(slots.toggle, "children", "toggle"),
        Part(slots.csv, "href", "files"),
        *(Part(ident, "data", "options") for ident in selects),
        *store,
    )


def register(app: Dash, context: Context, panels: tuple[Panel, ...]) -> None:
    for panel in panels:
        outputs = [Output(part.ident, part.prop) for part in panel.parts]
        inputs = Input(ids.URL, "pathname"), Input(ids.URL, "search"), Input(ids.RETRY, "n_clicks")
        app.callback(outputs, *inputs)(_answer(panel, context))


def _answer(panel: Panel, context: Context) -> Callable[..., list[Any]]:
    def answer(pathname: str | None, search: str | None, _retry: int | None) -> list[Any]:
        customer_id = account_in(pathname)
        if customer_id is None:
            return [no_update] * len(panel.parts)
        drawn = _drawn(panel, context.question(customer_id, from_search(search).filters))
        return [_value(drawn, part) for part in panel.parts]

    answer.__name__ = f"show_{panel.key}"
    return answer


def _drawn(panel: Panel, question: Question) -> Drawn:
    try:
        return panel.draw(panel.load(question), question)
    except (SourceError, AccessDenied) as error:
        log.warning("panel %s: %s %s", panel.key, error.code, getattr(error, "detail", ""))
        return drawn_failure(error)


def _value(drawn: Drawn, part: Part) -> Any:
    """What goes to one output. The store learns what was put into the controls, under their query keys."""
    if part.slot == "resolved":
        return {CONTROL_KEYS[ident]: value for ident, value in drawn.chosen.items()} or no_update
    value = getattr(drawn, part.slot)
    if part.slot in ("options", "files"):
        return value.get(part.ident, no_update)
    return list(value) if isinstance(value, tuple) else value
