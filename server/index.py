"""The one HTML page around the app. Dash's own default has no language and no description (axe: html-has-lang), and
names the versions of everything it runs on."""

from __future__ import annotations

from typing import Any

from dash import Dash

INDEX = """<!DOCTYPE html>
<html lang="en">
  <head>
    {%metas%}
    <meta name="viewport" content="width=device-width, initial-scale=1">
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


class QuietDash(Dash):
    """Dash that does not tell every visitor which versions it runs on."""

    def _config(self) -> dict[str, Any]:
        return {name: value for name, value in super()._config().items() if "_version" not in name}
