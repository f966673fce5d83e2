"""Drawing balances down, in the order of section 4.5 of the Metronome notes.

``cover`` burns one window. A whole day is burnt at once when no balance ran dry in it, because then every line found
the same balance in each of its hours; otherwise the day is burnt hour by hour. Both ways give the same pieces.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from sandbox.amounts import QUANTITY_STEP
from sandbox.model import Balance, BalanceType, Segment
from sandbox.rating import Charge, Slot

Left = dict[str, Decimal]


class Purse(NamedTuple):
    """One segment of one balance: what can be drawn from."""

    balance: Balance
    segment: Segment


class Piece(NamedTuple):
    """A charge, or the part of it that one purse covered (``purse`` None: nobody did).

    ``step``: which tier of the slot's prices it is (from 1), and at how many units that tier begins.
    """

    slot: Slot
    purse: Purse | None
    quantity: Decimal
    amount: Decimal
    step: tuple[int, Decimal] | None = None

    @property
    def drawn(self) -> Decimal:
        """What the purse lost, in its own unit."""
        return self.quantity if self.purse and self.purse.balance.by_quantity else self.amount


def burn_order(purse: Purse) -> tuple[object, ...]:
    """Rollovers (postpaid first), then prepaid and credits, then postpaid; then priority and the tie breakers."""
    balance, segment = purse
    postpaid = balance.type is BalanceType.POSTPAID
    tier = (0 if postpaid else 1) if balance.rolled_from else (3 if postpaid else 2)
    paid = bool(balance.payments)
    products = len(balance.product_ids) or 1_000_000
    narrowness = len(balance.group_values) or 1_000_000
    contracts = len(balance.contract_ids) or 1_000_000
    return (tier, balance.priority, paid, products, narrowness, segment.end, segment.start, contracts, segment.id)


def applies(balance: Balance, slot: Slot) -> bool:
    """Whether usage of ``slot`` may draw on ``balance``: same contract, unit, product and group values."""
    if balance.contract_id and slot.contract.id not in {balance.contract_id, *balance.contract_ids}:
        return False
    if balance.unit is not None and balance.unit.id != slot.unit.id:
        return False
    if balance.product_ids and slot.product.id not in balance.product_ids:
        return False
    return set(balance.group_values) <= {*slot.pricing, *slot.presentation}


def _draw(slot: Slot, purse: Purse, quantity: Decimal, amount: Decimal, have: Decimal) -> Piece:
    """As much of (quantity, amount) as ``have`` covers."""
    if purse.balance.by_quantity:
        taken = min(quantity, have)
        return Piece(slot, purse, taken, amount if taken == quantity else taken * slot.price)
    if have >= amount:
        return Piece(slot, purse, quantity, amount)
    return Piece(slot, purse, (have / slot.price).quantize(QUANTITY_STEP), have)


def cover_charge(charge: Charge, purses: Iterable[Purse], left: Left) -> list[Piece]:
    """Split one charge over ``purses`` (already in order), lowering ``left``; the uncovered rest comes last."""
    pieces, quantity, amount = [], charge.quantity, charge.amount
    for purse in purses:
        have = left[purse.segment.id]
        if have <= 0 or amount <= 0:
            continue
        piece = _draw(charge.slot, purse, quantity, amount, have)
        left[purse.segment.id] = have - piece.drawn
        pieces.append(piece)
        quantity, amount = quantity - piece.quantity, amount - piece.amount
    if amount > 0 or not pieces:
        pieces.append(Piece(charge.slot, None, quantity, amount))
    return pieces


def cover(charges: Sequence[Charge], candidates: Mapping[Slot, Sequence[Purse]], left: Left) -> list[Piece]:
    """Burn one window: ``left`` (segment id -> what is left) is lowered in place."""
    return [piece for charge in charges for piece in cover_charge(charge, candidates[charge.slot], left)]


def ran_dry(before: Left, after: Left) -> bool:
    """Whether a balance that still had something has nothing now."""
    return any(have > 0 and after[segment] <= 0 for segment, have in before.items())


def merge(pieces: Iterable[Piece]) -> list[Piece]:
    """One piece per (slot, purse), in the order in which they were first met."""
    merged: dict[tuple[Slot, str | None], Piece] = {}
    for piece in pieces:
        key = (piece.slot, piece.purse.segment.id if piece.purse else None)
        old = merged.get(key)
        merged[key] = (
            piece._replace(quantity=old.quantity + piece.quantity, amount=old.amount + piece.amount) if old else piece
        )
    return list(merged.values())
