"""R28: told to stop, the app says so at once, still answers, and lets everything that is under way come to its end."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from tests.edge.edge import Edge, running_edge
from tests.rows.running import ANA, PATIENCE, accounts, callback, post, seconds_until

IN_FLIGHT, SECONDS = 20, 3.0
ROOMY = {
    "BURNBOARD_WORKERS": "2",
    "BURNBOARD_UPSTREAM_CONCURRENCY": "64",
    "BURNBOARD_VIEWER_RATE": "1000",
}


@pytest.mark.process
def test_r28_twenty_slow_callbacks_end_and_then_the_process(tmp_path: Path) -> None:
    """Bounds are those of the row, with a second or more on top: machines are shared."""
    with running_edge(tmp_path, env=ROOMY) as edge:
        answers, threads = twenty_slow_callbacks(edge)
        process = edge.replicas[0].process
        began = time.monotonic()
        process.terminate()
        assert seconds_until(lambda: readiness(edge) == 503) <= 2.0
        assert edge.replicas[0].ask(f"{edge.prefix}livez")[0] == 200
        with edge.as_user("ana@acme.example") as session:
            assert session.get(edge.url, timeout=PATIENCE).status_code == 200, "still taking new requests"
        for thread in threads:
            thread.join()
        assert process.wait(30) == 0
        assert time.monotonic() - began <= 25
        assert len(answers) == IN_FLIGHT
        assert {status for status, _ in answers} == {200}
        assert [body for _, body in answers if b"notice-error" in body] == []
        assert not Path(edge.replicas[0].address.removeprefix("unix:")).exists()


def readiness(edge: Edge) -> int:
    return edge.replicas[0].ask(f"{edge.prefix}readyz")[0]


def twenty_slow_callbacks(edge: Edge) -> tuple[list[tuple[int, bytes]], list[threading.Thread]]:
    """Twenty questions that Metronome takes three seconds for, each about days of its own, all asked already."""
    customer = accounts(edge)[0]
    url = f"{edge.url}_dash-update-component"
    bodies = [
        callback(edge, "usage-chart", customer, f"?from=2026-10-{day:02d}&to=2026-10-28")
        for day in range(1, IN_FLIGHT + 1)
    ]
    assert post(url, callback(edge, "usage-chart", customer), ANA)[0] == 200  # what all of them need first is known now
    edge.sandbox.faults.add("slow", family="usage", seconds=SECONDS)
    edge.sandbox.requests.clear()
    answers: list[tuple[int, bytes]] = []
    threads = [threading.Thread(target=lambda body=body: answers.append(post(url, body, ANA))) for body in bodies]
    for thread in threads:
        thread.start()
    seconds_until(lambda: len(edge.sandbox.requests.all("usage")) >= IN_FLIGHT)
    return answers, threads
