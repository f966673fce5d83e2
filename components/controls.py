"""The controls of panels: lists to choose from, and switches with few positions."""

from __future__ import annotations

from collections.abc import Mapping

import dash_mantine_components as dmc
from dash import html


def select(ident: str, label: str, extra: str = "", data: list[dict[str, str]] | None = None) -> dmc.Select:
    return dmc.Select(
        id=ident,
        label=label,
        data=data or [],
        allowDeselect=False,
        searchable=False,
        className=f"control {extra}".strip(),
        comboboxProps={"shadow": "md"},
    )


def segments(ident: str, label: str, names: Mapping[str, str]) -> html.Div:
    options = [{"value": str(value), "label": name} for value, name in names.items()]
    return html.Div(
        [
            html.Span(label, className="control-label", **{"aria-hidden": "true"}),
            dmc.SegmentedControl(id=ident, data=options, size="sm", value=options[0]["value"]),
        ],
        className="control",
        role="group",
        **{"aria-label": label},
    )
