"""The HTTP side of the app itself: what every response carries, what unknown paths get, how errors are answered.

May enter: Flask, Dash's server, data.errors, data.query_values, data.scope, data.settings. May not: the Metronome
client, components.
"""

from __future__ import annotations

from collections.abc import Sequence

from dash import Dash

from data.scope import LOCAL
from server.callback_bodies import guard_callbacks
from server.compress import compress_responses
from server.guard import Needs, guard_routes, needs_of_pages
from server.headers import set_headers
from server.identity import SCOPE
from server.limits import limit_viewers
from server.pages import Opens, guard_pages
from server.problems import answer_errors
from server.told import follow


def finish_server(app: Dash, opens: Opens, frames: Sequence[str] = (), *, needs: Needs | None = None) -> None:
    """Everything that goes around a finished app, and the first request already made. ``frames``: what its pages may
    show in frames. ``needs``: what each route asks of whoever comes, by endpoint; those of the app's own pages unless
    told. ``Identity`` still has to be put around ``app.server``.

    Dash marks its one-time setup as done before it is: two first requests at once can find no callbacks. The request
    made here, before any thread serves, closes that gap.
    """
    prefix = app.config.routes_pathname_prefix
    follow(app.server)
    answer_errors(app.server, prefix)
    guard_routes(app.server, needs_of_pages(prefix) if needs is None else needs, home=prefix)
    limit_viewers(app.server)
    guard_pages(app, opens)
    guard_callbacks(app)
    compress_responses(app.server)
    set_headers(app.server, app.csp_hashes(), frames)
    app.server.test_client().get(f"{prefix}_dash-dependencies", environ_overrides={SCOPE: LOCAL})
