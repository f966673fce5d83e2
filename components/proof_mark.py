"""The mark in the page header: one quiet link to the proof that says whether the books of these days agree."""

from __future__ import annotations

from dash import html

from components.panels.proof import TITLES
from data.analytics.proofs.causes import Status
from data.views.proof import ProofView


def proof_mark(view: ProofView, *, href: str) -> html.A:
    """Green when everything agrees or is explained, amber when something is not; never by colour alone."""
    kind, words = _verdict(view)
    missing = f", {len(view.not_run)} not compared" if view.not_run else ""
    looked_at = ", ".join(dict.fromkeys(TITLES[one.check].lower() for one in view.checks))
    told = f"Compared: {looked_at}. Open the proof." if looked_at else "Open the proof."
    return html.A(
        words + missing, href=href, className=f"proof-mark is-{kind}", title=told, **{"data-page-link": "true"}
    )


def _verdict(view: ProofView) -> tuple[str, str]:
    failed, explained = view.counts[Status.FAILED], view.counts[Status.EXPLAINED]
    if failed:
        return "warn", f"{failed} {'does' if failed == 1 else 'do'} not add up"
    if not view.checks:
        return "quiet", "Nothing to compare"
    return "good", f"Books agree, {explained} explained" if explained else "Books agree"
