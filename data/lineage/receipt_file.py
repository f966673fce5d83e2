"""receipt.csv: every row behind one figure, where the drawer shows the first of them."""

from __future__ import annotations

from typing import Final

import pandas as pd

from data.lineage.value import Receipt

RECEIPT_FILE: Final = (
    "receipt", "what", "amount", "unit", "quantity", "unit_price", "at", "invoice_id", "line", "tier", "paid_by",
    "balance_id",
)  # fmt: skip


def receipt_file(receipt: Receipt) -> pd.DataFrame:
    """One row per row of ``receipt``, in its order: columns ``RECEIPT_FILE``.

    ``amount`` is the signed part of the figure and ``unit_price`` the price of one unit, both in ``unit`` with every
    digit; ``line`` is the position on the invoice from 0, as in line_items.csv. What was not sent is missing.
    """
    rows = [
        (
            receipt.ident, one.words, one.amount, receipt.unit, one.quantity, one.unit_price, one.at, one.invoice_id,
            one.line, one.tier, one.paid_by, one.balance_id,
        )
        for one in receipt.rows
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(RECEIPT_FILE), dtype="object")
