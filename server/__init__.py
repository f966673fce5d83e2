"""The HTTP side of the app itself: what every response carries, what unknown paths get, how errors are answered.

May enter: Flask, Dash's server, data.errors, data.query_values, data.scope, data.settings. May not: the Metronome
client, components.
"""

from __future__ import annotations

from collections.abc import Callable

from dash import Dash

from server.callback_bodies import guard_callbacks
from server.compress import compress_responses
from server.headers import set_headers
from server.pages import guard_pages
from server.problems import answer_errors


def finish_server(app: Dash, account_exists: Callable[[str], bool]) -> None:
    """Everything that goes around a finished app, and the first request already made.

    Dash marks its one-time setup as done before it is: two first requests at once can find no callbacks. The request
    made here, before any thread serves, closes that gap.
    """
    prefix = app.config.routes_pathname_prefix
    answer_errors(app.server, prefix)
    guard_pages(app, account_exists)
    guard_callbacks(app)
    compress_responses(app.server)
    set_headers(app.server, app.csp_hashes())
    app.server.test_client().get(f"{prefix}_dash-dependencies")
