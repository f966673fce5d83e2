"""How often a link was used. Counted per process, or for all workers and replicas where they share a store.

When the store is down, links that open several times are counted in the process; links that open once are refused,
because nobody could tell (reliability-security design, 4.4 and 4.6). Sessions that run need none of this.
"""

from __future__ import annotations

import hashlib
import threading
from typing import Final, Protocol

from access.denied import Denied, Reason
from access.embed.keys import Replay
from access.embed.link import LEEWAY_SECONDS, Link
from data.clock import Clock

MAX_USES: Final = 50
KEPT_SECONDS: Final = 2 * LEEWAY_SECONDS  # past the end of a link, for clocks that differ
MAX_REMEMBERED: Final = 100_000


class StoreDown(Exception):
    """What is shared cannot be reached."""


class Uses(Protocol):
    """Counts by ``mark``, each kept for ``seconds`` after its first use."""

    shared: bool

    def count(self, mark: str, seconds: int) -> int:
        """How often ``mark`` was used, this time included; raises ``StoreDown``."""
        ...

    def is_first(self, mark: str, seconds: int) -> bool:
        """Whether nobody used ``mark`` before, decided once for all who ask at the same time; raises ``StoreDown``."""
        ...


class MemoryUses:
    """In this process."""

    shared = False

    def __init__(self, clock: Clock, limit: int = MAX_REMEMBERED) -> None:
        self._clock, self._limit = clock, limit
        self._lock = threading.Lock()
        self._uses: dict[str, tuple[int, float]] = {}

    def count(self, mark: str, seconds: int) -> int:
        now = self._clock.monotonic()
        with self._lock:
            uses, until = self._uses.get(mark, (0, now + seconds))
            if until <= now:
                uses, until = 0, now + seconds
            if mark not in self._uses and len(self._uses) >= self._limit:
                self._forget(now)
            self._uses[mark] = (uses + 1, until)
            return uses + 1

    def is_first(self, mark: str, seconds: int) -> bool:
        return self.count(mark, seconds) == 1

    def _forget(self, now: float) -> None:
        """Make room from what is over. When every one of so many links still lives, nobody is let in any more."""
        self._uses = {mark: one for mark, one in self._uses.items() if one[1] > now}
        if len(self._uses) >= self._limit:
            raise StoreDown


class Replays:
    """Lets each link be used as often as its key says."""

    def __init__(self, uses: Uses, fallback: MemoryUses) -> None:
        self._uses, self._fallback = uses, fallback

    def admit(self, link: Link, replay: Replay, now: int) -> None:
        """Count one exchange of ``link``; raises ``Denied`` when it was one too many or cannot be told."""
        mark = hashlib.sha256(f"{link.kid}\n{link.token_id}".encode()).hexdigest()
        seconds = max(1, link.expires_at - now + KEPT_SECONDS)
        try:
            allowed = self._once(mark, seconds) if replay is Replay.ONCE else self._several(mark, seconds)
        except StoreDown:
            raise _refused(link, Reason.EMBED_STORE, 503) from None
        if not allowed:
            raise _refused(link, Reason.EMBED_REPLAYED, 401)

    def _once(self, mark: str, seconds: int) -> bool:
        if not self._uses.shared:
            raise StoreDown
        return self._uses.is_first(mark, seconds)

    def _several(self, mark: str, seconds: int) -> bool:
        try:
            return self._uses.count(mark, seconds) <= MAX_USES
        except StoreDown:
            return self._fallback.count(mark, seconds) <= MAX_USES


def _refused(link: Link, reason: Reason, status: int) -> Denied:
    return Denied(reason, status=status, subject=link.subject, customer=link.customer_id)
