"""The HTTP side of the embed app: like that of the app itself, with pages that only registered origins may frame, and
with nothing but a session between a request and an account."""

from __future__ import annotations

from typing import Final

from dash import Dash
from dash.exceptions import DependencyException, InvalidResourceError
from flask import Response, g, request

from access.denied import Denied
from access.embed.opening import EmbedAccess
from data.errors import BadQuery
from data.scope import Kind, Right, Scope
from data.settings import Settings
from server.callback_bodies import guard_callbacks
from server.compress import compress_responses
from server.embed_index import ORIGINS, framing_origins
from server.embed_routes import OWN_CHECKS, add_embed_routes
from server.guard import Needs, Open, dash_needs, guard_routes
from server.headers import set_headers
from server.host_script import ENDPOINTS, offer_host_script
from server.identity import SCOPE, identify
from server.limits import limit_viewers
from server.problems import NOTHING_HERE, answer_errors, problem
from server.told import follow

FILES: Final = ("usage_csv", "spend_csv", "commitments_csv", "ledger_csv", "invoices_csv", "line_items_csv", "pdf")
NO_QUERY: Final = "This address takes no query: what an embed shows is in its link."

# Whose frame Dash lays out while it sets itself up: a customer's, for it ends half-way where the layout is refused.
_NOBODY: Final = Scope(kind=Kind.EMBED, subject="", customers=frozenset({"nobody"}))


def finish_embed_server(app: Dash, embed: EmbedAccess, settings: Settings) -> None:
    """Everything that goes around the finished embed app, routes of its own included. The first request is already made
    here, before any thread serves: see ``server.finish_server``."""
    server, prefix = app.server, app.config.routes_pathname_prefix
    follow(server)
    add_embed_routes(server, embed, prefix=settings.path_prefix, public_url=settings.public_url)
    offer_host_script(server, settings.path_prefix)
    answer_errors(server, "")
    guard_routes(server, needs_of_embed(prefix), home="")
    limit_viewers(server)
    guard_frames(app, embed)
    guard_callbacks(app)
    compress_responses(server)
    set_headers(server, app.csp_hashes(), ancestors=_ancestors)
    server.test_client().get(f"{prefix}_dash-dependencies", environ_overrides={SCOPE: _NOBODY})
    identify(server, embed.gate, settings, keep=("Authorization",))


def needs_of_embed(prefix: str) -> Needs:
    """What the embed app needs, route by route: scripts and the empty page nothing, everything else a session."""
    files = {f"download_{name}": Right.EXPORT for name in FILES}
    script = dict.fromkeys(ENDPOINTS.values(), Open.PUBLIC)
    return {**dash_needs(prefix, bundles=Open.PUBLIC, page=Open.PUBLIC), **files, **OWN_CHECKS, **script}


def guard_frames(app: Dash, embed: EmbedAccess) -> None:
    """404 for every address that Dash would answer with its page although no key opens a dashboard there."""
    server, prefix = app.server, app.config.routes_pathname_prefix
    pages = {prefix, f"{prefix}<path:path>"}

    def check() -> Response | None:
        if request.endpoint not in pages or request.method not in ("GET", "HEAD"):
            return None
        origins = _origins(embed, request.path.removeprefix(prefix))
        if origins is None or str(request.environ.get("REQUEST_URI", "")).startswith("//"):
            return problem(404, NOTHING_HERE)
        if request.query_string:
            raise BadQuery(NO_QUERY)
        setattr(g, ORIGINS, origins)
        return None

    def no_bundle(_: Exception) -> Response:
        return problem(404, NOTHING_HERE)

    for kind in (DependencyException, InvalidResourceError):
        server.register_error_handler(kind, no_bundle)
    server.before_request(check)


def _origins(embed: EmbedAccess, path: str) -> tuple[str, ...] | None:
    """Who may frame the page at ``path`` (a key's id and a dashboard), None where there is none; raises ``Denied`` when
    that cannot be told."""
    named = path.split("/")
    try:
        return embed.origins(*named) if len(named) == 2 else None  # a key and a dashboard
    except Denied as denied:
        if denied.status == 404:  # as HTTP has it
            return None
        raise


def _ancestors() -> tuple[str, ...]:
    """The key's own origins, and this app for the customer's view."""
    origins = framing_origins()
    return ("'self'", *origins) if origins else ()
