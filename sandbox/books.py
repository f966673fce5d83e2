"""Everything that is derived for one account at one moment, computed once, when first asked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

from sandbox import alone
from sandbox.amounts import ZERO, exact
from sandbox.burn import Piece, merge
from sandbox.chronicle import Chronicle, Keeper
from sandbox.late import arrivals
from sandbox.model import Account, Contract
from sandbox.moments import hour_floor
from sandbox.periods import Period, invoice_id, periods
from sandbox.rating import Slot, slots_of


class Bill(NamedTuple):
    """One usage invoice: the pieces of its period, by day."""

    contract: Contract
    period: Period
    days: dict[datetime, list[Piece]]

    @property
    def id(self) -> str:
        return invoice_id(self.contract, self.period)


class Deduction(NamedTuple):
    """What one usage invoice drew from one segment, in the balance's own unit (positive)."""

    bill: Bill
    segment_id: str
    amount: Decimal


class Books:
    """Facts, burn and bills of ``account`` as they stand at ``now``; usage is known up to the last full hour."""

    def __init__(self, account: Account, now: datetime) -> None:
        self.account = account
        self.now = now
        self.through = hour_floor(now)
        self.feeds, self._counted, self._after = arrivals(account, self.through)
        self._slots = slots_of(account, self.feeds)
        burnt = [slot for slot in self._slots if not slot.by_period]
        self._keeper = Keeper(account, self._counted, burnt, self.through)

    @cached_property
    def chronicle(self) -> Chronicle:
        return self._keeper.run()

    @cached_property
    def bills(self) -> list[Bill]:
        """One per contract and period that has begun, oldest first within a contract."""
        return list(self._bills())

    def _bills(self) -> Iterator[Bill]:
        for contract in self.account.contracts:
            for period in periods(contract, self.now):
                days = {
                    day: [piece for piece in pieces if piece.slot.contract is contract]
                    for day, pieces in self.chronicle.pieces.items()
                    if period.start <= day < period.end
                }
                yield Bill(contract, period, days)

    @cached_property
    def deductions(self) -> dict[str, list[Deduction]]:
        """Balance id -> what each usage invoice drew from each of its segments."""
        return self._deductions()

    @exact
    def _deductions(self) -> dict[str, list[Deduction]]:
        found: dict[str, list[Deduction]] = defaultdict(list)
        for bill in self.bills:
            sums: dict[tuple[str, str], Decimal] = defaultdict(lambda: ZERO)
            for piece in (piece for pieces in bill.days.values() for piece in pieces):
                if piece.purse:
                    sums[piece.purse.balance.id, piece.purse.segment.id] += piece.drawn
            for (balance_id, segment_id), amount in sums.items():
                found[balance_id].append(Deduction(bill, segment_id, amount))
        return found

    def hours(self, day: datetime) -> list[tuple[datetime, list[Piece]]]:
        """The pieces of each hour of ``day`` that has passed, of all contracts."""
        return self._keeper.hours(day, self.chronicle.opening.get(day, {}))

    @exact
    def by_period(self, contract: Contract, start: datetime, end: datetime) -> list[Piece]:
        """Usage in [start, end) whose price follows from a whole period, priced alone. No balance covers it."""
        slots = [slot for slot in self._slots if slot.by_period and slot.contract is contract]
        return alone.pieces(slots, self._counted, start, end)

    @exact
    def late(self, contract: Contract, start: datetime, end: datetime) -> list[Piece]:
        """Usage in [start, end) that arrived after its invoice was finalized, priced alone. No balance covers it."""
        slots = [slot for slot in self._slots if slot.contract is contract]
        return alone.pieces(slots, self._after, start, end)

    @exact
    def whole(self, pieces: Iterable[Piece]) -> list[Piece]:
        """Pieces of several windows put together, in line order."""
        order: dict[Slot, int] = {slot: place for place, slot in enumerate(self._keeper.slots)}
        return sorted(merge(pieces), key=lambda piece: order[piece.slot])
