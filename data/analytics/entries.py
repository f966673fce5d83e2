"""What does each ledger entry mean now? Entries as values: sorted, with their state, and whether they count yet.

Rules from sections 4.1 to 4.4 of the Metronome notes. Amounts are in the balance's own unit, as sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cached_property
from typing import Final

import pandas as pd

from data.analytics.records import decimal_of, records
from data.analytics.units import QUANTITY_ACCESS, Units
from data.money import EXACT, QUANTITY_UNIT, Unit

UNDATED: Final = datetime(1970, 1, 1, tzinfo=UTC)  # an entry without a time still counts, before all others
POSTED, PENDING = "posted", "pending"
GRANTED, USED, ADJUSTED = "granted", "used", "adjusted"
CLOSING: Final = (USED, "trued_up", "rolled_over", "expired")
_RANKS: Final = {kind: rank for rank, kind in enumerate((*CLOSING, GRANTED, ADJUSTED, "credited", "canceled", "other"))}


@dataclass(frozen=True)
class Segment:
    """One segment of an access schedule, half-open; a bound that was not sent is None and never ends it, and so is an
    amount, which is not known then."""

    segment_id: str
    amount: Decimal | None
    starts_at: datetime | None
    ends_at: datetime | None

    def holds(self, moment: datetime) -> bool:
        return not self.is_ahead(moment) and not self.is_over(moment)

    def is_ahead(self, moment: datetime) -> bool:
        return self.starts_at is not None and self.starts_at > moment

    def is_over(self, moment: datetime) -> bool:
        return self.ends_at is not None and self.ends_at <= moment


@dataclass(frozen=True)
class Entry:
    """One ledger entry. ``amount`` and ``segment_id`` are as sent; ``segment`` is where it counts ("" = unknown).
    Without an ``amount`` (None) it does something that is not known, which is not nothing."""

    position: int
    timestamp: datetime
    type: str
    category: str
    amount: Decimal | None
    segment_id: str
    segment: str
    invoice_id: str
    reason: str
    state: str
    counts: bool

    @property
    def effect(self) -> Decimal:
        """What the entry does to the balance. Its type decides, not its sign: the API's own sample has a positive
        deduction (section 4.1), and the signs of roll-overs and true-ups are nowhere stated (4.2).

        Raises ``ValueError`` where no amount was sent; none of ``Account.entries`` is such an entry."""
        if self.amount is None:
            raise ValueError(f"The amount of ledger entry {self.position} is not known.")
        return EXACT.minus(self.amount.copy_abs()) if self.category in CLOSING else self.amount


@dataclass(frozen=True)
class Account:
    """One balance with its segments by start, and its ``ledger`` as sent, oldest first, None when it was not loaded."""

    balance: Mapping[str, object]
    unit: Unit
    segments: tuple[Segment, ...]
    ledger: tuple[Entry, ...] | None

    @cached_property
    def entries(self) -> tuple[Entry, ...] | None:
        """The ledger, where it tells what happened: None also where one of its entries does not say its amount, for
        nothing can be summed then."""
        if self.ledger is None or any(one.amount is None for one in self.ledger):
            return None
        return self.ledger

    @property
    def balance_id(self) -> str:
        return str(self.balance["balance_id"])

    @property
    def label(self) -> str:
        """Its name, else its product's, else its id; as sent."""
        return str(self.balance["name"] or self.balance["product"] or self.balance_id)


def accounts_of(
    balances: pd.DataFrame,
    segments: pd.DataFrame,
    ledger: pd.DataFrame,
    *,
    invoices: pd.DataFrame | None,
    now: datetime,
    units: Units,
) -> list[Account]:
    """BALANCES rows in order, each with its SEGMENTS and LEDGER rows."""
    by_segment = _by_balance(segments)
    by_entry = _by_balance(ledger)
    states = {} if invoices is None else _states(invoices)
    accounts = []
    for balance, unit in zip(records(balances), _units(balances, units), strict=True):
        ident = str(balance["balance_id"])
        schedule = tuple(sorted((_segment(row) for row in by_segment.get(ident, [])), key=_segment_order))
        sent = [_entry(row, schedule, states, now) for row in by_entry.get(ident, [])]
        as_sent = tuple(_ordered(sent)) if balance["has_ledger"] else None
        accounts.append(Account(balance, unit, schedule, as_sent))
    return accounts


def _units(balances: pd.DataFrame, units: Units) -> list[Unit]:
    pairs = list(zip(balances["credit_type_id"].tolist(), balances["credit_type"].tolist(), strict=True))
    resolved = units.resolve(pairs)
    quantity = (balances["access_type"] == QUANTITY_ACCESS).tolist()
    return [QUANTITY_UNIT if counts else resolved[pair] for counts, pair in zip(quantity, pairs, strict=True)]


def _states(invoices: pd.DataFrame) -> dict[str, str]:
    """By invoice: a draft of any kind is pending, everything else is settled."""
    statuses = invoices["status"].astype(object).tolist()
    drafts = (isinstance(status, str) and status.startswith("DRAFT") for status in statuses)
    return {ident: PENDING if draft else POSTED for ident, draft in zip(invoices["invoice_id"], drafts, strict=True)}


def _entry(row: Mapping[str, object], schedule: tuple[Segment, ...], states: Mapping[str, str], now: datetime) -> Entry:
    sent, category = row["timestamp"], str(row["category"])
    timestamp = sent if isinstance(sent, datetime) else UNDATED
    segment = str(row["segment_id"]) or _segment_at(schedule, timestamp, closing=category in CLOSING)
    by_time = PENDING if timestamp > now else POSTED
    state = states.get(str(row["invoice_id"]), by_time) if category == USED else by_time
    return Entry(
        position=int(str(row["entry"])),
        timestamp=timestamp,
        type=str(row["type"]),
        category=category,
        amount=decimal_of(row["amount"]),
        segment_id=str(row["segment_id"]),
        segment=segment,
        invoice_id=str(row["invoice_id"]),
        reason=str(row["reason"]),
        state=state,
        counts=timestamp <= now or category == USED or (category == ADJUSTED and _is_active(schedule, segment, now)),
    )


def _segment_at(schedule: tuple[Segment, ...], moment: datetime, *, closing: bool) -> str:
    """Manual entries name no segment: they belong to the one that holds their time (section 4.3). So do entries of
    postpaid commits, whose closing ones stand at the very end of the term."""
    ending = (one for one in schedule if closing and one.ends_at == moment)
    holding = (one for one in schedule if one.holds(moment))
    return next((one.segment_id for one in (*ending, *holding)), "")


def _is_active(schedule: tuple[Segment, ...], segment: str, now: datetime) -> bool:
    """Whether a future entry on ``segment`` counts already; without a schedule there is nothing to wait for."""
    return not schedule or any(one.segment_id == segment and one.holds(now) for one in schedule)


def _ordered(entries: list[Entry]) -> list[Entry]:
    """By time, then closing entries before what opens at the same moment, then as sent.

    What closes a period belongs to the segment before; only an entry of a segment that opens at that very moment comes
    after its opening.
    """
    openings = {(one.segment, one.timestamp) for one in entries if one.category == GRANTED}

    def place(one: Entry) -> tuple[datetime, int, int]:
        late = one.category in CLOSING and (one.segment, one.timestamp) in openings
        return one.timestamp, _RANKS.get(one.category, len(_RANKS)) + late * len(_RANKS), one.position

    return sorted(entries, key=place)


def _segment(row: Mapping[str, object]) -> Segment:
    starts, ends = row["starts_at"], row["ends_at"]
    return Segment(
        str(row["segment_id"]),
        decimal_of(row["amount"]),
        starts if isinstance(starts, datetime) else None,
        ends if isinstance(ends, datetime) else None,
    )


def _segment_order(segment: Segment) -> tuple[bool, datetime | None, str]:
    return (segment.starts_at is not None, segment.starts_at, segment.segment_id)


def _by_balance(frame: pd.DataFrame) -> dict[str, list[Mapping[str, object]]]:
    found: dict[str, list[Mapping[str, object]]] = {}
    for row in records(frame):
        found.setdefault(str(row["balance_id"]), []).append(row)
    return found
