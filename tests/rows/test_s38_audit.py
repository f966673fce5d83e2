"""S38: every denial leaves exactly one line in the audit log, with the request's id, the reason, a hash of who it was
and the account, and without a token or a name; so does every file that is handed out, every link that is made and every
embed that is opened. A new kind of denial is one more line in ``DENIALS``."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from access.audit import hashed
from access.denied import Reason
from data.scope import LOCAL
from tests.embeds import PUBLIC, Ring, claims, link_token
from tests.rows.behind import PLAIN, POLICY, Behind, behind
from tests.rows.identities import ANA, BEN, SECRET, audited
from tests.rows.marked import SEARCH, TOKEN, MarkedSandbox, marked
from tests.rows.recorder import Driver, record
from tests.rows.worlds import cs_app

A, B = marked("A"), marked("B")
EVE, VIEWER = "eve@acme.example", "vic@acme.example"
FIELDS = {"event", "reason", "subject", "customer", "status", "route", "request_id"}
LINK_VIEWER, LINK_SUBJECT = "viewer-17", "k1:viewer-17"
Line = dict[str, Any]


@dataclass(frozen=True)
class World:
    """The site with both kinds of people: those who sign in, and those who look at an embed."""

    site: Behind
    ring: Ring

    def get(self, path: str, email: str = ANA, *, peer: str = "", **headers: str) -> TestResponse:
        sent = {
            **PLAIN,
            "X-Forwarded-Email": email,
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        return self.site.ask(path, peer=peer, headers=sent)

    def post(self, path: str, body: object, email: str = ANA, **headers: str) -> TestResponse:
        sent = {
            **PLAIN,
            "X-Forwarded-Email": email,
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        return self.site.ask(path, "POST", json=body, headers=sent)

    def frame(self, path: str, session: str = "", method: str = "GET", **more: Any) -> TestResponse:
        sent = {"Authorization": f"Bearer {session}"} if session else {}
        return self.site.ask(path, method, headers=sent, **more)

    def link(self, **changes: Any) -> str:
        return link_token(self.ring, claims=claims(datetime.now(UTC), **{"cus": A.id, "sub": LINK_VIEWER, **changes}))

    def open(self, token: str) -> TestResponse:
        return self.site.ask("/embed/k1/usage/session", "POST", json={"token": token})


@pytest.fixture(scope="module")
def world(shared_marked: MarkedSandbox, tmp_path_factory: pytest.TempPathFactory) -> World:
    folder: Path = tmp_path_factory.mktemp("audit")
    ring = Ring(folder).add("k1").write()
    policy = POLICY.replace("users:\n", f'users:\n  {VIEWER}: {{customers: ["{A.id}"]}}\n')
    embeds = {"BURNBOARD_AUTH": "proxy+embed", "BURNBOARD_EMBED_KEYS_FILE": str(ring.path),
              "BURNBOARD_PUBLIC_URL": PUBLIC}  # fmt: skip
    return World(behind(folder, shared_marked, policy=policy, **embeds), ring)


@dataclass(frozen=True)
class Denial:
    """Something that is denied, and what the log has to say about it."""

    do: Callable[[World], TestResponse]
    reason: Reason
    status: int
    subject: str = ""
    customer: str = ""
    also: frozenset[Reason] = field(default_factory=frozenset)


DENIALS: dict[str, Denial] = {
    "around the proxy": Denial(lambda world: world.get("/", peer="127.0.0.1"), Reason.UNTRUSTED_PEER, 401),
    "without the secret": Denial(lambda world: world.get("/", X_Proxy_Auth=""), Reason.BAD_SECRET, 401),
    "with another secret": Denial(lambda world: world.get("/", X_Proxy_Auth="x" * 45), Reason.BAD_SECRET, 401),
    "nobody": Denial(lambda world: world.get("/", ""), Reason.NO_IDENTITY, 401),
    "two at once": Denial(lambda world: world.get("/", f"{ANA},{BEN}"), Reason.ODD_IDENTITY, 401),
    "somebody without accounts": Denial(lambda world: world.get("/", EVE), Reason.NO_ACCOUNTS, 403, EVE),
    "a page of another account": Denial(
        lambda world: world.get(f"/accounts/{B.id}/proof"), Reason.ACCOUNT, 403, ANA, B.id
    ),
    "a page that was taken away": Denial(
        lambda world: world.get(f"/accounts/{B.id}", BEN), Reason.ACCOUNT, 403, BEN, B.id
    ),
    "a file of another account": Denial(
        lambda world: world.get(f"/accounts/{B.id}/ledger.csv"), Reason.ACCOUNT, 403, ANA, B.id
    ),
    "a document of another account": Denial(
        lambda world: world.get(f"/accounts/{B.id}/invoices/{B.invoices[0]}.pdf"), Reason.ACCOUNT, 403, ANA, B.id
    ),
    "a file without the right": Denial(
        lambda world: world.get(f"/accounts/{A.id}/usage.csv", VIEWER), Reason.RIGHT, 403, VIEWER, A.id
    ),
    "a page without the right": Denial(
        lambda world: world.get(f"/accounts/{A.id}/customer-view"), Reason.RIGHT, 403, ANA, A.id
    ),
    "a link without the right": Denial(
        lambda world: world.post(f"/accounts/{A.id}/embed-link", {"dashboard": "usage"}), Reason.RIGHT, 403, ANA, A.id
    ),
    "a link to another account": Denial(
        lambda world: world.post(f"/accounts/{B.id}/embed-link", {"dashboard": "usage"}, BEN),
        Reason.ACCOUNT, 403, BEN, B.id,
    ),
    "another site": Denial(
        lambda world: world.post("/_dash-update-component", {}, Origin="https://evil.example"),
        Reason.CROSS_SITE, 403, ANA,
    ),
    "a frame without a session": Denial(lambda world: world.frame("/embed/_dash-layout"), Reason.NO_IDENTITY, 401),
    "a frame with a made-up session": Denial(
        lambda world: world.frame("/embed/_dash-layout", "eyJhbGciOiJIUzI1NiJ9.e30.MARK"), Reason.EMBED_TOKEN, 401,
    ),
    "somebody's identity at a frame": Denial(lambda world: world.get("/embed/_dash-layout"), Reason.NO_IDENTITY, 401),
    "a file of a frame without a session": Denial(
        lambda world: world.frame(f"/embed/accounts/{A.id}/usage.csv"), Reason.NO_IDENTITY, 401, "", A.id
    ),
    "a made-up link": Denial(lambda world: world.open("eyJhbGciOiJIUzI1NiJ9.e30.MARK"), Reason.EMBED_TOKEN, 401),
    "a link that has ended": Denial(
        lambda world: world.open(world.link(iat=1_700_000_000, exp=1_700_000_600)),
        Reason.EMBED_EXPIRED, 401, LINK_SUBJECT, A.id,
        also=frozenset({Reason.EMBED_TOKEN}),
    ),
    "a renewal without a session": Denial(
        lambda world: world.site.ask("/embed/k1/usage/renew", "POST", json={}), Reason.NO_IDENTITY, 401,
        also=frozenset({Reason.EMBED_TOKEN}),
    ),
}  # fmt: skip


def assert_clean(lines: list[Line]) -> None:
    """Nothing in a line is a token, a name or a query."""
    text = json.dumps(lines)
    names = (ANA, BEN, EVE, VIEWER, "acme", SECRET, TOKEN, "eyJ", "MARK_", "127.0.0.1", "Bearer", "?")
    assert not [one for one in names if one in text], text


@pytest.mark.parametrize("name", DENIALS)
def test_s38_every_denial_is_one_line(world: World, name: str) -> None:
    denial = DENIALS[name]
    with audited() as lines:
        answer = denial.do(world)
    assert answer.status_code == denial.status
    assert len(lines) == 1, lines
    (line,) = lines
    assert set(line) == FIELDS
    assert line["event"] == "denied"
    assert line["reason"] in {denial.reason, *denial.also}
    assert (line["status"], line["customer"]) == (denial.status, denial.customer)
    assert line["subject"] == hashed(denial.subject)
    assert (
        line["request_id"] == answer.get_json()["request_id"] == answer.headers.get("X-Request-Id", line["request_id"])
    )
    assert_clean(lines)


def test_s38_what_is_refused_in_place_is_told_once_too(world: World, shared_marked: MarkedSandbox) -> None:
    """Panels, drawers and heads show a denial instead of failing: each callback that is asked for B tells one line, and
    is answered 200 or 403, never 500; the ones that concern no account tell none."""
    app = cs_app(shared_marked, LOCAL)
    bodies = {one.output: one.body for one in record(Driver(app=app, client=app.server.test_client(), own=B)).values()}
    told = 0
    for output, body in bodies.items():
        assert (A.id in json.dumps(body)) is False
        with audited() as lines:
            answer = world.post("/_dash-update-component", body)
        assert answer.status_code in {200, 204, 403}, (output, answer.text)
        assert "MARK_B" not in answer.text
        assert len(lines) <= 1, output
        shows = "Not yours to see" in answer.text or "not open to you" in answer.text or answer.status_code == 403
        assert len(lines) == 1 or not shows, output
        assert [(line["reason"], line["customer"], line["subject"]) for line in lines] in (
            [], [(Reason.ACCOUNT, B.id, hashed(ANA))],
        )  # fmt: skip
        assert_clean(lines)
        told += len(lines)
    assert told >= 12


def test_s38_whoever_asks_too_often_is_one_line_until_they_pause(shared_marked: MarkedSandbox, tmp_path: Path) -> None:
    site = behind(tmp_path, shared_marked, BURNBOARD_VIEWER_RATE="1")
    with audited() as lines:
        answers = [site.as_ana(f"/accounts/{A.id}") for _ in range(12)]
        others = site.ask("/", headers={**PLAIN, "X-Forwarded-Email": BEN})
    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(refused) >= 6
    assert others.status_code == 200
    (line,) = lines
    assert set(line) == FIELDS
    assert (line["reason"], line["status"], line["customer"]) == (Reason.TOO_MANY, 429, A.id)
    assert line["subject"] == hashed(ANA)
    assert line["request_id"] == refused[0].get_json()["request_id"]
    assert_clean(lines)


def test_s38_a_document_is_named_in_its_line(world: World) -> None:
    invoice = A.invoices[0]
    with audited() as lines:
        assert world.get(f"/accounts/{A.id}/invoices/{invoice}.pdf").status_code == 200
        assert world.get(f"/accounts/{A.id}/ledger.csv").status_code == 200
    assert [(line["file"], line["invoice"]) for line in lines] == [
        ("download_pdf", invoice),
        ("download_ledger_csv", ""),
    ]


def test_s38_files_links_and_openings_are_told_once(world: World) -> None:
    with audited() as lines:
        assert world.get(f"/accounts/{A.id}/ledger.csv").status_code == 200
        made = world.post(f"/accounts/{A.id}/embed-link", {"dashboard": "usage"}, BEN)
        assert made.status_code == 200
        opened = world.open(world.link())
        assert opened.status_code == 200
        session = opened.get_json()["session"]
        assert world.frame("/embed/k1/usage/renew", session, "POST", json={}).status_code == 200
        assert world.frame("/embed/_dash-layout", session).status_code == 200
        assert world.get(f"/accounts/{A.id}/nothing.csv{SEARCH}").status_code == 404
    assert [line["event"] for line in lines] == ["exported", "minted", "opened", "opened"]
    assert [line["customer"] for line in lines] == [A.id] * 4
    assert [line["subject"] for line in lines[:2]] == [hashed(ANA), hashed(BEN)]
    assert all(line["request_id"] for line in lines)
    assert_clean(lines)


@pytest.mark.parametrize("viewer", [LINK_VIEWER, None])
def test_s38_the_lines_of_one_embed_belong_together(world: World, viewer: str | None) -> None:
    """Whether the host names who looks or not: opened, renewed, exported and denied are told of one subject, and of the
    link that it came by."""
    link = f"a-link-of-{viewer or 'nobody'}"
    files = f"/embed/accounts/{A.id}/usage.csv?from=2026-11-01&to=2026-11-10"
    with audited() as lines:
        token = world.link(sub=viewer, jti=link, opt={"export": True})
        session = world.open(token).get_json()["session"]
        session = world.frame("/embed/k1/usage/renew", session, "POST", json={}).get_json()["session"]
        assert world.frame(files, session).status_code == 200
        assert world.frame(files.replace(A.id, B.id), session).status_code == 403
        assert world.frame("/embed/k1/spend/renew", session, "POST", json={}).status_code == 401
        assert world.open(token).status_code == 200
    assert [line["event"] for line in lines] == ["opened", "opened", "exported", "denied", "denied", "opened"]
    assert {line["subject"] for line in lines} == {hashed(f"k1:{viewer or link}")}
    assert {line["link"] for line in lines if line["event"] == "opened"} == {hashed(link)}
    assert_clean(lines)
