"""Where a figure came from, as a drawer beside the page: the formula, the rows, the question to the API, the id.

The drawer opens by the query key ``receipt``, which a click on any element with the attribute ``data-receipt`` writes.
Behaviour is in ``assets/receipt.js``.
"""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from components import dates, ids
from components.format import amount
from components.names import clean
from components.receipt_formula import formula
from components.receipt_rows import pinned, receipt_rows
from data.filters import to_search
from data.lineage.value import Asked, Receipt
from data.views.asking import Question

TITLE = ids.part("receipt", "title")


def receipt_drawer() -> Component:
    """The empty drawer, once per page. While it is open the page behind it waits, and gets the focus back."""
    words = {"data-receipt-close": "true", "aria-label": "Close the receipt"}
    close = html.Button("×", type="button", className="receipt-close", **words)
    head = html.Div([html.H2("Receipt", id=TITLE, tabIndex=-1), close], className="receipt-head")
    body = html.Div(id=ids.RECEIPT_BODY, className="receipt-body")
    return html.Dialog([head, body], id=ids.RECEIPT_DRAWER, className="receipt-drawer", **{"aria-labelledby": TITLE})


def draw_receipt(receipt: Receipt, question: Question) -> Component:
    """What the drawer holds. Names and ids are as the source sent them, so everything is cleaned."""
    when = [html.P(dates.window_title(*receipt.window), className="receipt-when")] if receipt.window else []
    made_of = formula(receipt)
    rule = [html.P(clean(receipt.rule, 300), className="receipt-rule")] if receipt.rule else []
    return html.Div(
        [
            html.H3(clean(receipt.title, 160)),
            *when,
            html.P(_amount(receipt), className="receipt-amount"),
            *([html.P(made_of, className="receipt-formula")] if made_of else []),
            *rule,
            *receipt_rows(receipt, question),
            *_sources(receipt, question),
            _identity(receipt, question),
        ],
        className="receipt",
        **{"data-receipt-shown": receipt.ident},
    )


def draw_failure(sentence: str, ident: str) -> Component:
    """What the drawer holds when there is no receipt to show."""
    return html.Div(
        [html.H3("No receipt to show"), html.P(clean(sentence, 300))],
        className="receipt",
        **{"data-receipt-shown": clean(ident, 40)},
    )


def _amount(receipt: Receipt) -> str:
    text = amount(receipt.amount, receipt.unit, is_money=receipt.is_money)
    return text if receipt.is_money or not receipt.unit else f"{text} {clean(receipt.unit, 40)}"


def _sources(receipt: Receipt, question: Question) -> list[Component]:
    if not receipt.asked:
        return []
    return [html.H4("Asked of the billing service"), *(_source(one, question) for one in receipt.asked)]


def _source(one: Asked, question: Question) -> Component:
    today = question.now.date()
    fetched = f"{dates.instant(one.fetched_at, today=today)}, {dates.age(one.fetched_at, question.now)}"
    named = [*((clean(name, 60), clean(value, 200)) for name, value in one.parameters), ("fetched", fetched)]
    return html.Div(
        [
            html.Code(f"{clean(one.method, 8)} {clean(one.path, 200)}", className="receipt-endpoint"),
            html.Dl([html.Div([html.Dt(name), html.Dd(value)]) for name, value in named]),
        ],
        className="receipt-source",
    )


def _identity(receipt: Receipt, question: Question) -> Component:
    """The id, and an address that shows it again."""
    copy = html.Button("Copy id", type="button", className="button-quiet", **{"data-copy": receipt.ident})
    return html.Div(
        [
            html.Code(receipt.ident, className="receipt-ident"),
            copy,
            html.A("Link to this receipt", href=to_search(pinned(question, receipt)), className="button-quiet"),
            html.Span(role="status", className="visually-hidden", **{"data-copied": "true"}),
        ],
        className="receipt-identity",
    )
