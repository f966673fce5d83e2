"""All scripts of a page in one answer and all its style sheets in another, each named by what is in it.

Dash asks for its libraries and for every asset one by one: some forty answers before anything runs, each through the
whole server. Joined they are two, compressed once, which a browser keeps for good. What this app does not use is left
out: the polyfill for browsers before 2019 (``assets/00-generators.js`` says what is needed of it), and Dash's table.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dash import Dash, _dash_renderer, dcc, html

Resource = Mapping[str, Any]
NOT_NEEDED = "polyfill"
CHART: Resource = {
    "namespace": "dash",
    "relative_package_path": "dcc/async-graph.js",
}  # else asked for when one is shown
SCRIPT, STYLE = "dash-renderer-and-all", "styles"  # Dash looks for the first part of the one in its page


@dataclass(frozen=True)
class Bundle:
    """``name`` changes with what is in it, as the addresses of Dash's own bundles do."""

    name: str
    mimetype: str
    body: bytes

    @classmethod
    def of(cls, stem: str, mimetype: str, body: bytes) -> Bundle:
        return cls(f"{stem}.v{hashlib.sha256(body).hexdigest()[:16]}", mimetype, body)


def script_bundle(app: Dash, first: str = "") -> Bundle:
    """React, the components, the app's own scripts and Dash itself, in the order that they need, after ``first``."""
    known = app.scripts._resources._filter_resources
    react = known(
        [{name: _shipped(value) for name, value in one.items()} for one in _dash_renderer._js_dist_dependencies]
    )
    dash = known([*_dash_renderer._js_dist, *dcc._js_dist, *html._js_dist])
    paths = _paths(app, [*react, *app.scripts.get_all_scripts(), CHART, *dash])
    texts = [first.encode(), *(path.read_bytes() for path in paths if NOT_NEEDED not in path.name)]
    return Bundle.of(SCRIPT, "text/javascript", b"\n;\n".join(texts))


def style_bundle(app: Dash) -> Bundle:
    texts = [path.read_bytes() for path in _paths(app, app.css.get_all_css())]
    return Bundle.of(STYLE, "text/css", b"\n".join(texts))


def _shipped(value: Any) -> Any:
    return value["prod"] if isinstance(value, dict) else value


def _paths(app: Dash, resources: Iterable[Resource]) -> list[Path]:
    """The files behind what a page loads at its start."""
    paths = []
    for one in resources:
        if "asset_path" in one:
            paths.append(Path(app.config.assets_folder) / one["asset_path"])
        elif not one.get("dynamic"):
            folder = Path(str(sys.modules[one["namespace"]].__file__)).parent
            named = one["relative_package_path"]
            paths += [folder / name for name in ([named] if isinstance(named, str) else named)]
    return paths
