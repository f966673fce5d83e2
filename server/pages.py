"""Which addresses are pages. Dash's catch-all answers 200 to anything; here an unknown page is a 404."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dash import Dash
from dash.exceptions import DependencyException, InvalidResourceError
from flask import Response, request

from data.pages import Page, place_of
from data.query_values import is_id
from data.scope import Right
from server.guard import current_scope
from server.problems import nothing_here

CATCH_ALL = "/<path:path>"
# What a page needs beside the right to look.
NEEDS = {Page.CUSTOMER_VIEW: Right.MINT_EMBED}


def known_page(path: str) -> bool:
    """Whether ``path`` (below the prefix, no leading slash) is the account list or one of an account's pages."""
    place = place_of(path)
    return path == "" or (place is not None and is_id(place.customer_id))


def _starts_like_a_host() -> bool:
    """Whether the address as sent begins with ``//``, which web servers forgive in the path that they hand on.

    A browser reads such a path as the name of a host, so that the page could not write its own address.
    """
    return str(request.environ.get("REQUEST_URI", "")).startswith("//")


def _require_right(path: str) -> None:
    """Raise ``AccessDenied`` where the viewer has not what the page needs."""
    place = place_of(path)
    if place is not None and place.page in NEEDS:
        current_scope().require_right(NEEDS[place.page])


def _mark_unknown(response: Response) -> Response:
    """The page of an account that is not there says so by itself; this says it to whoever reads the status."""
    if request.environ.get("burnboard.unknown_account") and response.status_code == 200:
        response.status_code = 404
    return response


@dataclass(frozen=True)
class Opens:
    """What is done when the page of an account is opened: ``exists`` says whether there is such an account, by its id;
    ``begin`` starts what its panels will ask, by path and query, and waits for nothing."""

    exists: Callable[[str], bool]
    begin: Callable[[str, str], None]


def _opened_in_a_browser() -> bool:
    """As browsers say where they say anything: neither a script, nor a frame, nor an image."""
    return request.headers.get("Sec-Fetch-Dest") == "document"


def guard_pages(app: Dash, opens: Opens) -> None:
    """404 for every address that Dash would answer with its page although no page is there."""
    server, prefix = app.server, app.config.routes_pathname_prefix

    def check() -> Response | None:
        rule = request.url_rule.rule if request.url_rule else ""
        if not rule.endswith(CATCH_ALL.removeprefix("/")) or request.method not in ("GET", "HEAD"):
            return None
        path = request.path.removeprefix(prefix)
        if not known_page(path) or _starts_like_a_host():
            return nothing_here(prefix)
        _require_right(path)
        if path and _opened_in_a_browser():
            opens.begin(f"/{path}", request.query_string.decode("latin-1"))
        request.environ["burnboard.unknown_account"] = not opens.exists(path.split("/")[1]) if path else False
        return None

    def no_bundle(_: Exception) -> Response:
        return nothing_here(prefix)

    for kind in (DependencyException, InvalidResourceError):  # a script or asset that Dash has not
        server.register_error_handler(kind, no_bundle)
    server.before_request(check)
    server.after_request(_mark_unknown)
