"""Errors as RFC 9457 problem documents: a sentence that is safe to show and a request id, never a trace."""

from __future__ import annotations

import html
import json
import logging
import uuid

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException

from data.errors import BadQuery, SourceError
from data.events import REQUEST_ID

log = logging.getLogger("burnboard")
Told = SourceError | BadQuery
_TITLES = {
    400: "Bad request",
    401: "Not signed in",
    403: "No access",
    404: "Not found",
    405: "Method not allowed",
    413: "Too much was sent",
    415: "Not a type that is read here",
    429: "Too many requests",
    500: "Something went wrong",
    502: "Unexpected answer from billing",
    503: "Billing is not available",
    504: "Billing took too long",
}
NOTHING_HERE = "There is nothing at this address."
_PAGE = """<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>{title} · Burnboard</title>
    <style>:root {{ color-scheme: light dark }} body {{ font: 1rem system-ui, sans-serif; margin: 3rem auto; max-width: 36rem; padding: 0 1rem }}</style>
  </head>
  <body>
    <main>
      <h1>{title}</h1>
      <p>{sentence}</p>
      {way_on}
      <p><small>Request {request_id}</small></p>
    </main>
  </body>
</html>
"""  # noqa: E501  # one line of style


def request_id() -> str:
    """The id of the request being answered: the one that the front gave it, else one made on first use."""
    given = REQUEST_ID.get()
    if given:
        return given
    if "request_id" not in g:
        g.request_id = uuid.uuid4().hex[:16]
    return str(g.request_id)


def problem(status: int, sentence: str, *, retry_after: float | None = None) -> Response:
    """``application/problem+json`` with ``status``, ``title``, ``detail`` and ``request_id``."""
    body = {
        "type": "about:blank",
        "title": _TITLES.get(status, "Error"),
        "status": status,
        "detail": sentence,
        "request_id": request_id(),
    }
    response = Response(json.dumps(body), status=status, content_type="application/problem+json")
    response.headers["Cache-Control"] = "no-store"
    if retry_after is not None:
        response.headers["Retry-After"] = str(max(1, round(retry_after)))
    return response


def nothing_here(home: str) -> Response:
    return refusal(404, NOTHING_HERE, home=home)


def refusal(status: int, sentence: str, *, home: str | None) -> Response:
    """A small page for whoever asks for one by name, as browsers do, and a problem document for everybody else.
    ``home`` is the account list, None where it would answer no better."""
    asks_for_page = any(kind == "text/html" and wanted > 0 for kind, wanted in request.accept_mimetypes)
    answer = _page(status, sentence, home) if asks_for_page else problem(status, sentence)
    answer.vary.add("Accept")
    return answer


def _page(status: int, sentence: str, home: str | None) -> Response:
    text = _PAGE.format(
        title=_TITLES.get(status, "Error"),
        sentence=html.escape(sentence),
        way_on=f'<p><a href="{html.escape(home)}">Go to the list of accounts</a></p>' if home else "",
        request_id=request_id(),
    )
    return Response(text, status, content_type="text/html; charset=utf-8")


def answer_errors(server: Flask, home: str = "/") -> None:
    """Turn every error that leaves a route of ``server`` into a problem document; ``home`` is the account list."""

    def told(error: Told) -> Response:
        log.warning("%s %s: %s", request_id(), error.code, getattr(error, "detail", ""))
        return problem(error.status, error.sentence, retry_after=getattr(error, "retry_after", None))

    def http(error: HTTPException) -> Response:
        status = error.code or 500
        if status == 404:
            return nothing_here(home)
        response = problem(status, _TITLES.get(status, "This request cannot be answered."))
        if status == 405 and error.response is None:
            response.headers["Allow"] = ", ".join(getattr(error, "valid_methods", None) or ())
        return response

    def unforeseen(error: Exception) -> Response:
        log.exception("%s unforeseen error on %s", request_id(), request.endpoint, exc_info=error)
        return problem(500, "Something went wrong on this side. The id helps to find out what.")

    for kind in (SourceError, BadQuery):
        server.register_error_handler(kind, told)
    server.register_error_handler(HTTPException, http)
    server.register_error_handler(Exception, unforeseen)
