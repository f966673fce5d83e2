"""Files as plain GET routes beside the page, with the page's own query. All or nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
from dash import Dash
from flask import Response, request

from callbacks.context import Context
from data.errors import NotFound
from data.files import to_csv
from data.filters import from_search_strict
from data.query_values import is_id
from data.views.asking import Provenance, Question
from data.views.commitments import commitments_view
from data.views.spend import spend_view
from data.views.usage import usage_view


@dataclass(frozen=True)
class File:
    """What a file holds and where its rows come from."""

    rows: pd.DataFrame
    provenance: Provenance


def _usage(question: Question) -> File:
    view = usage_view(question)
    return File(view.file(), view.provenance)


def _spend(question: Question) -> File:
    view = spend_view(question)
    return File(view.file(), view.provenance)


def _commitments(question: Question) -> File:
    view = commitments_view(question)
    return File(view.burn.table, view.provenance)


def _ledger(question: Question) -> File:
    view = commitments_view(question)
    return File(view.ledger, view.provenance)


FILES: dict[str, Callable[[Question], File]] = {
    "usage": _usage,
    "spend": _spend,
    "commitments": _commitments,
    "ledger": _ledger,
}


def register(app: Dash, context: Context) -> None:
    prefix = app.config.routes_pathname_prefix

    for name, load in FILES.items():

        def answer(customer_id: str, name: str = name, load: Callable[[Question], File] = load) -> Response:
            filters = from_search_strict(request.query_string.decode("ascii", "replace"))
            if not is_id(customer_id):
                raise NotFound(sentence="There is no account with this id.")
            context.source.account(context.ask(customer_id, whole=True))
            return _csv(name, customer_id, load(context.question(customer_id, filters, whole=True)))

        app.server.add_url_rule(f"{prefix}accounts/<customer_id>/{name}.csv", f"download_{name}", answer)


def _csv(name: str, customer_id: str, file: File) -> Response:
    response = Response(to_csv(file.rows), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}-{customer_id}.csv"'
    response.headers["X-Burnboard-As-Of"] = file.provenance.fetched_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    response.headers["X-Burnboard-Data"] = "stale" if file.provenance.stale else "fresh"
    return response
