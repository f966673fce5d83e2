"""R27: a reload loses nothing. The short form is three reloads in some seconds; the long one has the row's numbers."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from tests.edge.edge import Edge, running_edge
from tests.rows.running import PATIENCE, accounts, callback, children, seconds_until, steady_load

RELOADS = 3


@pytest.mark.process
def test_r27_three_reloads_under_load_lose_nothing(tmp_path: Path) -> None:
    with running_edge(tmp_path, env={"BURNBOARD_WORKERS": "2", "BURNBOARD_VIEWER_RATE": "100000"}) as edge:
        done = reloaded(edge, pause=0.0)
        assert done >= 200
        a_reload_that_cannot_be_changes_nothing(edge)


@pytest.mark.soak
@pytest.mark.process
def test_r27_three_reloads_in_half_a_minute_and_five_thousand_requests(tmp_path: Path) -> None:
    with running_edge(tmp_path, env={"BURNBOARD_WORKERS": "2", "BURNBOARD_VIEWER_RATE": "100000"}) as edge:
        assert reloaded(edge, pause=6.0) >= 5_000


def reloaded(edge: Edge, *, pause: float) -> int:
    """How many requests were answered, none of them wrongly, while every worker was replaced three times."""
    body = callback(edge, "usage-chart", accounts(edge)[0])
    with steady_load(edge, kept=6, fresh=6, body=body, pause=0.01) as load:
        for _ in range(RELOADS):
            before = set(children(edge.replicas[0].pid))
            time.sleep(0.3 + pause)
            os.kill(edge.replicas[0].pid, signal.SIGHUP)
            seconds_until(
                lambda before=before: len(new := set(children(edge.replicas[0].pid))) == 2 and not new & before
            )
    assert load.failed == []
    return load.done


def a_reload_that_cannot_be_changes_nothing(edge: Edge) -> None:
    """With a policy that is wrong no new worker would start: those that there are go on, by the last good one."""
    before = set(children(edge.replicas[0].pid))
    (edge.folder / "policy.yaml").write_text("version: 1\nnonsense: [")
    os.kill(edge.replicas[0].pid, signal.SIGHUP)
    seconds_until(lambda: any(line["event"] == "reload_failed" for line in edge.app_lines()))
    assert set(children(edge.replicas[0].pid)) == before
    with edge.as_user("ana@acme.example") as session:
        assert session.get(edge.url, timeout=PATIENCE).status_code == 200
    seconds_until(lambda: edge.replicas[0].ask(f"{edge.prefix}readyz")[0] == 503)
