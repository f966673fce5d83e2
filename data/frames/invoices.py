"""Invoices as a frame."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from data import schema
from data.frames.columns import decimals, frame, text, texts, times
from data.frames.once import one_per_id
from data.metronome.shapes import CreditType, InvoiceRow

UNBILLABLE = "unbillable"


def to_invoices(rows: Iterable[InvoiceRow]) -> pd.DataFrame:
    """``schema.INVOICES``, one row per invoice id; ``total`` in the unit of its credit type (USD: cents)."""
    rows = one_per_id(rows, "invoices")
    units = [row.credit_type or CreditType() for row in rows]
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
    }
    return frame(columns, schema.INVOICES)
