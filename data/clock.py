"""The only reader of the wall clock. Everything else is handed a ``Clock``.

``BURNBOARD_NOW`` stands the clock still for demos and tests; the monotonic side always runs, so that timeouts and
cache ages keep working under a fixed clock (R37).
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True)
class Clock:
    """``now()`` in UTC to the microsecond, ``monotonic()`` in seconds. ``fixed`` pins ``now()`` only."""

    fixed: datetime | None = None

    def now(self) -> datetime:
        return self.fixed or datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)
