"""How long an answer may take in all, across attempts, pages and parallel parts."""

from __future__ import annotations

from data.clock import Clock

CALL_SECONDS = 8.0


class Deadline:
    """``seconds`` from now in all and, where ``idle`` is given, at most that long without progress (``touch``).

    A download has 120 s with ``idle`` 10; a panel has its total only. Monotonic, so a jump of the wall clock does no
    harm. Shared by the threads that fetch the parts of one answer.
    """

    def __init__(self, clock: Clock, seconds: float, idle: float | None = None) -> None:
        self._clock = clock
        self.idle = idle
        started = clock.monotonic()
        self._ends_at = started + seconds
        self._touched_at = started

    def touch(self) -> None:
        """Something arrived whole: a page, a part."""
        self._touched_at = self._clock.monotonic()

    def for_one_call(self) -> Deadline:
        """What one call may take of it in all, however steadily it drips. A download's call may go on as long as it
        gets on."""
        return self if self.idle is not None else self.within(CALL_SECONDS)

    def within(self, seconds: float) -> Deadline:
        """So long from now, and no longer than this one."""
        return Deadline(self._clock, min(seconds, self.remaining()))

    def remaining(self) -> float:
        """Seconds left, never below 0."""
        left = self.in_all()
        if self.idle is not None:
            left = min(left, self._touched_at + self.idle - self._clock.monotonic())
        return max(0.0, left)

    def in_all(self) -> float:
        """Seconds left of the total, never below 0: for who waits for somebody else, who gets on or gives up."""
        return max(0.0, self._ends_at - self._clock.monotonic())

    @property
    def expired(self) -> bool:
        return self.remaining() <= 0.0
