"""Entries where they are found: decoded in this process, else in the store."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from data.clock import Clock
from data.window_cache.ages import Ages, Life, ages_of, life_of
from data.window_cache.codec import Unreadable, decode, encode
from data.window_cache.entry import Entry, Stamp, merged, sliced
from data.window_cache.flights import Flights
from data.window_cache.freshness import Freshness
from data.window_cache.memo import Memo, weights_of
from data.window_cache.store import Store
from data.window_cache.wanted import Piece

_KEEP_SECONDS: Final = 1.0  # at most, for others who keep something under the same key


@dataclass(frozen=True)
class Shelf:
    """What is held, how old it is, and where new things are put."""

    store: Store
    memo: Memo
    clock: Clock
    freshness: Freshness
    turns: Flights = field(default_factory=Flights)

    def today(self) -> int:
        return self.clock.now().date().toordinal()

    def held(self, pieces: Sequence[Piece]) -> dict[str, Entry]:
        """By key what is held of ``pieces``; what is not decoded yet comes from the store in one round trip."""
        known = {piece.key: self.memo.get(piece.key) for piece in pieces}
        lacking = [key for key, entry in known.items() if entry is None]
        return {key: entry for key, entry in known.items() if entry is not None} | self._stored(lacking)

    def newest(self, pieces: Sequence[Piece]) -> dict[str, Entry]:
        """The same from the store alone, where others may have put it since."""
        return self._stored([piece.key for piece in pieces])

    def stamp(self) -> Stamp:
        """For what is asked for now: an answer is as old as its question, however long its pages take."""
        return Stamp(self.store.time(), self.clock.now())

    def keep(self, piece: Piece, known: Entry | None, new: Entry) -> Entry:
        """``new`` beside what is held by now; that was ``known`` where it is forgotten again."""
        with self.turns.turn(piece.key, _KEEP_SECONDS):
            old = self.memo.get(piece.key) or self.newest([piece]).get(piece.key) or known
            entry = self._together(old, new)
            self.store.put(piece.key, encode(entry), seconds=self.freshness.stands_in(self.freshness.closed))
            self.memo.put(piece.key, entry, weights_of(entry))
        return entry

    def remember(self, entries: Iterable[tuple[str, Entry | None]]) -> None:
        """What an answer that is kept was put together of, and had no room before."""
        for key, entry in entries:
            if entry is not None and self.memo.get(key) is None:
                self.memo.put(key, entry, weights_of(entry))

    def life(self, entry: Entry | None, lasts: float | None) -> Life:
        return life_of(entry, self.freshness, self.today(), lasts)

    def ages(self, piece: Piece, entry: Entry | None, lasts: float | None) -> Ages:
        return ages_of(piece, entry, self.life(entry, lasts), self.freshness, self.store.time())

    def _together(self, old: Entry | None, new: Entry) -> Entry:
        """Of a day that both have, what was asked for later: a page and a download may overtake each other."""
        if old is None or bool(old.tables) != bool(new.tables):
            return new
        now, entry = self.store.time(), merged(old, new)
        for day in old.days.keys() & new.days.keys():
            if old.days[day].age(now) < new.days[day].age(now):
                entry = merged(entry, sliced(old, day, day + 1))
        return entry

    def _stored(self, keys: Sequence[str]) -> dict[str, Entry]:
        found = dict(self._read(zip(keys, self.store.get(keys), strict=True))) if keys else {}
        for key, entry in found.items():
            self.memo.put(key, entry, weights_of(entry), if_room=True)
        return found

    @staticmethod
    def _read(stored: Iterable[tuple[str, bytes | None]]) -> Iterable[tuple[str, Entry]]:
        for key, value in stored:
            try:
                if value is not None:
                    yield key, decode(value)
            except Unreadable:
                continue
