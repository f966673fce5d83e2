"""R5: the total deadline holds against answers that come byte by byte and against questions that come one after the
other: every panel of a page says so within ten seconds and a half, and nothing goes on behind it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from sandbox.tcp_faults import tcp_faults
from sandbox.tcp_line import Line
from tests.edge.edge import running_edge
from tests.rows.marked import MarkedSandbox, marked
from tests.rows.running import seconds_until
from tests.rows.visitors import held, open_page, signed_in

SETTLED, RESTED = 10.5, 2.0
BUSY = 1.5  # seconds for a machine with other work


@pytest.mark.process
@pytest.mark.parametrize(
    ("bad", "least"), [(Line(slice=1, every=0.3), 4), (Line(latency=4.0), 1)], ids=["dripping", "one after the other"]
)
def test_r05_a_page_ends_in_a_state_and_leaves_no_thread(
    api: MarkedSandbox, tmp_path: Path, bad: Line, least: int
) -> None:
    with (
        tcp_faults(api.url) as line,
        running_edge(tmp_path, api=api, env={"METRONOME_BASE_URL": line.url}) as edge,
    ):
        known, unknown = marked("A"), marked("B")
        ana = signed_in(edge, "ana@acme.example", (known, unknown))
        heard = asyncio.run(open_page(edge, ana, ana.page(known)))
        assert all(one.good for one in heard)
        before = held(edge).threads
        line.become(bad)
        heard = asyncio.run(open_page(edge, ana, ana.page(unknown)))
        rested = seconds_until(lambda: held(edge).threads <= before)
        assert {one.status for one in heard} == {200}
        assert sum(not one.good or one.old for one in heard) >= least, "a page without all of its figures"
        assert max(one.seconds for one in heard) <= SETTLED + BUSY
        assert rested <= RESTED + BUSY
