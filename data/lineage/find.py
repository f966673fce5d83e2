"""Which figure has this id? The view that the id's letter names is asked once more, and its figures are searched."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from data.errors import BadQuery, NotFound, SourceError
from data.lineage import balance_steps, balances, balances_burn, drift, headline, invoices, proof, spend, usage
from data.lineage.value import Figures, Receipt
from data.query_values import shown
from data.views.asking import Question
from data.views.balances import balances_view, burn_view, expiring_view, obligations_view
from data.views.commitments import commitments_view
from data.views.drift import drift_view
from data.views.headline import headline_view
from data.views.invoices import invoices_view
from data.views.proof import proof_view
from data.views.spend import spend_view
from data.views.usage import usage_view

INVOICES: Final = "I"
_IDENT: Final = re.compile(r"[A-Z]-[A-Z2-7]{8}")
ELSEWHERE: Final = (
    "No figure of this page, as it is shown now, has the receipt {ident}. A receipt belongs to an account, to days and "
    "to a way of grouping: open the address that it was copied with."
)
PERHAPS_THERE: Final = "The part of the page that may show this figure could not be loaded. {sentence}"


@dataclass(frozen=True)
class Views:
    """How the figures of one view are had: the view, and its figures by receipt id."""

    load: Callable[[Question], Any]
    figures: Callable[[Any, Question], Figures]


# By the letter that the ids of a view begin with, all views that use it.
VIEWS: Final[Mapping[str, tuple[Views, ...]]] = {
    "U": (Views(usage_view, usage.figures),),
    "S": (Views(spend_view, spend.figures),),
    "C": (
        Views(balances_view, balances.figures),
        Views(obligations_view, balances.obligation_figures),
        Views(headline_view, headline.figures),
        Views(expiring_view, balances_burn.expiring_figures),
        Views(burn_view, balances_burn.burn_figures),
        Views(commitments_view, balance_steps.figures),
    ),
    INVOICES: (Views(invoices_view, invoices.figures),),
    "D": (Views(drift_view, drift.figures),),
    "P": (Views(proof_view, proof.figures),),
}


def receipt_of(question: Question, ident: str) -> Receipt:
    """The receipt of the figure ``ident`` of the page that ``question`` shows.

    Raises ``BadQuery`` for a text that is no receipt id, ``NotFound`` for an id of another account, range or state of
    the page, and ``SourceError`` when the view that it may belong to cannot be loaded.
    """
    if not _IDENT.fullmatch(ident):
        raise BadQuery(f"{shown(ident)} is not the id of a receipt, such as S-4KQ7M2XA.")
    # Invoices outside the range are listed because the address opens them; no other figure depends on what is open.
    opened = question.filters.open if ident[0] == INVOICES else ()
    plain = replace(question, filters=replace(question.filters, open=opened, receipt=""))
    failed: list[SourceError] = []
    candidates = VIEWS.get(ident[0], ())
    for views in candidates:
        try:
            make = views.figures(plain.answer(views.load), plain).get(ident)
        except SourceError as error:
            failed.append(error)
            continue
        if make is not None:
            return make()
    raise _missing(ident, failed, len(candidates))


def _missing(ident: str, failed: Sequence[SourceError], asked: int) -> SourceError:
    """Why none of the ``asked`` views gave the receipt: one that failed may have it, else the id is of another page."""
    if not failed:
        return NotFound(sentence=ELSEWHERE.format(ident=ident))
    first = failed[0]
    if len(failed) == asked:
        return first
    sentence = PERHAPS_THERE.format(sentence=first.sentence)
    return type(first)(first.detail, sentence=sentence, retry_after=first.retry_after)
