"""R29: a worker that dies is replaced, and hardly anybody notices."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from tests.edge.edge import running_edge
from tests.edge.processes import free_port
from tests.rows.running import accounts, callback, children, scrape, seconds_until, steady_load


@pytest.mark.process
def test_r29_a_killed_worker_is_replaced_and_the_others_carry_on(tmp_path: Path) -> None:
    """Replaced within the row's three seconds, and as many again for a busy machine; one kill in some 500 answers."""
    port = free_port()
    env = {"BURNBOARD_WORKERS": "2", "BURNBOARD_VIEWER_RATE": "100000", "BURNBOARD_METRICS_PORT": str(port)}
    with running_edge(tmp_path, env=env) as edge:
        body = callback(edge, "usage-chart", accounts(edge)[0])
        parent = edge.replicas[0].pid
        seconds_until(lambda: scrape(port)["burnboard_workers"] == 2)
        with steady_load(edge, kept=3, fresh=3, body=body, pause=0.01) as load:
            time.sleep(1)
            victim, other = sorted(children(parent))
            os.kill(victim, signal.SIGKILL)
            replaced = seconds_until(lambda: len(set(children(parent)) - {victim}) == 2 and workers(port) == 2)
            time.sleep(max(0.0, 3 - replaced))
        assert replaced <= 6
        assert other in children(parent)
        assert load.done >= 200
        assert len(load.failed) <= max(load.done // 100, 6), load.failed  # six clients: one request each was under way
        assert len(load.bodies) == 1, "every answer is the same, from whichever worker and cache"
        assert any(line["event"] == "worker_gone" for line in edge.app_lines())


def workers(port: int) -> float:
    return scrape(port)["burnboard_workers"]
