"""Every panel, one callback: read the address, load, draw, say how it went. A failure becomes a state, never a 500."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dash import Dash, Input, Output, no_update

from callbacks.addresses import place_in
from callbacks.context import Context
from callbacks.url_state import CONTROL_KEYS
from components import ids
from components.drawn import Drawn, drawn_failure
from components.panel import PanelIds
from components.wire import on_the_wire, written
from data.errors import SourceError
from data.events import REQUEST_ID, note
from data.filters import from_search
from data.pages import Page
from data.scope import AccessDenied
from data.views.asking import Provenance, Question, shared

log = logging.getLogger("burnboard")
UNFORESEEN = "Something went wrong on this side. If it stays, tell whoever runs Burnboard."


@dataclass(frozen=True)
class Part:
    """One output of a panel and the field of ``Drawn`` that fills it."""

    ident: str
    prop: str
    slot: str


@dataclass(frozen=True)
class Panel:
    """One declared panel: its page, what it asks, how it is drawn, which outputs it fills. ``opens``: whether it has
    rows that open, so that the query key ``open`` concerns it. ``anew``: what it shows is made for each who looks, and
    kept nowhere."""

    key: str
    page: Page
    load: Callable[[Question], Any]
    draw: Callable[[Any, Question], Drawn]
    parts: tuple[Part, ...]
    opens: bool = False
    anew: bool = False

    @property
    def address(self) -> str:
        """The store that this panel listens to."""
        return ids.address((self.page or "overview") + ("-rows" if self.opens else ""))


def panel_parts(
    slots: PanelIds, *, selects: tuple[str, ...] = (), chosen: bool = False, files: tuple[str, ...] = ()
) -> tuple[Part, ...]:
    """The outputs of a panel with the usual slots, those of its controls and its files: option lists and, in the store,
    the chosen values, which the browser puts into the controls (assets/url_state.js)."""
    store = (Part(ids.resolved(slots.key), "data", "resolved"),) if selects or chosen else ()
    graph = (Part(slots.graph, "figure", "figure"),) if slots.graph else ()
    toggle = (Part(slots.toggle, "children", "toggle"),) if slots.toggle else ()
    table = (Part(slots.table, "children", "table"),) if slots.table else ()
    return (
        *graph,
        *toggle,
        *table,
        Part(slots.notice, "children", "notices"),
        Part(slots.summary, "children", "summary"),
        Part(slots.main, "children", "main"),
        Part(slots.footer, "children", "footer"),
        *(Part(ident, "href", "files") for ident in files),
        *(Part(ident, "data", "options") for ident in selects),
        *store,
    )


def register(app: Dash, context: Context, panels: tuple[Panel, ...]) -> list[tuple[Panel, Show]]:
    """Connect ``panels``; what makes each is handed back."""
    shows = [(panel, showing(panel)) for panel in panels]
    for panel, show in shows:
        outputs = [Output(part.ident, part.prop) for part in panel.parts]
        app.callback(outputs, Input(panel.address, "data"), prevent_initial_call=True)(_answer(panel, show, context))
    return shows


def _answer(panel: Panel, show: Show, context: Context) -> Callable[[dict[str, Any] | None], list[Any]]:
    def answer(address: dict[str, Any] | None) -> list[Any]:
        place, search = place_in(address)
        if place is None or place.page is not panel.page:
            return [no_update] * len(panel.parts)
        question = context.question(place.customer_id, from_search(search).filters, page=place.page)
        return shown_panel(panel, show, question, context)

    answer.__name__ = f"show_{panel.key}"
    return answer


@dataclass(frozen=True)
class Shown:
    """A panel as it leaves: how whole and how new it is, and for each output its JSON, None for no news."""

    state: str
    values: tuple[bytes | None, ...]


Show = Callable[[Question], Shown]


def as_drawn(drawn: Drawn) -> Drawn:
    return drawn


def showing(panel: Panel, fit: Callable[[Drawn], Drawn] = as_drawn) -> Show:
    """What makes ``panel`` and keeps it for as long as it is right, unless it is made anew for each. ``fit`` changes
    what was drawn; it may look at what belongs to the viewer's scope."""

    def show(question: Question) -> Shown:
        view = panel.load(question)
        drawn = fit(panel.draw(view, question))
        return Shown(_state(view), tuple(_written_slot(drawn, part) for part in panel.parts))

    return show if panel.anew else shared(show)


def shown_panel(panel: Panel, show: Show, question: Question, context: Context) -> list[Any]:
    """What a panel's outputs get, whatever became of the load; raises nothing that a source can."""
    try:
        shown = show(question)
        note("panel", panel=panel.key, state=shown.state)
        return [no_update if value is None else on_the_wire(value) for value in shown.values]
    except (SourceError, AccessDenied) as error:
        if isinstance(error, AccessDenied):
            context.denied(error)
        note("panel", panel=panel.key, state="error" if isinstance(error, SourceError) else "denied")
        log.warning("panel %s: %s %s", panel.key, error.code, getattr(error, "detail", ""))
        return _failed(panel, error)
    except Exception:
        note("panel", panel=panel.key, state="error")
        log.exception("panel %s: unforeseen error", panel.key)
        return _failed(panel, SourceError(sentence=UNFORESEEN))


def _failed(panel: Panel, error: Exception) -> list[Any]:
    drawn = drawn_failure(error, reference=REQUEST_ID.get())
    return [slot_value(drawn, part) for part in panel.parts]


def _written_slot(drawn: Drawn, part: Part) -> bytes | None:
    value = slot_value(drawn, part)
    return None if value is no_update else written(value)


def _state(view: Any) -> str:
    """How whole and how new what is shown is, for the numbers that operators see."""
    origin: Provenance | None = getattr(view, "provenance", None)
    if origin is None or (origin.stale is None and not origin.is_partial):
        return "ok"
    return "stale" if origin.stale is not None else "partial"


def slot_value(drawn: Drawn, part: Part) -> Any:
    """What goes to one output. The store learns what was put into the controls, under their query keys."""
    if part.slot == "resolved":
        return {CONTROL_KEYS[ident]: value for ident, value in drawn.chosen.items()} or no_update
    value = getattr(drawn, part.slot)
    if part.slot in ("options", "files"):
        return value.get(part.ident, no_update)
    return list(value) if isinstance(value, tuple) else value
