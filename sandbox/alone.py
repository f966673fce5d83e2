"""What usage costs by itself, without commits and credits: flat, in tiers, or rounded up to whole units.

Tiers, rounding and metrics that do not add up are computed over whatever stretch is asked about: an invoice asks about
its period, a breakdown about each window alone, so the windows do not add up to the invoice (section 6.3).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import ROUND_CEILING, Decimal

from sandbox.amounts import ZERO
from sandbox.burn import Piece
from sandbox.facts import Feed
from sandbox.prices import Tier
from sandbox.rating import Charge, Slot, charges


def pieces(slots: Iterable[Slot], feeds: dict[str, Feed], start: datetime, end: datetime) -> list[Piece]:
    """The uncovered pieces of all usage in [start, end), which is priced as if there were nothing around it."""
    due = charges([slot for slot in slots if slot.metric_id in feeds], feeds, start, end)
    return [piece for charge in due for piece in _pieces(charge)]


def _pieces(charge: Charge) -> Iterator[Piece]:
    slot, quantity = charge
    if slot.product.whole_units:
        quantity = quantity.to_integral_value(ROUND_CEILING)
    if slot.tiers:
        yield from _by_tier(slot, quantity)
    else:
        yield Piece(slot, None, quantity, quantity * slot.price)


def _by_tier(slot: Slot, quantity: Decimal) -> Iterator[Piece]:
    """The first units at the first tier's price, the next at the second's; tiers that were not reached give nothing."""
    start = ZERO
    for level, tier in enumerate(slot.tiers, start=1):
        inside = _inside(tier, quantity - start)
        if inside <= 0:
            return
        yield Piece(slot, None, inside, inside * tier.price, (level, start))
        start += inside


def _inside(tier: Tier, rest: Decimal) -> Decimal:
    return rest if tier.size is None else min(rest, tier.size)
