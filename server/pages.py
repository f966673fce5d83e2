"""Which addresses are pages. Dash's catch-all answers 200 to anything; here an unknown page is a 404."""

from __future__ import annotations

import re
from collections.abc import Callable

from dash import Dash
from flask import Response, request

from data.errors import NotFound, SourceError
from data.query_values import is_id
from server.problems import problem

_ACCOUNT = re.compile(r"accounts/([^/]+)")
CATCH_ALL = "/<path:path>"


def known_page(path: str) -> bool:
    """Whether ``path`` (below the prefix, no leading slash) is the account list or one account's page."""
    found = _ACCOUNT.fullmatch(path)
    return path == "" or (found is not None and is_id(found.group(1)))


def guard_pages(app: Dash, account_exists: Callable[[str], bool]) -> None:
    """404 for every address that Dash would answer with its page although no page is there."""
    server, prefix = app.server, app.config.routes_pathname_prefix

    def check() -> Response | None:
        rule = request.url_rule.rule if request.url_rule else ""
        if not rule.endswith(CATCH_ALL.removeprefix("/")) or request.method not in ("GET", "HEAD"):
            return None
        path = request.path.removeprefix(prefix)
        if not known_page(path):
            return problem(404, "There is no page at this address.")
        request.environ["burnboard.unknown_account"] = not account_exists(path.split("/")[1]) if path else False
        return None

    def mark(response: Response) -> Response:
        if request.environ.get("burnboard.unknown_account") and response.status_code == 200:
            response.status_code = 404
        return response

    server.before_request(check)
    server.after_request(mark)


def exists_or_unsure(load: Callable[[str], object], customer_id: str) -> bool:
    """False only when the source says that there is no such account; an outage must not turn a page into a 404."""
    try:
        load(customer_id)
    except NotFound:
        return False
    except SourceError:
        return True
    return True
