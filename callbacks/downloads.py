"""Files as plain GET routes beside the page, with the page's own query. All or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import IO

import pandas as pd
from dash import Dash
from flask import Response, request

from callbacks.context import Context
from data.errors import BadQuery, NotFound
from data.files import to_csv
from data.filters import Filters, from_search_strict
from data.lineage.find import receipt_of
from data.lineage.receipt_file import receipt_file
from data.query_values import is_id, shown
from data.views.asking import Provenance, Question
from data.views.commitments import commitments_view
from data.views.invoices import invoices_file, line_items_file
from data.views.proof import json_text, proof_file, proof_json, proof_view
from data.views.spend import spend_view
from data.views.usage import usage_view

CHUNK_BYTES = 64 * 1024
CSV, JSON, PDF = "text/csv; charset=utf-8", "application/json", "application/pdf"


@dataclass(frozen=True)
class File:
    """What a file holds and where it comes from."""

    body: bytes
    fetched_at: datetime
    is_old: bool


def _csv(rows: pd.DataFrame, provenance: Provenance) -> File:
    return File(to_csv(rows), provenance.fetched_at, provenance.stale is not None)


def _usage(question: Question) -> File:
    view = usage_view(question)
    return _csv(view.file(), view.provenance)


def _spend(question: Question) -> File:
    view = spend_view(question)
    return _csv(view.file(), view.provenance)


def _commitments(question: Question) -> File:
    view = commitments_view(question)
    return _csv(view.burn.table, view.provenance)


def _ledger(question: Question) -> File:
    view = commitments_view(question)
    return _csv(view.ledger, view.provenance)


def _invoices(question: Question) -> File:
    file = invoices_file(question)
    return _csv(file.rows, file.provenance)


def _line_items(question: Question) -> File:
    file = line_items_file(question)
    return _csv(file.rows, file.provenance)


def _proof_csv(question: Question) -> File:
    view = proof_view(question)
    return _csv(proof_file(view), view.provenance)


def _proof_json(question: Question) -> File:
    view = proof_view(question)
    body, origin = json_text(proof_json(view, question.ask.customer_id)).encode(), view.provenance
    return File(body, origin.fetched_at, origin.stale is not None)


def _receipt(question: Question) -> File:
    if not question.filters.receipt:
        raise BadQuery("The query does not name a receipt, such as receipt=S-4KQ7M2XA.")
    receipt = receipt_of(question, question.filters.receipt)
    fetched = min((one.fetched_at for one in receipt.asked), default=question.now)
    return File(to_csv(receipt_file(receipt)), fetched, any(one.is_old for one in receipt.asked))


FILES: dict[str, Callable[[Question], File]] = {
    "usage.csv": _usage,
    "spend.csv": _spend,
    "commitments.csv": _commitments,
    "ledger.csv": _ledger,
    "invoices.csv": _invoices,
    "line_items.csv": _line_items,
    "proof.csv": _proof_csv,
    "proof.json": _proof_json,
}


def _anybody() -> None:
    """Nobody is refused here: what the guard let through may have the file."""


def _every(_question: Question, _invoice_id: str) -> bool:
    return True


# Its query names a figure of the page; the other files read past that.
RECEIPT = "receipt.csv"


def register(app: Dash, context: Context) -> None:
    for name, load in {**FILES, RECEIPT: _receipt}.items():
        add_file(app, context, name, load=load)
    add_pdf(app, context)


def add_file(
    app: Dash,
    context: Context,
    name: str,
    *,
    load: Callable[[Question], File],
    admit: Callable[[], None] = _anybody,
) -> None:
    """The route of one file; ``admit`` raises for whoever may not have it, before anything is read or asked."""

    def answer(customer_id: str) -> Response:
        admit()
        filters = from_search_strict(request.query_string.decode("ascii", "replace"))
        _require_account(context, customer_id)
        file = load(context.question(customer_id, filters, whole=True))
        return _response(file, f"{name.split('.', maxsplit=1)[0]}-{customer_id}.{name.split('.')[1]}")

    app.server.add_url_rule(_beside(app) + name, f"download_{name.replace('.', '_')}", answer)


def add_pdf(
    app: Dash,
    context: Context,
    *,
    admit: Callable[[], None] = _anybody,
    has: Callable[[Question, str], bool] = _every,
) -> None:
    """The route of invoices as documents; ``has`` is whether the viewer is shown the invoice at all."""

    def answer(customer_id: str, invoice_id: str) -> Response:
        admit()
        for key in request.args:
            raise BadQuery(f"This file takes no query; {shown(key)} is not known here.")
        _require_account(context, customer_id)
        if not is_id(invoice_id) or not has(context.question(customer_id, Filters(), whole=True), invoice_id):
            raise NotFound(sentence="There is no invoice with this id.")
        return _pdf(context, customer_id, invoice_id)

    app.server.add_url_rule(f"{_beside(app)}invoices/<invoice_id>.pdf", "download_pdf", answer)


def _beside(app: Dash) -> str:
    return f"{app.config.routes_pathname_prefix}accounts/<customer_id>/"


def _require_account(context: Context, customer_id: str) -> None:
    """Raise ``NotFound`` for an account that there is not."""
    if not is_id(customer_id):
        raise NotFound(sentence="There is no account with this id.")
    context.source.account(context.ask(customer_id, whole=True))


def _response(file: File, filename: str) -> Response:
    response = Response(file.body, content_type=JSON if filename.endswith(".json") else CSV)
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    response.headers["X-Burnboard-As-Of"] = file.fetched_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    response.headers["X-Burnboard-Data"] = "stale" if file.is_old else "fresh"
    return response


def _pdf(context: Context, customer_id: str, invoice_id: str) -> Response:
    """The invoice's document, once all of it is here; it is never kept."""
    document = context.source.invoice_pdf(context.ask(customer_id, whole=True), invoice_id)
    response = Response(_pieces(document.file), content_type=PDF)
    response.call_on_close(document.file.close)  # HEAD takes no pieces
    response.headers["Content-Disposition"] = f'attachment; filename="invoice-{invoice_id}.pdf"'
    response.content_length = document.length
    return response


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(CHUNK_BYTES):
            yield piece
