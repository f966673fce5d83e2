"""The mark in the page header: one quiet link to the proof that says whether the books of these days agree."""

from __future__ import annotations

from collections.abc import Iterable

from dash import html

from components.panels.proof import TITLES
from data.analytics.proofs.causes import Status
from data.analytics.proofs.check import CheckName
from data.errors import SourceError
from data.views.proof import ProofView

_OPEN = "Open the proof."
# What a mark may name where it was compared; together, and with all else, they are the books.
_NAMED = {CheckName.WINDOWS_INVOICE: "invoices", CheckName.LEDGER_BALANCE: "ledgers"}


def proof_mark(view: ProofView, *, href: str) -> html.A:
    """Green when everything that there is to compare agrees or is explained, amber when something does not or could
    not be compared; never by colour alone, and never in words for more than was compared."""
    return _mark(*_verdict(view), title=_title(view), href=href)


def unchecked_mark(error: SourceError, *, href: str) -> html.A:
    """The mark of books that could not be looked at."""
    return _mark("quiet", "Not checked", title=f"{error.sentence} {_OPEN}", href=href)


def _mark(kind: str, words: str, *, title: str, href: str) -> html.A:
    return html.A(words, href=href, className=f"proof-mark is-{kind}", title=title, **{"data-page-link": "true"})


def _verdict(view: ProofView) -> tuple[str, str]:
    failed, explained, missing = view.counts[Status.FAILED], view.counts[Status.EXPLAINED], len(view.missing)
    wrong = [f"{failed} {'does' if failed == 1 else 'do'} not add up"] if failed else []
    wrong += [f"{missing} not compared"] if missing else []
    if wrong:
        return "warn", ", ".join(wrong)
    if not view.compared:
        return "quiet", "Nothing to compare" if view.is_full else "No invoices or ledgers"
    return "good", f"{_agreeing(view)}, {explained} explained" if explained else _agreeing(view)


def _agreeing(view: ProofView) -> str:
    compared = {one.check for one in view.compared}
    named = " and ".join(word for name, word in _NAMED.items() if name in compared)
    if not named:
        return "What was compared agrees"
    return "Books agree" if view.is_full else f"{named} agree".capitalize()


def _title(view: ProofView) -> str:
    """What was compared, what could not be, and what only the proof itself compares."""
    apart = [f"{view.not_additive} not additive."] if view.not_additive else []
    said = [
        *_listed("Compared:", (one.check for one in view.compared)),
        *_listed("Not compared:", (one.check for one in view.missing)),
        *apart,
        *_listed("Only the proof compares", (name for name in CheckName if name not in view.kinds)),
    ]
    return " ".join([*said, _OPEN])


def _listed(words: str, names: Iterable[CheckName]) -> list[str]:
    listed = ", ".join(dict.fromkeys(TITLES[one].lower() for one in names))
    return [f"{words} {listed}."] if listed else []
