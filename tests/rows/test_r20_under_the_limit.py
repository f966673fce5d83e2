"""R20: the service allows 5 calls a second and we are set to that: of 200 panels loaded within a minute none fails,
and at most 1 % of the calls are told 429. Set to five times that, we find out, and still no panel fails."""

from __future__ import annotations

import pytest

from data.errors import Throttled
from data.metronome.limits import Limits
from data.metronome.rate import TokenBucket
from tests.rows.crowd import account
from tests.unit.metronome.upstream import Answer, Asked, ManualClock, Upstream, client_on, failed, in_time

PANELS, AT_ONCE, APART, ALLOWED, BURST = 200, 25, 7.5, 5.0, 10


class Limited:
    """An upstream that refuses what comes too fast."""

    def __init__(self, clock: ManualClock) -> None:
        self._bucket = TokenBucket(clock, ALLOWED, BURST)
        self._clock = clock
        self.refused = 0

    def answer(self, _: Asked) -> Answer:
        try:
            self._bucket.take(in_time(self._clock, 1e-6))  # more than a rounding error
        except Throttled:
            self.refused += 1
            return failed(429)
        return Answer({"data": {"id": "x"}})


def loaded(rps: float, burst: int) -> tuple[int, int]:
    """How many calls were made and how many of them refused for pages of 25 panels, each 7.5 s after the last."""
    clock = ManualClock()
    limited = Limited(clock)
    upstream = Upstream(limited.answer)
    client = client_on(upstream, clock, limits=Limits(clock=clock, rps=rps, burst=burst))
    began = clock.seconds
    for number in range(PANELS):
        clock.seconds = max(clock.seconds, began + APART * (number // AT_ONCE))
        assert client.customer(account(number), in_time(clock))
    assert clock.seconds - began <= 65
    return len(upstream.asked), limited.refused


def test_r20_set_to_the_limit_hardly_anything_is_refused() -> None:
    calls, refused = loaded(ALLOWED, BURST)
    assert calls == PANELS + refused
    assert refused <= calls / 100


@pytest.mark.parametrize("times", [2, 5])
def test_r20_set_too_high_we_find_out_and_no_panel_fails(times: int) -> None:
    calls, refused = loaded(times * ALLOWED, times * BURST)
    assert calls == PANELS + refused
    assert refused <= calls / 5
