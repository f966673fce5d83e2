"""Is what was billed what was used? The quantity of each product on each invoice against the usage of its metric over
the invoice's whole period, which is right for every kind of metric (sections 2.3 and 6.3 of the Metronome notes)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Final

from data.analytics.proofs.causes import Cause
from data.analytics.proofs.check import Check, CheckName, Item, NotRun, Outcome, is_float_noise, judged
from data.analytics.proofs.metric_of_product import Billed, Meter, Used, counted_for, metrics_of
from data.analytics.proofs.moving import has_grown
from data.analytics.records import Record, decimal_of, text_of
from data.money import EXACT, QUANTITY

NAME: Final = CheckName.USAGE_QUANTITY
Key = tuple[str, str]  # invoice id, product id


@dataclass(frozen=True, kw_only=True)
class Broken:
    """The quantity of a product of an invoice by the breakdowns: in all windows, and in those still open when the first
    of two answers was read."""

    quantity: Decimal
    still_open: Decimal


@dataclass(frozen=True, kw_only=True)
class Usage:
    """The metrics and what they counted; ``invoices_at`` and ``usage_at`` tell when the invoices and this were read,
    ``broken`` what the breakdowns say. ``taught``: bills of other invoices, which tell what a product bills."""

    meters: Sequence[Meter]
    used: Used
    invoices_at: datetime
    usage_at: datetime
    broken: Mapping[Key, Broken] = field(default_factory=dict)
    taught: Sequence[Billed] = ()


def quantity_checks(billed: Sequence[Billed], usage: Usage) -> Outcome:
    """One check per invoice and usage product, in units of the product: ``expected`` is what the metric counted,
    ``actual`` what the lines bill.

    ``late_usage``: the invoice is settled and the breakdowns know the larger quantity. ``draft``: it grew between two
    readings. ``rounding``: the product bills whole units.
    """
    pairs = metrics_of([*billed, *usage.taught], usage.meters, usage.used)
    shared = _billed_twice(billed)
    outcomes = [_compared(one, pairs.get(one.product_id), usage, is_shared=id(one) in shared) for one in billed]
    not_run = {one.subject: one for one in outcomes if isinstance(one, NotRun)}
    return Outcome(tuple(one for one in outcomes if isinstance(one, Check)), tuple(not_run.values()))


def _compared(one: Billed, meter: Meter | None, usage: Usage, *, is_shared: bool) -> Check | NotRun:
    subject = f"{one.invoice['invoice_id']} / {one.name}"
    if meter is None:
        return NotRun(NAME, one.name, "It cannot be told which metric this product bills.")
    if is_shared:
        return NotRun(NAME, subject, "Another invoice bills the same product for some of the same time.")
    counted = counted_for(one, meter, usage.used)
    if counted is None or any(row["quantity"] is None for row in one.rows):
        return NotRun(NAME, subject, "The usage or the billed quantity of this period is not known.")
    cause = judged(EXACT.subtract(one.quantity, counted), _cause(one, counted, usage))
    return Check(
        check=NAME,
        subject=subject,
        named=one.name,
        cause=cause,
        expected=counted,
        actual=one.quantity,
        currency=QUANTITY,
        is_money=False,
        invoice_id=one.invoice["invoice_id"],
        start=one.period[0],
        end=one.period[1],
        expected_rows=lambda: (Item(words=f"Usage of {meter.name}", amount=counted, at=one.period[0]),),
        actual_rows=lambda: tuple(_item(row) for row in one.rows),
    )


def _billed_twice(billed: Sequence[Billed]) -> set[int]:
    """The ``id`` of each of them whose product another invoice bills for some of the same time."""
    by_product: defaultdict[str, list[Billed]] = defaultdict(list)
    for one in sorted(billed, key=lambda bill: bill.period):
        by_product[one.product_id].append(one)
    found: set[int] = set()
    for bills in by_product.values():
        last = bills[0]  # of those before, the one that ends last
        for one in bills[1:]:
            if one.period[0] < last.period[1]:
                found |= {id(one), id(last)}
            last = max(last, one, key=lambda bill: bill.period[1])
    return found


def _cause(one: Billed, counted: Decimal, usage: Usage) -> Cause | None:
    key = one.invoice["invoice_id"], one.product_id
    more, broken = EXACT.subtract(counted, one.quantity), usage.broken.get(key)
    if is_float_noise(more, counted) or one.is_rounded_up(counted):
        return Cause.ROUNDING
    if broken is None:
        return None
    if not text_of(one.invoice["status"]).startswith("DRAFT"):
        return Cause.LATE_USAGE if more > 0 and broken.quantity == counted else None
    grown = has_grown(more, first=usage.invoices_at, second=usage.usage_at, at_most=broken.still_open)
    return Cause.DRAFT if grown else None


def _item(row: Record) -> Item:
    return Item(
        words=text_of(row["name"]),
        amount=decimal_of(row["quantity"]) or Decimal(0),
        invoice_id=text_of(row["invoice_id"]),
        line=row["line"],
        tier=text_of(row["tier"]),
    )
