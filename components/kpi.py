"""The row of figures above the panels: a label, a value in few characters, the exact one, and a comparison in words."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from dash import html

from components.names import clean


class Tone(StrEnum):
    """A judgement, not a direction: rising spend is not bad by itself."""

    PLAIN = "plain"
    GOOD = "good"
    WARN = "warn"


def tile(label: str, value: str, *, exact: str = "", note: str = "", tone: Tone = Tone.PLAIN) -> html.Div:
    """One figure. ``exact`` is the unshortened value, for the pointer and for screen readers."""
    shown = html.Span(value, **{"aria-hidden": "true"}) if exact and exact != value else html.Span(value)
    spoken = [html.Span(exact, className="visually-hidden")] if exact and exact != value else []
    parts = [
        html.Div(label, className="kpi-label"),
        html.Div([shown, *spoken], className="kpi-value", title=exact or value),
    ]
    if note:
        parts.append(html.Div(clean(note, 160), className="kpi-note"))
    return html.Div(parts, className=f"kpi kpi-{tone}", role="listitem")


def waiting(count: int = 6) -> list[html.Div]:
    """The row before its first answer, in its final height."""
    bars = ("kpi-label", "kpi-value", "kpi-note")
    return [
        html.Div(
            [html.Div(html.Span(className="skeleton skeleton-line"), className=name) for name in bars],
            className="kpi",
            role="presentation",
        )
        for _ in range(count)
    ]


def kpi_row(ident: str, items: Sequence[html.Div] | None = None) -> html.Div:
    """The slot on the page; ``items`` default to placeholders."""
    children = list(items) if items is not None else waiting()
    return html.Div(children, id=ident, className="kpi-row", role="list", **{"aria-label": "Key figures"})
