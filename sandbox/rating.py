"""From facts and rate cards to priced charges: what a stretch of time costs before any commit or credit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from sandbox.amounts import ZERO
from sandbox.facts import Feed
from sandbox.model import Account, Contract, GroupValues
from sandbox.prices import CreditType, PriceSpan, Product, Rate, Tier
from sandbox.usage import Group, group_order, groups_of, total


@dataclass(frozen=True, eq=False)
class Slot:
    """Where a usage line comes from: one product of one contract, in one group, while one price holds.

    Two slots never share usage. ``since`` and ``until``: where the price changes; None: it held before, it still holds.
    """

    contract: Contract
    product: Product
    unit: CreditType
    price: Decimal
    pricing: GroupValues
    presentation: GroupValues
    metric_id: str
    cells: tuple[int, ...]
    since: datetime | None = None
    until: datetime | None = None
    list_price: Decimal | None = None
    tiers: tuple[Tier, ...] = ()
    additive: bool = True

    @property
    def by_period(self) -> bool:
        """Whether its price only follows from a whole billing period: parts of one do not add up to it."""
        return bool(self.tiers) or self.product.whole_units or not self.additive


class Charge(NamedTuple):
    slot: Slot
    quantity: Decimal

    @property
    def amount(self) -> Decimal:
        return self.quantity * self.slot.price


def slots_of_rate(contract: Contract, rate: Rate, feed: Feed, presentation: tuple[str, ...]) -> list[Slot]:
    """The lines that a rate can give, one per price and combination of its pricing and ``presentation`` groups."""
    product = rate.product
    cut = len(product.pricing)
    slots = []
    for group, cells in groups_of(feed, (*product.pricing, *presentation)).items():
        pricing = tuple(zip(product.pricing, group[:cut], strict=True))
        shown = tuple(zip(presentation, group[cut:], strict=True))
        slot = Slot(contract, product, rate.unit, ZERO, pricing, shown, feed.metric.id, tuple(cells), tiers=rate.tiers)
        slot = replace(slot, additive=feed.metric.aggregation.additive)
        slots += [_priced(slot, span, group[:cut]) for span in rate.spans()]
    return slots


def _priced(slot: Slot, span: PriceSpan, group: Group) -> Slot:
    listed = span.list_prices[group] if span.list_prices else None
    return replace(slot, price=span.prices[group], list_price=listed, since=span.since, until=span.until)


def _burn_order(slot: Slot) -> tuple[object, ...]:
    values = tuple(value for _, value in (*slot.pricing, *slot.presentation))
    return (-slot.price, slot.product.name, group_order(values))


def slots_of(account: Account, feeds: dict[str, Feed]) -> list[Slot]:
    """Every usage line that the account can have, in the order in which balances cover them (section 4.5)."""
    slots = [
        slot
        for contract in account.contracts
        for rate in contract.rates
        if rate.product.metric_id in feeds
        for slot in slots_of_rate(contract, rate, feeds[rate.product.metric_id], rate.product.presentation)
    ]
    return sorted(slots, key=_burn_order)


def charge(slot: Slot, feeds: dict[str, Feed], start: datetime, end: datetime) -> Charge | None:
    """The slot's usage in [start, end) while its contract runs and its price holds; None where there is none."""
    contract, feed = slot.contract, feeds[slot.metric_id]
    start = max(start, contract.start, slot.since or start)
    end = min(end, contract.end or end, slot.until or end)
    quantity = feed.value(total(feed, list(slot.cells), start, end))
    return Charge(slot, quantity) if quantity is not None else None


def charges(slots: list[Slot], feeds: dict[str, Feed], start: datetime, end: datetime) -> list[Charge]:
    """All charges of [start, end), in burn order."""
    found = (charge(slot, feeds, start, end) for slot in slots)
    return [one for one in found if one is not None]
