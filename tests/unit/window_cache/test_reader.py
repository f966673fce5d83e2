"""What is fetched, what is shown meanwhile, and what is shown where fetching fails."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest

from data.errors import CredentialsRejected, NotFound, OutOfTime, Refused, SourceError, Unreachable
from data.window_cache.flights import Flights
from data.window_cache.reader import Outcome
from data.window_cache.store import MemoryStore
from data.window_cache.wanted import Span
from tests.unit.window_cache.shelves import MEGABYTE, TODAY, Asker, HandClock, MadeUp, days_between, fetches

DAY = timedelta(days=1)
TOMORROW = TODAY + DAY
LONG_AGO = TODAY - 300 * DAY
MINUTE, HOUR = 60.0, 3_600.0


def fail_with(api: MadeUp, error: SourceError | None, *, over: date | None = None) -> None:
    """Every fetch, or those whose span holds the day ``over``."""

    def fails(span: Span | None) -> SourceError | None:
        return error if over is None or (span is not None and span[0] <= over < span[1]) else None

    api.fails = fails


def test_only_days_that_are_not_held_are_fetched_and_never_one_outside_the_range(asker: Asker, api: MadeUp) -> None:
    start, end = LONG_AGO, LONG_AGO + 40 * DAY
    assert asker.days(start, end).outcome is Outcome.MISS
    first = len(api.spans)
    read = asker.days(start - 2 * DAY, end + 3 * DAY)
    assert list(fetches(read)) == days_between(start - 2 * DAY, end + 3 * DAY)
    asked = {day for span in api.spans[first:] for day in days_between(*span)}
    assert asked == {*days_between(start - 2 * DAY, start), *days_between(end, end + 3 * DAY)}
    assert asker.days(start + DAY, end - DAY).outcome is Outcome.FRESH
    assert asker.days(start - 2 * DAY, end + 3 * DAY).outcome is Outcome.FRESH
    assert {day for span in api.spans for day in days_between(*span)} == set(
        days_between(start - 2 * DAY, end + 3 * DAY)
    )


def test_a_day_is_as_good_as_its_age_says(asker: Asker, api: MadeUp, clock: HandClock) -> None:
    """Today a minute, the days of the last weeks five, those before them a day."""
    start = TODAY - 50 * DAY
    asker.days(start, TOMORROW)
    clock.move(MINUTE - 1)
    asker.days(start, TOMORROW, whole=True)
    count = len(api.spans)
    clock.move(1)
    asker.days(start, TOMORROW, whole=True)
    assert api.spans[count:] == [(TODAY, TOMORROW)]
    clock.move(4 * MINUTE)
    asker.days(start, TOMORROW, whole=True)
    late = {day for span in api.spans[count + 1 :] for day in days_between(*span)}
    assert late == set(days_between(TODAY - 35 * DAY, TOMORROW))
    count = len(api.spans)
    clock.move(24 * HOUR)
    asker.days(start, start + 3 * DAY, whole=True)
    assert api.spans[count:] == [(start, start + 3 * DAY)]


def test_an_old_day_with_invoices_that_are_not_final_is_asked_for_like_a_late_one(
    asker: Asker, api: MadeUp, clock: HandClock
) -> None:
    api.moving = frozenset({LONG_AGO.toordinal()})
    asker.days(LONG_AGO, LONG_AGO + 3 * DAY)
    clock.move(5 * MINUTE)
    asker.days(LONG_AGO, LONG_AGO + 3 * DAY, whole=True)
    assert api.spans[1:] == [(LONG_AGO, LONG_AGO + DAY)]


def test_a_figure_over_a_span_is_as_good_as_its_last_day(asker: Asker, api: MadeUp, clock: HandClock) -> None:
    spans = (LONG_AGO, LONG_AGO + 7 * DAY), (TODAY - 7 * DAY, TODAY), (TODAY, TOMORROW)
    asker.spans(*spans)
    clock.move(MINUTE)
    asker.spans(*spans, whole=True)
    assert sorted(api.spans[3:]) == [spans[2]]
    clock.move(4 * MINUTE)
    asker.spans(*spans, whole=True)
    assert sorted(api.spans[4:]) == [spans[1], spans[2]]


def test_a_page_is_shown_the_old_answer_at_once_and_the_next_one_the_new(
    asker: Asker, api: MadeUp, clock: HandClock
) -> None:
    first = asker.list()
    clock.move(301)
    api.gate.clear()
    for _ in range(20):
        shown = asker.list()
        assert (fetches(shown), shown.stale, shown.version) == (fetches(first), None, first.version)
    api.gate.set()
    assert asker.cache.wait(20)
    assert len(api.spans) == 2
    assert fetches(asker.list()) == {TODAY: 2.0}
    assert asker.list().fetched_at > first.fetched_at


def test_a_download_waits_for_the_new_answer(asker: Asker, api: MadeUp, clock: HandClock) -> None:
    asker.list()
    clock.move(301)
    assert fetches(asker.list(whole=True)) == {TODAY: 2.0}
    assert fetches(asker.list()) == {TODAY: 2.0}


def test_what_is_too_old_is_fetched_before_anything_is_shown(asker: Asker, clock: HandClock) -> None:
    asker.list()
    clock.move(901)
    assert fetches(asker.list()) == {TODAY: 2.0}


def test_a_copy_stands_in_marked_for_a_day_and_then_no_longer(asker: Asker, api: MadeUp, clock: HandClock) -> None:
    first = asker.days(TODAY - 5 * DAY, TOMORROW)
    fail_with(api, Unreachable("down"))
    for hours in (1, 22):
        clock.move(hours * HOUR)
        shown = asker.days(TODAY - 5 * DAY, TOMORROW)
        assert isinstance(shown.stale, Unreachable)
        assert (fetches(shown), shown.fetched_at) == (fetches(first), first.fetched_at)
        assert shown.outcome is Outcome.STALE
    clock.move(2 * HOUR)
    for whole in (False, True):
        with pytest.raises(Unreachable):
            asker.days(TODAY - 5 * DAY, TOMORROW, whole=whole)


def test_after_a_refresh_that_failed_the_old_answer_carries_a_mark_until_one_succeeds(
    asker: Asker, api: MadeUp, clock: HandClock
) -> None:
    asker.list()
    fail_with(api, Unreachable("down"))
    clock.move(301)
    assert asker.list().stale is None
    assert asker.cache.wait(20)
    marked = asker.list()
    assert isinstance(marked.stale, Unreachable)
    assert len(api.spans) == 2, "it is left alone for a moment"
    clock.move(3)
    assert asker.list().version == marked.version
    assert asker.cache.wait(20)
    assert len(api.spans) == 3
    fail_with(api, None)
    clock.move(3)
    asker.list()
    assert asker.cache.wait(20)
    assert asker.list().stale is None
    assert fetches(asker.list()) == {TODAY: 4.0}


@pytest.mark.parametrize("error", [NotFound("gone"), CredentialsRejected("no")])
def test_what_is_gone_or_refused_is_not_shown_from_a_copy(
    asker: Asker, api: MadeUp, clock: HandClock, error: SourceError
) -> None:
    asker.list()
    fail_with(api, error)
    clock.move(HOUR)
    for whole in (False, True):
        with pytest.raises(type(error)):
            asker.list(whole=whole)


@pytest.mark.parametrize(
    ("error", "rests"), [(Unreachable("down"), 2.0), (NotFound("gone"), 30.0), (Refused("no"), 30.0)]
)
def test_a_failure_is_remembered_for_a_moment(
    asker: Asker, api: MadeUp, clock: HandClock, error: SourceError, rests: float
) -> None:
    fail_with(api, error)
    for _ in range(3):
        with pytest.raises(type(error)):
            asker.list()
        clock.move(rests / 3 - 0.01)
    assert len(api.spans) == 1
    clock.move(1)
    with pytest.raises(type(error)):
        asker.list()
    assert len(api.spans) == 2


def test_what_failed_for_some_days_says_nothing_of_more_days(asker: Asker, api: MadeUp) -> None:
    fail_with(api, Unreachable("down"))
    with pytest.raises(Unreachable):
        asker.days(LONG_AGO, LONG_AGO + DAY)
    fail_with(api, None)
    assert len(fetches(asker.days(LONG_AGO, LONG_AGO + 3 * DAY))) == 3


def test_a_page_is_told_which_days_are_missing_and_keeps_the_others(
    asker: Asker, api: MadeUp, clock: HandClock
) -> None:
    start, end = LONG_AGO, LONG_AGO + 90 * DAY
    fail_with(api, Unreachable("down"), over=LONG_AGO + 45 * DAY)
    read = asker.days(start, end)
    (gap,) = read.missing
    missing = days_between(gap.start.date(), gap.end.date())
    assert LONG_AGO + 45 * DAY in missing
    assert gap.start == datetime(gap.start.year, gap.start.month, gap.start.day, tzinfo=UTC)
    assert isinstance(gap.error, Unreachable)
    assert sorted([*missing, *fetches(read)]) == days_between(start, end)
    with pytest.raises(Unreachable):
        asker.days(start, end, whole=True)
    count = len(api.spans)
    fail_with(api, None)
    clock.move(3)
    whole = asker.days(start, end)
    assert whole.missing == ()
    assert api.spans[count:] == [(missing[0], missing[-1] + DAY)], "the other pieces were kept"


def test_a_page_of_which_nothing_came_is_an_error_and_a_refused_token_ends_everything(
    asker: Asker, api: MadeUp
) -> None:
    fail_with(api, NotFound("gone"))
    with pytest.raises(NotFound):
        asker.days(LONG_AGO, LONG_AGO + 90 * DAY)
    asker.cache.clear()
    fail_with(api, CredentialsRejected("no"), over=LONG_AGO + 45 * DAY)
    with pytest.raises(CredentialsRejected):
        asker.days(LONG_AGO, LONG_AGO + 90 * DAY)


def test_a_download_may_be_given_old_copies_marked_but_never_gaps(asker: Asker, api: MadeUp, clock: HandClock) -> None:
    start, end = TODAY - 70 * DAY, TODAY
    asker.days(start, end)
    clock.move(HOUR)
    fail_with(api, Unreachable("down"))
    copy = asker.days(start, end, whole=True)
    assert isinstance(copy.stale, Unreachable)
    assert len(fetches(copy)) == 70
    with pytest.raises(Unreachable):
        asker.days(start - DAY, end, whole=True)


def test_at_most_four_pieces_are_fetched_at_once_and_no_more_after_a_failure_that_ends_it(
    asker: Asker, api: MadeUp
) -> None:
    fail_with(api, Unreachable("down"))
    api.gate.clear()
    threading.Timer(0.2, api.gate.set).start()
    with pytest.raises(Unreachable):
        asker.days(LONG_AGO - 365 * DAY, LONG_AGO, whole=True)
    for thread in threading.enumerate():
        if thread.name.startswith("metronome"):
            thread.join(5)
    assert api.most == 4
    assert len(api.spans) <= 7, "those that were under way"


def test_an_endpoint_that_is_not_offered_is_asked_for_once_and_again_after_a_while(
    asker: Asker, api: MadeUp, clock: HandClock
) -> None:
    api.offered = False
    assert asker.days(LONG_AGO, LONG_AGO + 365 * DAY).value is None
    asked = len(api.spans)
    assert asked <= 5
    assert asker.days(LONG_AGO, LONG_AGO + 365 * DAY).value is None
    assert len(api.spans) == asked
    api.offered = True
    clock.move(901)
    assert len(fetches(asker.days(LONG_AGO, LONG_AGO + 365 * DAY))) == 365


def test_many_at_once_cause_one_fetch_and_so_do_many_who_fail(asker: Asker, api: MadeUp) -> None:
    api.gate.clear()
    with ThreadPoolExecutor(30) as pool:
        asked = [pool.submit(asker.list) for _ in range(30)]
        api.gate.set()
        assert {read.result().version for read in asked} == {asker.list().version}
    assert len(api.spans) == 1
    asker.cache.clear()
    fail_with(api, Unreachable("down"))
    with ThreadPoolExecutor(30) as pool:
        failed = [pool.submit(asker.list) for _ in range(30)]
        assert all(isinstance(one.exception(20), Unreachable) for one in failed)
    assert len(api.spans) == 2


def test_what_another_process_fetched_is_found_before_anything_is_asked(clock: HandClock, api: MadeUp) -> None:
    store = MemoryStore(MEGABYTE, clock)
    one, other = Asker(clock, api, store), Asker(clock, api, store)
    one.list()
    assert fetches(other.list()) == {TODAY: 1.0}
    clock.move(301)
    one.list(whole=True)
    assert fetches(other.list(whole=True)) == {TODAY: 2.0}
    assert len(api.spans) == 2


def test_bytes_that_cannot_be_read_are_fetched_anew(clock: HandClock, api: MadeUp) -> None:
    class Rotten(MemoryStore):
        def put(self, key: str, value: bytes, *, seconds: float) -> None:
            super().put(key, value[:-3], seconds=seconds)

    store = Rotten(MEGABYTE, clock)
    Asker(clock, api, store).list()
    assert fetches(Asker(clock, api, store).list()) == {TODAY: 2.0}


def test_versions_are_equal_where_nothing_changed_and_differ_where_anything_did(
    asker: Asker, api: MadeUp, clock: HandClock
) -> None:
    span = LONG_AGO, LONG_AGO + 40 * DAY
    first = asker.days(*span)
    assert asker.days(*span).version == asker.days(*span, whole=True).version == first.version
    hash(first.version)
    asker.cache.clear()
    assert asker.days(*span).version != first.version, "the same moment, but another fetch"
    fail_with(api, Unreachable("down"))
    clock.move(23.5 * HOUR)
    asker.days(*span)
    seen = {asker.days(*span).version, asker.days(LONG_AGO, LONG_AGO + 39 * DAY).version}
    assert len(seen) == 2


def test_the_age_that_is_told_is_that_of_the_days_that_still_move(asker: Asker, api: MadeUp, clock: HandClock) -> None:
    old = asker.days(LONG_AGO, LONG_AGO + DAY)
    clock.move(HOUR)
    mixed = asker.days(LONG_AGO, TOMORROW)
    assert mixed.fetched_at - old.fetched_at == timedelta(hours=1)
    assert asker.days(LONG_AGO, LONG_AGO + 2 * DAY).fetched_at == old.fetched_at


def test_who_waits_for_somebody_else_waits_no_longer_than_it_can() -> None:
    flights = Flights()
    with flights.turn("key", 10.0) as first, flights.turn("key", 0.05) as second, flights.turn("other", 0.05) as other:
        assert (first, other) == (None, None)
        assert isinstance(second, OutOfTime)
    with flights.turn("key", 0.05) as refusal:
        assert refusal is None
