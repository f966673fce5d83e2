"""S17: replay is bounded. With a real Redis, and without one."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from redis import Redis

from access.denied import Denied, Reason
from access.embed.opening import EmbedAccess
from access.embed.replay import MAX_USES, MemoryUses, StoreDown
from data.settings import BadSetting
from tests.edge.processes import Processes
from tests.edge.redis_server import RedisServer
from tests.embeds import PUBLIC, HandClock, Ring, claims, link_token

SESSION_KEY = "a-key-for-sessions-that-all-replicas-have-0123456789"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RedisServer]:
    with Processes(tmp_path) as processes:
        yield RedisServer(processes)


def replicas(tmp_path: Path, store: RedisServer, clock: HandClock, *, count: int = 2) -> tuple[Ring, list[EmbedAccess]]:
    """Several processes' worth of the app on one store: ``k1`` opens several times, ``once`` only once."""
    ring = Ring(tmp_path).add("k1").add("once", replay="once")
    (tmp_path / "session.key").write_text(SESSION_KEY)
    env = {"BURNBOARD_CACHE_URL": store.url, "BURNBOARD_SESSION_KEY_FILE": str(tmp_path / "session.key")}
    return ring, [ring.open(clock, **env) for _ in range(count)]


def tried(embed: EmbedAccess, token: str, kid: str) -> Reason | None:
    """None for an exchange that worked, else why it did not."""
    try:
        embed.exchange(kid, "usage", token, public_url=PUBLIC)
    except Denied as denied:
        return denied.reason
    return None


def link(ring: Ring, kid: str, number: int = 0) -> str:
    return link_token(ring, kid, claims=claims(iss=kid, jti=f"a-link-with-a-number-{number}"))


@pytest.mark.process
def test_s17_once_is_once_on_all_replicas(tmp_path: Path, store: RedisServer) -> None:
    ring, embeds = replicas(tmp_path, store, HandClock())
    for number in range(3):
        token = link(ring, "once", number)
        with ThreadPoolExecutor(20) as pool:
            outcomes = list(pool.map(lambda n, token=token: tried(embeds[n % 2], token, "once"), range(20)))
        assert outcomes.count(None) == 1
        assert set(outcomes) == {None, Reason.EMBED_REPLAYED}


@pytest.mark.process
def test_s17_a_window_is_shared_by_all_replicas(tmp_path: Path, store: RedisServer) -> None:
    ring, embeds = replicas(tmp_path, store, HandClock())
    outcomes = [tried(embeds[number % 2], link(ring, "k1"), "k1") for number in range(60)]
    assert outcomes == [None] * MAX_USES + [Reason.EMBED_REPLAYED] * (60 - MAX_USES)


@pytest.mark.process
def test_s17_without_its_store_once_is_never_and_sessions_go_on(tmp_path: Path, store: RedisServer) -> None:
    clock = HandClock()
    ring, (embed, other) = replicas(tmp_path, store, clock)
    session = embed.exchange("once", "usage", link(ring, "once"), public_url=PUBLIC).session
    store.stop()
    assert [tried(embed, link(ring, "once", number), "once") for number in (0, 1, 2)] == [Reason.EMBED_STORE] * 3
    for one in (embed, other):  # both know the session without the store
        one.gate.admit({"HTTP_AUTHORIZATION": f"Bearer {session}"})
        one.renew(session, kid="once", dashboard="usage")
    outcomes = [tried(embed, link(ring, "k1"), "k1") for _ in range(60)]
    assert outcomes.count(None) == MAX_USES  # counted in the process meanwhile
    store.start()
    assert tried(embed, link(ring, "once", 3), "once") is None
    assert tried(other, link(ring, "once", 3), "once") is Reason.EMBED_REPLAYED


@pytest.mark.process
def test_s17_what_was_used_is_forgotten_after_it_is_over_and_never_before(tmp_path: Path, store: RedisServer) -> None:
    ring, (embed, _) = replicas(tmp_path, store, HandClock())
    assert tried(embed, link(ring, "once"), "once") is None
    assert tried(embed, link(ring, "k1"), "k1") is None
    with Redis.from_url(store.url) as client:
        kept = [client.ttl(name) for name in client.keys("burnboard:*")]
    assert len(kept) == 2
    assert all(600 <= seconds <= 700 for seconds in kept)


def test_s17_in_one_process_a_window_holds_fifty(tmp_path: Path) -> None:
    clock = HandClock()
    ring = Ring(tmp_path).add("k1")
    embed = ring.open(clock)
    outcomes = [tried(embed, link(ring, "k1"), "k1") for _ in range(60)]
    assert outcomes == [None] * MAX_USES + [Reason.EMBED_REPLAYED] * (60 - MAX_USES)
    assert tried(embed, link(ring, "k1", 1), "k1") is None
    clock.move(629)
    assert tried(embed, link(ring, "k1"), "k1") is Reason.EMBED_REPLAYED
    clock.move(1)
    assert tried(embed, link(ring, "k1"), "k1") is Reason.EMBED_EXPIRED


def test_s17_once_does_not_start_without_a_store_and_is_refused_when_it_comes_later(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="BURNBOARD_CACHE_URL"):
        Ring(tmp_path).add("k1", replay="once").open(HandClock())
    clock = HandClock()
    ring = Ring(tmp_path).add("k1")
    embed = ring.open(clock)
    ring.add("once", replay="once").write()
    clock.move(2)
    assert tried(embed, link(ring, "once"), "once") is Reason.EMBED_STORE


def test_s17_memory_is_bounded_and_lets_nobody_in_when_it_is_full() -> None:
    clock = HandClock()
    uses = MemoryUses(clock, limit=3)
    assert [uses.count(mark, 60) for mark in "abca"] == [1, 1, 1, 2]
    with pytest.raises(StoreDown):
        uses.count("d", 60)
    clock.move(61)
    assert uses.count("d", 60) == 1
