"""Facts depend on nothing but account, metric, group and hour, and windows of them fit together."""

from __future__ import annotations

import pytest

from sandbox.catalogue import Customer, accounts
from sandbox.facts import COMBINE, Feed
from sandbox.model import Aggregation
from sandbox.moments import DAY, HOUR, steps, utc

NOW = utc(2026, 5, 20, 14)


def feeds() -> dict[Aggregation, Feed]:
    chosen = (one for one in accounts(utc(2026, 5, 20)) if one.id in {Customer.FLAGSHIP, Customer.SEATS})
    return {stream.metric.aggregation: Feed(stream, NOW) for one in chosen for stream in one.streams}


@pytest.mark.parametrize("aggregation", list(Aggregation))
def test_a_fact_does_not_depend_on_the_order_of_asking(aggregation: Aggregation) -> None:
    hours = list(steps(utc(2026, 5, 18), NOW, HOUR))
    feed = feeds()[aggregation]
    asked = {hour: feed.between(0, hour, hour + HOUR) for hour in hours}
    hours.sort(key=lambda hour: (hour.hour * 7 % 24, hour))
    again = feeds()[aggregation]
    assert {hour: again.between(0, hour, hour + HOUR) for hour in hours} == asked
    assert any(asked.values())


@pytest.mark.parametrize("aggregation", list(Aggregation))
def test_hours_make_up_their_day_and_nothing_happens_after_now(aggregation: Aggregation) -> None:
    feed, combine = feeds()[aggregation], COMBINE[aggregation]
    for day in (utc(2026, 5, 18), utc(2026, 5, 20)):
        raw = 0
        for hour in steps(day, day + DAY, HOUR):
            raw = combine(raw, feed.between(0, hour, hour + HOUR))
        assert raw == feed.between(0, day, day + DAY)
    assert feed.between(0, NOW, NOW + 40 * DAY) == 0


def test_a_past_day_keeps_its_facts_as_time_goes_on() -> None:
    (flagship,) = (one for one in accounts(utc(2026, 5, 20)) if one.id == Customer.FLAGSHIP)
    stream = flagship.streams[0]
    day = utc(2026, 5, 3)
    assert Feed(stream, NOW).between(0, day, day + DAY) == Feed(stream, NOW + 5 * DAY).between(0, day, day + DAY)


@pytest.mark.parametrize("customer", [Customer.FLAGSHIP, Customer.SEATS])
def test_more_than_a_year_of_history_has_a_weekly_season_in_every_stream(customer: str) -> None:
    """Over thirteen months, an average day of a weekend is quieter than one of a working week."""
    (made,) = (one for one in accounts(utc(2026, 5, 20)) if one.id == customer)
    monday = utc(2025, 4, 7)
    for stream in made.streams:
        assert stream.start <= monday
        feed = Feed(stream, NOW)
        by_weekday = [0] * 7
        for day in steps(monday, utc(2026, 5, 11), DAY):
            by_weekday[day.weekday()] += int(feed.value(feed.between(0, day, day + DAY)) or 0)
        assert 0 < sum(by_weekday[5:]) / 2 < sum(by_weekday[:5]) / 5, stream.metric.name
