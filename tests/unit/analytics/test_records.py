"""Rows of frames as plain values: whatever kind of missing becomes None, times become datetimes."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from data import schema
from data.analytics.records import decimal_of, records, text_of
from tests.unit.analytics.builders import frame


def test_missing_cells_of_every_kind_are_none_and_others_keep_their_kind() -> None:
    rows = [
        {"invoice_id": "a", "status": "DRAFT", "total": "0.10", "issued_at": "2024-10-01", "terms_days": 30.0},
        {"invoice_id": "b"},
    ]
    full, bare = records(frame(schema.INVOICES, rows))
    assert full["issued_at"] == datetime(2024, 10, 1, tzinfo=UTC)
    assert type(full["issued_at"]) is datetime
    assert (full["status"], full["total"], full["terms_days"]) == ("DRAFT", Decimal("0.10"), 30.0)
    assert [bare[name] for name in ("status", "total", "issued_at", "terms_days")] == [None] * 4
    assert (bare["invoice_id"], bare["corrects_id"], bare["billable"]) == ("b", "", False)
    assert list(full) == list(schema.INVOICES)


def test_no_rows_are_no_records() -> None:
    assert records(schema.empty(schema.LINES)) == []


def test_cells_as_text_and_as_amounts() -> None:
    assert [text_of(value) for value in (None, "", "x", 3)] == ["", "", "x", "3"]
    assert [decimal_of(value) for value in (None, "1", 1.5, Decimal(2))] == [None, None, None, Decimal(2)]
