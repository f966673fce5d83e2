"""Made-up answers of the size that benchmarks ask for: pages of 100 usage rows, and invoice windows with many lines."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

START = datetime(2024, 1, 1, tzinfo=UTC)
ROWS_PER_PAGE = 100
GROUPS = (*(f"region-{number}" for number in range(49)), None)
USD = {"id": "2714e483-4ff1-48e4-9e25-ac732e8f24f2", "name": "USD (cents)"}


def usage_pages(rows: int, *, with_group: bool) -> list[bytes]:
    """Hourly rows of 50 groups, 1 % null values; ``with_group`` adds the map that the API has and the guide has not."""
    return [
        _page([_usage_row(number, with_group) for number in range(first, min(first + ROWS_PER_PAGE, rows))])
        for first in range(0, rows, ROWS_PER_PAGE)
    ]


def breakdown_pages(windows: int, lines: int) -> list[bytes]:
    """Daily windows of one invoice: usage lines covered by a commit, each followed by its deduction."""
    rng = random.Random(7)
    elements = [_element(number, lines, rng) for number in range(windows)]
    return [_page(elements[first : first + ROWS_PER_PAGE]) for first in range(0, windows, ROWS_PER_PAGE)]


def _page(data: list[dict[str, Any]]) -> bytes:
    return orjson.dumps({"data": data, "next_page": "more"})


def _usage_row(number: int, with_group: bool) -> dict[str, Any]:
    hour, group = divmod(number, len(GROUPS))
    start = START + timedelta(hours=hour)
    row = {
        "starting_on": start.isoformat(),
        "ending_before": (start + timedelta(hours=1)).isoformat(),
        "group_key": "region",
        "group_value": GROUPS[group],
        "value": None if number % 100 == 99 else number * 7919 % 1_000_003 / 997,
    }
    return {**row, "group": {"region": GROUPS[group]}} if with_group else row


def _element(number: int, lines: int, rng: random.Random) -> dict[str, Any]:
    day = START + timedelta(days=number)
    return {
        "id": "c5b9aab9-377b-517d-a634-924e35e7d110",
        "issued_at": "2026-11-02T00:00:00+00:00",
        "start_timestamp": "2024-01-01T00:00:00+00:00",
        "end_timestamp": "2026-11-01T00:00:00+00:00",
        "customer_id": "140a7113-76c4-4ce2-9379-29fa3375d23c",
        "customer_custom_fields": {},
        "type": "USAGE",
        "credit_type": USD,
        "status": "DRAFT",
        "total": 0,
        "external_invoice": None,
        "contract_id": "28d9bc16-7c56-4d4a-a2b9-b4c3ede34eeb",
        "contract_custom_fields": {},
        "line_items": list(_lines(lines, rng)),
        "custom_fields": {},
        "billable_status": "billable",
        "breakdown_start_timestamp": day.strftime("%Y-%m-%dT00:00:00.000Z"),
        "breakdown_end_timestamp": (day + timedelta(days=1)).strftime("%Y-%m-%dT00:00:00.000Z"),
    }


def _lines(count: int, rng: random.Random) -> Iterator[dict[str, Any]]:
    for number in range(count // 2):
        quantity = rng.randrange(1, 5000)
        shared = {
            "product_id": f"d111fa1e-861e-48bb-82a6-{number % 7:012d}",
            "product_type": "UsageProductListItem",
            "product_custom_fields": {},
            "credit_type": USD,
            "starting_at": "2024-01-01T00:00:00+00:00",
            "ending_before": "2026-11-01T00:00:00+00:00",
            "commit_id": "f3243ab9-dd22-4a6e-b4c3-7b2a0f8e8732",
            "commit_segment_id": "ede54bc6-0c23-4d0b-a096-d6c79f38ff31",
            "commit_type": "PrepaidCommit",
            "commit_custom_fields": {},
        }
        yield {
            **shared,
            "name": "My Product",
            "total": quantity * 15 / 100,
            "unit_price": 0.15,
            "quantity": quantity,
            "presentation_group_values": {"region": f"region-{number}"},
        }
        yield {**shared, "name": "Prepaid Credits applied", "total": -quantity * 15 / 100}
