"""Commits and credits as three frames: the balances, their segments, their ledgers; and the net balances."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from data import schema
from data.errors import BadAnswer
from data.frames.columns import decimals, floats, frame, objects, text, texts, times
from data.frames.ledger_types import category
from data.frames.once import one_per_id
from data.metronome.shapes import (
    AccessSchedule,
    BalanceRow,
    CreditType,
    InvoiceSchedule,
    NetBalance,
    Reference,
    RolledOverFrom,
)

_NO_INVOICES = InvoiceSchedule()


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
        **_terms(rows),
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


def to_net_balances(answers: Iterable[tuple[str, bool, NetBalance]]) -> pd.DataFrame:
    """``schema.NET_BALANCES`` of (credit type asked for, finalized invoices only, answer); raises ``BadAnswer`` for an
    answer that names another credit type: it would be read as an amount of the wrong unit."""
    answers = list(answers)
    for asked, _, net in answers:
        if net.credit_type_id and net.credit_type_id.lower() != asked.lower():
            raise BadAnswer("net_balance: another credit type than asked for")
    columns = {
        "credit_type_id": texts(asked for asked, _, _ in answers),
        "finalized_only": np.array([finalized_only for _, finalized_only, _ in answers], bool),
        "balance": decimals([net.balance for _, _, net in answers]),
    }
    return frame(columns, schema.NET_BALANCES)


def _terms(rows: list[BalanceRow]) -> dict[str, Any]:
    """What made a balance, what it pays for, and whether it is paid for."""
    return {
        "recurring_id": texts(row.recurring_commit_id or row.recurring_credit_id for row in rows),
        "product_ids": objects([tuple(row.applicable_product_ids or ()) for row in rows]),
        "contract_ids": objects([tuple(row.applicable_contract_ids or ()) for row in rows]),
        "specifiers": np.array([len(row.specifiers or ()) for row in rows], np.int64),
        "paid": np.array([_is_paid(row) for row in rows], bool),
    }


def _is_paid(row: BalanceRow) -> bool:
    items = (row.invoice_schedule or _NO_INVOICES).schedule_items or ()
    amounts = decimals([row.cost_basis, *(item.amount for item in items)])
    return any(amount > 0 for amount in amounts if amount is not None)


def _origin(rolled: RolledOverFrom | None) -> str | None:
    return (rolled.commit_id or rolled.credit_id) if rolled else None
