"""Reading component trees as a browser's reader would: texts, and components of a type."""

from __future__ import annotations

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
