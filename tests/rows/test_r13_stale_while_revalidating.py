"""R13: a value past its life is shown at once while a new one is fetched. A hundred requests cause one call and wait
for none; when the new value has come, the next request is shown it."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from tests.rows.steady_api import METRIC, SteadyApi, asking, source_of
from tests.unit.window_cache.shelves import TODAY, HandClock

READERS = 100
TOMORROW = TODAY + timedelta(days=1)


def test_r13_a_hundred_requests_one_call_and_nobody_waits() -> None:
    gate, clock = threading.Event(), HandClock()
    gate.set()
    api = SteadyApi(meets=lambda: gate.wait(60))
    source = source_of(api, clock)

    def shown() -> tuple[list[float], float]:
        begun = time.monotonic()
        loaded = source.usage(asking(), METRIC, TODAY, TOMORROW, window="day", keys=("region",))
        assert loaded.stale is None
        return loaded.value["value"].fillna(-1.0).tolist(), time.monotonic() - begun

    old, _ = shown()
    api.changed[TODAY] = 1
    clock.move(61)
    gate.clear()  # whoever waited for the call would wait here
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: shown(), range(READERS)))
    assert {tuple(values) for values, _ in answers} == {tuple(old)}
    waited = sorted(seconds for _, seconds in answers)
    assert waited[95] <= 0.5, "the row's 50 ms, and room for a busy machine"
    gate.set()
    assert source.cache.wait(20)
    assert len(api.asked) == 2
    new, _ = shown()
    assert new != old
    assert len(api.asked) == 2
