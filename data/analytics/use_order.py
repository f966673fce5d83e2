"""Which balance is used next, and why before the others? The order of section 4.5 of the Metronome notes.

Rolled-over balances first (postpaid ones before others), then prepaid commits and credits together, then postpaid
commits. Within these: the lower priority number, what cost nothing before what was paid for, the fewest products, the
fewest further conditions (none at all is the widest), the earlier end, the earlier start, the fewest contracts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from itertools import pairwise
from typing import Final

from data.analytics.commitments import Side, amounts_of, side_of
from data.analytics.entries import Account, Segment
from data.analytics.segments import NEVER, SegmentLeft, segments_left
from data.money import UnitKind

ALL: Final = 1_000_000_000  # of everything: more than any list that could be sent
_EVER: Final = datetime.min.replace(tzinfo=UTC)


class Rule(StrEnum):
    """What puts one segment before the next, in the order in which the rules are applied."""

    TIER = "tier"
    PRIORITY = "priority"
    COST = "cost"
    PRODUCTS = "products"
    SPECIFIERS = "specifiers"
    END = "end"
    START = "start"
    CONTRACTS = "contracts"


class Tier(StrEnum):
    ROLLED_POSTPAID = "rolled_postpaid"
    ROLLED = "rolled"
    PREPAID = "prepaid"
    POSTPAID = "postpaid"


Rank = int | float | bool | datetime


@dataclass(frozen=True)
class Turn:
    """A segment that is open and holds something: ``lot`` is what it holds, in currency units.

    ``rule`` is the first that tells it from the next one, ``own`` and ``next`` what they are under it; None when it is
    the last, or when no rule tells them apart (``is_last`` False).
    """

    account: Account
    lot: SegmentLeft
    rule: Rule | None = None
    own: Rank | None = None
    next: Rank | None = None
    is_last: bool = False


@dataclass(frozen=True)
class Queue:
    """The segments of one unit in the order in which they are used; ``product`` for QUANTITY balances."""

    currency: str
    product: str
    turns: tuple[Turn, ...]


def unit_of_use(account: Account) -> tuple[str, str]:
    """Balances that can pay for the same usage: of one unit, and QUANTITY balances of one product."""
    counts = account.unit.kind is UnitKind.QUANTITY
    return account.unit.label, str(account.balance["product"]) if counts else ""


def use_queues(accounts: Iterable[Account], now: datetime) -> tuple[Queue, ...]:
    """One queue per unit, of what is open at ``now`` with something left. Which usage a balance may pay for is not
    looked at: a later one is used first where an earlier one does not apply."""
    waiting: dict[tuple[str, str], list[tuple[tuple[Rank, ...], Turn]]] = {}
    for account in accounts:
        for lot in segments_left(account, amounts_of(account, now)["remaining"].amount, now):
            if lot.left > 0:
                segment = next(one for one in account.segments if one.segment_id == lot.segment_id)
                turn = Turn(account, lot)
                waiting.setdefault(unit_of_use(account), []).append((use_rank(account, segment), turn))
    return tuple(
        Queue(*unit, _told_apart(sorted(turns, key=lambda one: one[0]))) for unit, turns in sorted(waiting.items())
    )


def use_rank(account: Account, segment: Segment | None) -> tuple[Rank, ...]:
    """What segments are sorted by, one item per ``Rule``. A priority that was not sent comes after all others."""
    balance = account.balance
    priority = balance["priority"]
    return (
        list(Tier).index(tier_of(account)),
        priority if isinstance(priority, int | float) else float("inf"),
        bool(balance["paid"]),
        _count(balance["product_ids"]) or ALL,
        int(str(balance["specifiers"])) or ALL,
        (segment.ends_at if segment else None) or NEVER,
        (segment.starts_at if segment else None) or _EVER,
        _count(balance["contract_ids"]) or ALL,
    )


def tier_of(account: Account) -> Tier:
    """Type beats priority. A type that is not known is taken for prepaid."""
    postpaid = side_of(account) is Side.POSTPAID
    if account.balance["rolled_from"]:
        return Tier.ROLLED_POSTPAID if postpaid else Tier.ROLLED
    return Tier.POSTPAID if postpaid else Tier.PREPAID


def _told_apart(ranked: Sequence[tuple[tuple[Rank, ...], Turn]]) -> tuple[Turn, ...]:
    turns = [_before(*first, second[0]) for first, second in pairwise(ranked)]
    return (*turns, *(replace(one, is_last=True) for _, one in ranked[-1:]))


def _before(rank: tuple[Rank, ...], turn: Turn, following: tuple[Rank, ...]) -> Turn:
    told = next(
        ((rule, own, other) for rule, own, other in zip(Rule, rank, following, strict=True) if own != other), None
    )
    if told is None:
        return turn
    rule, own, other = told
    return replace(turn, rule=rule, own=own, next=other)


def _count(values: object) -> int:
    return len(values) if isinstance(values, tuple | list) else 0
