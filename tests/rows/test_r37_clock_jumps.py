"""R37: the wall clock may jump by an hour, and nothing that measures time takes notice: caches, deadlines, rates and
limits go by the clock that only runs. Tokens go by the wall clock, as they must."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from access.denied import Denied
from access.embed.link import verify_link
from access.watched import GRACE_SECONDS, Watched
from data.clock import Clock
from data.errors import Throttled, Unreachable
from data.metronome.deadline import Deadline
from data.metronome.rate import TokenBucket
from data.scope import Kind
from data.window_cache.reader import Outcome
from server.limiter import Limiter
from tests.embeds import PUBLIC, Ring, claims, link_token
from tests.unit.window_cache.shelves import TODAY, Asker, MadeUp, fetches

JUMPS = [timedelta(hours=1), timedelta(hours=-1)]


@dataclass(frozen=True)
class Jumping(Clock):
    """A wall clock that is set by hand, and seconds that pass by hand too."""

    at: list[datetime] = field(default_factory=lambda: [datetime(2026, 11, 20, 12, tzinfo=UTC)])
    ran: list[float] = field(default_factory=lambda: [1000.0])

    def now(self) -> datetime:
        return self.at[0]

    def monotonic(self) -> float:
        return self.ran[0]

    def sleep(self, seconds: float) -> None:
        self.run(seconds)

    def run(self, seconds: float) -> None:
        self.ran[0] += seconds
        self.at[0] += timedelta(seconds=seconds)

    def jump(self, by: timedelta) -> None:
        self.at[0] += by


@pytest.fixture
def clock() -> Jumping:
    return Jumping()


@pytest.mark.parametrize("jump", JUMPS, ids=str)
def test_r37_what_is_kept_stays_as_long_as_it_should(clock: Jumping, jump: timedelta) -> None:
    api = MadeUp()
    reader = Asker(clock, api)
    reader.list(lasts=60.0)
    clock.run(30)
    clock.jump(jump)
    assert fetches(reader.list(lasts=60.0, whole=True)) == {TODAY: 1.0}, (
        "good for sixty seconds, of which thirty passed"
    )
    clock.run(31)
    assert fetches(reader.list(lasts=60.0, whole=True)) == {TODAY: 2.0}
    assert reader.list(lasts=60.0).outcome is Outcome.FRESH
    assert len(api.spans) == 2


@pytest.mark.parametrize("jump", JUMPS, ids=str)
def test_r37_an_old_copy_stands_in_as_long_as_it_may(clock: Jumping, jump: timedelta) -> None:
    api = MadeUp()
    reader = Asker(clock, api)
    reader.list()
    api.fails = lambda _: Unreachable("down")
    clock.jump(jump)
    clock.run(86_300)
    assert reader.list().stale is not None
    clock.run(101)
    with pytest.raises(Unreachable):
        reader.list()


@pytest.mark.parametrize("jump", JUMPS, ids=str)
def test_r37_deadlines_and_rates_only_count_what_passed(clock: Jumping, jump: timedelta) -> None:
    deadline, bucket = Deadline(clock, 10.0), TokenBucket(clock, rps=1.0, burst=1)
    bucket.take(deadline)
    clock.jump(jump)
    assert deadline.remaining() == 10.0
    bucket.take(deadline)  # waits its second
    assert deadline.remaining() == 9.0
    with pytest.raises(Throttled):
        bucket.take(Deadline(clock, 0.5))


@pytest.mark.parametrize("jump", JUMPS, ids=str)
def test_r37_a_bad_file_has_its_grace_and_no_more(clock: Jumping, tmp_path: Path, jump: timedelta) -> None:
    path = tmp_path / "policy"
    path.write_text("1")
    watched = Watched(path, int, clock, name="policy")
    path.write_text("no number")
    clock.run(2)
    assert not watched.valid
    clock.jump(jump)
    clock.run(GRACE_SECONDS - 1)
    assert watched.current() == 1
    assert watched.age_seconds >= 0
    clock.run(2)
    with pytest.raises(Denied):
        watched.current()


@pytest.mark.parametrize("jump", JUMPS, ids=str)
def test_r37_a_viewer_is_neither_locked_out_nor_let_loose(
    clock: Jumping, monkeypatch: pytest.MonkeyPatch, jump: timedelta
) -> None:
    """The library that counts goes by the wall clock; here it is made to read this one."""
    monkeypatch.setattr(time, "time", lambda: clock.now().timestamp())
    limiter = Limiter(viewer_rate=1.0, embed_rate=1.0, clock=clock)
    allowed = sum(limiter.wait(Kind.PROXY, "ana") is None for _ in range(20))
    assert allowed == 5
    clock.jump(jump)
    assert limiter.wait(Kind.PROXY, "ana") is not None, "told to wait, and did not"
    clock.run(6)
    after = sum(limiter.wait(Kind.PROXY, "ana") is None for _ in range(20))
    assert after == 5


def test_r37_tokens_follow_the_wall_clock_within_half_a_minute(clock: Jumping, tmp_path: Path) -> None:
    ring = Ring(tmp_path).add("k1")
    embed = ring.open(clock)
    token = link_token(ring, claims=claims(clock.now()))
    good_for = timedelta(seconds=claims(clock.now())["exp"] - claims(clock.now())["iat"])

    def accepted(moved: timedelta) -> bool:
        try:
            ring_now = embed.ring.current()
            verify_link(token, ring_now, kid="k1", dashboard="usage", audience=PUBLIC, now=clock.now() + moved)
        except Denied:
            return False
        return True

    second = timedelta(seconds=1)
    leeway = timedelta(seconds=30)
    assert [accepted(one) for one in (timedelta(0), -leeway, good_for + leeway - second)] == [True, True, True]
    assert [accepted(one) for one in (-leeway - second, good_for + leeway + second, *JUMPS)] == [False] * 4
