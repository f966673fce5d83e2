"""The layer around the app and the guard inside it: what is decided where, and how it is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask, request

from access.denied import Denied, Moved, Reason
from access.peer import Peer
from data.scope import LOCAL, AccessDenied, Kind, Right, Scope
from data.settings import Settings
from server.guard import Open, current_scope, guard_routes, note_denial
from server.identity import Identity, identify
from server.problems import answer_errors
from tests.rows.identities import audited

A = "aaaaaaaa-0000-4000-8000-000000000000"
NEEDS = {"open": Open.PUBLIC, "own": Open.OWN, "page": Right.VIEW, "file": Right.EXPORT, "asks": Right.VIEW,
         "twice": Right.VIEW, "later": Open.OWN, "sent": Right.VIEW}  # fmt: skip


@dataclass
class Fixed:
    """Decides the same about everybody."""

    outcome: Scope | Exception

    def admit(self, _environ: Mapping[str, Any]) -> Scope:
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


def scope(*rights: Right) -> Scope:
    return Scope(kind=Kind.PROXY, subject="ana@acme.example", customers=frozenset({A}), rights=frozenset(rights))


def server(outcome: Scope | Exception, **around: Any) -> Flask:
    app = Flask("guarded", static_folder=None)
    answer_errors(app)
    guard_routes(app, NEEDS, home="/home/")

    def asks() -> str:
        current_scope().require("bbbbbbbb-0000-4000-8000-000000000000")
        return "MARK"

    def twice() -> str:
        for what in (AccessDenied(A), AccessDenied("usage")):
            note_denial(what)
        return "shown in place"

    def later() -> str:
        raise Denied(Reason.EMBED_STORE, status=503)

    def seen() -> dict[str, Any]:
        return {name: str(value) for name, value in request.environ.items() if name.startswith("HTTP_")}

    routes: dict[str, Any] = {"open": seen, "own": seen, "page": lambda: "MARK", "asks": asks, "twice": twice,
                              "later": later, "sent": lambda: "MARK"}  # fmt: skip
    for name, view in routes.items():
        app.add_url_rule(f"/{name}", name, view, methods=["POST"] if name == "sent" else ["GET"])
    app.add_url_rule("/file/<customer_id>", "file", lambda **_: "MARK")
    app.wsgi_app = Identity(app.wsgi_app, Fixed(outcome), **around)  # type: ignore[method-assign]
    return app


@pytest.mark.parametrize(
    ("path", "status"),
    [("/open", 200), ("/own", 200), ("/page", 200), (f"/file/{A}", 403), ("/nowhere", 404), ("/sent", 405)],
)
def test_each_route_gets_what_it_needs(path: str, status: int) -> None:
    assert server(scope(Right.VIEW)).test_client().get(path).status_code == status


@pytest.mark.parametrize("path", ["/page", f"/file/{A}", "/nowhere", "/sent", "/asks"])
def test_nobody_learns_whether_there_is_such_a_route(path: str) -> None:
    with audited() as lines:
        answer = server(Denied(Reason.NO_IDENTITY, status=401)).test_client().get(path)
    assert (answer.status_code, answer.content_type) == (401, "application/problem+json")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert [line["reason"] for line in lines] == ["no_identity"]


def test_an_error_while_deciding_is_a_denial_and_nothing_runs() -> None:
    with audited() as lines:
        answer = server(RuntimeError("MARK_DETAIL")).test_client().get("/page")
    assert answer.status_code == 500
    assert "MARK" not in answer.text
    assert [line["reason"] for line in lines] == ["failed"]


def test_browsers_get_a_page_and_somebody_who_is_known_a_way_on() -> None:
    html = {"Accept": "text/html,*/*;q=0.8"}
    known = server(scope(Right.VIEW)).test_client().get("/asks", headers=html)
    unknown = server(Denied(Reason.NO_START_TOKEN, "<b>Open</b> it.")).test_client().get("/asks", headers=html)
    assert (known.status_code, unknown.status_code) == (403, 403)
    assert 'href="/home/"' in known.text
    assert "href" not in unknown.text
    assert "&lt;b&gt;Open" in unknown.text
    assert known.headers["Vary"] == "Accept"


def test_several_denials_of_one_request_are_one_line() -> None:
    with audited() as lines:
        assert server(scope(Right.VIEW)).test_client().get("/twice").text == "shown in place"
    assert [(line["reason"], line["customer"]) for line in lines] == [("account", A)]


def test_a_denial_on_the_way_is_answered_and_told() -> None:
    with audited() as lines:
        answer = server(scope()).test_client().get("/later")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert [line["reason"] for line in lines] == ["embed_store"]


def test_a_file_is_told_once_it_is_handed_out() -> None:
    with audited() as lines:
        client = server(scope(Right.VIEW, Right.EXPORT)).test_client()
        assert client.get(f"/file/{A}").status_code == 200
        assert client.head(f"/file/{A}").status_code == 200
    assert [(line["event"], line["customer"], line["file"], line["kind"]) for line in lines] == [
        ("exported", A, "file", "proxy")
    ]


def test_a_start_address_leads_on_without_what_opened_it() -> None:
    answer = server(Moved("/page?range=ytd", "a=b; HttpOnly")).test_client().get("/page?token=x&range=ytd")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/page?range=ytd")
    assert answer.headers["Set-Cookie"] == "a=b; HttpOnly"


@pytest.mark.parametrize(
    ("how", "status"),
    [
        ({"json": {}}, 200),
        ({}, 200),
        ({"data": "{}", "content_type": "text/plain"}, 415),
        ({"data": {"a": "b"}}, 415),
        ({"data": "{}"}, 415),
        ({"json": {}, "headers": {"Origin": "https://evil.example"}}, 403),
        ({"json": {}, "headers": {"Cookie": "a=b"}}, 403),
        ({"json": {}, "headers": {"Cookie": "a=b", "Origin": "http://localhost"}}, 200),
    ],
)
def test_what_is_sent_is_json_and_from_here(how: dict[str, Any], status: int) -> None:
    assert server(LOCAL).test_client(use_cookies=False).post("/sent", **how).status_code == status


def test_no_route_tells_another_site_what_it_may_send() -> None:
    client = server(Denied(Reason.NO_IDENTITY, status=401)).test_client()
    assert [client.options(path).status_code for path in ("/open", "/own", "/page", "/sent")] == [405, 405, 401, 401]
    assert not [name for name, _ in client.options("/open").headers if name.startswith("Access-Control")]


def test_only_the_proxy_says_where_a_request_came_from_and_a_kept_header_stays() -> None:
    headers = {"X-Forwarded-For": "192.0.2.9", "X-Forwarded-Email": "a@x", "Authorization": "Bearer x", "Accept": "*/*"}
    seen = server(LOCAL, peer=Peer(socket=True), keep=("Authorization",)).test_client()
    for peer in ("", "127.0.0.1"):
        told = seen.get("/open", headers=headers, environ_overrides={"REMOTE_ADDR": peer}).get_json()
        assert told.keys() >= {"HTTP_AUTHORIZATION", "HTTP_ACCEPT"}
        assert not [name for name in told if "FORWARD" in name]


def test_what_a_request_brings_is_never_taken_for_a_decision() -> None:
    forged = {"burnboard.scope": LOCAL, "burnboard.denied": None}
    answer = server(Denied(Reason.NO_IDENTITY, status=401)).test_client().get("/page", environ_overrides=forged)
    assert answer.status_code == 401


def test_outside_a_request_there_is_nobody() -> None:
    with pytest.raises(AccessDenied):
        current_scope()


def test_the_header_that_the_settings_name_is_not_seen_behind_the_gate() -> None:
    app = server(scope(Right.VIEW), also=("X-Jwt",))
    sent = app.test_client().get("/open", headers={"X-Jwt": "MARK", "X-Other": "kept"}).get_json()
    assert sent.get("HTTP_X_OTHER") == "kept"
    assert "MARK" not in str(sent)


def test_identify_takes_the_name_from_the_settings() -> None:
    app = Flask("named", static_folder=None)
    app.add_url_rule("/open", "open", lambda: {key: str(request.environ[key]) for key in request.environ})
    settings = Settings.from_env({"BURNBOARD_IDENTITY": "oidc", "BURNBOARD_IDENTITY_HEADER": "X-Jwt"})
    identify(app, Fixed(scope(Right.VIEW)), settings)
    assert "MARK" not in app.test_client().get("/open", headers={"X-Jwt": "MARK"}).text
