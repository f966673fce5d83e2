"""R9: the breaker makes nobody wait for anybody: ten parallel calls of 0.2 s are all under way at the same moment, and
together take nowhere near the 2 s that they would take one after another."""

from __future__ import annotations

import threading
import time

from data.clock import Clock
from data.metronome.limits import Limits
from tests.unit.metronome.upstream import ACCOUNT, Answer, Asked, Upstream, client_on, in_time

CALLS, EACH = 10, 0.2


def test_r09_ten_calls_side_by_side() -> None:
    meeting, done = threading.Barrier(CALLS), []

    def answer(_: Asked) -> Answer:
        meeting.wait(10)  # breaks, and fails the call, unless all ten come here together
        time.sleep(EACH)
        return Answer({"data": {"id": ACCOUNT}})

    clock = Clock()
    limits = Limits(clock=clock, concurrency=CALLS, per_customer=CALLS, rps=1e6, burst=10**6)
    client = client_on(Upstream(answer), clock, limits=limits)
    threads = [
        threading.Thread(target=lambda: done.append(client.customer(ACCOUNT, in_time(clock, 20)).id))
        for _ in range(CALLS)
    ]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert done == [ACCOUNT] * CALLS
    assert time.monotonic() - began < CALLS * EACH / 2
