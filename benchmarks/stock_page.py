"""The second yardstick: Burnboard's own layout, callbacks and controls on an unmodified Dash, to see what serving does.

The whole Plotly bundle, nothing compressed, nothing asked for early, no caching of answers beyond Dash's own.
"""

from __future__ import annotations

import os

from dash import Dash
from flask import Flask

from app import ROOT, create_source
from callbacks import register
from callbacks.context import Context
from components.page import layout
from data.clock import Clock
from data.scope import LOCAL
from data.settings import Settings


def served() -> Flask:
    settings = Settings.from_env(os.environ)
    app = Dash(
        "stock",
        assets_folder=str(ROOT / "assets"),
        assets_ignore=r"00-plotly-url|plotly-basic",
    )
    app.layout = layout(home="/", sandbox=True)
    register(
        app, Context(source=create_source(settings), clock=Clock(settings.now), viewer=lambda: LOCAL, denied=print)
    )
    app.server.test_client().get("/_dash-dependencies")
    return app.server
