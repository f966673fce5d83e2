"""For whom something is asked."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

from data.metronome.lane import Lane, current_lane, in_lane


def test_staff_unless_said_otherwise_also_in_threads_that_run_in_a_copy() -> None:
    with ThreadPoolExecutor(1) as pool, in_lane(Lane.EMBED):
        with in_lane(Lane.STAFF):
            assert current_lane() is Lane.STAFF
        assert current_lane() is Lane.EMBED
        assert pool.submit(copy_context().run, current_lane).result() is Lane.EMBED
        assert pool.submit(current_lane).result() is Lane.STAFF
    assert current_lane() is Lane.STAFF
