"""R2: waits between attempts are anywhere between nothing and a bound that doubles up to 4 s: of 10,000 for each
attempt none is outside, and their mean is within 5 % of half."""

from __future__ import annotations

import random
from statistics import fmean

import pytest

from data.metronome.retry import backoff


@pytest.mark.parametrize(("throttled", "bounds"), [(False, [0.25, 0.5, 1, 2, 4, 4]), (True, [1, 2, 4, 4, 4, 4])])
def test_r02_backoff_is_full_jitter_below_a_doubling_bound(throttled: bool, bounds: list[float]) -> None:
    rng = random.Random(20)  # noqa: S311 - jitter
    for attempt, bound in enumerate(bounds):
        waits = [backoff(attempt, rng, throttled=throttled) for _ in range(10_000)]
        assert min(waits) >= 0
        assert max(waits) <= bound
        assert fmean(waits) == pytest.approx(bound / 2, rel=0.05)
