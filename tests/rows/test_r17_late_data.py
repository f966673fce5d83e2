"""R17: what arrives late appears. Events for the day before yesterday are seen within five minutes; what changes in a
day that was over long ago is seen after a day; neither is asked for any earlier."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from data.metronome_source import MetronomeSource
from tests.rows.steady_api import METRIC, SteadyApi, asking, source_of
from tests.unit.window_cache.shelves import TODAY, HandClock

MINUTE, HOUR = 60.0, 3_600.0


@pytest.fixture
def api() -> SteadyApi:
    return SteadyApi()


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def source(api: SteadyApi, clock: HandClock) -> MetronomeSource:
    return source_of(api, clock)


def seen(source: MetronomeSource, day: date) -> list[float]:
    """What a page is shown of one day."""
    loaded = source.usage(asking(), METRIC, day, day + timedelta(days=1), window="day", keys=("region",))
    return loaded.value["value"].fillna(-1.0).tolist()  # type: ignore[no-any-return]


def test_r17_the_day_before_yesterday_is_seen_within_five_minutes(
    source: MetronomeSource, api: SteadyApi, clock: HandClock
) -> None:
    day = TODAY - timedelta(days=2)
    before = seen(source, day)
    api.changed[day] = 1
    for _ in range(4):
        clock.move(MINUTE)
        assert seen(source, day) == before
        assert source.cache.wait(20)
    assert len(api.asked) == 1, "asked again before its time"
    clock.move(MINUTE)
    assert seen(source, day) == before, "this page is shown the old figures, and they are asked for behind its back"
    assert source.cache.wait(20)
    after = seen(source, day)
    assert after != before
    assert len(api.asked) == 2
    assert after == seen(source_of(api, clock), day)


def test_r17_a_day_long_ago_is_asked_for_once_a_day(source: MetronomeSource, api: SteadyApi, clock: HandClock) -> None:
    day = TODAY - timedelta(days=60)
    before = seen(source, day)
    api.changed[day] = 1
    for _ in range(23):
        clock.move(HOUR)
        assert seen(source, day) == before
        assert source.cache.wait(20)
    clock.move(HOUR - 1)
    assert seen(source, day) == before
    assert len(api.asked) == 1, "asked again before its time"
    clock.move(1)
    assert seen(source, day) == before, "this page is shown the old figures, and they are asked for behind its back"
    assert source.cache.wait(20)
    assert seen(source, day) != before
    assert len(api.asked) == 2
