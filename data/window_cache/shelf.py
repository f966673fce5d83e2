"""Entries where they are found: decoded in this process, else in the store."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from data.clock import Clock
from data.window_cache.ages import Ages, Life, ages_of, life_of
from data.window_cache.codec import Unreadable, decode, encode
from data.window_cache.entry import Entry, Stamp, merged
from data.window_cache.freshness import Freshness
from data.window_cache.memo import Memo, weight
from data.window_cache.store import Store
from data.window_cache.wanted import Fetched, Piece


@dataclass(frozen=True)
class Shelf:
    """What is held, how old it is, and where new things are put."""

    store: Store
    memo: Memo
    clock: Clock
    freshness: Freshness

    def today(self) -> int:
        return self.clock.now().date().toordinal()

    def held(self, pieces: Sequence[Piece]) -> dict[str, Entry]:
        """By key what is held of ``pieces``; what is not decoded yet comes from the store in one round trip."""
        known = {piece.key: self.memo.get(piece.key) for piece in pieces}
        lacking = [key for key, entry in known.items() if entry is None]
        return {key: entry for key, entry in known.items() if entry is not None} | self._stored(lacking)

    def newest(self, key: str) -> Entry | None:
        """What the store has, which others may have put there since."""
        return self._stored([key]).get(key)

    def keep(self, key: str, old: Entry | None, fetched: Fetched, days: range) -> Entry:
        """``fetched`` for ``days``, in place of what ``old`` holds of them."""
        new = fetched.entry(days, Stamp(self.store.time(), self.clock.now()))
        changed = old is not None and bool(old.tables) != bool(new.tables)
        entry = merged(None if changed else old, new)
        self.store.put(key, encode(entry), seconds=max(self.freshness.closed, self.freshness.if_error))
        self.memo.put(key, entry, weight(entry.tables))
        return entry

    def life(self, entry: Entry | None, lasts: float | None) -> Life:
        return life_of(entry, self.freshness, self.today(), lasts)

    def ages(self, piece: Piece, entry: Entry | None, lasts: float | None) -> Ages:
        return ages_of(piece, entry, self.life(entry, lasts), self.freshness, self.store.time())

    def _stored(self, keys: Sequence[str]) -> dict[str, Entry]:
        found = dict(self._read(zip(keys, self.store.get(keys), strict=True))) if keys else {}
        for key, entry in found.items():
            self.memo.put(key, entry, weight(entry.tables))
        return found

    @staticmethod
    def _read(stored: Iterable[tuple[str, bytes | None]]) -> Iterable[tuple[str, Entry]]:
        for key, value in stored:
            try:
                if value is not None:
                    yield key, decode(value)
            except Unreadable:
                continue
