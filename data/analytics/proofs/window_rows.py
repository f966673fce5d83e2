"""The comparison of windows with invoices as checks: one per invoice, one per product and class of line on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

import pandas as pd

from data.analytics.proofs.check import Check, CheckName, Item, NotRun, Outcome
from data.analytics.proofs.invoice_parts import PartCheck
from data.analytics.proofs.usage_quantity import Broken, Key
from data.analytics.proofs.windows_invoice import InvoiceCheck
from data.analytics.records import decimal_of, records, text_of
from data.analytics.spend_lines import USAGE_LINE
from data.money import Unit, exact_sum

NAME: Final = CheckName.WINDOWS_INVOICE
_SHOWN: Final = ("invoice_id", "line", "name", "total", "quantity", "unit_price", "tier", "window_start", "commit_id")


@dataclass(frozen=True, kw_only=True)
class Compared:
    """What was compared: the frames that the positions of ``found`` point into."""

    found: tuple[InvoiceCheck, ...]
    lines: pd.DataFrame
    windows_lines: pd.DataFrame
    windows: pd.DataFrame


def window_checks(compared: Compared) -> Outcome:
    """Per invoice its total, then its parts; ``NotRun`` where an amount was not sent."""
    rows = [row for one in compared.found for row in (_whole(one, compared), *_parts(one, compared))]
    return Outcome(
        tuple(one for one in rows if isinstance(one, Check)), tuple(one for one in rows if isinstance(one, NotRun))
    )


def broken_down(compared: Compared, since: datetime) -> Mapping[Key, Broken]:
    """By invoice and product, the quantity in its windows and in those that were not over at ``since``."""
    found: dict[Key, Broken] = {}
    for part in (part for one in compared.found for part in one.parts if part.line_type == USAGE_LINE):
        rows = records(compared.windows_lines.iloc[list(part.actual_rows)][["quantity", "window_end"]])
        known = [(decimal_of(row["quantity"]) or Decimal(0), row["window_end"]) for row in rows]
        before = found.get((part.invoice_id, part.product_id), Broken(quantity=Decimal(0), still_open=Decimal(0)))
        found[part.invoice_id, part.product_id] = Broken(
            quantity=exact_sum((before.quantity, *(quantity for quantity, _ in known))),
            still_open=exact_sum((before.still_open, *(quantity for quantity, end in known if end and end > since))),
        )
    return found


def _whole(one: InvoiceCheck, compared: Compared) -> Check | NotRun:
    if one.expected is None or one.actual is None:
        return NotRun(NAME, one.invoice_id, "Its total, or that of one of its windows, was not sent.")
    expected = one.expected
    return Check(
        check=NAME,
        subject=one.invoice_id,
        named="Invoice total",
        cause=one.cause,
        expected=expected,
        actual=one.actual,
        currency=one.currency,
        is_money=one.unit.is_money,
        invoice_id=one.invoice_id,
        start=one.start,
        end=one.end,
        expected_rows=lambda: (Item(words="Invoice total as sent", amount=expected, invoice_id=one.invoice_id),),
        actual_rows=lambda: _window_items(one, compared.windows),
    )


def _parts(one: InvoiceCheck, compared: Compared) -> Iterator[Check | NotRun]:
    for part in one.parts:
        kind = f"{part.line_type} (postpaid)" if part.postpaid else part.line_type
        subject = f"{one.invoice_id} / {part.product} / {kind}"
        if part.expected is None or part.actual is None:
            yield NotRun(NAME, subject, "A line has no total.")
        else:
            yield _part(part, one, subject, compared)


def _part(part: PartCheck, one: InvoiceCheck, subject: str, compared: Compared) -> Check:
    return Check(
        check=NAME,
        subject=subject,
        named=part.product,
        cause=part.cause,
        expected=part.expected,
        actual=part.actual,
        currency=part.currency,
        is_money=part.unit.is_money,
        invoice_id=one.invoice_id,
        line_type=part.line_type,
        start=one.start,
        end=one.end,
        expected_rows=lambda: _line_items(compared.lines, part.expected_rows, part.unit),
        actual_rows=lambda: _line_items(compared.windows_lines, part.actual_rows, part.unit, of_invoice=False),
    )


def _window_items(one: InvoiceCheck, windows: pd.DataFrame) -> tuple[Item, ...]:
    rows = records(windows.iloc[list(one.window_rows)][["window_start", "total"]])
    return tuple(
        Item(
            words="Window total", amount=one.unit.major(row["total"]), at=row["window_start"], invoice_id=one.invoice_id
        )
        for row in rows
    )


def _line_items(
    lines: pd.DataFrame, places: tuple[int, ...], unit: Unit, *, of_invoice: bool = True
) -> tuple[Item, ...]:
    """Lines as rows; only those of an invoice have a position on it."""
    rows = records(lines.iloc[list(places)][list(_SHOWN)])
    return tuple(
        Item(
            words=text_of(row["name"]),
            amount=unit.major(row["total"]),
            quantity=row["quantity"],
            unit_price=None if row["unit_price"] is None else unit.major(row["unit_price"]),
            at=row["window_start"],
            invoice_id=text_of(row["invoice_id"]),
            line=row["line"] if of_invoice else None,
            tier=text_of(row["tier"]),
            balance_id=text_of(row["commit_id"]),
        )
        for row in rows
    )
