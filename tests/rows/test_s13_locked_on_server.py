"""S13, the server's side: what a link locks cannot be said by query, body or header; and it arrives in the scope whole.
That nothing outside the bounds is asked upstream, and that no byte is exported, is shown with the frame's own row."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from access.embed.names import LOCKED
from access.embed.options import refuse_locked_query
from data.errors import BadQuery
from data.scope import AccessDenied, Bounds, Right
from tests.embeds import A, B, HandClock, Ring, claims, embed_server, link_token

OPTIONS: dict[str, Any] = {
    "hidden": ["spend"], "earliest": "2026-01-01", "latest": "2026-10-31", "max_days": 31,
    "invoices": {"statuses": ["FINALIZED"], "billable": True}, "balances": {"hide_names": True},
    "group_names": {"region": {"name": "Where", "values": {"us": "America"}}}, "colours": {"Gray_dark": "#112233"},
}  # fmt: skip


@pytest.fixture
def ring(tmp_path: Path) -> Ring:
    return Ring(tmp_path).add("k1")


@pytest.fixture
def client(ring: Ring) -> FlaskClient:
    return embed_server(ring.open(HandClock())).test_client()


def exchange(client: FlaskClient, ring: Ring, *, query: str = "", **body: Any) -> Any:
    token = link_token(ring, claims=claims(dash="account", theme="dark", opt=OPTIONS))
    return client.post(f"/embed/k1/account/session{query}", json={"token": token, **body})


def test_s13_a_session_says_what_the_link_fixed(client: FlaskClient, ring: Ring) -> None:
    told = exchange(client, ring).get_json()
    assert told["customer_id"] == A
    assert told["panels"] == ["burndown", "headline", "invoices", "usage"]
    assert told["bounds"] == {"earliest": "2026-01-01", "latest": "2026-10-31", "max_days": 31}
    assert (told["export"], told["theme"], told["colours"]) == (False, "dark", {"Gray_dark": "#112233"})


def test_s13_the_scope_of_a_session_holds_all_of_it(ring: Ring) -> None:
    embed = ring.open(HandClock())
    token = link_token(ring, claims=claims(dash="account", opt=OPTIONS))
    opened = embed.exchange("k1", "account", token, public_url="https://billing.example/")
    for session in (opened.session, embed.renew(opened.session, kid="k1", dashboard="account").session):
        scope = embed.gate.admit({"HTTP_AUTHORIZATION": f"Bearer {session}"})
        assert scope.customers == {A}
        assert scope.locked.bounds == Bounds(earliest=date(2026, 1, 1), latest=date(2026, 10, 31), max_days=31)
        assert scope.locked.invoices.statuses == {"FINALIZED"}
        assert scope.locked.balances.hide_names
        assert scope.locked.group_names[0].values == (("us", "America"),)
        assert not scope.may(Right.EXPORT)
        with pytest.raises(AccessDenied):
            scope.require(B)
        with pytest.raises(AccessDenied):
            scope.require_panel("spend")


@pytest.mark.parametrize("name", sorted(LOCKED))
def test_s13_no_locked_name_is_taken_by_query_or_body(client: FlaskClient, ring: Ring, name: str) -> None:
    session = exchange(client, ring).get_json()["session"]
    bearer = {"Authorization": f"Bearer {session}"}
    answers = [
        exchange(client, ring, query=f"?{name}=x"),
        client.post(f"/embed/k1/account/renew?{name}=x", headers=bearer),
        client.post("/embed/k1/account/renew", headers=bearer, json={name: "x"}),
    ]
    if name != "token":
        answers.append(exchange(client, ring, **{name: "x"}))
    assert {answer.status_code for answer in answers} == {400}
    assert all(A not in answer.text and "session" not in answer.get_json() for answer in answers)
    for spelling in (name, name.upper(), f"range=last30d&{name}"):
        with pytest.raises(BadQuery):
            refuse_locked_query(f"?{spelling}=x")


@pytest.mark.parametrize("query", ["", "?range=last30d&window=day&group=region", "?from=2026-01-01&to=2026-01-31"])
def test_s13_what_a_viewer_may_change_passes(query: str) -> None:
    refuse_locked_query(query)


def test_s13_nothing_but_the_session_decides(client: FlaskClient, ring: Ring) -> None:
    """Headers that would mean something to the other app, cookies and a second bearer mean nothing here."""
    session = exchange(client, ring).get_json()["session"]
    others = {"X-Forwarded-Email": "ana@acme.example", "Cookie": "session=x", "X-Customer-Id": B}
    own = client.get("/scope", headers={"Authorization": f"Bearer {session}", **others}).text
    assert A in own
    assert B not in own
    for wrong in (None, "", "Bearer", f"bearer {session}", f"Bearer {session},Bearer {session}", "Basic YTpi"):
        headers = {**others, **({"Authorization": wrong} if wrong is not None else {})}
        assert client.get("/scope", headers=headers).text == "None"
