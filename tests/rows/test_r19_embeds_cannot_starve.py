"""R19: forty embeds that all load at once take half of what may be under way and of the calls a second; the people who
work with the app wait no longer than without them (p95 at most half as much again)."""

from __future__ import annotations

import pytest

from data.metronome.lane import Lane
from tests.rows.crowd import Busy, Viewers, account, looked

NOISE = 0.05  # seconds that a machine with other work may add
STAFF = Viewers(number=5, accounts=[account(number) for number in range(1, 6)], think=0.4)
EMBEDS = Viewers(number=40, accounts=[account(number) for number in range(6, 46)], think=0.0, lane=Lane.EMBED)


@pytest.mark.process
@pytest.mark.parametrize(("rps", "burst"), [(1e6, 10**6), (25.0, 4)], ids=["slots", "calls a second"])
def test_r19_the_staff_does_not_notice_when_they_are_scarce(rps: float, burst: int) -> None:
    busy = Busy(lambda _: 0.1)
    (before,) = looked(busy.client(rps=rps, burst=burst), 2.0, STAFF)
    during, embeds = looked(busy.client(rps=rps, burst=burst), 3.0, STAFF, EMBEDS)

    assert busy.most["lane embed"] <= 4
    assert busy.most["all"] <= 8
    assert not during.refused
    assert during.p95 <= 1.5 * before.p95 + NOISE
    assert embeds.answered, "they get their half"
