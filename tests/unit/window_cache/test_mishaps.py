"""What goes wrong once does not stay wrong: refusals, impatience, what others met, clocks, and who overtakes whom."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import copy_context
from datetime import date, timedelta

import pytest

from data.errors import CredentialsRejected, NotFound, OutOfTime, SourceError, Unreachable
from data.keeping import Keeper, Patience, Sought
from data.metronome.deadline import Deadline
from data.metronome.held_back import Busy, TokenRefused
from data.scope import LOCAL
from data.source import Ask
from data.waiting import Room, answering, begin_waiting, waited
from data.window_cache.reader import Outcome, Read
from data.window_cache.renewal import ALONE_SECONDS
from data.window_cache.store import MemoryStore
from data.window_cache.wanted import Fetch, Fetched, Span, Wanted, by_day, listed
from tests.unit.window_cache.shelves import MEGABYTE, TODAY, Asker, HandClock, MadeUp, fetches, usage_in

DAY = timedelta(days=1)
TOMORROW = TODAY + DAY
LONG_AGO = TODAY - 300 * DAY
HOUR = 3_600.0


def fail_with(api: MadeUp, error: SourceError | None) -> None:
    api.fails = lambda _: error


def settled(asker: Asker) -> Read[object]:
    """What a page is shown after whatever this page caused."""
    asker.list()
    assert asker.cache.wait(20)
    return asker.list()


def listing(fetch: Fetch) -> Wanted[object]:
    return Wanted(name=("A", "list"), pieces=listed("", ("A", "list")), fetch=fetch, shape=usage_in, lasts=300.0)


@contextmanager
def under_way(asker: Asker, *, whole: bool = False) -> Iterator[None]:
    """Somebody asks for the list, and is not answered until the block ends."""
    count = len(asker.api.spans)
    asker.api.gate.clear()
    thread = threading.Thread(target=lambda: asker.list(whole=whole))
    thread.start()
    try:
        while len(asker.api.spans) == count:
            threading.Event().wait(0.005)
        yield
    finally:
        asker.api.gate.set()
        thread.join(20)


@pytest.mark.parametrize(("error", "rests"), [(CredentialsRejected("no"), 2.0), (NotFound("gone"), 30.0)])
def test_one_refusal_behind_somebodys_back_is_asked_about_again_as_soon_as_it_may(
    asker: Asker, api: MadeUp, clock: HandClock, error: SourceError, rests: float
) -> None:
    asker.list()
    clock.move(301)
    fail_with(api, error)
    with pytest.raises(type(error)):
        settled(asker)
    fail_with(api, None)
    clock.move(rests)
    assert fetches(asker.list()) == {TODAY: 3.0}


def test_that_the_token_rests_is_not_held_against_what_was_not_asked(
    asker: Asker, api: MadeUp, clock: HandClock
) -> None:
    first = asker.list()
    clock.move(301)
    fail_with(api, TokenRefused("the token was refused", retry_after=20.0))
    assert settled(asker).version == first.version


def test_who_waits_in_vain_for_the_same_question_is_shown_the_copy_that_is_held(
    asker: Asker, api: MadeUp, clock: HandClock
) -> None:
    asker.list()
    clock.move(HOUR)
    for whole in (False, True):
        with under_way(asker, whole=whole):
            read = asker.cache.read(listing(api.fetch), whole=whole, begin=lambda: Deadline(clock, 0.05))
        assert isinstance(read.stale, OutOfTime)
        assert read.outcome is Outcome.STALE
        clock.move(HOUR)
    assert len(api.spans) == 3, "only those who were first asked"


def test_who_may_not_wait_is_shown_the_copy_that_is_held(asker: Asker, api: MadeUp, clock: HandClock) -> None:
    asker.list()
    clock.move(HOUR)
    with under_way(asker), answering(Room(threads=0)):
        read = asker.cache.read(listing(api.fetch), whole=False, begin=lambda: Deadline(clock, 5.0))
    assert isinstance(read.stale, Busy)


def test_that_there_was_no_place_is_not_held_against_the_next_one(asker: Asker, api: MadeUp) -> None:
    fail_with(api, Busy("no slot"))
    with pytest.raises(Busy):
        asker.list()
    fail_with(api, None)
    assert asker.list().outcome is Outcome.MISS


def test_who_waits_in_vain_and_has_nothing_is_told_so(asker: Asker, api: MadeUp, clock: HandClock) -> None:
    with under_way(asker), pytest.raises(OutOfTime):
        asker.cache.read(listing(api.fetch), whole=False, begin=lambda: Deadline(clock, 0.05))


def test_a_download_waits_for_one_that_gets_on_for_as_long_as_it_has_in_all(
    asker: Asker, api: MadeUp, clock: HandClock
) -> None:
    """Nothing comes in for itself meanwhile; that is no reason to give up."""
    with under_way(asker, whole=True):
        late = Deadline(clock, 120.0, idle=10.0)
        clock.move(20)
        assert late.expired
        threading.Timer(0.1, api.gate.set).start()
        read = asker.cache.read(listing(api.fetch), whole=True, begin=lambda: late)
    assert fetches(read) == {TODAY: 1.0}  # type: ignore[arg-type]
    assert not late.expired


def test_who_waits_for_another_process_keeps_enough_time_to_ask_alone(clock: HandClock, api: MadeUp) -> None:
    asked: list[tuple[float, float]] = []

    class Watched(MemoryStore):
        def alone(self, key: str, *, hold: float, wait: float):  # type: ignore[no-untyped-def]
            asked.append((hold, wait))
            return super().alone(key, hold=hold, wait=wait)

    Asker(clock, api, Watched(MEGABYTE, clock)).list()
    ((hold, wait),) = asked
    assert wait == 10.0 - ALONE_SECONDS
    assert hold < wait, "who waits outlives the hold of a process that died"


def test_a_question_that_was_begun_too_late_says_nothing_to_others(asker: Asker, api: MadeUp, clock: HandClock) -> None:
    def fetch(span: Span | None, until: Deadline) -> Fetched:
        if until.remaining() < ALONE_SECONDS:
            raise OutOfTime("no time left")
        return api.fetch(span, until)

    with pytest.raises(OutOfTime):
        asker.cache.read(listing(fetch), whole=False, begin=lambda: Deadline(clock, 0.1))
    assert asker.cache.read(listing(fetch), whole=False, begin=lambda: Deadline(clock, 10.0)).stale is None


def test_what_is_fetched_behind_somebodys_back_has_all_the_patience_of_a_page(
    asker: Asker, api: MadeUp, clock: HandClock
) -> None:
    left: list[float] = []

    def fetch(span: Span | None, until: Deadline) -> Fetched:
        left.append(until.remaining())
        return api.fetch(span, until)

    keeper = Keeper(asker.cache, clock, Patience())
    sought = Sought(name=("A", "list"), asked=[], fetch=fetch)

    def ask() -> None:
        keeper.list(Ask(scope=LOCAL, customer_id="A"), sought)

    def later_answer() -> None:
        begin_waiting()
        waited(clock)
        clock.move(9.8)  # which another question of it took
        ask()

    ask()
    clock.move(301)
    copy_context().run(later_answer)
    assert asker.cache.wait(20)
    assert left == [10.0, 10.0]


def test_what_another_process_renewed_is_not_marked_for_a_failure_of_this_one(clock: HandClock) -> None:
    store = MemoryStore(MEGABYTE, clock)
    one, other = Asker(clock, MadeUp(), store), Asker(clock, MadeUp(), store)
    one.list()
    clock.move(301)
    fail_with(one.api, Unreachable("down"))
    assert isinstance(settled(one).stale, Unreachable)
    clock.move(3)
    assert settled(other).stale is None
    fail_with(one.api, None)
    assert one.list().stale is None
    for _ in range(2):
        clock.move(310)
        assert settled(other).stale is None
        assert one.list().stale is None


def test_a_refusal_that_another_process_did_not_meet_is_forgotten(clock: HandClock) -> None:
    store = MemoryStore(MEGABYTE, clock)
    one, other = Asker(clock, MadeUp(), store), Asker(clock, MadeUp(), store)
    one.list()
    clock.move(301)
    fail_with(one.api, CredentialsRejected("no"))
    with pytest.raises(CredentialsRejected):
        settled(one)
    clock.move(40)
    settled(other)
    assert one.list().outcome is Outcome.FRESH
    assert len(one.api.spans) == 2


def test_a_store_clock_that_is_set_back_makes_nothing_last(clock: HandClock, api: MadeUp) -> None:
    class Shifted(MemoryStore):
        by = 0.0

        def time(self) -> float:
            return super().time() + self.by

    store = Shifted(MEGABYTE, clock)
    asker = Asker(clock, api, store)
    asker.days(TODAY, TOMORROW)
    store.by = -2 * HOUR
    assert fetches(asker.days(TODAY, TOMORROW)) == {TODAY: 2.0}


def test_a_page_and_a_download_of_one_block_keep_what_was_asked_for_later(
    asker: Asker, api: MadeUp, clock: HandClock
) -> None:
    """The page asks first, and is answered last."""
    start = date.fromordinal((TODAY.toordinal() // 31 - 3) * 31)
    gate, asked = threading.Event(), threading.Event()

    def slow(span: Span | None, until: Deadline) -> Fetched:
        answer = api.fetch(span, until)
        asked.set()
        assert gate.wait(20)
        return answer

    wanted = Wanted(
        name=("page",), pieces=by_day("", ("A", "usage"), start, start + 3 * DAY, 31), fetch=slow, shape=usage_in
    )
    page = threading.Thread(target=lambda: asker.cache.read(wanted, whole=False, begin=lambda: Deadline(clock, 10.0)))
    page.start()
    assert asked.wait(20)
    clock.move(1)
    asker.days(start, start + 31 * DAY, whole=True)
    gate.set()
    page.join(20)
    again = asker.days(start, start + 31 * DAY, whole=True)
    assert set(fetches(again).values()) == {2.0}
    assert len(api.spans) == 2


def test_closed_days_grow_old_like_others_and_stand_in_for_a_day_past_their_life(
    asker: Asker, api: MadeUp, clock: HandClock
) -> None:
    span = LONG_AGO, LONG_AGO + 40 * DAY
    first = asker.days(*span)
    clock.move(24 * HOUR)
    assert asker.days(*span).version == first.version, "shown at once, and asked for behind its back"
    assert asker.cache.wait(20)
    assert asker.days(*span).version != first.version
    fail_with(api, Unreachable("down"))
    clock.move(47 * HOUR)
    for whole in (False, True):
        copy = asker.days(*span, whole=whole)
        assert isinstance(copy.stale, Unreachable)
        assert len(fetches(copy)) == 40
    clock.move(HOUR)
    with pytest.raises(Unreachable):
        asker.days(*span)


def test_closed_days_that_old_are_no_answer_where_what_changes_is_gone(
    asker: Asker, api: MadeUp, clock: HandClock
) -> None:
    asker.days(TODAY - 90 * DAY, TOMORROW)
    fail_with(api, Unreachable("down"))
    clock.move(25 * HOUR)
    with pytest.raises(Unreachable):
        asker.days(TODAY - 90 * DAY, TOMORROW)
    assert len(fetches(asker.days(TODAY - 90 * DAY, TODAY - 60 * DAY))) == 30


def test_an_answer_is_as_old_as_its_question_however_long_its_pages_take(
    asker: Asker, api: MadeUp, clock: HandClock
) -> None:
    def fetch(span: Span | None, until: Deadline) -> Fetched:
        clock.move(100)
        return api.fetch(span, until)

    asked = clock.now()
    read = asker.cache.read(listing(fetch), whole=True, begin=lambda: Deadline(clock, 120.0))
    assert read.fetched_at == asked
    clock.move(199)
    assert asker.list(whole=True).outcome is Outcome.FRESH
    clock.move(1)
    assert asker.list(whole=True).outcome is Outcome.MISS


def test_no_days_are_an_answer_without_rows(asker: Asker, api: MadeUp, clock: HandClock) -> None:
    wanted = Wanted(name=("none",), pieces=(), fetch=api.fetch, shape=usage_in, tables=("usage",))
    for _ in range(2):
        read = asker.cache.read(wanted, whole=False, begin=lambda: Deadline(clock, 10.0))
        assert read.value is not None
        assert len(read.value) == 0
        assert (read.missing, read.stale, read.fetched_at) == ((), None, clock.now())
    assert api.spans == []
