"""The life of an account's balances from its first day to now: segments open, are drawn, adjusted, and end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from sandbox.amounts import ZERO, exact
from sandbox.burn import Left, Piece, Purse, applies, burn_order, cover, merge, ran_dry
from sandbox.facts import Feed
from sandbox.model import Account, Adjustment, Balance
from sandbox.moments import DAY, HOUR, midnight, steps
from sandbox.rating import Slot, charges


@dataclass
class Chronicle:
    """``pieces``: by day. ``opening``: what every open segment held when the day began. ``left``: what is left now.

    ``granted``, ``rolled`` and ``lapsed`` are by segment id, once it opened or ended; ``adjusted`` by balance id, each
    with the segment that it changed.
    """

    pieces: dict[datetime, list[Piece]] = field(default_factory=dict)
    opening: dict[datetime, Left] = field(default_factory=dict)
    left: Left = field(default_factory=dict)
    granted: dict[str, Decimal] = field(default_factory=dict)
    rolled: dict[str, Decimal] = field(default_factory=dict)
    lapsed: dict[str, Decimal] = field(default_factory=dict)
    adjusted: dict[str, list[tuple[Adjustment, str]]] = field(default_factory=dict)


class Keeper:
    """Walks through an account's days. It keeps no state of the walk, so that several requests may ask at once."""

    def __init__(self, account: Account, feeds: dict[str, Feed], slots: list[Slot], through: datetime) -> None:
        self.feeds = feeds
        self.slots = slots
        self.through = through
        self._balances = account.balances
        self._purses = sorted((Purse(one, part) for one in account.balances for part in one.segments), key=burn_order)
        self._candidates: dict[tuple[str, ...], dict[Slot, list[Purse]]] = {}
        self._first = min(
            [contract.start for contract in account.contracts] + [purse.segment.start for purse in self._purses],
            default=midnight(through),
        )

    @exact
    def run(self) -> Chronicle:
        """The whole story up to now."""
        book = Chronicle()
        for day in steps(self._first, midnight(self.through) + DAY, DAY):
            self._close(book, day)
            self._open(book, day)
            self._adjust(book, day)
            book.opening[day] = dict(book.left)
            book.left, book.pieces[day] = self._burn(day, book.opening[day])
        return book

    @exact
    def hours(self, day: datetime, opening: Left) -> list[tuple[datetime, list[Piece]]]:
        """The pieces of each hour of ``day`` up to now, from what was there when it began."""
        return list(self._hourly(day, dict(opening)))

    def _burn(self, day: datetime, opening: Left) -> tuple[Left, list[Piece]]:
        left = dict(opening)
        due = charges(self.slots, self.feeds, day, day + DAY)
        pieces = cover(due, self._candidates_for(opening), left)
        if ran_dry(opening, left):
            left = dict(opening)
            pieces = [piece for _, hour in self._hourly(day, left) for piece in hour]
        return left, merge(pieces)

    def _hourly(self, day: datetime, left: Left) -> Iterator[tuple[datetime, list[Piece]]]:
        candidates = self._candidates_for(left)
        for hour in steps(day, min(day + DAY, self.through), HOUR):
            due = charges(self.slots, self.feeds, hour, hour + HOUR)
            yield hour, cover(due, candidates, left)

    def _candidates_for(self, left: Left) -> dict[Slot, list[Purse]]:
        """Per slot the open purses that cover it, in order."""
        key = tuple(sorted(left))
        if key not in self._candidates:
            opened = [purse for purse in self._purses if purse.segment.id in left]
            self._candidates[key] = {slot: [p for p in opened if applies(p.balance, slot)] for slot in self.slots}
        return self._candidates[key]

    def _close(self, book: Chronicle, day: datetime) -> None:
        for balance, segment in self._purses:
            if balance.end_of(segment) == day and segment.id in book.left:
                rest = max(ZERO, book.left.pop(segment.id))
                rolled = rest * balance.rollover_fraction if balance.rollover_fraction else ZERO
                book.rolled[segment.id] = rolled
                book.lapsed[segment.id] = rest - rolled

    def _open(self, book: Chronicle, day: datetime) -> None:
        for balance, segment in self._purses:
            if segment.start == day < balance.end_of(segment):
                amount = self._rolled_in(book, balance) if segment.amount is None else segment.amount
                book.granted[segment.id] = book.left[segment.id] = amount

    def _rolled_in(self, book: Chronicle, balance: Balance) -> Decimal:
        sources = (one for one in self._balances if one.id == balance.rolled_from)
        return sum((book.rolled.get(part.id, ZERO) for one in sources for part in one.segments), ZERO)

    def _adjust(self, book: Chronicle, day: datetime) -> None:
        for balance in self._balances:
            for entry in balance.adjustments:
                active = [part.id for part in balance.segments if part.id in book.left]
                if midnight(entry.at) == day and active:
                    book.left[active[0]] += entry.amount
                    book.adjusted.setdefault(balance.id, []).append((entry, active[0]))
