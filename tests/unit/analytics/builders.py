"""Small frames for analytics tests, built straight from ``data.schema``: a row names only what matters to its test."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pandas as pd
from hypothesis import settings

from data import schema
from data.analytics.units import Units, units_of
from data.money import USD_CENTS_ID

USD, EUR_ID, CPU_ID = USD_CENTS_ID, "e0000000-0000-4000-8000-000000000001", "c0000000-0000-4000-8000-000000000001"
# Examples cost what the machine has to spare; a time limit per example would only measure the neighbours.
steady = settings(deadline=None, max_examples=min(30, settings().max_examples))

_BLANKS: dict[str, Any] = {"flag": False, "count": 0, "object": ""}


def at(text: str) -> datetime:
    """``2024-10-01`` or ``2024-10-01T05:00`` in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def frame(columns: schema.Columns, rows: list[dict[str, Any]]) -> pd.DataFrame:
    """A checked frame of ``columns``; what a row leaves out is missing, or ``""``, 0 and False."""
    data = {name: _column([row.get(name) for row in rows], kind) for name, kind in columns.items()}
    return schema.check(pd.DataFrame(data), columns)


def _column(values: list[Any], kind: str) -> pd.Series:
    if kind == "text":
        texts = sorted({value for value in values if value is not None})
        return pd.Series(pd.Categorical(values, categories=pd.Index(texts, dtype=object)))
    if kind == "time":
        return pd.Series(pd.to_datetime([at(v) if isinstance(v, str) else v for v in values], utc=True)).astype(
            "datetime64[us, UTC]"
        )
    if kind == "float":
        return pd.Series(values, dtype="float64")
    if kind == "decimal":
        return pd.Series([None if v is None else Decimal(str(v)) for v in values], dtype=object)
    filled = [_BLANKS[kind] if value is None else value for value in values]
    return pd.Series(filled, dtype={"flag": "bool", "count": "int64"}.get(kind, "object"))


def usage(*rows: tuple[str, dict[str, Any], float | None], hours: int = 24) -> pd.DataFrame:
    """USAGE rows from (start, group, value)."""
    return frame(
        schema.USAGE,
        [
            {
                "window_start": at(start),
                "window_end": at(start) + pd.Timedelta(hours=hours),
                "group": json.dumps(group, separators=(",", ":")),
                "value": value,
            }
            for start, group, value in rows
        ],
    )


def line(total: object, region: str | None = "", *, day: str = "2024-10-01", **more: Any) -> dict[str, Any]:
    """One LINES row: usage of product P in USD cents. ``region`` "" = no group values, None = sent as null."""
    start = at(day)
    row: dict[str, Any] = {
        "invoice_id": "inv", "invoice_status": "DRAFT", "invoice_type": "USAGE", "contract_id": "con",
        "window_start": start, "window_end": start + pd.Timedelta(days=1), "line_type": "usage", "name": "Compute",
        "product_id": "P", "total": total, "credit_type_id": USD, "credit_type": "USD (cents)",
        "line_start": at("2024-10-01"), "line_end": at("2024-11-01"),
    }  # fmt: skip
    if region != "":
        row["presentation"] = json.dumps({"region": region}, separators=(",", ":"))
    return row | more


def deduction(total: object, *, day: str = "2024-10-01", **more: Any) -> dict[str, Any]:
    """One deduction row on commit C, segment S, without group values."""
    kind = {"line_type": "applied_commit_or_credit", "name": "Commit applied", "commit_type": "PREPAID"}
    return line(total, day=day, **({"commit_id": "C", "segment_id": "S"} | kind | more))


def covered(total: object, region: str | None = "", *, day: str = "2024-10-01", **more: Any) -> dict[str, Any]:
    """One usage row that commit C, segment S paid for."""
    return line(total, region, day=day, **({"commit_id": "C", "segment_id": "S"} | more))


def lines(*rows: dict[str, Any]) -> pd.DataFrame:
    return frame(schema.LINES, [{"line": index} | row for index, row in enumerate(rows)])


def windows(*rows: dict[str, Any]) -> pd.DataFrame:
    """WINDOWS rows, billable unless said otherwise."""
    return frame(schema.WINDOWS, [{"billable": True} | row for row in rows])


def units(*, euro: bool = True, custom: bool = True) -> Units:
    rows = [{"credit_type_id": USD, "name": "USD (cents)", "is_currency": True}]
    rows += [{"credit_type_id": EUR_ID, "name": "EUR", "is_currency": True}] if euro else []
    rows += [{"credit_type_id": CPU_ID, "name": "tokens", "is_currency": False}] if custom else []
    return units_of(frame(schema.CREDIT_TYPES, rows))


def balance(ident: str = "B", kind: str = "PREPAID", **more: Any) -> dict[str, Any]:
    """One BALANCES row in USD cents with a ledger."""
    row = {"balance_id": ident, "type": kind, "name": ident, "product": "Commit", "credit_type_id": USD}
    return row | {"credit_type": "USD (cents)", "access_type": "SPEND", "has_ledger": True} | more


def segment(ident: str, balance_id: str, amount: object, starts: str, ends: str | None) -> dict[str, Any]:
    return {"balance_id": balance_id, "segment_id": ident, "amount": amount, "starts_at": starts, "ends_at": ends}


def entry(balance_id: str, category: str, amount: object, when: str, **more: Any) -> dict[str, Any]:
    """One LEDGER row; the type only matters to files."""
    row = {
        "balance_id": balance_id,
        "category": category,
        "amount": amount,
        "timestamp": when,
        "type": category.upper(),
    }
    return row | more


def tables(
    balances: list[dict[str, Any]], segments: list[dict[str, Any]], entries: list[dict[str, Any]]
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """BALANCES, SEGMENTS and LEDGER; entries are numbered as listed."""
    ledger = [{"entry": index} | one for index, one in enumerate(entries)]
    return frame(schema.BALANCES, balances), frame(schema.SEGMENTS, segments), frame(schema.LEDGER, ledger)


def invoices(**statuses: str) -> pd.DataFrame:
    """INVOICES rows from id = status."""
    return frame(schema.INVOICES, [{"invoice_id": ident, "status": status} for ident, status in statuses.items()])


def contract(ident: str, starts: str, ends: str | None = None, **more: Any) -> dict[str, Any]:
    """One CONTRACTS row, monthly from the 1st."""
    row = {"contract_id": ident, "starts_at": starts, "ends_at": ends, "frequency": "MONTHLY", "billing_anchor": starts}
    return row | more


def contracts(*rows: dict[str, Any]) -> pd.DataFrame:
    return frame(schema.CONTRACTS, list(rows))


def guide_account() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """The guide's balances: a commit of $100 from September, a credit of $5 from October; $65 and $20 used."""
    return tables(
        [balance("commit"), balance("credit", "CREDIT")],
        [
            segment("S1", "commit", 10000, "2024-09-01", "2025-09-01"),
            segment("S2", "credit", 500, "2024-10-01", "2024-11-01"),
        ],
        [
            entry("commit", "granted", 10000, "2024-09-01", segment_id="S1"),
            entry("commit", "used", -6500, "2024-10-01", segment_id="S1", invoice_id="september"),
            entry("commit", "used", -1500, "2024-11-01", segment_id="S1", invoice_id="october"),
            entry("credit", "granted", 500, "2024-10-01", segment_id="S2"),
            entry("credit", "used", -500, "2024-11-01", segment_id="S2", invoice_id="october"),
        ],
    )
