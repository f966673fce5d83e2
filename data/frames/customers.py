"""Customers as a frame."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from data import schema
from data.frames.columns import frame, objects, texts, times
from data.frames.once import one_per_id
from data.metronome.shapes import CustomerRow


def to_customers(rows: Iterable[CustomerRow]) -> pd.DataFrame:
    """``schema.CUSTOMERS``, one row per id, in the order sent. Active and archived rows can be chained."""
    rows = one_per_id(rows, "customers")
    columns = {
        "customer_id": texts(row.id for row in rows),
        "name": texts(row.name for row in rows),
        "aliases": objects([tuple(row.ingest_aliases or ()) for row in rows]),
        "salesforce_id": texts(
            row.customer_config.salesforce_account_id if row.customer_config else None for row in rows
        ),
        "created_at": times(row.created_at for row in rows),
        "archived_at": times(row.archived_at for row in rows),
    }
    return frame(columns, schema.CUSTOMERS)
