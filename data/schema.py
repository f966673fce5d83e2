"""Column names, kinds and units of every frame. The one place where a column is spelled out.

Kinds: ``text`` is a categorical of ``str`` (missing = not sent), ``time`` is ``datetime64[us, UTC]`` (NaT = not sent),
``decimal`` is an object column of ``Decimal`` or None, exactly the digits that were sent, in the unit of the row's
``credit_type_id`` (USD: cents), ``float`` is float64 (NaN = not sent), ``flag`` is bool, ``count`` is int64,
``object`` holds tuples. Index: always a plain RangeIndex.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pandas as pd

Columns = Mapping[str, str]

CUSTOMERS: Final[Columns] = {
    "customer_id": "object",
    "name": "object",
    "aliases": "object",
    "salesforce_id": "object",
    "created_at": "time",
    "archived_at": "time",
}  # fmt: skip  -- customer_id, name, salesforce_id: str ("" = none); aliases: tuple[str, ...]

METRICS: Final[Columns] = {
    "metric_id": "object",
    "name": "object",
    "aggregation": "text",
    "group_keys": "object",
    "archived_at": "time",
}  # fmt: skip  -- aggregation upper case or missing; group_keys: tuple[tuple[str, ...], ...], one inner tuple per key

CREDIT_TYPES: Final[Columns] = {"credit_type_id": "object", "name": "object", "is_currency": "flag"}

CONTRACTS: Final[Columns] = {
    "contract_id": "object",
    "name": "object",
    "starts_at": "time",
    "ends_at": "time",
    "archived_at": "time",
    "frequency": "text",
    "billing_anchor": "time",
    "rate_card_id": "object",
    "payment_terms_days": "float",
}  # fmt: skip  -- ends_at NaT = evergreen

USAGE: Final[Columns] = {"window_start": "time", "window_end": "time", "group": "text", "value": "float"}
# group: the exact group as canonical JSON text, keys in the request's order, '{"region":null}' for a null value and
# '{}' for an ungrouped request; value in the metric's own unit, NaN = sent as null. One row per (window, group).

METRIC_TOTALS: Final[Columns] = {"metric_id": "object", "value": "float"}

LINES: Final[Columns] = {
    "invoice_id": "text", "invoice_status": "text", "invoice_type": "text", "contract_id": "text",
    "window_start": "time", "window_end": "time", "line": "count",
    "line_type": "text", "name": "text", "product_id": "text", "product_type": "text",
    "total": "decimal", "quantity": "decimal", "unit_price": "decimal",
    "credit_type_id": "text", "credit_type": "text",
    "commit_id": "text", "segment_id": "text", "commit_type": "text",
    "presentation": "text", "pricing": "text", "line_start": "time", "line_end": "time",
    "tier": "text", "list_price": "decimal", "consumed": "decimal", "postpaid_id": "text",
    "tier_start": "decimal", "tier_size": "decimal",
}  # fmt: skip
# One row per line item of one window of one invoice (breakdowns) or of one invoice (window = its period, NaT if none).
# line: position in that window. line_type: analytics' vocabulary, derived by frames.line_type when not sent.
# commit_type: PREPAID | POSTPAID | CREDIT | PrepaidCommit (as sent: cannot tell PREPAID from CREDIT) or missing.
# presentation, pricing: canonical JSON objects of the group values ('{"region":"eu"}'), missing when not sent;
# the deprecated group_key/group_value pair is folded into presentation when that lacks the key.
# tier: the level of a tiered price as text ("1", "2"), missing = not tiered. list_price: per unit, in the unit of
# unit_price. consumed: what a QUANTITY balance gave, in that balance's unit. postpaid_id: the commit that a true-up
# settles. tier_start, tier_size: at how many units of the product the tier begins and how many it holds (None = not
# sent, which a tier without an end is).

WINDOWS: Final[Columns] = {
    "invoice_id": "text",
    "invoice_status": "text",
    "invoice_type": "text",
    "contract_id": "text",
    "window_start": "time",
    "window_end": "time",
    "period_start": "time",
    "period_end": "time",
    "issued_at": "time",
    "total": "decimal",
    "credit_type_id": "text",
    "credit_type": "text",
    "billable": "flag",
}  # fmt: skip  -- one row per (invoice, window), or per invoice with NaT windows; total as sent, missing for spend rows

INVOICES: Final[Columns] = {
    "invoice_id": "object", "status": "text", "type": "text", "contract_id": "text",
    "credit_type_id": "text", "credit_type": "text", "total": "decimal",
    "period_start": "time", "period_end": "time", "issued_at": "time", "billable": "flag",
    "terms_days": "float", "payment_status": "text", "external_id": "object", "corrects_id": "object",
    "regenerated_from_id": "object", "correction": "object", "customer_id": "object",
}  # fmt: skip
# terms_days: days from issued_at until it is due, NaN = not sent. payment_status, external_id: of the copy at the
# billing provider. corrects_id, regenerated_from_id: the invoice that this one corrects or replaces. correction: its
# reason and memo, joined by ": ". customer_id: as sent, which can be another account's. str: "" = not sent.

BALANCES: Final[Columns] = {
    "balance_id": "object",
    "type": "text",
    "name": "object",
    "product_id": "object",
    "product": "object",
    "contract_id": "object",
    "priority": "float",
    "credit_type_id": "object",
    "credit_type": "object",
    "access_type": "object",
    "balance": "decimal",
    "has_ledger": "flag",
    "rolled_from": "object",
    "created_at": "time",
    "archived_at": "time",
    "recurring_id": "object",
    "product_ids": "object",
    "contract_ids": "object",
    "specifiers": "count",
    "paid": "flag",
}  # fmt: skip  -- type PREPAID | POSTPAID | CREDIT (or as sent); str columns use "" for not sent
# recurring_id: of the recurring commit or credit that made this one. product_ids, contract_ids: tuple[str, ...] of what
# the balance pays for, () = of everything. specifiers: how many further conditions it has. paid: whether money is asked
# for it (an item of its invoice schedule, or its cost basis, above 0).

NET_BALANCES: Final[Columns] = {"credit_type_id": "object", "finalized_only": "flag", "balance": "decimal"}
# What Metronome itself says is left of prepaid commits and credits, as sent in the unit of the credit type (USD:
# cents): one row with drafts (finalized_only False) and one without for each credit type. balance None = not sent.

SEGMENTS: Final[Columns] = {
    "balance_id": "object", "segment_id": "object", "amount": "decimal", "starts_at": "time", "ends_at": "time",
}  # fmt: skip

LEDGER: Final[Columns] = {
    "balance_id": "object", "entry": "count", "segment_id": "object", "timestamp": "time", "type": "object",
    "category": "object", "amount": "decimal", "invoice_id": "object", "reason": "object", "new_contract_id": "object",
}  # fmt: skip
# entry: position in the list as sent; category: granted used expired rolled_over trued_up adjusted credited canceled
# other (section 4.2 of the Metronome notes; unknown types are "other").

_DTYPES: Final[Mapping[str, str]] = {
    "time": "datetime64[us, UTC]",
    "float": "float64",
    "flag": "bool",
    "count": "int64",
}


class SchemaError(TypeError):
    """A frame does not have the documented columns: a defect of this program, never of the input."""


def check(frame: pd.DataFrame, columns: Columns) -> pd.DataFrame:
    """Return ``frame`` when it has exactly ``columns``, in order, each of its kind; raise ``SchemaError`` otherwise."""
    if list(frame.columns) != list(columns):
        raise SchemaError(f"columns {list(frame.columns)} are not {list(columns)}")
    for (name, kind), dtype in zip(columns.items(), frame.dtypes, strict=True):
        found = str(dtype)
        wanted = "category" if kind == "text" else _DTYPES.get(kind, "object")
        if found != wanted:
            raise SchemaError(f"column {name} is {found}, not {wanted}")
    return frame


def empty(columns: Columns) -> pd.DataFrame:
    """A frame of ``columns`` with no rows and the right kinds."""
    dtypes = {"text": "category", **_DTYPES}
    return pd.DataFrame({name: pd.Series([], dtype=dtypes.get(kind, "object")) for name, kind in columns.items()})
