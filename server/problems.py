"""Errors as RFC 9457 problem documents: a sentence that is safe to show and a request id, never a trace."""

from __future__ import annotations

import json
import logging
import uuid

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException

from data.errors import BadQuery, SourceError
from data.scope import AccessDenied

log = logging.getLogger("burnboard")
Told = SourceError | BadQuery | AccessDenied
_TITLES = {
    400: "Bad request",
    403: "No access",
    404: "Not found",
    405: "Method not allowed",
    500: "Something went wrong",
    502: "Unexpected answer from billing",
    503: "Billing is not available",
    504: "Billing took too long",
}


def request_id() -> str:
    """The id of the request being answered, made on first use."""
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
    if retry_after is not None:
        response.headers["Retry-After"] = str(max(1, round(retry_after)))
    return response


def answer_errors(server: Flask) -> None:
    """Turn every error that leaves a route of ``server`` into a problem document."""

    def told(error: Told) -> Response:
        log.warning("%s %s: %s", request_id(), error.code, getattr(error, "detail", ""))
        return problem(error.status, error.sentence, retry_after=getattr(error, "retry_after", None))

    def http(error: HTTPException) -> Response:
        status = error.code or 500
        response = problem(status, _TITLES.get(status, "This request cannot be answered."))
        if status == 405 and error.response is None:
            response.headers["Allow"] = ", ".join(getattr(error, "valid_methods", None) or ())
        return response

    def unforeseen(error: Exception) -> Response:
        log.exception("%s unforeseen error on %s", request_id(), request.endpoint, exc_info=error)
        return problem(500, "Something went wrong on this side. The id helps to find out what.")

    for kind in (SourceError, BadQuery, AccessDenied):
        server.register_error_handler(kind, told)
    server.register_error_handler(HTTPException, http)
    server.register_error_handler(Exception, unforeseen)
