"""S16: a key opens only its customers, dashboards and origins."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from access.denied import Denied
from access.embed.minting import CannotMint, MintRequest
from access.embed.names import Dashboard
from access.embed.opening import EmbedAccess
from data.dashboards import Dashboard as Shown
from data.scope import ALL, AccessDenied, Bounds, Kind, Locked, Right, Scope
from server.embed_links import LinkSigner
from tests.embeds import PUBLIC, A, B, HandClock, Ring, audit_lines, claims, embed_server, link_token

ELSEWHERE = "https://elsewhere.example"


@pytest.fixture
def ring(tmp_path: Path) -> Ring:
    narrow: dict[str, Any] = {"customers": [A], "dashboards": ["usage"]}
    return Ring(tmp_path).add("k1", **narrow).add("k2", customers=[B], origins=[ELSEWHERE])


@pytest.fixture
def embed(ring: Ring) -> EmbedAccess:
    return ring.open(HandClock())


@pytest.fixture
def client(embed: EmbedAccess) -> FlaskClient:
    return embed_server(embed).test_client()


@pytest.mark.parametrize(
    "case",
    [
        ("k1", "usage", {"cus": B}, 401),
        ("k1", "usage", {"dash": "spend"}, 401),
        ("k1", "spend", {"dash": "spend"}, 404),
        ("k1", "spend", {}, 404),
        ("k1", "everything", {"dash": "everything"}, 404),
        ("k2", "usage", {}, 401),
        ("k2", "usage", {"iss": "k2", "cus": B}, 401),
        ("k3", "usage", {}, 401),
        ("k3", "usage", {"iss": "k3"}, 401),
    ],
)
def test_s16_a_link_for_anything_else_is_refused(
    client: FlaskClient, ring: Ring, caplog: pytest.LogCaptureFixture, case: tuple[str, str, dict[str, Any], int]
) -> None:
    kid, dashboard, said, status = case
    caplog.set_level("INFO", logger="burnboard.audit")
    token = link_token(ring, claims=claims(**said))
    answer = client.post(f"/embed/{kid}/{dashboard}/session", json={"token": token})
    assert answer.status_code == status
    assert "session" not in answer.get_json()
    assert [one["event"] for one in audit_lines(caplog)] == ["denied"]


def test_s16_the_link_that_the_key_is_for_opens(client: FlaskClient, ring: Ring) -> None:
    token = link_token(ring, claims=claims())
    told = client.post("/embed/k1/usage/session", json={"token": token}).get_json()
    assert told["customer_id"] == A
    assert told["origins"] == ["https://portal.example"]


def test_s16_only_registered_origins_are_named_and_unknown_addresses_are_none(embed: EmbedAccess) -> None:
    assert embed.origins("k1", "usage") == ("https://portal.example",)
    assert embed.origins("k2", "account") == (ELSEWHERE,)
    for kid, dashboard in (("k1", "spend"), ("k3", "usage"), ("k2", "nothing")):
        with pytest.raises(Denied) as denied:
            embed.origins(kid, dashboard)
        assert denied.value.status == 404


def test_s16_a_session_loses_what_its_key_loses(ring: Ring) -> None:
    clock = HandClock()
    embed = ring.open(clock)
    session = embed.exchange("k1", "usage", link_token(ring, claims=claims()), public_url=PUBLIC).session
    for record in ({"customers": [B], "dashboards": "all"}, {"customers": "all", "dashboards": ["spend"]}):
        ring.records["k1"] |= record
        ring.write()
        clock.move(2)
        with pytest.raises(Denied):
            embed.gate.admit({"HTTP_AUTHORIZATION": f"Bearer {session}"})
        with pytest.raises(Denied):
            embed.renew(session, kid="k1", dashboard="usage")


@pytest.mark.parametrize(
    ("kid", "customer", "dashboard"), [("k1", B, "usage"), ("k1", A, "spend"), ("k2", A, "usage"), ("k3", A, "usage")]
)
def test_s16_nothing_else_is_minted_either(
    embed: EmbedAccess, caplog: pytest.LogCaptureFixture, kid: str, customer: str, dashboard: str
) -> None:
    caplog.set_level("INFO", logger="burnboard.audit")
    request = MintRequest(
        kid=kid, customer_id=customer, dashboard=Dashboard(dashboard), public_url=PUBLIC, asker="ana", via="test"
    )
    with pytest.raises(CannotMint):
        embed.minter.mint(request)
    assert audit_lines(caplog) == []
    assert embed.minter.kids(A, Dashboard.USAGE) == ("k1",)


@pytest.mark.parametrize(
    "record", [{"status": "retiring"}, {"status": "revoked"}, {"not_after": "2026-11-20T12:00:00Z"}]
)
def test_s16_nothing_is_minted_with_a_key_that_goes(ring: Ring, record: dict[str, str]) -> None:
    embed = ring.add("k4", **record).add("k5", "ES256", signs=False).open(HandClock())
    for kid in ("k4", "k5"):  # of k5 the host alone has the private half
        with pytest.raises(CannotMint):
            embed.minter.mint(
                MintRequest(kid=kid, customer_id=A, dashboard=Dashboard.USAGE, public_url=PUBLIC, asker="a", via="test")
            )
    assert embed.minter.kids(A, Dashboard.USAGE) == ("k1",)


def test_s16_a_session_is_renewed_at_its_own_address_alone(client: FlaskClient, ring: Ring) -> None:
    token = link_token(ring, "k2", claims=claims(iss="k2", cus=B))
    session = client.post("/embed/k2/usage/session", json={"token": token}).get_json()["session"]
    bearer = {"Authorization": f"Bearer {session}"}
    for place in ("k2/spend", "k1/usage", "k3/usage"):
        assert client.post(f"/embed/{place}/renew", headers=bearer).status_code == 401
    assert client.post("/embed/k2/usage/renew", headers=bearer).status_code == 200


@pytest.mark.parametrize("may_export", [True, False])
def test_s16_a_link_from_a_page_gives_files_only_to_who_may_take_them(embed: EmbedAccess, may_export: bool) -> None:
    scope = minter_scope(export=may_export)
    url = LinkSigner(embed, prefix="/", public_url=PUBLIC)(scope, A, Shown.USAGE).url
    token = url.reveal().partition("#t=")[2]
    opened = embed.exchange("k1", "usage", token, public_url=PUBLIC)
    assert opened.export is may_export
    assert embed.gate.admit({"HTTP_AUTHORIZATION": f"Bearer {opened.session}"}).may(Right.EXPORT) is may_export


@pytest.mark.parametrize(
    "less",
    [
        {"customers": frozenset({B})}, {"customers": ALL, "denied": frozenset({A})}, {"rights": {Right.VIEW}},
        {"rights": {Right.MINT_EMBED}}, {"locked": Locked(bounds=Bounds(earliest=date(2026, 1, 1)))},
        {"locked": Locked(panels=frozenset({"usage"}))},
    ],
    ids=str,
)  # fmt: skip
def test_s16_nobody_hands_on_more_than_they_see(
    embed: EmbedAccess, caplog: pytest.LogCaptureFixture, less: dict[str, Any]
) -> None:
    """A link opens the whole account: who sees a part of it, or is to see nothing of it, signs none."""
    caplog.set_level("INFO", logger="burnboard.audit")
    for customer in (A, A.upper()):
        with pytest.raises(AccessDenied):
            LinkSigner(embed, prefix="/", public_url=PUBLIC)(replace(minter_scope(), **less), customer, Shown.USAGE)
    assert audit_lines(caplog) == []


def minter_scope(*, export: bool = True) -> Scope:
    rights = {Right.VIEW, Right.MINT_EMBED} | ({Right.EXPORT} if export else set())
    return Scope(kind=Kind.PROXY, subject="ana", customers=frozenset({A}), rights=frozenset(rights))
