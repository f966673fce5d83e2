"""Gross spend by any group of a metric, before commits and credits (section 2.12)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from sandbox import alone
from sandbox.amounts import exact
from sandbox.books import Bill, Books
from sandbox.burn import Piece
from sandbox.invoices import broken_down
from sandbox.lines import usage_line
from sandbox.model import Aggregation
from sandbox.moments import DAY, stamp
from sandbox.periods import Period
from sandbox.prices import Rate
from sandbox.rating import Slot, slots_of_rate

Keys = tuple[str, ...]
Filters = dict[str, list[str]]


def _presentation(books: Books, rate: Rate, keys: Keys, filters: Filters) -> Keys:
    """The asked keys where one group key of the metric holds them all with the pricing keys; else the product's own."""
    metric = books.feeds[rate.product.metric_id or ""].metric
    needed = {*keys, *filters, *rate.product.pricing}
    together = any(needed <= set(known) for known in metric.group_keys)
    plain = metric.aggregation is not Aggregation.MAX and not rate.tiers and not rate.product.whole_units
    usable = keys and together and plain
    return tuple(key for key in keys if key not in rate.product.pricing) if usable else rate.product.presentation


def _slots(books: Books, bill: Bill, keys: Keys, filters: Filters) -> Iterator[Slot]:
    for rate in bill.contract.rates:
        if rate.product.metric_id in books.feeds:
            shown = _presentation(books, rate, keys, filters)
            for slot in slots_of_rate(bill.contract, rate, books.feeds[rate.product.metric_id], shown):
                values = dict((*slot.pricing, *slot.presentation))
                if all(not allowed or values.get(key) in allowed for key, allowed in filters.items()):
                    yield slot


def _windows(
    period: Period, start: datetime, end: datetime, step: timedelta | None
) -> Iterator[tuple[datetime, datetime]]:
    start, end = max(start, period.start), min(end, period.end)
    if step is None and start < end:
        yield start, end
    while step is not None and start + step <= end:
        yield start, start + step
        start += step


def has_keys(books: Books, keys: Iterable[str]) -> bool:
    """Whether any metric of the account can be grouped by each of ``keys``."""
    known = {key for feed in books.feeds.values() for group in feed.metric.group_keys for key in group}
    return set(keys) <= known


@exact
def spend_breakdowns(
    books: Books, start: datetime, end: datetime, *, daily: bool, keys: Keys, filters: Filters
) -> list[dict[str, Any]]:
    """One element per (window, invoice) with usage in [start, end), oldest first. There is no ``total``."""
    found = []
    for bill in books.bills:
        slots = list(_slots(books, bill, keys, filters))
        for opens, closes in _windows(bill.period, start, end, DAY if daily else None):
            pieces = alone.pieces(slots, books.feeds, opens, closes)
            if pieces:
                found.append(_element(books, bill, pieces) | broken_down(opens, closes))
    return sorted(found, key=lambda element: (element["breakdown_start_timestamp"], element["id"]))


def _element(books: Books, bill: Bill, pieces: list[Piece]) -> dict[str, Any]:
    period = bill.period
    return {
        "id": bill.id,
        "customer_id": books.account.invoice_customer,
        "type": "USAGE",
        "status": period.status(books.now),
        "credit_type": bill.contract.currency.reference,
        "contract_id": bill.contract.id,
        "start_timestamp": stamp(period.start),
        "end_timestamp": stamp(period.end),
        "issued_at": stamp(period.issued_at),
        "line_items": [usage_line(piece, period) for piece in pieces],
    }
