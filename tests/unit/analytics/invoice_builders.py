"""Invoices and their lines for tests: a row names only what matters to its test. Amounts are in cents."""

from __future__ import annotations

from typing import Any

import pandas as pd

from data import schema
from data.analytics.invoice_lines import Line, lines_of
from data.analytics.invoices import Invoice, invoices_of
from data.filters import Days, InvoiceStatus
from tests.unit.analytics.builders import USD, at, frame, line, lines, units

NOW = at("2024-10-15T12:00")
OCTOBER = Days(first=at("2024-10-01").date(), last=at("2024-10-31").date())


def invoice(ident: str = "inv", **more: Any) -> dict[str, Any]:
    """One INVOICES row: a finalized usage invoice of September, issued a day after its end, due in 30 days."""
    row = {
        "invoice_id": ident, "status": "FINALIZED", "type": "USAGE", "contract_id": "con", "credit_type_id": USD,
        "credit_type": "USD (cents)", "total": 10000, "period_start": at("2024-09-01"), "period_end": at("2024-10-01"),
        "issued_at": at("2024-10-02"), "billable": True, "terms_days": 30.0,
    }  # fmt: skip
    return row | more


def october(ident: str = "inv", **more: Any) -> dict[str, Any]:
    """One INVOICES row: the draft of October."""
    days = {"period_start": at("2024-10-01"), "period_end": at("2024-11-01"), "issued_at": at("2024-11-02")}
    return invoice(ident, **({"status": "DRAFT"} | days | more))


def scheduled(ident: str = "inv", issued: str | None = "2024-10-05", **more: Any) -> dict[str, Any]:
    """One INVOICES row without a period."""
    when = at(issued) if issued else None
    blank = {"type": "SCHEDULED", "period_start": None, "period_end": None, "issued_at": when}
    return invoice(ident, **(blank | more))


def table(*rows: dict[str, Any]) -> pd.DataFrame:
    return frame(schema.INVOICES, list(rows))


def listed(
    *rows: dict[str, Any], days: Days = OCTOBER, named: tuple[str, ...] = (), **more: Any
) -> tuple[Invoice, ...]:
    status = more.get("status", InvoiceStatus.ALL)
    return invoices_of(table(*rows), days, now=NOW, units=units(), status=status, named=named)


def only(*rows: dict[str, Any]) -> Invoice:
    """The one invoice of ``rows``, wherever it lies."""
    return next(iter(listed(*rows, named=tuple(row["invoice_id"] for row in rows))))


def of_invoice(*rows: dict[str, Any], total: object = 10000, **more: Any) -> tuple[Invoice, tuple[Line, ...]]:
    """An October invoice and its lines, from LINES rows."""
    one = only(october(total=total, **more))
    found = lines_of(lines(*rows), [one], units=units(), balance_types={"POST": "POSTPAID"})
    return one, found[one.invoice_id]


def item(total: object, **more: Any) -> dict[str, Any]:
    """One LINES row of an invoice: usage of product P."""
    return line(total, **({"window_start": at("2024-10-01"), "window_end": at("2024-11-01")} | more))
