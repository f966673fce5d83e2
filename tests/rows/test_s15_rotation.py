"""S15: keys rotate without an outage, and what is revoked is dead within seconds. The clock is moved by hand."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from access.denied import Denied, Reason
from access.embed.opening import EmbedAccess
from tests.embeds import PUBLIC, A, B, HandClock, Ring, claims, link_token

SECONDS = 2.0  # the row allows ten
EXCHANGES = 200


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def ring(tmp_path: Path) -> Ring:
    return Ring(tmp_path).add("k1")


def opened(embed: EmbedAccess, ring: Ring, kid: str, *, customer: str = A, number: int = 0) -> str:
    token = link_token(
        ring, kid, claims=claims(embed.clock.now(), iss=kid, cus=customer, jti=f"{kid}-{customer}-{number}")
    )
    return embed.exchange(kid, "usage", token, public_url=PUBLIC).session


def lives(embed: EmbedAccess, session: str) -> bool:
    """Whether a session is good for a request and for a renewal."""
    good = []
    kid = json.loads(base64.urlsafe_b64decode(session.split(".")[1] + "=="))["kid"]
    for ask in (
        lambda: embed.gate.admit({"HTTP_AUTHORIZATION": f"Bearer {session}"}),
        lambda: embed.renew(session, kid=kid, dashboard="usage"),
    ):
        try:
            ask()
        except Denied:
            good.append(False)
        else:
            good.append(True)
    assert len(set(good)) == 1
    return good[0]


def change(ring: Ring, clock: HandClock) -> None:
    ring.write()
    clock.move(SECONDS)


def test_s15_two_keys_at_once_open_every_link(ring: Ring, clock: HandClock) -> None:
    embed = ring.open(clock)
    before = [opened(embed, ring, "k1", number=number) for number in range(3)]
    change(ring.add("k2", "EdDSA"), clock)
    alternating = [opened(embed, ring, ("k1", "k2")[number % 2], number=number + 9) for number in range(EXCHANGES)]
    assert len(alternating) == EXCHANGES
    ring.records["k1"]["status"] = "retiring"
    change(ring, clock)
    assert all(lives(embed, session) for session in [*before, *alternating])
    assert lives(embed, opened(embed, ring, "k1", number=999))


@pytest.mark.parametrize("way", ["revoked", "taken out", "over"])
def test_s15_a_key_that_goes_takes_its_sessions_along(ring: Ring, clock: HandClock, way: str) -> None:
    embed = ring.add("k2").open(clock)
    old, new = ([opened(embed, ring, kid, number=number) for number in range(100)] for kid in ("k1", "k2"))
    if way == "taken out":
        kept = ring.records.pop("k1")
        change(ring, clock)
        ring.records["k1"] = kept
    else:
        ring.records["k1"] |= {"status": "revoked"} if way == "revoked" else {"not_after": "2026-11-20T12:00:01Z"}
        change(ring, clock)
    assert not any(lives(embed, session) for session in old)
    assert all(lives(embed, session) for session in new)
    with pytest.raises(Denied):
        opened(embed, ring, "k1", number=777)


@pytest.mark.parametrize("whole_key", [False, True], ids=["one account", "one key"])
def test_s15_what_was_issued_before_an_instant_is_dead(ring: Ring, clock: HandClock, whole_key: bool) -> None:
    embed = ring.add("k2").open(clock)
    dead = [opened(embed, ring, kid, number=number) for number in range(50) for kid in ("k1", "k2")]
    other_account = [opened(embed, ring, "k2", customer=B, number=number) for number in range(100)]
    unused = link_token(ring, claims=claims(jti="signed-but-not-used"))
    clock.move(10)
    instant = clock.now().isoformat()
    if whole_key:
        ring.records["k1"]["revoked_before"] = instant
        other_account += dead[1::2]  # of k2
        dead = dead[0::2]
    else:
        ring.revoked = {A.upper(): instant}
    change(ring, clock)
    assert not any(lives(embed, session) for session in dead)
    assert all(lives(embed, session) for session in other_account)
    with pytest.raises(Denied):
        embed.exchange("k1", "usage", unused, public_url=PUBLIC)
    assert lives(embed, opened(embed, ring, "k1", number=888))  # signed after the instant


def test_s15_a_spoilt_ring_leaves_the_last_good_one_for_a_while_and_then_nothing(ring: Ring, clock: HandClock) -> None:
    embed = ring.open(clock, session_seconds=3600)
    session = opened(embed, ring, "k1")
    ring.path.write_text("version: 1\nkeys: {k1: {alg: HS256, alg: none}}\n")
    clock.move(SECONDS)
    assert embed.problems() == ("embed_keys",)
    assert lives(embed, session)
    clock.move(14 * 60)
    assert lives(embed, session)
    clock.move(2 * 60)
    for refused in (
        lambda: embed.gate.admit({"HTTP_AUTHORIZATION": f"Bearer {session}"}),
        lambda: opened(embed, ring, "k1", number=5),
        lambda: embed.origins("k1"),
    ):
        with pytest.raises(Denied) as denied:
            refused()
        assert denied.value.status == 503
    change(ring, clock)
    assert embed.problems() == ()
    assert lives(embed, session)


def test_s15_instants_are_read_with_their_offset(ring: Ring, clock: HandClock) -> None:
    ring.records["k1"]["not_after"] = "2026-11-20T13:30:00+01:00"
    embed = ring.open(clock)
    assert embed.ring.current().keys["k1"].not_after == datetime(2026, 11, 20, 12, 30, tzinfo=UTC)


def test_s15_a_secret_that_is_replaced_in_place_is_a_new_key_at_once(ring: Ring, clock: HandClock) -> None:
    embed = ring.open(clock)
    early = claims(clock.now(), jti="signed-with-the-old-secret")
    old, ring.private["k1"] = ring.private["k1"], b"another secret under the name of the old one"
    (ring.folder / "k1.key").write_bytes(ring.private["k1"])
    clock.move(SECONDS)
    with pytest.raises(Denied) as denied:
        embed.exchange("k1", "usage", link_token(ring, claims=early, key=old), public_url=PUBLIC)
    assert denied.value.reason is Reason.EMBED_TOKEN
    assert lives(embed, opened(embed, ring, "k1"))


@pytest.mark.parametrize("kid", ["k1", "k2"])
def test_s15_a_key_file_that_is_gone_or_spoilt_is_told_by_readyz(ring: Ring, clock: HandClock, kid: str) -> None:
    embed = ring.add("k2", "EdDSA").open(clock)
    for name in (member for member in ring.records[kid].values() if str(member).endswith((".key", ".pem"))):
        path = ring.folder / str(name)
        good = path.read_bytes()
        for spoil in (path.unlink, lambda path=path: path.write_bytes(b"short")):
            spoil()
            clock.move(SECONDS)
            assert embed.problems() == ("embed_keys",)
            assert lives(embed, opened(embed, ring, kid, number=int(clock.monotonic())))
        path.write_bytes(good)
        clock.move(SECONDS)
        assert embed.problems() == ()
