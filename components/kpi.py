"""The row of figures above the panels: a label, a value in few characters, the exact one, and a comparison in words."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from dash import html
from dash.development.base_component import Component

from components.figures.summary import Figured, Told
from components.names import clean
from data.lineage.value import Seal, SeriesMarks, series_marks
from data.series import SeriesTable


class Tone(StrEnum):
    """A judgement, not a direction: rising spend is not bad by itself."""

    PLAIN = "plain"
    GOOD = "good"
    WARN = "warn"


def figure(text: str | list[Component], receipt: str) -> Component:
    """``text`` as a button that opens its receipt; as plain text where it has none."""
    if not receipt:
        return html.Span(text)
    return html.Button(text, type="button", className="figure", **{"data-receipt": receipt})


def told(sentence: Told, table: SeriesTable, seal: Seal) -> tuple[str | Component, ...]:
    """The sentence of a chart, its figures opening their receipts."""
    marks = series_marks(seal, table)
    return tuple(one if isinstance(one, str) else figure(one.text, _mark(one, marks)) for one in sentence.parts)


def _mark(one: Figured, marks: SeriesMarks) -> str:
    if one.cell is not None:
        return marks.cell(*one.cell)
    return marks.grand() if one.window is None else marks.window(one.window)


def tile(
    label: str, value: str, *, exact: str = "", note: Sequence[str | Component] = "", tone: Tone = Tone.PLAIN,
    receipt: str = "",
) -> html.Div:  # fmt: skip
    """One figure. ``exact`` is the unshortened value, for the pointer and for screen readers; ``receipt`` the id of the
    receipt that it opens. ``note`` is a text, or texts and figures."""
    shown = html.Span(value, **{"aria-hidden": "true"}) if exact and exact != value else html.Span(value)
    spoken = [html.Span(exact, className="visually-hidden")] if exact and exact != value else []
    parts = [shown, *spoken]
    lines = [
        html.Div(label, className="kpi-label"),
        html.Div(figure(parts, receipt) if receipt else parts, className="kpi-value", title=exact or value),
    ]
    if note:
        said = clean(note, 160) if isinstance(note, str) else list(note)
        lines.append(html.Div(said, className="kpi-note"))
    return html.Div(lines, className=f"kpi kpi-{tone}")


def waiting(count: int = 6) -> list[html.Div]:
    """The row before its first answer, in its final height."""
    return [html.Div(className="kpi kpi-waiting skeleton", role="presentation") for _ in range(count)]


def kpi_row(ident: str, items: Sequence[html.Div] | None = None) -> html.Div:
    """The slot on the page; ``items`` default to placeholders."""
    children = list(items) if items is not None else waiting()
    return html.Div(children, id=ident, className="kpi-row", role="group", **{"aria-label": "Key figures"})
