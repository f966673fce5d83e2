"""The one HTML page of a frame: nothing of any account is in it, and it says nothing of what runs here."""

from __future__ import annotations

import html
from pathlib import Path

from flask import g, has_request_context

from server.index import QuietDash

EMBED_INDEX = """<!DOCTYPE html>
<html lang="en">
  <head>
    {%metas%}
    <title>{%title%}</title>
    {%css%}
  </head>
  <body>
    <noscript>This needs JavaScript.</noscript>
    {%app_entry%}
    <footer>
      {%config%}
      {%scripts%}
      {%renderer%}
    </footer>
  </body>
</html>
"""
BOOT = "embed/embed-boot.js"
ORIGINS = "embed_origins"


def framing_origins() -> tuple[str, ...]:
    """Who may frame the page that is being answered; nobody where it is no page for frames."""
    return tuple(g.get(ORIGINS, ())) if has_request_context() else ()


class EmbedDash(QuietDash):
    """Its boot script stands before everything else in the head, style sheets included, which it would wait for. It is
    told which origins may hold the frame: those that the policy of the same page names."""

    def interpolate_index(self, **parts: str) -> str:
        origins = html.escape(" ".join(framing_origins()))
        changed = int((Path(self.config.assets_folder) / BOOT).stat().st_mtime)
        boot = f'<script src="{self.get_asset_url(BOOT)}?m={changed}" data-origins="{origins}"></script>'
        return super().interpolate_index(**{**parts, "metas": parts["metas"] + boot})
