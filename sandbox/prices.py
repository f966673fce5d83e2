"""What things cost: products, flat and tiered prices that may change, fixed fees, and seats.

Amounts are in the unit of their credit type (USD: cents); instants are UTC midnights.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

Prices = Mapping[tuple[str | None, ...], Decimal]


@dataclass(frozen=True)
class CreditType:
    id: str
    name: str
    is_currency: bool = True

    @property
    def reference(self) -> dict[str, str]:
        return {"id": self.id, "name": self.name}


@dataclass(frozen=True, kw_only=True)
class Product:
    """``whole_units``: the quantity that is billed is rounded up, once over the billing period."""

    id: str
    name: str
    metric_id: str | None = None
    kind: str = "UsageProductListItem"
    presentation: tuple[str, ...] = ()
    pricing: tuple[str, ...] = ()
    whole_units: bool = False

    @property
    def reference(self) -> dict[str, str]:
        return {"id": self.id, "name": self.name}


class Tier(NamedTuple):
    """``size`` units at ``price`` each; None for the last tier, which has no end."""

    price: Decimal
    size: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class PriceChange:
    """Other prices from ``at`` on. ``list_prices``: what the rate card says, where the contract overrides it."""

    at: datetime
    prices: Prices
    list_prices: Prices | None = None


class PriceSpan(NamedTuple):
    """Prices that hold in [since, until); None: without an end on that side."""

    since: datetime | None
    until: datetime | None
    prices: Prices
    list_prices: Prices | None


@dataclass(frozen=True, kw_only=True)
class Rate:
    """Price per unit, by the product's pricing group values (the empty tuple when it has none).

    ``changes``: later prices, oldest first. ``tiers``: prices by how much of a group was used within a billing period,
    the same in every group; ``prices`` then holds the first tier's.
    """

    product: Product
    unit: CreditType
    prices: Prices
    list_prices: Prices | None = None
    changes: tuple[PriceChange, ...] = ()
    tiers: tuple[Tier, ...] = ()

    def spans(self) -> Iterator[PriceSpan]:
        """The stretches of time in which the price stays the same, oldest first."""
        since, prices, list_prices = None, self.prices, self.list_prices
        for change in self.changes:
            yield PriceSpan(since, change.at, prices, list_prices)
            since, prices, list_prices = change.at, change.prices, change.list_prices
        yield PriceSpan(since, None, prices, list_prices)


@dataclass(frozen=True, kw_only=True)
class Fee:
    """A fixed amount on dates of its own: a scheduled charge."""

    id: str
    product: Product
    amount: Decimal
    dates: tuple[datetime, ...]


@dataclass(frozen=True, kw_only=True)
class Subscription:
    """So many units at ``price`` for a billing period, on its usage invoice. ``quantities``: since when how many."""

    id: str
    product: Product
    price: Decimal
    quantities: tuple[tuple[datetime, int], ...]

    def quantity(self, at: datetime) -> int:
        return next((count for since, count in reversed(self.quantities) if since <= at), 0)
