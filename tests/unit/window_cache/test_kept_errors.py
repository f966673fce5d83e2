"""What failed is remembered without the calls that it came through, which hold on to all that they saw."""

from __future__ import annotations

import pytest

from data.errors import NotFound, SourceError, Throttled, Unreachable
from data.window_cache.failures import Failures
from data.window_cache.freshness import Freshness
from data.window_cache.parallel import side_by_side
from tests.unit.window_cache.shelves import TODAY, Asker, HandClock, MadeUp

KEY = ("k", False)


def raised(error: SourceError) -> SourceError:
    try:
        try:
            raise KeyError("first")
        except KeyError as cause:
            raise error from cause
    except SourceError as caught:
        return caught


def assert_bare(error: SourceError | None) -> None:
    assert error is not None
    assert (error.__traceback__, error.__context__, error.__cause__) == (None, None, None)


def test_an_error_says_the_same_without_where_it_was() -> None:
    bare = raised(Throttled("detail", sentence="A sentence.", retry_after=3.0)).bare()
    assert_bare(bare)
    assert (type(bare), bare.detail, str(bare), bare.sentence, bare.retry_after) == (
        Throttled, "detail", "A sentence.", "A sentence.", 3.0,
    )  # fmt: skip


def test_a_failure_that_many_are_told_does_not_grow() -> None:
    failures = Failures(HandClock(), Freshness())
    failures.remember(KEY, range(5), raised(NotFound("gone")))
    for _ in range(3):
        told = failures.recent(KEY, range(5))
        assert_bare(told)
        with pytest.raises(NotFound, match=NotFound.sentence):
            raise told or KeyError
    kept = failures.get(KEY)
    assert kept is not None
    assert_bare(kept.error)


def test_what_came_of_a_call_holds_no_frames() -> None:
    def fails() -> None:
        raise raised(Unreachable())

    for outcome in side_by_side({1: fails, 2: fails}, lambda _key, _outcome: False).values():
        assert isinstance(outcome, SourceError)
        assert_bare(outcome)


def test_the_mark_of_an_old_copy_and_a_gap_hold_none() -> None:
    clock, api = HandClock(), MadeUp()
    asker = Asker(clock, api)
    start = TODAY.replace(day=1)
    asker.days(start, start.replace(day=5))
    clock.move(Freshness().late + Freshness().revalidate)
    api.fails = lambda _: raised(Unreachable())
    read = asker.days(start, start.replace(day=9))
    assert_bare(read.stale)
    assert read.missing
    for gap in read.missing:
        assert_bare(gap.error)
