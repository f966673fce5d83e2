"""Signing a link to this app's embed of the account that is shown, for whoever may. Beside the page, like its files.

What the browser names is checked against the viewer's own scope before anything is signed (reliability-security design,
4.4): the account, the right, and that there is such an account.
"""

from __future__ import annotations

from dash import Dash
from flask import Response, jsonify, request

from callbacks.context import Context
from data.dashboards import Dashboard
from data.errors import BadQuery, NotFound
from data.query_values import is_id
from data.scope import Right

MAX_BYTES = 1024
ENDPOINT = "mint_embed_link"
WRONG = "What was sent should be one JSON object that names a dashboard: {}."


def register(app: Dash, context: Context) -> None:
    def answer(customer_id: str) -> Response:
        dashboard = _dashboard()
        if not is_id(customer_id):
            raise NotFound(sentence="There is no account with this id.")
        ask = context.ask(customer_id)
        ask.scope.require(customer_id)
        ask.scope.require_right(Right.MINT_EMBED)
        if context.mint is None:
            raise NotFound(sentence="Embeds are off here.")
        context.source.account(ask)
        link = context.mint(ask.scope, customer_id, dashboard)
        return jsonify(url=link.url.reveal(), good_until=link.good_until.strftime("%Y-%m-%dT%H:%M:%SZ"))

    rule = f"{app.config.routes_pathname_prefix}accounts/<customer_id>/embed-link"
    app.server.add_url_rule(rule, ENDPOINT, answer, methods=["POST"])


def _dashboard() -> Dashboard:
    """The dashboard that the body names; raises ``BadQuery`` for anything else in it, and 415 for another type."""
    request.max_content_length = MAX_BYTES
    sent = request.get_json()
    known = ", ".join(Dashboard)
    if not isinstance(sent, dict) or set(sent) != {"dashboard"}:
        raise BadQuery(WRONG.format(known))
    try:
        return Dashboard(sent["dashboard"])
    except ValueError:
        raise BadQuery(WRONG.format(known)) from None
