"""What was agreed in a contract besides commits: prices of its own and seats, in the shapes of section 2.14."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sandbox.amounts import number
from sandbox.ids import ident
from sandbox.model import Contract
from sandbox.moments import stamp
from sandbox.prices import PriceSpan, Rate, Subscription

Row = dict[str, Any]


def _within(since: datetime | None, until: datetime | None) -> Row:
    ends = {"starting_at": since, "ending_before": until}
    return {name: stamp(moment) for name, moment in ends.items() if moment is not None}


def overrides(contract: Contract) -> list[Row]:
    """One for each price that the contract has instead of the list's, while it holds."""
    return [
        row
        for rate in contract.rates
        for span in rate.spans()
        if span.list_prices is not None
        for row in _overrides(contract, rate, span)
    ]


def _overrides(contract: Contract, rate: Rate, span: PriceSpan) -> Iterator[Row]:
    since = span.since or contract.start
    for group, price in span.prices.items():
        values = {key: value or "" for key, value in zip(rate.product.pricing, group, strict=True)}
        path = (contract.id, rate.product.id, since.isoformat(), *values.values())
        yield {
            "id": ident("override", *path),
            "type": "OVERWRITE",
            "created_at": stamp(contract.start),
            "product": rate.product.reference,
            "overwrite_rate": {"rate_type": "FLAT", "price": number(price), "credit_type": rate.unit.reference},
            **({"override_specifiers": [{"pricing_group_values": values}]} if values else {}),
            **_within(since, span.until),
        }


def subscription_row(sold: Subscription, contract: Contract, now: datetime) -> Row:
    """A subscription with the quantity of now and those to come."""
    ends = [since for since, _ in sold.quantities[1:]] + [None]
    steps = [(count, since, until) for (since, count), until in zip(sold.quantities, ends, strict=True)]
    return {
        "id": sold.id,
        "name": sold.product.name,
        "created_at": stamp(contract.start),
        "collection_schedule": "ADVANCE",
        "quantity_management_mode": "QUANTITY_ONLY",
        "proration": {"is_prorated": True, "invoice_behavior": "BILL_ON_NEXT_COLLECTION_DATE"},
        "billing_periods": {},
        "subscription_rate": {"billing_frequency": contract.frequency.value, "product": sold.product.reference},
        "quantity_schedule": [
            {"quantity": count} | _within(since, until) for count, since, until in steps if until is None or until > now
        ],
        **_within(sold.quantities[0][0], contract.end),
    }
