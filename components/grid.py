"""Tables as data: one component, drawn by ``assets/grid.js``.

Dash takes time that grows with the square of the number of components (measured: 1.1 s for 500 cells, 31 s for 4,000),
so a table travels as JSON in one attribute. The browser sets every text as text; nothing in it can become markup.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from dash import html

from components.names import clean

Cell = str | Mapping[str, Any]


@dataclass(frozen=True)
class Head:
    """A column: its text and ``num`` for figures, ``code`` for ids, ``strong`` for what matters most."""

    text: str
    kind: str = ""


@dataclass(frozen=True)
class Row:
    """The first cell names the row. ``kind`` is a class such as ``is-expired`` or ``total-row``. ``toggle`` is the id
    that the row's button adds to or takes from the query key ``open``; ``detail`` stands under a row that is open."""

    cells: Sequence[Cell]
    kind: str = ""
    toggle: str = ""
    detail: Detail | None = None


@dataclass(frozen=True)
class Group:
    """Rows under a title of their own."""

    rows: Sequence[Row] = field(default_factory=tuple)
    title: str = ""


@dataclass(frozen=True)
class Table:
    """A table inside an opened row."""

    caption: str
    heads: Sequence[Head]
    groups: Sequence[Group]
    kind: str = ""


@dataclass(frozen=True)
class Detail:
    """What an opened row shows: sentences (each a text or a list of texts and cells), then tables."""

    tables: Sequence[Table] = ()
    notes: Sequence[str | Sequence[Cell]] = ()


def cell(text: str, **more: Any) -> Cell:
    """A cell with more than text: ``href``, ``chip`` (text and tone), ``below`` (lines, each a text or
    a list of texts and cells), ``warning``, ``dot`` (colour),
    ``bar`` (a share such as ``57%``), ``receipt`` (the id that the figure's button opens), ``title`` (the source's own
    word, for the pointer and for screen readers), ``strike``. What is empty is left out."""
    given = {name: value for name, value in more.items() if value}
    return {"text": text, **given} if given else text


def grid(*, caption: str, kind: str, heads: Sequence[Head], groups: Sequence[Group], ident: str = "") -> html.Div:
    """A table in a region that takes focus, so the arrow keys scroll it. ``ident`` becomes the table's own id."""
    data = {"caption": clean(caption), "kind": kind, "id": ident, "heads": heads, "groups": groups}
    label = {"aria-label": clean(caption), "data-grid": orjson.dumps(data).decode()}
    return html.Div(className="table-scroll", role="region", tabIndex=0, **label)


def note(text: str) -> html.P:
    """A sentence under a table."""
    return html.P(text, className="table-note")
