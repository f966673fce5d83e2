"""The guide's four worked examples, answer for answer, whatever the clock of the server shows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox.catalogue import Customer
from sandbox.server import running_sandbox

PAYLOADS = Path(__file__).resolve().parents[2] / "payloads"
OCTOBER = {"starting_on": "2024-10-01T00:00:00Z", "ending_before": "2024-11-01T00:00:00Z", "window_size": "day"}
CLOCKS = [
    datetime(2024, 10, 15, 12, tzinfo=UTC),
    datetime(2024, 11, 20, tzinfo=UTC),
    datetime(2027, 2, 3, 4, tzinfo=UTC),
]


def read(text: str) -> Any:
    return json.loads(text, parse_float=Decimal, parse_int=Decimal)


def payload(name: str) -> Any:
    return read((PAYLOADS / f"{name}.json").read_text())


def same(shown: Any, answered: Any) -> bool:
    """Whether everything that the guide shows is in the answer, times compared as instants."""
    if isinstance(shown, dict):
        return isinstance(answered, dict) and all(key in answered and same(shown[key], answered[key]) for key in shown)
    if isinstance(shown, list):
        return len(shown) == len(answered) and all(map(same, shown, answered))
    if isinstance(shown, str) and shown[:4].isdigit() and "T" in shown:
        return datetime.fromisoformat(shown) == datetime.fromisoformat(answered)
    return bool(shown == answered)


@pytest.fixture(scope="module", params=CLOCKS, ids=["in-october", "in-november", "years-later"])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    with running_sandbox(now=request.param) as sandbox:
        yield sandbox.url


def ask(method: str, url: str, **more: Any) -> Any:
    response = requests.request(method, url, headers={"Authorization": "Bearer test"}, timeout=20, **more)
    assert response.status_code == 200, response.text
    return read(response.text)


def test_usage_by_region_is_the_guides(url: str) -> None:
    body = {
        "customer_id": Customer.GUIDE_USAGE,
        "billable_metric_id": "f3b17844-a98d-413a-b310-5be1df72213d",
        **OCTOBER,
    }
    answered = ask("POST", f"{url}/v1/usage", json=body | {"group_by": {"key": "region"}})
    assert same(payload("guide_usage"), answered)
    assert all("group" not in row for row in answered["data"])


def test_balances_and_ledgers_are_the_guides(url: str) -> None:
    body = {
        "customer_id": Customer.GUIDE_BALANCES,
        "include_ledgers": True,
        "starting_at": "2024-09-01T00:00:00Z",
        "include_contract_balances": True,
    }
    answered = ask("POST", f"{url}/v1/contracts/customerBalances/list", json=body)
    assert same(payload("guide_balances"), answered)
    with_balance = ask("POST", f"{url}/v1/contracts/customerBalances/list", json=body | {"include_balance": True})
    assert [row["balance"] for row in with_balance["data"]] == [2000, 0]


@pytest.mark.parametrize(
    ("customer", "name"),
    [(Customer.GUIDE_SPEND, "guide_spend"), (Customer.GUIDE_COMMIT, "guide_spend_under_commit")],
)
def test_daily_spend_is_the_guides(url: str, customer: str, name: str) -> None:
    answered = ask("GET", f"{url}/v1/customers/{customer}/invoices/breakdowns", params=OCTOBER)
    assert same(payload(name), answered)
    keys = {key for window in answered["data"] for line in window["line_items"] for key in line}
    assert not keys & {"type", "applied_commit_or_credit"}


def test_the_comparison_sees_a_difference() -> None:
    shown = payload("guide_usage")
    changed = payload("guide_usage")
    changed["data"][3]["value"] = Decimal(92)
    assert same(shown, payload("guide_usage"))
    assert not same(shown, changed)
