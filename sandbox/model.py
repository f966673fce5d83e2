"""What an account is made of: values that the catalogue fills in and everything else is derived from.

All instants are UTC midnights unless a field says otherwise. Amounts are in the unit of their credit type (USD: cents).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from sandbox.prices import CreditType, Fee, Product, Rate, Subscription

GroupValues = tuple[tuple[str, str | None], ...]
# (days since the stream began, the day) -> thousandths of the stream's daily amount
Shape = Callable[[int, datetime], int]


class Aggregation(StrEnum):
    SUM = "SUM"
    COUNT = "COUNT"
    MAX = "MAX"
    UNIQUE = "UNIQUE"
    LATEST = "LATEST"

    @property
    def additive(self) -> bool:
        return self in {Aggregation.SUM, Aggregation.COUNT}


class BalanceType(StrEnum):
    PREPAID = "PREPAID"
    POSTPAID = "POSTPAID"
    CREDIT = "CREDIT"


class Frequency(StrEnum):
    MONTHLY = "MONTHLY"
    WEEKLY = "WEEKLY"


@dataclass(frozen=True, kw_only=True)
class Metric:
    """``decimals``: facts are whole numbers of 10**-decimals of the metric's unit.

    ``sql``: the metric is a query; what it adds up to then follows ``aggregation``, which the API does not say.
    """

    id: str
    name: str
    aggregation: Aggregation
    group_keys: tuple[tuple[str, ...], ...] = ()
    event_type: str
    property_name: str | None = None
    decimals: int = 0
    sql: str | None = None
    archived_at: datetime | None = None


@dataclass(frozen=True)
class Cell:
    """One combination of group values and its share of the stream, in thousandths."""

    values: GroupValues
    weight: int = 1000

    def value(self, key: str) -> str | None:
        return dict(self.values).get(key)


class Late(NamedTuple):
    """More of a day's facts (of the cell at this place), which reach the API only at ``arrives_at``."""

    day: datetime
    cell: int
    amount: int
    arrives_at: datetime


@dataclass(frozen=True, kw_only=True)
class Stream:
    """What one account sends for one metric. ``given`` replaces the seeded facts: day -> amount per cell.

    ``late`` comes on top, for additive metrics; contracts that bill such a stream must not overlap.
    """

    metric: Metric
    seed: str
    cells: tuple[Cell, ...]
    start: datetime
    end: datetime | None = None
    daily: int = 0
    shape: Shape = lambda _index, _day: 1000
    given: Mapping[datetime, tuple[int, ...]] | None = None
    late: tuple[Late, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Contract:
    """``conversion``: fiat per custom pricing unit. ``invoice_ids``: period start -> id, where an id is given.

    ``voided`` and ``corrected`` are starts of periods whose invoice was voided and regenerated, or corrected later;
    ``payments``: period start -> state of the invoice at the payment provider, where it is not the usual one.
    """

    id: str
    name: str
    start: datetime
    end: datetime | None = None
    currency: CreditType
    rates: tuple[Rate, ...] = ()
    frequency: Frequency = Frequency.MONTHLY
    net_terms: int = 30
    charges: tuple[Fee, ...] = ()
    subscriptions: tuple[Subscription, ...] = ()
    conversion: Decimal | None = None
    renewed_from: str | None = None
    archived_at: datetime | None = None
    invoice_ids: Mapping[datetime, str] = field(default_factory=dict)
    voided: frozenset[datetime] = frozenset()
    corrected: frozenset[datetime] = frozenset()
    payments: Mapping[datetime, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Segment:
    """``amount`` None: what rolled over from another balance, known when that one ends."""

    id: str
    amount: Decimal | None
    start: datetime
    end: datetime


@dataclass(frozen=True, kw_only=True)
class Adjustment:
    """A ledger entry made by hand, or for seats: ``kind`` is the last part of the entry type, ``at`` any time."""

    at: datetime
    amount: Decimal
    reason: str = ""
    kind: str = "MANUAL"


@dataclass(frozen=True, kw_only=True)
class Payment:
    id: str
    invoice_id: str
    amount: Decimal
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Balance:
    """A commit or credit. ``unit`` None: a QUANTITY balance, which counts units of its products."""

    id: str
    type: BalanceType
    product: Product
    unit: CreditType | None
    segments: tuple[Segment, ...]
    priority: int = 100
    name: str | None = None
    contract_id: str | None = None
    contract_ids: tuple[str, ...] = ()
    product_ids: tuple[str, ...] = ()
    group_values: GroupValues = ()
    payments: tuple[Payment, ...] = ()
    payment_unit: CreditType | None = None
    adjustments: tuple[Adjustment, ...] = ()
    rolled_from: str | None = None
    rollover_fraction: Decimal | None = None
    rollover_contract: str | None = None
    recurring_id: str | None = None
    subscription_id: str | None = None
    trued_up: bool = True
    created_at: datetime
    archived_at: datetime | None = None

    @property
    def by_quantity(self) -> bool:
        return self.unit is None

    def end_of(self, segment: Segment) -> datetime:
        """When the segment stops being usable: its end, or the day the commit was archived."""
        return min(segment.end, self.archived_at) if self.archived_at else segment.end


@dataclass(frozen=True, kw_only=True)
class Account:
    """``standstill``: the account's own clock never passes this. ``rows_as``: the customer id that its invoices carry.

    ``paired``: one deduction line per covered line; otherwise one per product and balance. ``legacy``: line items
    without ``type`` and usage rows without ``group``, as older copies of the API's guide show them.
    """

    id: str
    name: str
    created_at: datetime
    aliases: tuple[str, ...] = ()
    salesforce_id: str | None = None
    archived_at: datetime | None = None
    streams: tuple[Stream, ...] = ()
    contracts: tuple[Contract, ...] = ()
    balances: tuple[Balance, ...] = ()
    standstill: datetime | None = None
    rows_as: str | None = None
    paired: bool = False
    legacy: bool = False

    @property
    def invoice_customer(self) -> str:
        return self.rows_as or self.id
