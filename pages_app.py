"""The pages for people who sign in, put together: a Dash app on a Flask server of its own."""

from __future__ import annotations

from pathlib import Path

from dash import Dash
from flask import Flask

from access.denied import Gate
from access.setup import open_access
from callbacks import register
from callbacks.context import Context, Mint
from components.page import layout
from data.clock import Clock
from data.settings import AuthMode, Settings
from data.source import Source
from server import finish_server
from server.guard import current_scope, note_denial
from server.identity import identify
from server.index import INDEX, PagesDash
from server.pages import Opens

ROOT = Path(__file__).resolve().parent


def create_app(
    settings: Settings,
    source: Source,
    clock: Clock | None = None,
    *,
    gate: Gate | None = None,
    mint: Mint | None = None,
) -> Dash:
    """The whole app on its own Flask server, on ``clock`` if not on that of the settings; two can live in a process.
    ``gate`` decides who is let in, as the settings say unless told; ``mint`` signs links to embeds, None where there
    are none."""
    gate = gate or open_access(settings, Clock()).page_gate()
    app = _blank(settings)
    context = Context(
        source=source, clock=clock or Clock(settings.now), viewer=current_scope, denied=note_denial, mint=mint
    )
    app.layout = layout(home=settings.path_prefix, sandbox=settings.sandbox, local=settings.auth is AuthMode.LOCAL)
    prefetch = register(app, context)
    opens = Opens(exists=context.account_exists, begin=prefetch.begin)
    finish_server(app, opens, frames=("'self'", settings.dashboards_origin))
    identify(app.server, gate, settings)
    return app


def _blank(settings: Settings) -> Dash:
    return PagesDash(
        "burnboard",
        server=Flask("burnboard", static_folder=None),
        url_base_pathname=settings.path_prefix,
        assets_folder=str(ROOT / "assets"),
        assets_ignore=r"plotly-basic.*|embed-.*|embed\.css",
        title="Burnboard",
        update_title=None,
        index_string=INDEX,
        health_endpoint="health",
        use_async=False,
        enable_mcp=False,
        compress=False,
        assets_external_path="",  # said here, so that nothing in the environment can say otherwise (S34)
        include_assets_files=True,
        suppress_callback_exceptions=False,
    )
