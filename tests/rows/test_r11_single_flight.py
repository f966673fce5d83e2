"""R11: fifty readers of one cold view cause one call upstream for each thing that is asked, and all are told the same:
in one process, and in two that share a Redis."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from sandbox.server import Sandbox
from tests.edge.processes import Processes
from tests.edge.redis_server import RedisServer
from tests.edge.shipped import ROOT
from tests.rows.cold_readers import read_at_once, source_on

READERS, SLOW = 50, 0.5
PATIENCE = 120.0


def asked_twice(sandbox: Sandbox) -> list[str]:
    asked = Counter(f"{row['method']} {row['path']} {row['query']} {row['body']}" for row in sandbox.requests.all())
    assert len(asked) > 7
    return [question for question, times in asked.items() if times > 1]


def test_r11_fifty_readers_of_one_process_cause_one_call_each(sandbox: Sandbox) -> None:
    sandbox.faults.add("slow", seconds=SLOW)
    found = read_at_once(source_on(sandbox.url, "memory://"), READERS)
    assert len(found) == READERS
    assert len(set(found)) == 1
    assert asked_twice(sandbox) == []


@pytest.mark.process
def test_r11_fifty_readers_of_two_processes_with_one_redis_cause_one_call_each(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    sandbox.faults.add("slow", seconds=SLOW)
    command = (sys.executable, "-m", "tests.rows.cold_readers", sandbox.url)
    with Processes(tmp_path) as processes:
        url = RedisServer(processes).url
        running = [
            subprocess.Popen(
                (*command, url, str(READERS // 2)), cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
            for _ in range(2)
        ]
        try:
            found = read_by(running)
        finally:
            for one in running:
                one.kill()
                one.communicate()
    assert len(found) == READERS
    assert len(set(found)) == 1
    assert asked_twice(sandbox) == []


def read_by(running: list[subprocess.Popen[str]]) -> list[str]:
    """Both begin when both are ready."""
    for one in running:
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
    for one in running:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
    return [line for one in running for line in one.communicate(timeout=PATIENCE)[0].splitlines()]
