"""R15: an answer out of the cache equals the one that a direct question gives, to the last digit: for random accounts,
ranges and granularities, whatever was asked, forgotten and outdated before, in memory and in a real Redis."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis import Redis

from data.frames.lines import to_lines, to_windows
from data.frames.usage import to_usage
from data.metronome.client import MetronomeClient
from data.metronome_source import MetronomeSource
from data.source import Ask
from data.window_cache.redis_store import RedisStore
from data.window_cache.store import MemoryStore, Store
from tests.edge.processes import Processes
from tests.edge.redis_server import RedisServer
from tests.rows.steady_api import ACCOUNTS, METRIC, SteadyApi, asking, client_of, source_of
from tests.unit.metronome.upstream import in_time
from tests.unit.window_cache.shelves import TODAY, HandClock

Rows = list[tuple[Any, ...]]


@dataclass(frozen=True)
class Asked:
    """One question, which can be put to the source and, in one piece, to the client."""

    kind: str
    customer: str
    start: date
    end: date
    keys: tuple[str, ...]
    whole: bool

    def cached(self, source: MetronomeSource) -> Rows:
        ask = asking(self.customer, whole=self.whole)
        method, _, window = self.kind.partition(" ")
        return getattr(self, f"_{method}")(source, ask, window)  # type: ignore[no-any-return]

    def direct(self, client: MetronomeClient) -> Rows:
        method, _, window = self.kind.partition(" ")
        days = self.customer, self.start, self.end
        if method == "usage":
            block = client.usage(
                self.customer, METRIC, self.start, self.end, window=window, keys=self.keys, deadline=in_time()
            )
            return canonical(to_usage([block], self.keys))
        if method == "breakdowns":
            rows = client.breakdowns(*days, window=window, deadline=in_time())
        else:
            rows = client.spend_breakdowns(*days, keys=self.keys, deadline=in_time()) or []
        return canonical(to_lines(rows), to_windows(rows))

    def _usage(self, source: MetronomeSource, ask: Ask, window: str) -> Rows:
        loaded = source.usage(ask, METRIC, self.start, self.end, window=window, keys=self.keys)
        return canonical(loaded.value)

    def _breakdowns(self, source: MetronomeSource, ask: Ask, window: str) -> Rows:
        tables = source.breakdowns(ask, self.start, self.end, window=window).value
        return canonical(tables.lines, tables.windows)

    def _spend(self, source: MetronomeSource, ask: Ask, _: str) -> Rows:
        tables = source.spend_breakdowns(ask, self.start, self.end, keys=self.keys).value
        assert tables is not None
        return canonical(tables.lines, tables.windows)


def canonical(*frames: pd.DataFrame) -> Rows:
    """The rows in one order, every value as its exact text."""
    return sorted(
        (number, *map(exactly, row))
        for number, frame in enumerate(frames)
        for row in frame.astype(object).itertuples(index=False, name=None)
    )


def exactly(value: Any) -> str:
    if isinstance(value, Decimal):
        return str(value.as_tuple())
    return "nothing" if pd.isna(value) else repr(value)


@st.composite
def questions(draw: st.DrawFn) -> Asked:
    kind = draw(
        st.sampled_from(["usage day", "usage hour", "usage none", "breakdowns day", "breakdowns hour", "spend"])
    )
    longest = (
        4
        if kind.endswith("hour")
        else draw(st.sampled_from([5, 5, 40, 40, 400] if kind == "usage day" else [5, 5, 40]))
    )
    length = draw(st.integers(1, longest))
    end = TODAY + timedelta(days=draw(st.integers(-80, 3)))
    return Asked(
        kind,
        draw(st.sampled_from(ACCOUNTS)),
        end - timedelta(days=length),
        end,
        draw(st.sampled_from([("region",), ()])),
        draw(st.booleans()),
    )


# What may happen between two questions: time passes, pieces are lost here and there, this process forgets its own.
happenings = st.one_of(
    st.sampled_from([1.0, 59.0, 70.0, 310.0, 900.0, 90_000.0]).map(lambda seconds: ("moves", seconds)),
    st.floats(0.0, 1.0).map(lambda share: ("loses", share)),
    st.just(("forgets", 0.0)),
)
lives = st.lists(st.tuples(questions(), st.lists(happenings, max_size=2)), min_size=3, max_size=5)


@dataclass
class World:
    clock: HandClock
    source: MetronomeSource
    client: MetronomeClient
    lose: Callable[[float], None]

    def happen(self, what: str, much: float) -> None:
        if what == "moves":
            self.clock.move(much)
        elif what == "loses":
            self.lose(much)
        else:
            self.source = source_of(SteadyApi(), self.clock, self.source.cache.store)

    def hold(self, life: list[tuple[Asked, list[tuple[str, float]]]]) -> None:
        for asked, happened in life:
            assert asked.cached(self.source) == asked.direct(self.client), asked
            for what, much in happened:
                self.happen(what, much)
        assert self.source.cache.wait(20)


def world(store: Store, clock: HandClock, lose: Callable[[float], None]) -> World:
    return World(clock, source_of(SteadyApi(), clock, store), client_of(SteadyApi(), clock), lose)


class Lossy(MemoryStore):
    def lose(self, share: float) -> None:
        """This share of the pieces, from the one that was asked for last."""
        for key in list(self._kept)[int(len(self._kept) * (1 - share)) :]:
            self._drop(key)


@settings(max_examples=130)  # of some four questions each: more than five hundred
@given(life=lives)
def test_r15_in_memory(life: list[tuple[Asked, list[tuple[str, float]]]]) -> None:
    clock = HandClock()
    store = Lossy(1 << 20, clock)
    world(store, clock, store.lose).hold(life)


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with Processes(tmp_path_factory.mktemp("redis")) as processes:
        yield RedisServer(processes)


@pytest.mark.process
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(life=lives)
def test_r15_in_redis(redis: RedisServer, life: list[tuple[Asked, list[tuple[str, float]]]]) -> None:
    clock = HandClock()
    store = RedisStore(redis.url, clock)
    store.clear()

    def lose(share: float) -> None:
        with Redis.from_url(redis.url) as server:
            keys = sorted(server.scan_iter("bb*"))
            for key in keys[: int(len(keys) * share)]:
                server.delete(key)

    world(store, clock, lose).hold(life)
