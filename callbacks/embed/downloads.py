"""Files of a frame, the same as the app's: for the account, the panels and the invoices that the token opens, where it
allows files at all. They keep raw group values, so that they can be joined with other data.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from dash import Dash

from callbacks.context import Context
from callbacks.downloads import FILES, add_file, add_pdf
from callbacks.embed.session import customer_of
from data.scope import AccessDenied, Right
from data.views.asking import Question
from data.views.limits import allowed_invoices

# The panels that offer a file: one of them has to be open. Proof and receipts are in no frame.
OFFERED_BY: Final = {
    "usage.csv": ("usage",),
    "spend.csv": ("spend",),
    "commitments.csv": ("burndown", "balances"),
    "ledger.csv": ("burndown", "balances"),
    "invoices.csv": ("invoices",),
    "line_items.csv": ("invoices",),
}
DOCUMENTS: Final = ("invoices",)


def register(app: Dash, context: Context) -> None:
    for name, panels in OFFERED_BY.items():
        add_file(app, context, name, load=FILES[name], admit=_admit(context, panels))
    add_pdf(app, context, admit=_admit_documents(context), has=_is_shown)


def _admit(context: Context, panels: tuple[str, ...]) -> Callable[[], None]:
    def admit() -> None:
        scope = context.scope()
        customer_of(scope)
        scope.require_right(Right.EXPORT)
        opened = scope.locked.panels
        scope.require_panel(next((one for one in panels if opened is None or one in opened), panels[0]))

    return admit


def _admit_documents(context: Context) -> Callable[[], None]:
    """Documents are the API's own and may print the names of grants, so they go where those may be shown."""
    admit = _admit(context, DOCUMENTS)

    def admit_documents() -> None:
        admit()
        if context.scope().locked.balances.hide_names:
            raise AccessDenied("names")

    return admit_documents


def _is_shown(question: Question, invoice_id: str) -> bool:
    """Whether the invoice is one of those that the token leaves."""
    loaded = allowed_invoices(question, question.source.invoices(question.ask))
    return bool((loaded.value.invoices["invoice_id"] == invoice_id).any())
