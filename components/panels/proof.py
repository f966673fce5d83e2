"""The proof panel: every check of the range, what it expected, what it found and why they differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal

from dash import html
from dash.development.base_component import Component

from components import dates, ids
from components.drawn import Drawn, file_href, origin_footer, origin_notices, page_href
from components.format import DASH, money, quantity
from components.grid import Cell, Group, Head, Row, cell, grid, note
from components.names import clean
from components.notices import NoticeKind, notice
from data.analytics.proofs.causes import Cause, Status
from data.analytics.proofs.check import Check, CheckName
from data.pages import Page
from data.views.asking import Question
from data.views.proof import ProofView

TITLES = {
    CheckName.WINDOWS_INVOICE: "Windows and invoices",
    CheckName.USAGE_QUANTITY: "Usage and billed quantity",
    CheckName.LEDGER_BALANCE: "Ledgers and balances",
    CheckName.NET_BALANCE: "Net balance",
    CheckName.DEDUCTION_LINES: "Deductions and applied lines",
    CheckName.GROUPS_TOTAL: "Groups and totals",
    CheckName.NO_PURCHASE: "No purchase counted as usage",
}
COMPARED = {
    CheckName.WINDOWS_INVOICE: "the invoice's lines and total, against what its days sum to",
    CheckName.USAGE_QUANTITY: "what the metric counted over the billing period, against what was billed",
    CheckName.LEDGER_BALANCE: "what the ledger's entries add up to, against the balance",
    CheckName.NET_BALANCE: "the sum of the balances, against the net balance, with drafts and without",
    CheckName.DEDUCTION_LINES: "what the ledger took off, against what the invoice's lines applied",
    CheckName.GROUPS_TOTAL: "the ungrouped usage, against the sum of its groups",
    CheckName.NO_PURCHASE: "nothing, against usage that looks like the purchase of a commit",
}
STATUSES = {
    Status.PASSED: ("Agrees", "chip-good"),
    Status.EXPLAINED: ("Explained", "chip-info"),
    Status.FAILED: ("Does not add up", "chip-bad"),
}
CAUSES = {
    Cause.LATE_USAGE: "Usage arrived after the invoice was final",
    Cause.ROUNDING: "Amounts are rounded line by line",
    Cause.TIERS: "Tiered prices: a day on its own is priced in the first tiers",
    Cause.EDGE_WINDOW: "The period does not begin or end at midnight UTC, so its edges are cut off",
    Cause.NOT_BROKEN_DOWN: "Such lines are not broken down by day",
    Cause.FLOORED: "What is overdrawn counts as zero",
    Cause.DRAFT: "A draft grew between two readings",
    Cause.NON_ADDITIVE: "This metric is not meant to add up",
    Cause.UNKNOWN: "No documented cause explains it",
}
LINE_TYPES = {
    "usage": "usage",
    "applied_commit_or_credit": "commits and credits applied",
    "subscription": "subscription",
    "scheduled": "scheduled charge",
    "commit_purchase": "purchase of a commit",
    "cpu_conversion": "conversion",
    "postpaid_trueup": "true-up",
}
HEADS = (
    Head("Comparison", "col-name"),
    Head("Result"),
    Head("Expected", "num"),
    Head("Found", "num"),
    Head("Difference", "num strong"),
    Head("Cause"),
)
CAPTION = "Every comparison of these days: what was expected, what was found, the difference and its cause."
MOST_ROWS = 300


def draw_proof(view: ProofView, question: Question) -> Drawn:
    return Drawn(
        notices=(*_notices(view), *origin_notices(view.provenance, question)),
        summary=summary(view),
        main=_main(view, question) if view.checks else None,
        footer=origin_footer(view.provenance, question),
        files={
            ids.part("proof", "csv"): file_href(question, "proof.csv"),
            ids.part("proof", "json"): file_href(question, "proof.json"),
        },
    )


def summary(view: ProofView) -> str:
    """``41 checks: 39 passed, 2 explained, 0 failed. 2 not additive.``, and how many could not be made."""
    told = ", ".join(f"{view.counts[status]} {status.value}" for status in Status)
    apart = f" {view.not_additive} not additive." if view.not_additive else ""
    missing = f" {_number(len(view.missing), 'comparison')} could not be made." if view.missing else ""
    return f"{_number(len(view.compared), 'check')}: {told}.{apart}{missing}"


def _main(view: ProofView, question: Question) -> Component:
    shown = _first(view.checks)
    left_out = len(view.checks) - len(shown)
    groups = [
        Group([_row(one, view, question) for one in shown if one.check is name], title=_title(name)) for name in TITLES
    ]
    table = grid(
        caption=CAPTION,
        kind="proof-table",
        heads=HEADS,
        groups=[one for one in groups if one.rows],
        ident=ids.PROOF_TABLE,
    )
    more = [note(f"The files hold {_number(left_out, 'more check')}.")] if left_out else []
    return html.Div([table, *more, *_not_run(view)])


def _first(checks: Iterable[Check]) -> list[Check]:
    """What fits on a page: what failed first, then what is explained."""
    order = (Status.FAILED, Status.EXPLAINED, Status.PASSED)
    return sorted(checks, key=lambda one: order.index(one.status))[:MOST_ROWS]


def _row(check: Check, view: ProofView, question: Question) -> Row:
    text, tone = STATUSES[check.status]
    cause = cell(CAUSES[check.cause], title=check.cause.value) if check.cause else DASH
    cells = [
        _name(check, question),
        cell("", chip=(text, tone)),
        _figure(view, check, "expected", check.expected),
        _figure(view, check, "actual", check.actual),
        _figure(view, check, "difference", check.difference),
        cause,
    ]
    return Row(cells, kind=f"is-{check.status.value}")


def _name(check: Check, question: Question) -> Cell:
    """What is compared, of which period, with the way to it."""
    kind = LINE_TYPES.get(check.line_type, clean(check.line_type, 40)) if check.line_type else ""
    period = dates.days_between(check.start.date(), dates.last_day(check.end)) if check.start and check.end else ""
    return cell(
        clean(check.named, 80),
        href=_href(check, question),
        below=[one for one in (kind, period) if one],
        title=clean(check.subject, 120),
    )


def _href(check: Check, question: Question) -> str:
    if check.invoice_id:
        return page_href(question, Page.INVOICES, open=(check.invoice_id,))
    return page_href(question, Page.COMMITMENTS, open=(check.balance_id,)) if check.balance_id else ""


def _figure(view: ProofView, check: Check, name: str, value: Decimal | None) -> Cell:
    if value is None:
        return DASH
    text = money(value, check.currency) if check.is_money else quantity(value, check.currency)
    signed = f"+{text}" if name == "difference" and value > 0 else text
    return cell(signed, receipt=view.receipt(check, name))


def _notices(view: ProofView) -> tuple[Component, ...]:
    found = [notice(NoticeKind.INFO, "Worth knowing", one) for one in view.notes]
    if not view.checks:
        text = "There is neither an invoice nor a balance in these days. Try a longer range."
        found.append(notice(NoticeKind.EMPTY, "Nothing to compare", text))
    return tuple(found)


def _not_run(view: ProofView) -> list[Component]:
    """What could not be compared, by kind and reason: it neither agrees nor differs."""
    reasons = Counter((one.check, one.reason) for one in view.not_run)
    return [
        note(f"Not compared, {TITLES[name].lower()} ({count}): {reason}") for (name, reason), count in reasons.items()
    ]


def _title(name: CheckName) -> str:
    return f"{TITLES[name]}: {COMPARED[name]}"


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
