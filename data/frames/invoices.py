"""Invoices as a frame."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from data import schema
from data.frames.columns import decimals, floats, frame, text, texts, times
from data.frames.once import one_per_id
from data.metronome.invoice_shapes import CorrectionRecord, ExternalInvoice, InvoiceRow
from data.metronome.shapes import CreditType

UNBILLABLE = "unbillable"
_NO_UNIT, _NO_COPY, _NO_RECORD = CreditType(), ExternalInvoice(), CorrectionRecord()


def to_invoices(rows: Iterable[InvoiceRow]) -> pd.DataFrame:
    """``schema.INVOICES``, one row per invoice id; ``total`` in the unit of its credit type (USD: cents)."""
    rows = one_per_id(rows, "invoices")
    units = [row.credit_type or _NO_UNIT for row in rows]
    columns = {
        "invoice_id": texts(row.id for row in rows),
        "status": text(row.status for row in rows),
        "type": text(row.type for row in rows),
        "contract_id": text(row.contract_id for row in rows),
        "credit_type_id": text(unit.id for unit in units),
        "credit_type": text(unit.name for unit in units),
        "total": decimals([row.total for row in rows]),
        "period_start": times(row.start_timestamp for row in rows),
        "period_end": times(row.end_timestamp for row in rows),
        "issued_at": times(row.issued_at for row in rows),
        "billable": np.array([row.billable_status != UNBILLABLE for row in rows], bool),
        **_payment(rows),
        **_origin(rows),
    }
    return frame(columns, schema.INVOICES)


def _payment(rows: list[InvoiceRow]) -> dict[str, Any]:
    """When it is to be paid, and what the billing provider says of it."""
    copies = [row.external_invoice or _NO_COPY for row in rows]
    return {
        "terms_days": floats([row.net_payment_terms_days for row in rows]),
        "payment_status": text(copy.external_status or None for copy in copies),
        "external_id": texts(copy.invoice_id for copy in copies),
    }


def _origin(rows: list[InvoiceRow]) -> dict[str, Any]:
    """Which invoice it corrects or replaces, why, and whose it is."""
    records = [row.correction_record or _NO_RECORD for row in rows]
    return {
        "corrects_id": texts(record.corrected_invoice_id for record in records),
        "regenerated_from_id": texts(row.regenerated_from_invoice_id for row in rows),
        "correction": texts(": ".join(filter(None, (record.reason, record.memo))) for record in records),
        "customer_id": texts(row.customer_id for row in rows),
    }
