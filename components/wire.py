"""Values as the browser gets them. What ``written`` gives is what Dash would write, without its walk over every point
of a figure (docs/decisions/0016-warm-path.md)."""

from __future__ import annotations

from typing import Any

import orjson
from dash.development.base_component import Component

_OPTIONS = orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY


def written(value: Any) -> bytes:
    """``value`` as JSON: plain values, components and lists of them. Raises ``TypeError`` for anything else."""
    return orjson.dumps(value, default=_component, option=_OPTIONS)


def on_the_wire(json: bytes) -> orjson.Fragment:
    """What ``written`` gave, for Dash to put into its answer as it is."""
    return orjson.Fragment(json)


def _component(value: Any) -> Any:
    if isinstance(value, Component):
        return value.to_plotly_json()
    raise TypeError(f"{type(value).__name__} is not for the browser")
