"""R6: where questions are swallowed, and where nobody even takes them, all panels of a page settle within ten seconds
and a half; meanwhile whoever asks whether the process lives is told at once."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from sandbox.tcp_faults import tcp_faults
from sandbox.tcp_line import Line, Way
from tests.edge.edge import Edge, running_edge
from tests.rows.marked import Marked, MarkedSandbox, marked
from tests.rows.visitors import Heard, ask, open_page, percentile, signed_in, socket_of

SETTLED, ALIVE = 10.5, 0.020
BUSY, CROWDED = 1.5, 20  # seconds, and times, for a machine with other work


@pytest.mark.process
@pytest.mark.parametrize("way", [Way.BLACK_HOLE, Way.NEVER_ACCEPT])
def test_r06_panels_settle_and_the_process_says_that_it_lives(api: MarkedSandbox, tmp_path: Path, way: Way) -> None:
    with (
        tcp_faults(api.url) as line,
        running_edge(tmp_path, api=api, env={"METRONOME_BASE_URL": line.url}) as edge,
    ):
        line.become(Line(way=way))
        heard, lives = asyncio.run(_opened(edge, marked("A")))
        assert {one.status for one in heard} == {200}
        assert sum(one.failed for one in heard) >= 4, "a page without figures"
        assert max(one.seconds for one in heard) <= SETTLED + BUSY
        assert percentile(lives, 0.5) <= ALIVE
        assert percentile(lives, 0.99) <= ALIVE * CROWDED


async def _opened(edge: Edge, account: Marked) -> tuple[list[Heard], list[float]]:
    """A page as it settled, and how long each look at the process took meanwhile."""
    ana = await asyncio.to_thread(signed_in, edge, "ana@acme.example", (account,))
    page = asyncio.create_task(open_page(edge, ana, ana.page(account)))
    lives = []
    while not page.done():
        began = time.monotonic()
        assert (await ask(socket_of(edge), f"{edge.prefix}livez"))[0] == 200
        lives.append(time.monotonic() - began)
        await asyncio.sleep(0.05)
    return await page, lives
