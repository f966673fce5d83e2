"""A clock for what takes an hour: cached answers that grow old, deadlines, waits between attempts."""

from __future__ import annotations

from dataclasses import dataclass, field

from data.clock import Clock


@dataclass(frozen=True)
class JumpingClock(Clock):
    """``now()`` stands still; the monotonic side runs and jumps ahead when told. Sleeping is a jump too."""

    ahead: list[float] = field(default_factory=lambda: [0.0])

    def monotonic(self) -> float:
        return super().monotonic() + self.ahead[0]

    def sleep(self, seconds: float) -> None:
        self.jump(seconds)

    def jump(self, seconds: float) -> None:
        self.ahead[0] += seconds
