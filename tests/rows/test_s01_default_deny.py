"""S1: every route is denied unless it says otherwise. Both route tables are walked without an identity, and what says
nothing about itself is denied too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.routing import Rule

from data.scope import LOCAL
from server.guard import Open, guard_routes, needs_of_pages
from server.identity import SCOPE
from tests.rows.behind import Behind, behind, embed_settings
from tests.rows.identities import audited
from tests.rows.marked import MarkedSandbox, marked

METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS")
MOST_PUBLIC = 8
REFUSED = {401, 403, 404, 405, 415}


@pytest.fixture
def site(tmp_path: Path, api: MarkedSandbox) -> Behind:
    return behind(tmp_path, api, **embed_settings(tmp_path))


def address_of(rule: Rule) -> str:
    """An address that the rule takes, of account A wherever there is an account in it."""
    known = {"customer_id": marked("A").id, "invoice_id": marked("A").invoices[0], "kid": "k1", "dashboard": "usage",
             "path": "k1/usage" if "embed" in rule.rule else f"accounts/{marked('A').id}", "package_name": "dash",
             "fingerprinted_path": "dash-renderer/build/dash_renderer.min.js",
             "filename": "20-base.css"}  # fmt: skip
    return re.sub(r"<(?:[a-z]+:)?([a-z_]+)>", lambda found: known[found[1]], rule.rule)


def routes(server: Flask) -> Iterator[tuple[Rule, str, str]]:
    for rule in server.url_map.iter_rules():
        for method in METHODS:
            yield rule, address_of(rule), method


def test_s01_nobody_gets_anything_but_the_few_public_routes(site: Behind, api: MarkedSandbox) -> None:
    public, walked = {"/livez", "/readyz"}, 0
    assert set(site.servers) == {"pages", "embeds"}
    for server in site.servers.values():
        for rule, address, method in routes(server):
            answer = site.ask(address, method, json={} if method == "POST" else None)
            walked += 1
            assert b"MARK_" not in answer.data, (address, method)
            if answer.status_code not in REFUSED:
                assert answer.status_code in {200, 204, 304, 400}, (address, method, answer.status_code)
                public.add(rule.rule)
    assert walked > 150
    assert 5 < len(public) <= MOST_PUBLIC, public
    assert not any("accounts" in rule or "update-component" in rule for rule in public)
    assert api.requests.all() == []


def test_s01_what_is_public_says_so_in_its_table_and_the_pages_have_none(site: Behind) -> None:
    assert not [need for need in needs_of_pages("/").values() if isinstance(need, Open)]
    for address in ("/", "/_dash-layout", "/assets/20-base.css", "/health", "/_favicon.ico", "/nowhere"):
        assert site.ask(address).status_code == 401
        assert site.as_ana(address).status_code in {200, 404}


def test_s01_every_route_is_classified(site: Behind) -> None:
    """With every right, a route that its table does not name would still be denied; none is."""
    table = needs_of_pages("/")
    endpoints = {rule.endpoint for rule in site.servers["pages"].url_map.iter_rules()}
    assert endpoints == set(table)
    with audited() as lines:
        for server in site.servers.values():
            for _, address, method in routes(server):
                body = {} if method == "POST" else None
                server.test_client().open(address, method=method, json=body, buffered=True)
    assert {line["reason"] for line in lines} & {"unclassified", "undecided", "failed"} == set()


def test_s01_a_new_route_without_a_word_about_itself_is_denied() -> None:
    server = Flask("new", static_folder=None)
    guard_routes(server, {"known": Open.PUBLIC})
    for name in ("known", "forgotten"):
        server.add_url_rule(f"/{name}", name, lambda: "MARK")
    everything = {SCOPE: LOCAL}
    with audited() as lines:
        assert server.test_client().get("/known").status_code == 200
        answer = server.test_client().get("/forgotten", environ_overrides=everything)
        assert server.test_client().get("/forgotten").status_code == 403
    assert (answer.status_code, "MARK" in answer.text) == (403, False)
    assert [line["reason"] for line in lines] == ["unclassified", "undecided"]
