"""``/livez`` and ``/readyz``: whether this process runs, and whether it should be asked anything. Neither asks
Metronome, whose bad day would otherwise take every replica away at once (reliability-security design, section 5)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field

LIVE, READY = "livez", "readyz"
STARTING, DRAINING = "starting", "draining"


@dataclass(frozen=True)
class Report:
    """A status and a small JSON text, without versions."""

    status: int
    body: bytes


@dataclass
class Health:
    """``problems``: what access says must be mended. ``leaving``: whether this process is about to stop."""

    leaving: Callable[[], bool] = lambda: False
    problems: Callable[[], tuple[str, ...]] = tuple
    started: bool = field(default=False)

    def report(self, name: str) -> Report:
        """The answer at ``name``, one of ``LIVE`` and ``READY``."""
        if name == LIVE:
            return _report(200, "alive")
        because = self.because()
        return _report(503, "not ready", because) if because else _report(200, "ready")

    def because(self) -> tuple[str, ...]:
        """Why nothing should be asked here, one word each; empty when all is well."""
        if not self.started:
            return (STARTING,)
        return ((DRAINING,) if self.leaving() else ()) + tuple(self.problems())


def _report(status: int, text: str, because: tuple[str, ...] = ()) -> Report:
    said: dict[str, object] = {"status": text}
    if because:
        said["because"] = [word[:60] for word in because[:10]]
    return Report(status, json.dumps(said).encode())
