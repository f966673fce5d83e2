"""S14: expiry never widens. The clock is moved by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from access.denied import Denied, Reason
from access.embed.opening import EmbedAccess
from tests.embeds import A, HandClock, Ring, audit_lines, claims, embed_server, link_token

CS_HEADERS = {
    "X-Forwarded-Email": "ana@acme.example",
    "X-Auth-Request-Email": "ana@acme.example",
    "X-Pomerium-Jwt-Assertion": "eyJ.eyJ.x",
    "X-Proxy-Auth": "x" * 40,
}


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def ring(tmp_path: Path) -> Ring:
    return Ring(tmp_path).add("k1")


@pytest.fixture
def embed(ring: Ring, clock: HandClock) -> EmbedAccess:
    return ring.open(clock, session_seconds=3)


@pytest.fixture
def client(embed: EmbedAccess) -> FlaskClient:
    return embed_server(embed).test_client()


def opened(client: FlaskClient, ring: Ring, **more: Any) -> dict[str, Any]:
    token = link_token(ring, claims=claims(**more))
    answer = client.post("/embed/k1/usage/session", json={"token": token})
    assert answer.status_code == 200, answer.text
    return dict(answer.get_json())


@pytest.mark.parametrize("others", [{}, CS_HEADERS], ids=["alone", "beside a signed-in person"])
def test_s14_after_its_end_a_session_is_nobody(
    client: FlaskClient, ring: Ring, clock: HandClock, others: dict[str, str]
) -> None:
    bearer = {"Authorization": f"Bearer {opened(client, ring)['session']}", **others}
    assert A in client.get("/scope", headers=bearer).text
    clock.move(4)
    assert client.get("/scope", headers=bearer).text == "None"
    answer = client.post("/embed/k1/usage/renew", headers=bearer)
    assert answer.status_code == 401
    assert answer.mimetype == "application/problem+json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert A not in answer.text


def test_s14_a_link_that_is_over_opens_nothing(client: FlaskClient, ring: Ring, clock: HandClock) -> None:
    token = link_token(ring, claims=claims())
    clock.move(600 + 29)
    assert client.post("/embed/k1/usage/session", json={"token": token}).status_code == 200
    clock.move(1)
    assert client.post("/embed/k1/usage/session", json={"token": token}).status_code == 401


def test_s14_renewing_keeps_what_is_locked_and_ends_at_the_end(
    embed: EmbedAccess, client: FlaskClient, ring: Ring, clock: HandClock
) -> None:
    told = opened(client, ring, max=60)
    assert (told["expires_in"], told["ends_in"]) == (3, 60)
    first = embed.gate.admit({"HTTP_AUTHORIZATION": f"Bearer {told['session']}"})
    for _ in range(29):
        clock.move(2)
        told = client.post("/embed/k1/usage/renew", headers={"Authorization": f"Bearer {told['session']}"}).get_json()
        assert embed.gate.admit({"HTTP_AUTHORIZATION": f"Bearer {told['session']}"}) == first
    assert (told["expires_in"], told["ends_in"]) == (2, 2)
    clock.move(2)
    with pytest.raises(Denied) as denied:
        embed.renew(told["session"], kid="k1", dashboard="usage")
    assert (denied.value.reason, denied.value.status) == (Reason.EMBED_ENDED, 401)


def test_s14_sessions_are_no_links_and_links_no_sessions(client: FlaskClient, ring: Ring) -> None:
    session, link = opened(client, ring)["session"], link_token(ring, claims=claims())
    assert client.post("/embed/k1/usage/session", json={"token": session}).status_code == 401
    assert client.get("/scope", headers={"Authorization": f"Bearer {link}"}).text == "None"
    assert client.post("/embed/k1/usage/renew", headers={"Authorization": f"Bearer {link}"}).status_code == 401


def test_s14_a_session_belongs_to_the_process_that_signs(ring: Ring, clock: HandClock, client: FlaskClient) -> None:
    """Another session key, as after a restart without a file, knows none of the sessions from before."""
    session = opened(client, ring)["session"]
    with pytest.raises(Denied):
        ring.open(clock).gate.admit({"HTTP_AUTHORIZATION": f"Bearer {session}"})


def test_s14_every_refusal_leaves_one_line(
    client: FlaskClient, ring: Ring, clock: HandClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="burnboard.audit")
    session = opened(client, ring, sub="viewer-7")["session"]
    clock.move(4)
    client.post("/embed/k1/usage/renew", headers={"Authorization": f"Bearer {session}"})
    lines = audit_lines(caplog)
    assert [one["event"] for one in lines] == ["opened", "denied"]
    assert (lines[1]["reason"], lines[1]["customer"], lines[1]["status"]) == ("embed_expired", A, 401)
    assert lines[0]["subject"] == lines[1]["subject"] != ""
    assert "viewer-7" not in caplog.text
    assert "eyJ" not in caplog.text
