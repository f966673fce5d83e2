"""What frames and hosts ask of the embed app over HTTP: a session for a link, another while for a session, and a link
for a bearer key, in the form of Metronome's own getEmbeddableUrl. JSON in, JSON out, nothing in a query, nothing kept.

Each of these checks who asks by itself, from what it is sent: the guard is told so by ``OWN_CHECKS``. What other sites'
pages send is refused before, by the guard. The server's ``Identity`` has to keep ``Authorization`` for them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from flask import Flask, Response, request
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from access.denied import Denied
from access.embed.embeddable_url import read_asked
from access.embed.minting import mint_for_issuer
from access.embed.opening import EmbedAccess, bearer
from access.embed.options import refuse_locked, refuse_locked_query
from access.strict import Wrong, strict_json
from data.errors import BadQuery
from server.guard import Open, note_denial, told_how_to_go_on
from server.problems import NOTHING_HERE, problem

SESSION, RENEW, EMBEDDABLE_URL = "embed_session", "embed_renew", "embeddable_url"
OWN_CHECKS: Final = dict.fromkeys((SESSION, RENEW, EMBEDDABLE_URL), Open.OWN)
MAX_EXCHANGE_BYTES, MAX_REQUEST_BYTES = 16 * 1024, 64 * 1024
NOT_JSON = "Only JSON is read here, sent as application/json."
NO_QUERY = "Nothing can be said in the query of this address."

Answer = Callable[..., Response]


def add_embed_routes(server: Flask, embed: EmbedAccess, *, prefix: str, public_url: str | None) -> None:
    """The three routes below ``prefix``. ``public_url`` is what links are for; None takes it from each request."""
    routes = _Routes(embed, lambda: public_url or f"{request.scheme}://{request.host}{prefix}")
    for path, endpoint, view in (
        ("embed/<kid>/<dashboard>/session", SESSION, routes.session),
        ("embed/<kid>/<dashboard>/renew", RENEW, routes.renew),
        ("v1/dashboards/getEmbeddableUrl", EMBEDDABLE_URL, routes.embeddable_url),
    ):
        server.add_url_rule(prefix + path, endpoint, answered(view), methods=["POST"])


class _Routes:
    """Each gives its answer or raises why there is none."""

    def __init__(self, embed: EmbedAccess, own_url: Callable[[], str]) -> None:
        self._embed, self._own_url = embed, own_url

    def session(self, kid: str, dashboard: str) -> Response:
        body = body_of(MAX_EXCHANGE_BYTES)
        refuse_locked(name for name in body if name != "token")
        if set(body) != {"token"}:
            raise BadQuery("The body should hold the token of a link and nothing else.")
        return answer(self._embed.exchange(kid, dashboard, body["token"], public_url=self._own_url()).as_json())

    def renew(self, kid: str, dashboard: str) -> Response:
        body = body_of(MAX_EXCHANGE_BYTES) if request.content_length else {}
        refuse_locked(body)
        if body:
            raise BadQuery("Nothing is to be sent along here.")
        token = bearer(request.headers.get("Authorization"))
        return answer(self._embed.renew(token, kid=kid, dashboard=dashboard).as_json())

    def embeddable_url(self) -> Response:
        """Who asks comes before what is asked: nothing is read for a key that is not known."""
        issuer = self._embed.issuer(request.headers.get("Authorization"))
        asked = read_asked(body_of(MAX_REQUEST_BYTES))
        url = mint_for_issuer(self._embed.minter, issuer, asked, public_url=self._own_url())
        return answer({"data": {"url": url}})


def answered(view: Answer) -> Answer:
    """``view`` with its refusals as problem documents, each denial told once to the audit log."""

    @wraps(view)
    def finished(**parts: Any) -> Response:
        try:
            if request.query_string:
                refuse_locked_query(request.query_string.decode("latin-1"))
                raise BadQuery(NO_QUERY)
            response = view(**parts)
        except Denied as denied:
            response = refused(denied)
        except (BadQuery, Wrong) as wrong:
            response = told(problem(400, wrong.sentence if isinstance(wrong, BadQuery) else f"{wrong}."))
        except UnsupportedMediaType:
            response = told(problem(415, NOT_JSON))
        except RequestEntityTooLarge:
            most = request.max_content_length or MAX_REQUEST_BYTES
            response = told(problem(413, f"At most {most // 1024} KB are read here."))
        response.headers["Cache-Control"] = "no-store"
        return response

    return finished


def refused(denied: Denied) -> Response:
    """The answer to somebody who is not let in."""
    note_denial(denied)
    if denied.status == 404:
        return told(problem(404, NOTHING_HERE))
    response = told(problem(denied.status, denied.sentence))
    return told_how_to_go_on(denied, response)


def told(response: Response) -> Response:
    """A problem document that says its sentence once more as ``message``, where clients of Metronome's API look."""
    body = json.loads(response.get_data())
    response.set_data(json.dumps({**body, "message": body["detail"]}))
    return response


def body_of(limit: int) -> dict[str, Any]:
    """The JSON object that was sent; raises ``Wrong``, or what stands for 413 and 415."""
    if request.mimetype != "application/json":
        raise UnsupportedMediaType
    request.max_content_length = limit
    raw = request.get_data()
    if len(raw) > limit:
        raise RequestEntityTooLarge
    body = strict_json(raw)
    if not isinstance(body, dict):
        raise Wrong("the body should be an object with named members")
    return body


def answer(body: dict[str, Any]) -> Response:
    return Response(json.dumps(body), content_type="application/json")
