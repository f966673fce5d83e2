"""Bad luck by seed, for R35: every ten seconds something else is wrong with the API, with the way to it, or with a file
that the app watches, and a log of what visitors met meanwhile."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.server import Sandbox
from sandbox.tcp_faults import TcpFaults
from sandbox.tcp_line import parse_line
from tests.edge.edge import Edge, replace_file
from tests.rows.visitors import Crowd, Heard, held, percentile

EVERY = 10.0
CALM, CALM_REFUSED = 15.0, 25.0  # seconds until all is well; a refused token is tried again after 20 (row R10)
LINES = (
    "latency=0.3 jitter=0.2", "latency=2", "down", "black_hole", "never_accept", "reset", "slice=40 every=0.05",
    "slice=1 every=0.3", "limit=2000", "bandwidth=20000", "slow_close=1", "reset share=0.3", "black_hole share=0.3",
    "limit=500 share=0.5",
)  # fmt: skip
ANSWERS: tuple[dict[str, Any], ...] = (
    {"kind": "status", "status": 500}, {"kind": "status", "status": 503, "retry_after": "1"},
    {"kind": "status", "status": 429, "retry_after": "1"}, {"kind": "status", "status": 404},
    {"kind": "slow", "seconds": 1.0}, {"kind": "drip", "seconds": 0.02}, {"kind": "hang", "seconds": 3.0},
    {"kind": "reset"}, {"kind": "empty_page"}, {"kind": "repeated_cursor"}, {"kind": "malformed"}, {"kind": "html"},
    {"kind": "wrong_shape"}, {"kind": "redirect"}, {"kind": "huge", "times": 2},
)  # fmt: skip
REFUSED: dict[str, Any] = {"kind": "status", "status": 401}
REFUSALS = 3  # tickets of it, among one for each of the others
FAMILIES = ("*", "usage_groups", "breakdowns", "balances", "invoices", "contracts", "customer")
FILES = ("policy.yaml", "embed_keys.yaml", "proxy_secret")


@dataclass
class Chaos:
    """``log`` gets a line for each step, in which it says what was wrong and what visitors met."""

    edge: Edge
    api: Sandbox
    line: TcpFaults
    people: Crowd
    log: Path
    chance: random.Random
    lines: list[str] = field(default_factory=list)

    def run(self, seconds: float) -> float:
        """Something else every ten seconds; from when on all has to be well, on the monotonic clock."""
        end, well = time.monotonic() + seconds, 0.0
        good = {name: (self.edge.folder / name).read_text() for name in FILES}
        while (now := time.monotonic()) < end:
            wrong = self._something(good)
            time.sleep(EVERY)
            self._well_again(good)
            self.tell(wrong, since=now)
            well = max(well, time.monotonic() + (CALM_REFUSED if str(REFUSED["status"]) in wrong else CALM))
        return well

    def _something(self, good: dict[str, str]) -> str:
        """One or two things that are wrong from here on, in words."""
        kinds: list[Callable[[], str]] = [self._line, self._answer, lambda: self._file(good)]
        return ", ".join(wrong() for wrong in self.chance.sample(kinds, self.chance.randint(1, 2)))

    def _line(self) -> str:
        text = self.chance.choice(LINES)
        self.line.become(parse_line(text))
        return f"line {text}"

    def _answer(self) -> str:
        fault = self.chance.choice((*ANSWERS, *[REFUSED] * REFUSALS)) | {"family": self.chance.choice(FAMILIES)}
        self.api.faults.add(**fault)
        return f"answer {fault}"

    def _file(self, good: dict[str, str]) -> str:
        """A file that is written again as it was, or with something wrong in it; who may see what stays the same."""
        name = self.chance.choice(FILES)
        ending = self.chance.choice(("", "# again\n", "\x00 broken: [\n")) if name.endswith(".yaml") else ""
        replace_file(self.edge.folder / name, good[name] + ending)
        return f"file {name} + {ending!r}"

    def _well_again(self, good: dict[str, str]) -> None:
        self.line.become()
        self.api.faults.clear()
        for name, text in good.items():
            if (self.edge.folder / name).read_text() != text:
                replace_file(self.edge.folder / name, text)

    def tell(self, what: str, *, since: float) -> None:
        """One line of the log about the answers since then."""
        heard = [one for one in list(self.people.heard) if one.at >= since]
        now = held(self.edge)
        self.lines.append(
            f"{counts(heard)}; {now.threads} threads, {now.descriptors} descriptors, {now.kilobytes >> 10} MB: {what}"
        )
        self.log.write_text("\n".join(self.lines) + "\n")


def counts(heard: list[Heard]) -> str:
    if not heard:
        return "nobody asked"
    good, old = sum(one.good for one in heard), sum(one.old for one in heard)
    slowest = percentile([one.seconds for one in heard], 1.0)
    return f"{len(heard)} answers, {good} with figures ({old} older ones), slowest {slowest:.1f} s"
