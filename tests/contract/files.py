"""Downloads as somebody reads them, and the API's own rows, exact, to hold them against."""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import requests
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from data.filters import Days
from sandbox.catalogue import Customer
from sandbox.server import Sandbox

Row = dict[str, Any]
_ENDED = {Customer.ENDED, Customer.ARCHIVED}
_FAMILIES_OF_FIGURES = {
    *("usage", "usage_groups", "breakdowns", "spend_breakdowns", "balances", "net_balance", "invoices", "invoice"),
}


def days_of(customer: Customer) -> Days:
    """Nearly two months, in two parts for the API, in which ``customer`` used something."""
    if customer.name.startswith("GUIDE"):
        return Days(first=date(2024, 9, 1), last=date(2024, 10, 31))
    if customer in _ENDED:
        return Days(first=date(2026, 7, 1), last=date(2026, 8, 31))
    return Days(first=date(2026, 10, 1), last=date(2026, 11, 20))


def query(days: Days, **more: str) -> dict[str, str]:
    return {"from": days.first.isoformat(), "to": days.last.isoformat(), **more}


@dataclass(frozen=True)
class Files:
    """The download routes of one app."""

    client: FlaskClient

    def answer(self, customer: str, name: str, /, **asked: str) -> TestResponse:
        return self.client.get(f"/accounts/{customer}/{name}.csv", query_string=asked)

    def rows(self, customer: str, name: str, /, **asked: str) -> list[dict[str, str]]:
        answer = self.answer(customer, name, **asked)
        assert answer.status_code == 200, answer.text
        return list(csv.DictReader(io.StringIO(answer.data.decode(), newline=""), strict=True))


@dataclass(frozen=True)
class Api:
    """The sandbox asked directly, numbers as ``Decimal``."""

    url: str

    def usage(self, customer: str, metric: str, days: Days) -> list[Row]:
        body = {"customer_id": customer, "billable_metric_id": metric, "window_size": "NONE"}
        return self._pages("POST", "/v1/usage/groups", _bounds(days), body=body, bounds_in_body=True)

    def metrics(self, customer: str) -> list[Row]:
        return self._pages("GET", f"/v1/customers/{customer}/billable-metrics", {})

    def breakdowns(self, customer: str, days: Days) -> list[Row]:
        asked = _bounds(days) | {"window_size": "day", "limit": "100"}
        return self._pages("GET", f"/v1/customers/{customer}/invoices/breakdowns", asked)

    def invoices(self, customer: str) -> list[Row]:
        return self._pages("GET", f"/v1/customers/{customer}/invoices", {"limit": "100"})

    def _pages(
        self, method: str, path: str, asked: Row, *, body: Row | None = None, bounds_in_body: bool = False
    ) -> list[Row]:
        cursor: Row = {}
        rows: list[Row] = []
        sent = {**(body or {}), **asked} if bounds_in_body else body
        while True:
            params = cursor if bounds_in_body else asked | cursor
            answer = requests.request(
                method, self.url + path, params=params, json=sent, headers={"Authorization": "Bearer t"}, timeout=20
            )
            answer.raise_for_status()
            page = json.loads(answer.text, parse_float=Decimal, parse_int=Decimal)
            rows += page["data"]
            if not page.get("next_page"):
                return rows
            cursor = {"next_page": page["next_page"]}


def _bounds(days: Days) -> Row:
    return {"starting_on": f"{days.first}T00:00:00Z", "ending_before": f"{days.end_exclusive}T00:00:00Z"}


def figures_asked(sandbox: Sandbox) -> list[str]:
    """The families of usage, balance and invoice calls that reached ``sandbox``."""
    return [row["family"] for row in sandbox.requests.all() if row["family"] in _FAMILIES_OF_FIGURES]


def sums(rows: Iterable[Row], by: str, *measures: str) -> dict[Any, Decimal]:
    """The exact sum of ``measures`` per value of ``by``."""
    found: dict[Any, Decimal] = defaultdict(Decimal)
    for row in rows:
        found[row[by]] += sum((Decimal(row[name] or 0) for name in measures), Decimal(0))
    return dict(found)
