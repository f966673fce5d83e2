"""R34: fifty people who change page, account and days all the time, on an API that takes 200 ms for each answer: no
error, warm answers in 150 ms and cold ones in 800 (of 95 in a hundred), and no more memory after ten minutes than after
two. The short form has fewer people and leaves room for a machine with other work.

Warm is what somebody was answered before it is asked, whoever that was; all else is cold.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from sandbox.tcp_faults import tcp_faults
from sandbox.tcp_line import Line
from tests.edge.edge import Edge, running_edge
from tests.rows.marked import MarkedSandbox, everybody
from tests.rows.visitors import Heard, crowd, held, percentile, signed_in

LATENCY, THINK = 0.2, 3.0
WARM, COLD, GROWTH = 0.150, 0.800, 1.10
SETTLING = 120.0  # seconds until what is in memory is all there


@dataclass(frozen=True)
class Told:
    """What was met: how long cold and warm answers took, all errors, and memory against that before."""

    cold: list[float]
    warm: list[float]
    errors: list[Heard]
    growth: float


@pytest.mark.process
def test_r34_a_short_load_has_no_error_and_stays_quick(api: MarkedSandbox, tmp_path: Path) -> None:
    with loaded_edge(api, tmp_path) as edge:
        told = load(edge, people=10, accounts=2, seconds=30, settling=15, think=1)
    assert told.errors == []
    assert len(told.warm) >= 100
    assert percentile(told.warm, 0.5) <= WARM * 2
    assert percentile(told.cold, 0.5) <= COLD * 2
    assert told.growth <= 1.5


@pytest.mark.soak
def test_r34_ten_minutes_of_fifty_people(api: MarkedSandbox, tmp_path: Path) -> None:
    with loaded_edge(api, tmp_path) as edge:
        told = load(edge, people=50, accounts=10, seconds=600, settling=SETTLING, think=THINK)
    assert told.errors == []
    assert percentile(told.warm, 0.95) <= WARM
    assert percentile(told.cold, 0.95) <= COLD
    assert told.growth <= GROWTH


@contextmanager
def loaded_edge(api: MarkedSandbox, folder: Path) -> Iterator[Edge]:
    """The app on a slow API, one worker, its own limits on people out of the way."""
    with tcp_faults(api.url) as line:
        line.become(Line(latency=LATENCY))
        env = {"METRONOME_BASE_URL": line.url, "BURNBOARD_VIEWER_RATE": "100000"}
        with running_edge(folder, api=api, env=env) as edge:
            yield edge


def load(edge: Edge, *, people: int, accounts: int, seconds: float, settling: float, think: float) -> Told:
    """``people`` come within the first minute, or the first third of a shorter time."""
    visitor = signed_in(edge, "ana@acme.example", everybody()[:accounts])
    who = [lambda: visitor] * people
    with crowd(edge, who, seed=34, think=think, arrive=min(60.0, seconds / 3) / people) as met:
        time.sleep(settling)
        before = held(edge).kilobytes
        time.sleep(seconds - settling)
        growth = held(edge).kilobytes / before
    told = _told(met.heard, growth)
    print(f"R34: warm {_quick(told.warm)}; cold {_quick(told.cold)}; {len(told.errors)} errors; memory x{growth:.2f}")  # noqa: T201
    return told


def _told(heard: list[Heard], growth: float) -> Told:
    known: dict[tuple[str, ...], float] = {}
    for one in heard:
        known[one.key] = min(known.get(one.key, one.until), one.until)
    return Told(
        cold=[one.seconds for one in heard if one.at < known[one.key]],
        warm=[one.seconds for one in heard if one.at >= known[one.key]],
        errors=[one for one in heard if not one.good or one.foreign],
        growth=growth,
    )


def _quick(values: list[float]) -> str:
    parts = " ".join(f"p{part} {percentile(values, part / 100) * 1000:.0f} ms" for part in (50, 95, 99))
    return f"{len(values)} answers {parts}"
