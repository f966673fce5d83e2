"""What is on an invoice: its lines by product, and under each the credits that paid for it.

Nothing is put right here: amounts stand as sent, and where they do not add up the sum of the lines stands beside.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from components import dates
from components.format import money, quantity, rate, share
from components.grid import Cell, Detail, Group, Head, Row, Table, cell
from components.names import clean
from data.analytics.groups import group_name
from data.analytics.invoice_lines import Line
from data.analytics.invoice_lines_paid import Charge, LineSum, ProductLines, Shared, by_product, without_unused
from data.analytics.invoices import Invoice
from data.money import EXACT
from data.views.invoices import InvoicesView

KINDS = {
    "subscription": "Recurring fee",
    "scheduled": "Scheduled charge",
    "commit_purchase": "Purchase of a commit, which pays for later usage",
    "cpu_conversion": "Conversion into the invoice's currency",
    "postpaid_trueup": "True-up of a postpaid commit",
    "other": "Another kind of charge",
}
HEADS = (Head("Line", "col-name"), Head("Quantity", "num"), Head("Unit price", "num"), Head("Total", "num strong"))
# The places of a line's receipts, and the fields that they show.
FIGURES = {
    "line": "total",
    "quantity": "quantity",
    "price": "unit_price",
    "list": "list_price",
    "consumed": "consumed",
}
NOT_COUNTED = "not part of the invoice's total"


def line_items(invoice: Invoice, view: InvoicesView, *, zero: bool) -> Detail:
    """The lines of ``invoice`` and what has to be said about them; lines without usage only with ``zero``."""
    lines = view.lines[invoice.invoice_id]
    if not lines:
        return Detail(notes=("The billing service sent no lines for this invoice.",))
    products = by_product(lines)
    shown, hidden = (products, 0) if zero else without_unused(products)
    check = view.line_sums[invoice.invoice_id]
    groups = [_product(one, invoice, view) for one in shown]
    caption = f"Lines of invoice {clean(invoice.invoice_id, 60)} by product"
    closing = Group(_closing(invoice, check, view))
    return Detail((Table(caption, HEADS, (*groups, closing), kind="line-items"),), _notes(invoice, view, hidden))


def _notes(invoice: Invoice, view: InvoicesView, hidden: int) -> tuple[str | list[Cell], ...]:
    check = view.line_sums[invoice.invoice_id]
    notes: list[str | list[Cell]] = []
    if hidden:
        notes.append(f"{hidden} line{' with no usage is' if hidden == 1 else 's with no usage are'} hidden.")
    if check.is_rounded:
        lines = cell(rate(check.total, invoice.unit.label), receipt=view.seal.mark("lines", invoice.invoice_id))
        notes.append(["The total is rounded: its lines add up to ", lines, "."])
    if check.total is None:
        notes.append("A line came without an amount, so the lines cannot be checked against the total.")
    return tuple(notes)


def _product(product: ProductLines, invoice: Invoice, view: InvoicesView) -> Group:
    payers = {line.row: one.line for one in product.shared for line in one.covers}
    rows = [row for charge in product.charges for row in _charge(charge, payers, invoice, view)]
    rows += [_applied(one.line, invoice, view, covers=_covers(one)) for one in product.shared]
    return Group(rows, title=clean(product.product or "Without a product", 80))


def _charge(charge: Charge, payers: Mapping[int, Line], invoice: Invoice, view: InvoicesView) -> list[Row]:
    """``payers``: by the row of a line, the credit that paid for it together with others."""
    line, unit = charge.line, charge.line.unit.label
    payer = payers.get(line.row)
    paid = [f"paid by {_payer(payer, view)}"] if payer else []
    name = cell(_name(line), below=[*_about(line, invoice), *([] if line.counts else [_own_unit(line)]), *paid])
    cells = [
        name,
        _figure("quantity", quantity(line.quantity, missing=""), line, invoice, view),
        _price(line, invoice, view),
        _figure("line", money(line.total, unit, missing="not known"), line, invoice, view),
    ]
    return [Row(cells), *(_applied(one, invoice, view) for one in charge.applied)]


def _applied(line: Line, invoice: Invoice, view: InvoicesView, *, covers: str = "") -> Row:
    """A credit under what it paid for; a postpaid deduction only counts toward what was promised."""
    named = f"Counted toward {_payer(line, view)}" if line.postpaid else f"{_payer(line, view)} applied"
    below = [text for text in (covers, NOT_COUNTED if line.postpaid else "") if text]
    total = money(line.total, line.unit.label, missing="not known")
    consumed = "" if line.consumed is None else f"{quantity(line.consumed)} drawn"
    drawn = _figure("consumed", consumed, line, invoice, view)
    cells = [cell(named, below=below), drawn, "", _figure("line", total, line, invoice, view)]
    return Row(cells, kind="sub-row")


def _payer(line: Line, view: InvoicesView) -> str:
    """The commit or credit of a deduction by its name, as far as it is known and the viewer is told names."""
    unknown = "Commit or credit" if view.names_hidden else line.name or line.commit_id
    return clean(view.balances.get(line.commit_id, "") or unknown, 60)


def _covers(one: Shared) -> str:
    count = len(one.covers)
    return f"for {count} lines" if count else "the invoice has no line that it paid for"


def _name(line: Line) -> str:
    """The group that was used; without one what the line is called."""
    if not line.group:
        return clean(line.name or line.product, 80)
    parts = (f"{clean(key, 40)}: {clean(group_name({key: value}).label, 60)}" for key, value in line.group.items())
    return ", ".join(parts)


def _about(line: Line, invoice: Invoice) -> list[str]:
    """What the columns have no room for: another name, kind, days and tier where they are not the usual ones."""
    other_name = [clean(line.name, 80)] if line.group and line.name not in ("", line.product) else []
    kind = [KINDS[line.kind]] if line.kind in KINDS else []
    days = []
    if line.starts_at and line.ends_at and (line.starts_at, line.ends_at) != (invoice.starts_at, invoice.ends_at):
        days = [dates.days_between(line.starts_at.date(), dates.last_day(line.ends_at))]
    tier = [f"Tier {clean(line.tier, 12)}"] if line.tier else []
    return [*other_name, *kind, *days, *tier]


def _own_unit(line: Line) -> str:
    return f"in {clean(line.unit.label, 24)}, {NOT_COUNTED}"


def _price(line: Line, invoice: Invoice, view: InvoicesView) -> Cell:
    """To six significant digits; with the list price where another one was agreed."""
    text, listed = rate(line.unit_price, line.unit.label, missing=""), line.list_price
    below: list[list[Cell]] = []
    if listed is not None and line.unit_price is not None and listed != line.unit_price:
        part = share(abs(EXACT.subtract(listed, line.unit_price)), listed)
        side = "off" if line.unit_price < listed else "above"
        told = _figure("list", rate(listed, line.unit.label), line, invoice, view)
        below = [["list ", told, f", {part} {side}" if listed > 0 else ""]]
    return _figure("price", text, line, invoice, view, below=below)


def _figure(
    place: str, text: str, line: Line, invoice: Invoice, view: InvoicesView, *, below: Sequence[list[Cell]] = ()
) -> Cell:
    """A figure of a line with its receipt; what was not sent has none."""
    known = getattr(line, FIGURES[place]) is not None
    receipt = view.seal.mark(place, invoice.invoice_id, line.line) if known else ""
    return cell(text, receipt=receipt, below=below)


def _closing(invoice: Invoice, check: LineSum, view: InvoicesView) -> list[Row]:
    """The total as sent; another one that the lines give stands under it."""
    unit = invoice.unit.label
    total = "" if invoice.total is None else view.seal.mark("total", invoice.invoice_id)
    rows = [_closing_row("Total of the invoice", money(invoice.total, unit, missing="not known"), total)]
    if check.contradicts or (invoice.total is None and check.total is not None):
        receipt = view.seal.mark("lines", invoice.invoice_id)
        rows.append(_closing_row("Its lines add up to", money(check.total, unit), receipt))
    return rows


def _closing_row(words: str, amount: str, receipt: str) -> Row:
    return Row([words, "", "", cell(amount, receipt=receipt)], kind="total-row")
