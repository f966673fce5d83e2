"""The table of invoices: one row per invoice, which opens to its lines; sums per currency close it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from dash import html

from components import dates
from components.drawn import page_href, pdf_href
from components.format import DASH, money
from components.grid import Cell, Detail, Group, Head, Row, Table, cell, grid
from components.line_items import line_items
from components.manner import manner
from components.names import clean
from data.analytics.invoice_lines_paid import contradiction
from data.analytics.invoices import CONSOLIDATED, SUM_NAMES, Invoice, InvoiceSum, State
from data.pages import Page
from data.views.asking import Question
from data.views.invoices import InvoicesView

TYPES = {
    "USAGE": "Usage",
    "SCHEDULED": "Scheduled charge",
    CONSOLIDATED: "Consolidated usage",
    "TRUEUP": "True-up",
}
# Of a finalized invoice the date says enough (it is no chip); everything else can still change or is not to be paid.
STATES = {
    State.DRAFT: ("Draft", "chip-warn"),
    State.UPCOMING: ("Upcoming", "chip-info"),
    State.VOID: ("Void", "chip-muted"),
    State.INCOMPLETE: ("Incomplete", "chip-warn"),
}
# The words of the payment provider (section 2.10 of the Metronome notes), and how good they are.
PAYMENTS = {
    "DRAFT": ("Draft at the payment provider", "chip-muted"),
    "FINALIZED": ("Awaiting payment", "chip-info"),
    "SENT": ("Sent, awaiting payment", "chip-info"),
    "QUEUED": ("Waiting to be sent", "chip-muted"),
    "PAID": ("Paid", "chip-good"),
    "PARTIALLY_PAID": ("Partly paid", "chip-warn"),
    "PAYMENT_FAILED": ("Payment failed", "chip-bad"),
    "UNCOLLECTIBLE": ("Written off", "chip-bad"),
    "INVALID_REQUEST_ERROR": ("Refused by the payment provider", "chip-bad"),
    "SKIPPED": ("Not sent for payment", "chip-muted"),
    "VOID": ("Void at the payment provider", "chip-muted"),
    "DELETED": ("Deleted at the payment provider", "chip-muted"),
}
HEADS = (
    Head("Invoice", "col-name"),
    Head("Status"),
    Head("Issued"),
    Head("Due"),
    Head("Total", "num strong"),
    Head("Payment"),
    Head("Contract"),
    Head("Linked to"),
    Head("Document"),
)
NO_FILES = HEADS[:-1]
CAPTION = "Invoices, newest first: status, dates, total and payment. Days are UTC; a row opens to its lines."
SUMS_TITLE = "Sums per currency: without void and unbillable invoices, and without copies of other invoices' lines"
_DAY = timedelta(days=1)


def invoices_table(view: InvoicesView, question: Question, *, ident: str = "") -> html.Div:
    """One row per invoice of ``view``; those that the address opens stand with their lines."""
    opened = set(question.filters.open)
    rows = [_row(one, view, question, opened) for one in view.invoices]
    sums = [_sum(one, view) for one in view.sums]
    groups = [Group(rows), Group(sums, title=SUMS_TITLE)]
    heads = HEADS if _has_documents(view) else NO_FILES
    return grid(
        caption=CAPTION, kind="invoices-table", heads=heads, groups=[one for one in groups if one.rows], ident=ident
    )


def _has_documents(view: InvoicesView) -> bool:
    """A document may print the names of grants: there is none for who is not shown them."""
    return manner().files and not view.names_hidden


def invoice_name(invoice: Invoice) -> str:
    """What people call it: its period, else the day of its issue, else its id."""
    starts, ends = invoice.starts_at, invoice.ends_at
    if starts is not None and ends is not None and starts < ends:
        return period_name(starts, ends)
    day = starts or ends or invoice.issued_at
    return dates.day(day) if day is not None else clean(invoice.invoice_id, 40)


def period_name(starts: datetime, ends: datetime) -> str:
    """``Oct 2026`` for a whole month, else its days: ``15 Oct – 14 Nov 2026``."""
    last = dates.last_day(ends)
    whole = starts == dates.midnight_of(starts) and ends == dates.midnight_of(ends)
    if whole and starts.day == 1 and (last + _DAY).day == 1 and (starts.year, starts.month) == (last.year, last.month):
        return dates.window_head(starts, ends)
    return dates.days_between(starts.date(), last)


def _row(invoice: Invoice, view: InvoicesView, question: Question, opened: Collection[str]) -> Row:
    cells = [
        _name(invoice),
        _status(invoice, question.now),
        dates.day(invoice.issued_at) if invoice.issued_at else DASH,
        dates.day(invoice.due_at) if invoice.due_at else DASH,
        _total(invoice, view),
        _payment(invoice, question.now),
        _contract(invoice, view),
        _linked(invoice, view, question),
        *([cell("PDF", href=pdf_href(question, invoice.invoice_id))] if _has_documents(view) else []),
    ]
    detail = _detail(invoice, view, question) if invoice.invoice_id in opened else None
    return Row(cells, kind=f"is-{invoice.state}", toggle=invoice.invoice_id, detail=detail)


def _name(invoice: Invoice) -> Cell:
    kind = TYPES.get(invoice.type.upper(), clean(invoice.type, 40)) if invoice.type else "Of no stated type"
    below = [kind, *(["Outside the range and status chosen"] if invoice.outside else [])]
    return cell(invoice_name(invoice), below=below, title=clean(invoice.invoice_id, 60))


def _status(invoice: Invoice, now: datetime) -> Cell:
    if invoice.state in STATES:
        return cell("", chip=STATES[invoice.state], below=_until(invoice, now))
    return "Final" if invoice.state is State.FINALIZED else clean(invoice.status or "Not known", 40)


def _until(invoice: Invoice, now: datetime) -> list[str]:
    """How long a draft can still change; one that should be final by now says so."""
    ends = invoice.settles_at
    if ends is None:
        return []
    verb = "can change until" if ends > now else "should be final since"
    return [f"{verb} {dates.instant(ends)}"]


def _total(invoice: Invoice, view: InvoicesView) -> Cell:
    """As sent; what contradicts it stands beside it, and nothing is put right."""
    unit = invoice.unit.label
    check = view.line_sums[invoice.invoice_id]
    told = (
        f"Its lines add up to {money(check.total, unit)}" if view.lines[invoice.invoice_id] else "It came without lines"
    )
    return cell(
        money(invoice.total, unit, missing="not known"),
        receipt="" if invoice.total is None else view.seal.mark("total", invoice.invoice_id),
        below=[] if invoice.billable else ["Will not be billed"],
        warning=told if check.contradicts else "",
    )


def _payment(invoice: Invoice, now: datetime) -> Cell:
    """Metronome's own word stands behind the plain one; a due date alone says nothing about payment."""
    if not invoice.payment:
        return DASH
    words, tone = PAYMENTS.get(invoice.payment.upper(), (clean(invoice.payment, 40), "chip-muted"))
    overdue = invoice.is_overdue(now)
    chip = ("Overdue", "chip-bad") if overdue else (words, tone)
    return cell("", chip=chip, below=[words] if overdue else [], title=clean(invoice.payment, 40))


def _contract(invoice: Invoice, view: InvoicesView) -> Cell:
    if not invoice.contract_id:
        return DASH
    name = view.contracts.get(invoice.contract_id, "")
    return cell(clean(name or invoice.contract_id, 40), title=clean(invoice.contract_id, 40) if name else "")


def links_of(invoice: Invoice) -> list[tuple[str, str]]:
    """What ties it to other invoices, in words, and their ids."""
    return [
        *([("Corrects", invoice.corrects_id)] if invoice.corrects_id else []),
        *(("Corrected by", ident) for ident in invoice.corrected_by),
        *([("Replaces", invoice.regenerated_from_id)] if invoice.regenerated_from_id else []),
        *(("Replaced by", ident) for ident in invoice.replaced_by),
    ]


def _linked(invoice: Invoice, view: InvoicesView, question: Question) -> Cell:
    links = links_of(invoice)
    if not links:
        return DASH
    more = [f"and {len(links) - 1} more below the row"] if len(links) > 1 else []
    return _link(*links[0], view=view, question=question, below=more)


def _link(words: str, ident: str, *, view: InvoicesView, question: Question, below: Sequence[str] = ()) -> Cell:
    """To the other invoice on this page, which is then listed wherever it lies."""
    other = next((one for one in view.invoices if one.invoice_id == ident), None)
    named = invoice_name(other) if other else clean(ident, 16)
    filters = question.filters
    opened = tuple(dict.fromkeys((*filters.open, ident)))
    href = page_href(question, Page.INVOICES, open=opened, status=filters.status, zero=filters.zero)
    return cell(f"{words} {named}", href=href, title=clean(ident, 60), below=below)


def _detail(invoice: Invoice, view: InvoicesView, question: Question) -> Detail:
    items = line_items(invoice, view, zero=question.filters.zero)
    links = [Row([_link(*one, view=view, question=question)]) for one in links_of(invoice)]
    linked = [Table("Invoices linked to this one", (Head("Linked invoices", "col-name"),), (Group(links),))]
    reason = [f"Reason of the correction: {clean(invoice.correction, 200)}"] if invoice.correction else []
    return Detail(tables=(*items.tables, *(linked if len(links) > 1 else [])), notes=(*reason, *items.notes))


def _sum(one: InvoiceSum, view: InvoicesView) -> Row:
    unit = one.unit.label
    count = f"{len(one.invoices)} invoice{'' if len(one.invoices) == 1 else 's'}"
    wrong = view.contradicted(one)
    below = [count, *([contradiction(wrong)] if wrong else [])]
    total = cell(
        money(one.total, unit, missing="not known"),
        receipt="" if one.total is None else view.seal.mark("sum", unit, one.state),
    )
    cells = [cell(f"{SUM_NAMES[one.state]}, {clean(unit, 24)}", below=below), "", "", "", total]
    return Row([*cells, *[""] * (len(HEADS if _has_documents(view) else NO_FILES) - len(cells))], kind="total-row")
