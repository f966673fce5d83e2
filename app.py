"""Burnboard, put together: ``create_app(settings, source)`` builds, ``create_server()`` is what a WSGI server imports,
and running this file serves it on its own. Nothing happens at import."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

from dash import Dash
from flask import Flask

from callbacks import register
from callbacks.context import Context
from components.page import layout
from data.clock import Clock
from data.connect import open_source
from data.metronome_source import MetronomeSource
from data.scope import LOCAL
from data.settings import BadSetting, Settings
from data.source import Source
from server import finish_server
from server.index import INDEX, QuietDash
from server.run import leave_interrupts_to_parent, serve
from server.start import cannot_ask, cannot_listen

ROOT = Path(__file__).resolve().parent


def create_app(settings: Settings, source: Source, clock: Clock | None = None) -> Dash:
    """The whole app on its own Flask server, on ``clock`` if not on that of the settings; two can live in a process."""
    server = Flask("burnboard", static_folder=None)
    app = QuietDash(
        "burnboard",
        server=server,
        url_base_pathname=settings.path_prefix,
        assets_folder=str(ROOT / "assets"),
        assets_ignore=r"plotly-basic.*",
        title="Burnboard",
        update_title=None,
        index_string=INDEX,
        health_endpoint="health",
        use_async=False,
        enable_mcp=False,
        compress=False,
    )
    context = Context(source=source, clock=clock or Clock(settings.now), viewer=lambda: LOCAL)
    app.layout = layout(home=settings.path_prefix, sandbox=settings.sandbox)
    register(app, context)
    finish_server(app, context.account_exists)
    return app


def create_source(settings: Settings, clock: Clock | None = None) -> MetronomeSource:
    """The real source, on ``clock`` if not on that of the settings; raises ``BadSetting`` without a token."""
    return open_source(settings, clock or Clock(settings.now))


def create_server() -> Flask:
    """The WSGI application, ready for its first request."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    settings = Settings.read(ROOT)
    return create_app(settings, create_source(settings)).server


def create_worker() -> Flask:
    """``create_server`` for the worker process of ``serve``."""
    leave_interrupts_to_parent()
    return create_server()


def main() -> int:
    logging.getLogger("data").addHandler(logging.NullHandler())  # what goes wrong before serving is told in a sentence
    try:
        settings = Settings.read(ROOT)
        source = create_source(settings)
    except BadSetting as wrong:
        print(wrong, file=sys.stderr)  # noqa: T201  # the one sentence that a person gets
        return 2
    reason = cannot_listen(settings) or cannot_ask(settings, source.check)
    if reason:
        print(reason, file=sys.stderr)  # noqa: T201
        return 1
    return serve(settings, until_stdin_closes="--until-stdin-closes" in sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
