"""R35: while something else goes wrong every ten seconds (the way to the API, its answers, the files of policy and
keys) nobody sees what is not theirs, no answer is an error of the app or takes longer than twelve seconds, and fifteen
seconds after the last fault everything is there again and new, with nothing left behind; after a refused token, which
is tried again after twenty (R10), it is twenty-five. Two minutes here, half an hour in ``make soak``, whose log is
``soak/chaos.log``.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from sandbox.tcp_faults import tcp_faults
from tests.edge.edge import Edge, running_edge
from tests.rows.chaos import CALM, Chaos, counts
from tests.rows.marked import MarkedSandbox, marked
from tests.rows.running import seconds_until
from tests.rows.visitors import Crowd, Visitor, crowd, framed, held, signed_in

ROOT = Path(__file__).resolve().parents[2]
SEED = 35
LONGEST, GOOD, OLD, LEFT = 12.0, 0.99, 0.02, 5
AFTER = 15.0  # seconds of answers that are counted once it is calm
RENEW = 60.0
POLICY = f"""\
version: 1
groups:
  a: {{customers: ["{marked("A").id}"], can: [view, export]}}
  c: {{customers: ["{marked("C").id}"], can: [view]}}
  most: {{all_customers: true, can: [view, export, mint_embed]}}
users:
  ana@acme.example: {{groups: [a]}}
  cleo@acme.example: {{groups: [c]}}
  ben@acme.example: {{groups: [most], deny: ["{marked("B").id}"]}}
"""
SOME = tuple(marked(letter) for letter in "DEF")


@dataclass
class Frame:
    """A frame of somebody's page, with a new session every minute."""

    edge: Edge
    letter: str
    dashboard: str
    opened: list[tuple[float, Visitor]] = field(default_factory=list)

    def __call__(self) -> Visitor:
        if not self.opened or time.monotonic() - self.opened[-1][0] > RENEW:
            self.opened.append((time.monotonic(), framed(self.edge, marked(self.letter), self.dashboard)))
        return self.opened[-1][1]


@pytest.mark.process
def test_r35_two_minutes(api: MarkedSandbox, tmp_path: Path) -> None:
    chaos(api, tmp_path, tmp_path / "chaos.log", seconds=90)


@pytest.mark.soak
def test_r35_half_an_hour(api: MarkedSandbox, tmp_path: Path) -> None:
    log = ROOT / "soak" / "chaos.log"
    log.parent.mkdir(exist_ok=True)
    chaos(api, tmp_path, log, seconds=1800)


def chaos(api: MarkedSandbox, folder: Path, log: Path, *, seconds: float) -> None:
    with tcp_faults(api.url, seed=SEED) as line, troubled(folder, api, line.url) as edge:
        who = visitors(edge)
        with visiting(edge, who):
            time.sleep(CALM)
        before = held(edge)
        with visiting(edge, who) as people:
            bad = Chaos(edge, api, line, people, log, random.Random(SEED))  # noqa: S311  # nobody's secret
            well = bad.run(seconds)
            time.sleep(well - time.monotonic() + AFTER)
            bad.tell("nothing any more", since=well)
        seconds_until(lambda: abs(held(edge).threads - before.threads) <= LEFT)
        seconds_until(lambda: abs(held(edge).descriptors - before.descriptors) <= LEFT)
        judge(people, edge, well=well, log=log)


@contextmanager
def troubled(folder: Path, api: MarkedSandbox, url: str) -> Iterator[Edge]:
    rates = {"BURNBOARD_VIEWER_RATE": "100000", "BURNBOARD_EMBED_RATE": "100000"}
    with running_edge(folder, api=api, policy=POLICY, env={"METRONOME_BASE_URL": url, **rates}) as edge:
        yield edge


def visitors(edge: Edge) -> list[Callable[[], Visitor]]:
    """Three with a login, each with other accounts, and two frames; of each kind two."""
    ana = signed_in(edge, "ana@acme.example", (marked("A"),))
    cleo = signed_in(edge, "cleo@acme.example", (marked("C"),))
    ben = signed_in(edge, "ben@acme.example", SOME)
    frames = [Frame(edge, "G", "usage"), Frame(edge, "H", "invoices")]
    return [lambda: ana, lambda: cleo, lambda: ben, *frames] * 2


@contextmanager
def visiting(edge: Edge, who: list[Callable[[], Visitor]]) -> Iterator[Crowd]:
    with crowd(edge, who, seed=SEED, think=1.5, arrive=0.2) as people:
        yield people


def judge(people: Crowd, edge: Edge, *, well: float, log: Path) -> None:
    heard, later = people.heard, [one for one in people.heard if one.at >= well]
    summary = f"In all {counts(heard)}. Later {counts(later)}."
    log.write_text(log.read_text() + summary + "\n")
    print(log.read_text())  # noqa: T201  # pytest keeps it for whoever wants to see it
    assert [one for one in heard if one.foreign] == []
    assert [one for one in heard if one.status >= 500 or one.status == 0] == []
    assert {one.status for one in heard} == {200}
    assert [one for one in heard if one.seconds > LONGEST] == []
    assert len(later) >= 50
    assert sum(one.good for one in later) >= GOOD * len(later)
    assert sum(one.old for one in later) <= OLD * len(later)
    assert {line["event"] for line in edge.app_lines() if line.get("level") == "error"} <= {"file_invalid"}
