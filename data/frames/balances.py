"""Commits and credits as three frames: the balances, their segments, their ledgers."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from data import schema
from data.frames.columns import decimals, floats, frame, text, texts, times
from data.frames.ledger_types import category
from data.frames.once import one_per_id
from data.metronome.shapes import AccessSchedule, BalanceRow, CreditType, Reference, RolledOverFrom


def to_balances(rows: Iterable[BalanceRow]) -> pd.DataFrame:
    """``schema.BALANCES``, one row per balance; ``balance`` in the unit of its credit type (USD: cents)."""
    rows = one_per_id(rows, "balances")
    access = [row.access_schedule or AccessSchedule() for row in rows]
    units = [schedule.credit_type or CreditType() for schedule in access]
    products = [row.product or Reference() for row in rows]
    columns = {
        "balance_id": texts(row.id for row in rows),
        "type": text(row.type for row in rows),
        "name": texts(row.name for row in rows),
        "product_id": texts(product.id for product in products),
        "product": texts(product.name for product in products),
        "contract_id": texts(row.contract.id if row.contract else None for row in rows),
        "priority": floats([row.priority for row in rows]),
        "credit_type_id": texts(unit.id for unit in units),
        "credit_type": texts(unit.name for unit in units),
        "access_type": texts(schedule.access_type for schedule in access),
        "balance": decimals([row.balance for row in rows]),
        "has_ledger": np.array([row.ledger is not None for row in rows], bool),
        "rolled_from": texts(_origin(row.rolled_over_from) for row in rows),
        "created_at": times(row.created_at for row in rows),
        "archived_at": times(row.archived_at for row in rows),
    }
    return frame(columns, schema.BALANCES)


def to_segments(rows: Iterable[BalanceRow]) -> pd.DataFrame:
    """``schema.SEGMENTS``: every scheduled access of every balance."""
    found = [
        (row.id, segment)
        for row in one_per_id(rows, "balances")
        for segment in (row.access_schedule.schedule_items if row.access_schedule else None) or ()
    ]
    columns = {
        "balance_id": texts(balance_id for balance_id, _ in found),
        "segment_id": texts(segment.id for _, segment in found),
        "amount": decimals([segment.amount for _, segment in found]),
        "starts_at": times(segment.starting_at for _, segment in found),
        "ends_at": times(segment.ending_before for _, segment in found),
    }
    return frame(columns, schema.SEGMENTS)


def to_ledger(rows: Iterable[BalanceRow]) -> pd.DataFrame:
    """``schema.LEDGER``: every entry of every balance, in the order sent within each."""
    found = [
        (row.id, position, entry)
        for row in one_per_id(rows, "balances")
        for position, entry in enumerate(row.ledger or ())
    ]
    columns = {
        "balance_id": texts(balance_id for balance_id, _, _ in found),
        "entry": np.array([position for _, position, _ in found], np.int64),
        "segment_id": texts(entry.segment_id for _, _, entry in found),
        "timestamp": times(entry.timestamp for _, _, entry in found),
        "type": texts(entry.type for _, _, entry in found),
        "category": texts(category(entry.type) for _, _, entry in found),
        "amount": decimals([entry.amount for _, _, entry in found]),
        "invoice_id": texts(entry.invoice_id for _, _, entry in found),
        "reason": texts(entry.reason for _, _, entry in found),
        "new_contract_id": texts(entry.new_contract_id for _, _, entry in found),
    }
    return frame(columns, schema.LEDGER)


def _origin(rolled: RolledOverFrom | None) -> str | None:
    return (rolled.commit_id or rolled.credit_id) if rolled else None
