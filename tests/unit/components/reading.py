"""Reading component trees as a browser's reader would: texts, and components of a type."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from dash.development.base_component import Component


def walk(tree: Any) -> Iterator[Component]:
    if isinstance(tree, Component):
        yield tree
        yield from walk(getattr(tree, "children", None))
    elif isinstance(tree, (list, tuple)):
        for one in tree:
            yield from walk(one)


def of_type(tree: Any, *names: str) -> list[Component]:
    return [one for one in walk(tree) if one._type in names]


def text_of(tree: Any) -> str:
    if isinstance(tree, Component):
        return text_of(getattr(tree, "children", None))
    if isinstance(tree, (list, tuple)):
        return "".join(text_of(one) for one in tree)
    return "" if tree is None else str(tree)


def props(component: Component) -> dict[str, Any]:
    return component.to_plotly_json()["props"]


def grids_in(tree: Any) -> list[dict[str, Any]]:
    """The tables of a tree as the browser is given them."""
    return [json.loads(props(one)["data-grid"]) for one in walk(tree) if "data-grid" in props(one)]


def cell_text(cell: Any) -> str:
    """Everything that a cell says, in the order in which it is read."""
    if isinstance(cell, str):
        return cell
    chip = cell.get("chip", [""])[0]
    below = ["".join(map(cell_text, [line] if isinstance(line, str) else line)) for line in cell.get("below", [])]
    return " ".join(part for part in (cell["text"], chip, *below, cell.get("warning", "")) if part)


def rows_of(grid: dict[str, Any]) -> list[list[str]]:
    """The head and all rows as texts."""
    heads = [head["text"] for head in grid["heads"]]
    return [heads, *([cell_text(cell) for cell in row["cells"]] for group in grid["groups"] for row in group["rows"])]
