"""How long what is held is good: by the age of the day that it is about (reliability-security design, section 5)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Freshness:
    """Seconds, but for ``late_days``. ``open``, ``late``, ``closed``: as good as new. ``revalidate``: longer, while a
    new one is fetched. ``if_error``: a marked stand-in when fetching fails (``stands_in``). ``failure``, ``absent``:
    until what failed, or was not there, is asked for again. ``late_days``: for so long events still arrive for a day.
    """

    open: float = 60.0
    late: float = 300.0
    closed: float = 86_400.0
    late_days: int = 35
    revalidate: float = 600.0
    if_error: float = 86_400.0
    failure: float = 2.0
    absent: float = 30.0

    def life(self, day: int, today: int, settled: bool) -> float:
        """Seconds for which the rows of ``day`` are as good as new, both days as ``date.toordinal()``. ``settled``: its
        rows can hardly change any more. Without that a day older than ``late_days`` changes like a late one."""
        if day >= today:
            return self.open
        if day >= today - self.late_days or not settled:
            return self.late
        return self.closed

    def stands_in(self, life: float) -> float:
        """Seconds after which what is good for ``life`` may not even stand in: for what changes ``if_error`` since it
        was fetched, for closed days ``if_error`` since their life ended."""
        return self.if_error if life < self.closed else life + self.if_error
