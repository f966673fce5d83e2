"""The one HTML page around the app. Dash's own default has no language and no description (axe: html-has-lang), and
names the versions of everything it runs on."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from dash import Dash
from dash._utils import to_json
from dash.exceptions import InvalidResourceError
from flask import Response

from server.bundles import Bundle, script_bundle, style_bundle

INDEX = """<!DOCTYPE html>
<html lang="en">
  <head>
    {%metas%}
    <meta name="description" content="What an account used, spent and has left of what it committed to">
    <title>{%title%}</title>
    {%favicon%}
    {%css%}
  </head>
  <body>
    <noscript>Burnboard draws its charts in the browser and needs JavaScript.</noscript>
    {%app_entry%}
    <footer>
      {%config%}
      {%scripts%}
      {%renderer%}
    </footer>
  </body>
</html>
"""


ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 20'%3E"
    "%3Cpath fill='%23e2572b' d='M9 0l3.5 6L16 12l-1.3 5L10 20H5L.6 17 0 11l3.5-4L6.4 8z'/%3E%3C/svg%3E"
)
PLOTLY = "vendor/plotly-basic-4.1.1.min.js"  # in place of the whole bundle, see assets/05-charts.js
BUNDLES = "_dash-component-suites/burnboard/"
_FOR_DEVELOPERS = ("ui", "props_check", "serve_dev_bundles", "hot_reload", "silence_routes_logging", "prune_errors")


class QuietDash(Dash):
    """Dash that does not tell every visitor which versions it runs on, whose pages are one script, one style sheet and
    Plotly, which is loaded while the rest is (docs/decisions/0015-first-paint.md)."""

    def __init__(self, *names: str, **settings: Any) -> None:
        super().__init__(*names, **settings)
        self.server.debug = False  # whatever FLASK_DEBUG says

    @cached_property
    def script(self) -> Bundle:
        return script_bundle(self, self.first_line())

    @cached_property
    def style(self) -> Bundle:
        return style_bundle(self)

    def first_line(self) -> str:
        """What its script begins with."""
        return ""

    def serve_bundle(self, fingerprinted_path: str) -> Response:
        found = next((one for one in (self.script, self.style) if one.name == fingerprinted_path), None)
        if found is None:
            raise InvalidResourceError(fingerprinted_path)
        return Response(found.body, mimetype=found.mimetype)

    def _setup_routes(self) -> None:
        super()._setup_routes()
        self._add_url(f"{BUNDLES}<fingerprinted_path>", self.serve_bundle)

    def _bundle_url(self, bundle: Bundle) -> str:
        return str(self.get_relative_path(f"/{BUNDLES}{bundle.name}"))

    def _generate_scripts_html(self) -> str:
        plotly = self.get_asset_url(PLOTLY)
        return f'<script src="{self._bundle_url(self.script)}" data-charts="{plotly}"></script>'

    def _generate_css_dist_html(self) -> str:
        """Plotly runs whenever it is there, before or after the rest."""
        early = f'<script async src="{self.get_asset_url(PLOTLY)}"></script>'
        return f'{early}<link rel="stylesheet" href="{self._bundle_url(self.style)}">'

    def interpolate_index(self, **parts: str) -> str:
        """Its icon is in the page: Dash's own is another answer of 15 kB."""
        return str(super().interpolate_index(**{**parts, "favicon": f'<link rel="icon" href="{ICON}">'}))

    def _config(self) -> dict[str, Any]:
        """Whether every id that a callback names is in the layout is for tests to find out, not for every browser."""
        told = {name: value for name, value in super()._config().items() if "_version" not in name}
        return {**told, "suppress_callback_exceptions": True}

    def _setup_dev_tools(self, **told: Any) -> Any:
        """What helps whoever develops is for them to switch on in code, as browser tests do; the environment cannot."""
        off = {} if told.get("debug") else dict.fromkeys(_FOR_DEVELOPERS, False)
        given = {name: value for name, value in told.items() if value is not None}
        return super()._setup_dev_tools(**{**off, **given})


class PagesDash(QuietDash):
    """Its script carries the layout and the callbacks, which are the same for everybody; see assets/layout.js."""

    def first_line(self) -> str:
        layout, dependencies = to_json(self.get_layout()), to_json(self._callback_list)
        return f'window.burnboardCarried={{"layout":{layout},"dependencies":{dependencies}}}'
