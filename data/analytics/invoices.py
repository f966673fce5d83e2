"""Which invoices belong to a range, where does each stand, and what do they come to?

Rules from sections 2.10, 5.1 and 6.3 of the Metronome notes; the range as the interfaces document says of
invoices.csv. Amounts are ``Decimal`` in currency units.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

import pandas as pd

from data.analytics.records import Record, decimal_of, records, text_of
from data.analytics.units import Units
from data.analytics.windows import midnight
from data.filters import Days, InvoiceStatus
from data.money import Unit, exact_sum

GRACE: Final = timedelta(hours=24)  # section 5.1: the default; a draft that says when it is issued knows better
CONSOLIDATED: Final = "USAGE_CONSOLIDATED"
# States of the payment provider in which money is still expected; in all others an old date says nothing.
AWAITING: Final = frozenset({"FINALIZED", "SENT", "PARTIALLY_PAID", "PAYMENT_FAILED"})
_TEXTS: Final = (
    "invoice_id", "status", "type", "contract_id", "external_id", "corrects_id", "regenerated_from_id", "correction",
)  # fmt: skip
_LONGEST_TERMS: Final = 36_500  # days; what is longer is no payment term, and would overflow a date
_LONG_AGO: Final = datetime(1, 1, 1, tzinfo=UTC)
_LAST: Final = datetime.max.replace(tzinfo=UTC)


class State(StrEnum):
    """Where an invoice stands. A draft whose period, or date, lies ahead is upcoming: never spend so far."""

    DRAFT = "draft"
    UPCOMING = "upcoming"
    FINALIZED = "finalized"
    VOID = "void"
    INCOMPLETE = "incomplete"
    OTHER = "other"


# What the sum of the invoices in a state is called; incomplete ones have no total, void ones none that counts.
SUM_NAMES: Final[Mapping[State, str]] = {
    State.FINALIZED: "Invoiced",
    State.DRAFT: "In drafts so far",
    State.UPCOMING: "Upcoming",
    State.OTHER: "In another status",
}
_STATES: Final = {
    "DRAFT": State.DRAFT,
    "FINALIZED": State.FINALIZED,
    "VOID": State.VOID,
    "DRAFT_INCOMPLETE": State.INCOMPLETE,
}
_CHOSEN: Final[Mapping[InvoiceStatus, tuple[State, ...]]] = {
    InvoiceStatus.ALL: tuple(State),
    InvoiceStatus.DRAFT: (State.DRAFT, State.UPCOMING, State.INCOMPLETE),
    InvoiceStatus.FINALIZED: (State.FINALIZED,),
    InvoiceStatus.VOID: (State.VOID,),
}


@dataclass(frozen=True, kw_only=True)
class Invoice:
    """One invoice. ``status``, ``type`` and ``payment`` are as sent, "" = not sent.

    ``corrected_by`` and ``replaced_by`` are the invoices that name this one. ``outside``: it is listed because a link
    names it, not because of the range and status chosen.
    """

    invoice_id: str
    state: State
    status: str
    type: str
    contract_id: str
    unit: Unit
    total: Decimal | None
    starts_at: datetime | None
    ends_at: datetime | None
    issued_at: datetime | None
    due_at: datetime | None
    billable: bool
    payment: str
    external_id: str
    corrects_id: str
    regenerated_from_id: str
    correction: str
    corrected_by: tuple[str, ...] = ()
    replaced_by: tuple[str, ...] = ()
    outside: bool = False

    @property
    def is_payable(self) -> bool:
        """Whether its total may be added to others (section 5.1): not void, billable, and no copy of other invoices'
        lines."""
        return self.state is not State.VOID and self.billable and self.type != CONSOLIDATED

    @property
    def settles_at(self) -> datetime | None:
        """Until when a draft of a period can change: its issue, else the end of its period and the grace; None = never
        or not known."""
        if self.state is not State.DRAFT or self.ends_at is None:
            return None
        if self.issued_at is not None and self.issued_at >= self.ends_at:
            return self.issued_at
        return _later(self.ends_at, GRACE)

    def is_overdue(self, now: datetime) -> bool:
        """Past its due date, with the payment provider still waiting for money; never by the date alone."""
        owed = self.state is State.FINALIZED and (self.total is None or self.total > 0)
        return owed and self.due_at is not None and self.due_at < now and self.payment in AWAITING


@dataclass(frozen=True)
class InvoiceSum:
    """What the payable ``invoices`` of one unit in one state come to; None when one of them has no total."""

    unit: Unit
    state: State
    total: Decimal | None
    invoices: tuple[Invoice, ...]


def invoices_of(
    invoices: pd.DataFrame,
    days: Days,
    *,
    now: datetime,
    units: Units,
    status: InvoiceStatus = InvoiceStatus.ALL,
    named: Collection[str] = (),
) -> tuple[Invoice, ...]:
    """INVOICES of ``days`` in ``status``, newest first; those ``named`` by id are there in any case.

    An invoice is of the range when its period overlaps it, or when it has none and was issued within it. One with
    neither a period nor a date is of no range.
    """
    rows = records(invoices)
    wanted = set(named)
    found = []
    for invoice in _all(rows, units, now):
        chosen = is_within(invoice, days) and invoice.state in _CHOSEN[status]
        if chosen or invoice.invoice_id in wanted:
            found.append(invoice if chosen else replace(invoice, outside=True))
    return tuple(sorted(found, key=_newest_first))


def is_within(invoice: Invoice, days: Days) -> bool:
    """Whether an invoice's period, or without one its issue, is in the range; a bound that is missing is the other."""
    first, last = midnight(days.first), midnight(days.end_exclusive)
    starts, ends = invoice.starts_at or invoice.ends_at, invoice.ends_at or invoice.starts_at
    if starts is None or ends is None:
        return invoice.issued_at is not None and first <= invoice.issued_at < last
    return starts < last and (ends > first or starts >= first)


def invoice_sums(invoices: Iterable[Invoice]) -> tuple[InvoiceSum, ...]:
    """Totals of the payable invoices of the range, per unit and state, never across them; incomplete ones have none."""
    groups: dict[tuple[str, State], list[Invoice]] = {}
    for one in invoices:
        if one.is_payable and not one.outside and one.state in SUM_NAMES:
            groups.setdefault((one.unit.label, one.state), []).append(one)
    order = list(State)
    keys = sorted(groups, key=lambda key: (not groups[key][0].unit.is_money, key[0], order.index(key[1])))
    return tuple(_sum(groups[key]) for key in keys)


def _sum(invoices: list[Invoice]) -> InvoiceSum:
    totals = [one.total for one in invoices]
    known = [total for total in totals if total is not None]
    total = exact_sum(known) if len(known) == len(totals) else None
    return InvoiceSum(invoices[0].unit, invoices[0].state, total, tuple(invoices))


def _all(rows: list[Record], units: Units, now: datetime) -> list[Invoice]:
    pairs = [(text_of(row["credit_type_id"]), text_of(row["credit_type"])) for row in rows]
    resolved = units.resolve(pairs)
    found = (_invoice(row, resolved[pair], now) for row, pair in zip(rows, pairs, strict=True))
    corrected, replaced = _links(rows, "corrects_id"), _links(rows, "regenerated_from_id")
    return [
        replace(one, corrected_by=corrected.get(one.invoice_id, ()), replaced_by=replaced.get(one.invoice_id, ()))
        for one in found
    ]


def _invoice(row: Record, unit: Unit, now: datetime) -> Invoice:
    total = decimal_of(row["total"])
    texts: dict[str, Any] = {name: text_of(row[name]) for name in _TEXTS}
    return Invoice(
        **texts,
        state=_state(row, now),
        unit=unit,
        total=None if total is None else unit.major(total),
        starts_at=row["period_start"],
        ends_at=row["period_end"],
        issued_at=row["issued_at"],
        due_at=_due(row),
        billable=bool(row["billable"]),
        payment=text_of(row["payment_status"]),
    )


def _state(row: Record, now: datetime) -> State:
    state = _STATES.get(text_of(row["status"]).upper(), State.OTHER)
    begins = row["period_start"] or row["period_end"] or row["issued_at"]
    return State.UPCOMING if state is State.DRAFT and begins is not None and begins > now else state


def _due(row: Record) -> datetime | None:
    """``issued_at`` and the payment terms; unknown when either is, or when the terms are nonsense."""
    issued: datetime | None = row["issued_at"]
    terms: float | None = row["terms_days"]
    if issued is None or terms is None or not 0 <= terms <= _LONGEST_TERMS:
        return None
    return _later(issued, timedelta(days=terms))


def _later(moment: datetime, span: timedelta) -> datetime | None:
    """``span`` after ``moment``; None = beyond what a date can be."""
    return moment + span if moment < _LAST - span else None


def _links(rows: list[Record], column: str) -> dict[str, tuple[str, ...]]:
    """By the invoice that is named in ``column``: the ids of those that name it."""
    found: dict[str, tuple[str, ...]] = {}
    for row in rows:
        target = text_of(row[column])
        if target:
            found[target] = (*found.get(target, ()), text_of(row["invoice_id"]))
    return found


def _newest_first(invoice: Invoice) -> tuple[float, str]:
    moment = invoice.issued_at or invoice.ends_at or invoice.starts_at or _LONG_AGO
    return -moment.timestamp(), invoice.invoice_id
