"""The only reader of the wall clock. Everything else is handed a ``Clock``.

``BURNBOARD_NOW`` stands the clock still for demos and tests; the monotonic side always runs, so that timeouts and
cache ages keep working under a fixed clock (R37).
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

# What keeps running while a laptop sleeps: on Linux the first, on macOS the second. Windows has neither.
_AGES: Final[int | None] = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", None))


@dataclass(frozen=True)
class Clock:
    """``now()`` in UTC to the microsecond, ``monotonic()`` in seconds, asleep or not. ``fixed`` pins ``now()`` only."""

    fixed: datetime | None = None

    def now(self) -> datetime:
        return self.fixed or datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic() if _AGES is None else time.clock_gettime(_AGES)

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)
