"""One panel of a page: heading, controls, notice, sentence, chart, table, footer, each in a slot with an id.

Slots start with placeholders in their final height, so nothing jumps when answers arrive.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dash import dcc, html
from dash.development.base_component import Component

from components.manner import manner
from components.theme import FIGURE_LAYOUT, GRAPH_CONFIG, Figure

CHART_HEIGHT = 340
_HIDDEN_AXIS = {"visible": False, "fixedrange": True}
BLANK_FIGURE: Figure = {"data": [], "layout": {**FIGURE_LAYOUT, "xaxis": _HIDDEN_AXIS, "yaxis": _HIDDEN_AXIS}}
# Drawn by nobody: assets/05-charts.js waits for the first answer.
WAITING_FIGURE: Figure = {"data": [], "layout": {"meta": "waiting"}}


@dataclass(frozen=True, kw_only=True)
class PanelIds:
    """The key of a panel and the ids of its slots, from ``ids.py``; no ``graph``, ``table`` or ``toggle`` where it has
    none."""

    key: str
    section: str
    graph: str | None
    notice: str
    summary: str
    table: str | None
    main: str
    csv: str
    footer: str
    toggle: str | None


def panel(
    slots: PanelIds,
    *,
    title: str,
    help_text: str,
    controls: Sequence[Component] = (),
    files: Mapping[str, str] | None = None,
) -> html.Section:
    """A card. The slot ``main`` is for panels whose own table comes before the chart; ``files`` are the downloads by
    element id, one CSV unless told otherwise, none for ``{}``."""
    return html.Section(
        [
            _head(title, help_text, controls),
            html.Div(id=slots.notice, className="panel-notice"),
            html.P(html.Span(className="skeleton skeleton-line"), id=slots.summary, className="panel-summary"),
            html.Div(id=slots.main, className="panel-table"),
            *([_chart(slots.graph, slots.summary, title)] if slots.graph else []),
            *([html.Div(id=slots.table, className="panel-table")] if slots.table else []),
            _foot(slots, title, {slots.csv: "Download CSV"} if files is None else files),
        ],
        id=slots.section,
        className="panel",
        **{"aria-label": title},
    )


def _head(title: str, help_text: str, controls: Sequence[Component]) -> html.Div:
    words = html.Div([html.H2(title), html.P(help_text, className="panel-help")], className="panel-title")
    slot = html.Div(
        list(controls), className="panel-controls", role="group", **{"aria-label": f"{title}: what to show"}
    )
    return html.Div([words, slot] if controls else [words], className="panel-head")


def _chart(ident: str, summary: str, title: str) -> html.Div:
    """The drawing counts as one image to a screen reader, told by the sentence above it and by the table."""
    graph = dcc.Graph(
        id=ident,
        figure=WAITING_FIGURE,
        config=GRAPH_CONFIG,
        responsive=True,
        style={"height": f"{CHART_HEIGHT}px", "width": "100%"},
    )
    told = {"aria-label": f"{title}: chart", "aria-describedby": summary}
    return html.Div(graph, className="panel-chart", role="img", **told)


def _foot(slots: PanelIds, title: str, files: Mapping[str, str]) -> html.Div:
    links = [
        html.A(label, id=ident, href="", className="button-quiet", hidden=not manner().files,
               **{"aria-label": f"{label}: {title}"})
        for ident, label in files.items()
    ]  # fmt: skip
    toggle = [_toggle(slots.toggle, slots.table)] if slots.toggle and slots.table else []
    return html.Div(
        [
            html.Div(id=slots.footer, className="panel-freshness"),
            html.Div([*toggle, *links], className="panel-actions"),
        ],
        className="panel-footer",
    )


def _toggle(ident: str, table: str) -> html.Button:
    return html.Button(
        "Show as table",
        id=ident,
        type="button",
        n_clicks=0,
        className="button-quiet",
        **{"aria-controls": table},
    )
