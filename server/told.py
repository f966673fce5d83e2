"""What is known of the request under way: gathered while it is answered, told in one line and counted when it is over.

Addresses are told as the templates that they match, so that no account, no name and no query is in a line.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum

from flask import Flask, request

from access.audit import hashed
from data.scope import Scope
from server.identity import SCOPE

NO_ROUTE = "(none)"


class Sort(StrEnum):
    """What was asked for, coarsely enough to count by."""

    PAGE = "page"
    CALLBACK = "callback"
    START = "start"
    STATIC = "static"
    FILE = "file"
    SESSION = "session"
    MINT = "mint"
    HEALTH = "health"
    OTHER = "other"


@dataclass
class Told:
    """``mode`` is how the site that answers tells people apart; ``subject`` is hashed."""

    mode: str = ""
    sort: Sort = Sort.OTHER
    route: str = NO_ROUTE
    subject: str = ""
    admitted: bool = False


TOLD: ContextVar[Told | None] = ContextVar("told", default=None)
TRACE_ID: ContextVar[str] = ContextVar("trace_id", default="")

_BY_ENDING = (
    ("_dash-update-component", Sort.CALLBACK),
    ("_dash-layout", Sort.START),
    ("_dash-dependencies", Sort.START),
    ("_reload-hash", Sort.START),
    ("_favicon.ico", Sort.STATIC),
    ("/health", Sort.HEALTH),
    ("/session", Sort.SESSION),
    ("/renew", Sort.SESSION),
    ("/embed.js", Sort.STATIC),
    ("getEmbeddableUrl", Sort.MINT),
    ("/embed-link", Sort.MINT),
)


def follow(server: Flask) -> None:
    """Note for every request of ``server``, before anything can refuse it, what it asks for and who asks."""

    def tell(endpoint: str | None, _: dict[str, object] | None) -> None:
        told, rule = TOLD.get(), request.url_rule
        if told is None:
            return
        told.route = rule.rule if rule is not None else NO_ROUTE
        told.sort = sort_of(endpoint or "", told.route)
        scope = request.environ.get(SCOPE)
        if isinstance(scope, Scope):
            told.admitted, told.subject = True, hashed(scope.subject)

    server.url_value_preprocessor(tell)


def sort_of(endpoint: str, rule: str) -> Sort:
    """What the rule of a route is for."""
    for ending, sort in _BY_ENDING:
        if rule.endswith(ending):
            return sort
    if endpoint.startswith(("download", "embed_download")):
        return Sort.FILE
    if "_dash-component-suites" in rule or "/assets/" in rule or endpoint.endswith("static"):
        return Sort.STATIC
    return Sort.OTHER if rule == NO_ROUTE else Sort.PAGE
