"""One question under way: what is held of each piece, what has to be fetched, and what came of that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from data.errors import CredentialsRejected, SourceError
from data.window_cache.ages import Age, Ages, Life, hull
from data.window_cache.assembly import Part
from data.window_cache.entry import Entry, merged
from data.window_cache.failures import Failures, allows_copies
from data.window_cache.renewal import Renewed
from data.window_cache.shelf import Shelf
from data.window_cache.wanted import Piece, Wanted

Outcome = Renewed | SourceError


class Gathering:
    """``whole``: for a download, which gets all or nothing."""

    def __init__(self, wanted: Wanted[Any], shelf: Shelf, failures: Failures, *, whole: bool) -> None:
        self._wanted, self._shelf, self._failures, self._whole = wanted, shelf, failures, whole
        self.entries: dict[Piece, Entry | None] = {}
        self._ages: dict[Piece, Ages] = {}
        self._errors: dict[Piece, SourceError] = {}
        self.was_fetched = False
        self._find(wanted.pieces, shelf.held(wanted.pieces))
        doubtful = [piece for piece in wanted.pieces if self._failing(piece) and not self._recent(piece)]
        self._find(doubtful, shelf.newest(doubtful))  # another process may have fared better

    def due(self) -> list[Piece]:
        """What has to be fetched before there is an answer."""
        if self._not_offered() is not None:
            return []
        worst = Age.AGING if self._whole else Age.OLD
        return [piece for piece, ages in self._ages.items() if max(ages.values()) >= worst or self._uncovered(piece)]

    def aging(self) -> list[Piece]:
        """What may be shown, and is to be fetched meanwhile, unless that failed a moment ago."""
        return [piece for piece, ages in self._ages.items() if Age.AGING in ages.values() and not self._recent(piece)]

    def ends(self, piece: Piece, outcome: Outcome) -> bool:
        """Whether nothing more is to be fetched after this: the endpoint is not offered, or there will be no answer."""
        if isinstance(outcome, Renewed):
            return not outcome.entry.tables
        if isinstance(outcome, CredentialsRejected):
            return True
        return self._whole and (Age.GONE in self._ages[piece].values() or not allows_copies(outcome))

    def give_up(self, because: SourceError) -> None:
        """Nothing is fetched: somebody else is asking the same, and cannot be waited for any longer."""
        self.take(dict.fromkeys(self.due(), because))

    def take(self, outcomes: Mapping[Piece, Outcome]) -> None:
        """What came of each piece; raises what leaves no answer."""
        for piece, outcome in outcomes.items():
            if isinstance(outcome, Renewed):
                self.was_fetched |= outcome.was_fetched
                self.entries[piece] = _with_all(self.entries[piece], outcome.entry)
                self._ages[piece] = dict.fromkeys(piece.days, Age.FRESH)
            elif self.ends(piece, outcome):
                raise outcome
            else:
                self._errors[piece] = outcome

    def parts(self) -> list[Part]:
        """What the answer is made of; raises the first failure when there is nothing that is worth
        showing."""
        absent = self._not_offered()
        if absent is not None:
            return [Part(absent, self.entries[absent], self._life(absent), self._days(absent, Age.FRESH, Age.AGING))]
        parts = [self._part(piece) for piece in self._wanted.pieces]
        if self._is_a_rest(parts):
            raise next(part.error for part in parts if part.error is not None)
        return parts

    def _is_a_rest(self, parts: Sequence[Part]) -> bool:
        """Whether something is missing, and all that is there is older than a copy of what changes may be."""
        now, limit = self._shelf.store.time(), self._shelf.freshness.if_error
        young = any(stamp.age(now) < limit for part in parts for _, stamp in part.stamps())
        return not young and any(part.missing for part in parts)

    def _find(self, pieces: Sequence[Piece], found: Mapping[str, Entry]) -> None:
        for piece in pieces:
            entry = self.entries[piece] = found.get(piece.key) or self.entries.get(piece)
            self._ages[piece] = self._shelf.ages(piece, entry, self._wanted.lasts)

    def _part(self, piece: Piece) -> Part:
        fresh, past = self._days(piece, Age.FRESH), self._days(piece, Age.AGING, Age.OLD)
        error = self._errors.get(piece) or self._failing(piece)
        old = past if error is not None and allows_copies(error) else ()
        shown = sorted({*fresh, *(past if error is None else old)})
        missing = tuple(day for day in piece.days if day not in shown)
        return Part(piece, self.entries[piece], self._life(piece), tuple(shown), frozenset(old), missing, error)

    def _failing(self, piece: Piece) -> SourceError | None:
        """Why days past their life could not be renewed the last time, if they could not and were not since."""
        failure, entry = self._failures.get((piece.key, self._whole)), self.entries[piece]
        if failure is None or entry is None:
            return None
        now, since = self._shelf.store.time(), self._shelf.clock.monotonic() - failure.at
        past = (day for day in self._days(piece, Age.AGING, Age.OLD) if day in failure.days)
        return failure.error if any(entry.days[day].age(now) >= since for day in past) else None

    def _recent(self, piece: Piece) -> bool:
        """Whether what is due of it failed a moment ago."""
        return self._failures.recent((piece.key, self._whole), hull(self._ages[piece])) is not None

    def _uncovered(self, piece: Piece) -> bool:
        """Whether no copy may be shown of it while it is renewed: it was gone, or refused, the last time."""
        error = self._failing(piece)
        return error is not None and not allows_copies(error) and not self._recent(piece)

    def _days(self, piece: Piece, *ages: Age) -> tuple[int, ...]:
        return tuple(day for day, age in self._ages[piece].items() if age in ages)

    def _life(self, piece: Piece) -> Life:
        return self._shelf.life(self.entries[piece], self._wanted.lasts)

    def _not_offered(self) -> Piece | None:
        """The first piece that says, and may still say, that there is no such endpoint for this account."""
        good = (Age.FRESH,) if self._whole else (Age.FRESH, Age.AGING)
        for piece, entry in self.entries.items():
            if entry is not None and not entry.tables and self._days(piece, *good):
                return piece
        return None


def _with_all(held: Entry | None, renewed: Entry) -> Entry:
    """``renewed``, with what was held and is not in it: somebody may have forgotten that meanwhile."""
    if held is None or not renewed.tables or not held.tables or held.days.keys() <= renewed.days.keys():
        return renewed
    return merged(held, renewed)
