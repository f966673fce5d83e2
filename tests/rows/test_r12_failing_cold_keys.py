"""R12: who asks for what cannot be had does not queue up to fail. Fifty at once on a question that is held nowhere, and
whose answer fails: at most three calls, and all are told promptly, whether each waits for one answer or for many."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from data.errors import SourceError
from data.metronome_source import MetronomeSource
from tests.rows.steady_api import METRIC, SteadyApi, asking, source_of
from tests.unit.metronome.upstream import Answer
from tests.unit.window_cache.shelves import TODAY, HandClock

READERS, SLOW = 50, 0.2


def failing() -> Answer:
    time.sleep(SLOW)
    return Answer({"message": "no"}, 501)


@pytest.mark.parametrize("days", [7, 60])
def test_r12_fifty_who_fail_cause_three_calls_and_wait_for_one(days: int) -> None:
    """One at a time would be ten seconds."""
    api = SteadyApi(meets=failing)
    source = source_of(api, HandClock())
    ready = Barrier(READERS)

    def ask() -> float:
        ready.wait(20)
        begun = time.monotonic()
        with pytest.raises(SourceError):
            usage(source, days)
        return time.monotonic() - begun

    with ThreadPoolExecutor(READERS) as pool:
        waited = [one.result() for one in [pool.submit(ask) for _ in range(READERS)]]
    assert len(api.asked) == len(set(api.asked)) <= 3
    assert max(waited) <= 10 * SLOW


def usage(source: MetronomeSource, days: int) -> None:
    source.usage(asking(), METRIC, TODAY - timedelta(days=days), TODAY, window="day", keys=("region",))
