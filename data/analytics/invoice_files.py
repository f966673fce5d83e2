"""The rows of invoices.csv and line_items.csv, in the columns and order of the interfaces document (Downloads)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import pandas as pd

from data.analytics.invoice_lines import Line
from data.analytics.invoices import Invoice
from data.analytics.proofs.windows_invoice import InvoiceCheck

INVOICES_FILE: Final = (
    "id", "status", "type", "contract_id", "currency", "period_start", "period_end", "issued_at", "due_at", "total",
    "billable", "payment_status", "external_id", "corrects_id", "regenerated_from_id", "windows_sum", "difference",
    "cause",
)  # fmt: skip
LINE_ITEMS_FILE: Final = (
    "invoice_id", "line", "type", "product_id", "product", "group", "quantity", "unit_price", "total", "currency",
    "commit_id", "segment_id", "starts_at", "ends_at", "tier",
)  # fmt: skip
_TIMES: Final = frozenset({"period_start", "period_end", "issued_at", "due_at", "starts_at", "ends_at"})


def invoices_file(invoices: Iterable[Invoice], checks: Iterable[InvoiceCheck]) -> pd.DataFrame:
    """One row per invoice as listed; amounts ``Decimal`` in currency units, status and type as sent.

    ``windows_sum`` is what the breakdown windows of an invoice total, ``difference`` that minus ``total``; both, and
    ``cause``, are empty for invoices that were not compared. Invoices that only a link names are not in the file.
    """
    compared = {one.invoice_id: one for one in checks}
    rows = [_invoice_row(one, compared.get(one.invoice_id)) for one in invoices if not one.outside]
    return _frame(rows, INVOICES_FILE)


def line_items_file(invoices: Iterable[Invoice], lines: Mapping[str, tuple[Line, ...]]) -> pd.DataFrame:
    """Every line of every invoice as listed, lines in order: those without usage too, whatever the page hides.

    ``product`` is the product's name, on deductions as well; ``group`` the exact presentation and pricing values as a
    JSON object. Amounts are ``Decimal`` in units of the line's own ``currency``.
    """
    rows = [_line_row(one, line) for one in invoices if not one.outside for line in lines.get(one.invoice_id, ())]
    return _frame(rows, LINE_ITEMS_FILE)


def _invoice_row(invoice: Invoice, check: InvoiceCheck | None) -> tuple[Any, ...]:
    found: tuple[Any, ...] = (None, None, None)
    if check is not None:
        found = (check.actual, check.difference, None if check.cause is None else check.cause.value)
    return (
        invoice.invoice_id,
        invoice.status,
        invoice.type,
        invoice.contract_id,
        invoice.unit.label,
        invoice.starts_at,
        invoice.ends_at,
        invoice.issued_at,
        invoice.due_at,
        invoice.total,
        invoice.billable,
        invoice.payment,
        invoice.external_id,
        invoice.corrects_id,
        invoice.regenerated_from_id,
        *found,
    )


def _line_row(invoice: Invoice, line: Line) -> tuple[Any, ...]:
    return (
        invoice.invoice_id,
        line.line,
        line.kind,
        line.product_id,
        line.product,
        line.group_json(),
        line.quantity,
        line.unit_price,
        line.total,
        line.unit.label,
        line.commit_id,
        line.segment_id,
        line.starts_at,
        line.ends_at,
        line.tier,
    )


def _frame(rows: list[tuple[Any, ...]], columns: tuple[str, ...]) -> pd.DataFrame:
    """Object columns, so that amounts keep their digits and flags stay flags; times as times."""
    return pd.DataFrame(
        {
            name: pd.Series([row[index] for row in rows], dtype="datetime64[us, UTC]" if name in _TIMES else "object")
            for index, name in enumerate(columns)
        }
    )
