"""What a view tells of where its numbers come from."""

from __future__ import annotations

from datetime import UTC, datetime

from data.source import Asked, Loaded
from data.views.asking import provenance

NOW = datetime(2026, 11, 20, 14, 30, tzinfo=UTC)


def asked(family: str, *parameters: tuple[str, str]) -> Asked:
    return Asked(family=family, method="GET", path=f"/v1/{family}", parameters=parameters, fetched_at=NOW)


def test_a_view_tells_what_its_parts_asked_in_their_order_and_each_once() -> None:
    balances, invoices, drafts = asked("balances"), asked("invoices"), asked("invoices", ("status", "DRAFT"))
    parts = [Loaded(1, NOW, asked=(balances, invoices)), Loaded(2, NOW), Loaded(3, NOW, asked=(drafts, balances))]

    assert provenance(NOW, None, *parts).asked == (balances, invoices, drafts)
    assert provenance(NOW, None, Loaded(1, NOW)).asked == ()
