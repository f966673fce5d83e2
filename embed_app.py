"""What customers see in a frame, put together: a second Dash app on a server of its own, below ``embed/``, whose only
credential is the session that a signed link was exchanged for (reliability-security design, 4.4)."""

from __future__ import annotations

from pathlib import Path

from dash import Dash
from flask import Flask

from access.embed.opening import EmbedAccess
from access.embed.options import refuse_locked_query
from callbacks.context import Context
from callbacks.embed import register
from callbacks.embed.layout import session_layout
from data.clock import Clock
from data.settings import Settings
from data.source import Source
from server.embed_index import EMBED_INDEX, EmbedDash
from server.embed_server import finish_embed_server
from server.guard import current_scope, note_denial

ROOT = Path(__file__).resolve().parent
# What a frame loads, of all that the app has; the boot script stands in the head by itself.
HERE = r"0\d-[a-z]+\.js|[1-5]\d-[a-z]+\.css|grid\.js|url_state\.js|mantine_functions\.js|embed\.css|embed-query\.js"
NOT_HERE = rf"^(?!(?:{HERE})$)|^35-"


def create_embed_app(settings: Settings, source: Source, embed: EmbedAccess, clock: Clock | None = None) -> Dash:
    """The embed app; ``embed`` opens sessions and admits requests by them, ``clock`` is that of the data."""
    app = _blank(settings)
    context = Context(source=source, clock=clock or Clock(settings.now), viewer=current_scope, denied=note_denial)
    app.layout = session_layout(context)
    register(app, context, refuse_locked_query)
    finish_embed_server(app, embed, settings)
    return app


def _blank(settings: Settings) -> Dash:
    return EmbedDash(
        "burnboard-embed",
        server=Flask("burnboard-embed", static_folder=None),
        url_base_pathname=f"{settings.path_prefix}embed/",
        assets_folder=str(ROOT / "assets"),
        assets_ignore=NOT_HERE,
        title="Usage and billing",
        update_title=None,
        index_string=EMBED_INDEX,
        use_async=False,
        enable_mcp=False,
        compress=False,
        assets_external_path="",  # said here, so that nothing in the environment can say otherwise (S34)
        include_assets_files=True,
        suppress_callback_exceptions=False,
    )
