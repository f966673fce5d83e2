"""What every table of the page is made of: scoped heads, names from outside, and a region that scrolls by keyboard."""

from __future__ import annotations

from typing import Any

from dash import html
from dash.development.base_component import Component

from components.names import clean


def scrolling(table: Component, *, label: str) -> html.Div:
    """A table that may be wider than its place: the region takes focus, so the arrow keys scroll it."""
    return html.Div(table, className="table-scroll", role="region", tabIndex=0, **{"aria-label": clean(label)})


def row_head(*children: Any, **more: Any) -> html.Th:
    return html.Th(list(children), scope="row", **more)


def column_head(*children: Any, **more: Any) -> html.Th:
    return html.Th(list(children), scope="col", **more)


def named(text: str, limit: int = 60) -> html.Span:
    """A name from outside: its own direction, shortened, the longer form on hover."""
    short = clean(text, limit)
    full = clean(text, 400)
    return html.Span(short, dir="auto", className="name", **({"title": full} if full != short else {}))


def note(text: str) -> html.P:
    return html.P(text, className="table-note")


def table_caption(text: str) -> html.Caption:
    """What the table is, for screen readers; the panel's heading says it to the eye."""
    return html.Caption(clean(text), className="visually-hidden")
