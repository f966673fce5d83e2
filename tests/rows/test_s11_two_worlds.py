"""S11: embeds and the app are separate worlds, in one process. A session of an embed opens nothing of the app, somebody
who signed in nothing of the embeds; what one side answers the other does not know; with both credentials each side
still reads only its own. Nothing is run and nothing is asked upstream."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from access.embed.names import PANELS, Dashboard
from callbacks.downloads import FILES
from callbacks.embed.downloads import OFFERED_BY
from tests.embeds import PUBLIC, Ring, claims, link_token
from tests.rows.behind import PLAIN, Behind, behind
from tests.rows.identities import BEN
from tests.rows.marked import SEARCH, MarkedSandbox, foreign_marks, marked
from tests.rows.recorder import ROUTE, Recorded, record
from tests.rows.worlds import Apps, apps_of

A, B = marked("A"), marked("B")
ANA_SIGNED_IN, BEN_SIGNED_IN = PLAIN, {**PLAIN, "X-Forwarded-Email": BEN}
REFUSED = {400, 401, 403, 404, 405, 415}
Headers = dict[str, str]


@dataclass(frozen=True)
class Site:
    """The whole site in ``proxy+embed``, and a host that signs links for it."""

    behind: Behind
    ring: Ring

    def link(self, customer: str, dashboard: str, **opt: Any) -> str:
        now = datetime.now(UTC)
        more = {"cus": customer, "dash": dashboard, "jti": uuid.uuid4().hex, **({"opt": opt} if opt else {})}
        return link_token(self.ring, claims=claims(now, **more))

    def session(self, customer: str, dashboard: str, **opt: Any) -> Headers:
        answer = self.behind.ask(
            f"/embed/k1/{dashboard}/session", "POST", json={"token": self.link(customer, dashboard, **opt)}
        )
        assert answer.status_code == 200, answer.text
        return {"Authorization": f"Bearer {answer.get_json()['session']}"}

    def ask(self, path: str, method: str = "GET", *, headers: Headers, **more: Any) -> TestResponse:
        return self.behind.ask(path, method, headers=headers, **more)


@pytest.fixture(scope="module")
def site(shared_marked: MarkedSandbox, tmp_path_factory: pytest.TempPathFactory) -> Site:
    folder: Path = tmp_path_factory.mktemp("two-worlds")
    ring = Ring(folder).add("k1").write()
    env = {"BURNBOARD_AUTH": "proxy+embed", "BURNBOARD_EMBED_KEYS_FILE": str(ring.path), "BURNBOARD_PUBLIC_URL": PUBLIC}
    return Site(behind(folder, shared_marked, **env), ring)


@pytest.fixture(scope="module")
def bodies(shared_marked: MarkedSandbox) -> Iterator[dict[str, dict[str, Recorded]]]:
    """What pages of each app send, by output."""
    with apps_of(shared_marked) as apps:
        yield {name: record(apps.driver(name)) for name in Apps.NAMES}


def closed_routes(site: Site, server: str) -> list[tuple[str, str]]:
    """Every route of one of the servers that is not for everybody, and a method that it knows."""
    table = site.behind.servers[server].url_map
    rules = [(one.rule, "GET" if "GET" in (one.methods or ()) else "POST") for one in table.iter_rules()]
    public = (
        "/embed/assets",
        "/embed/_dash-component-suites",
        "/embed/_favicon",
        "/embed.",
        "/embed/<path",
        "/embed/<kid>",
    )
    named = [(rule, method) for rule, method in rules if not rule.startswith(public) and rule != "/embed/"]
    return [(_filled(rule), method) for rule, method in named]


def _filled(rule: str) -> str:
    ids = (
        rule.replace("<customer_id>", A.id)
        .replace("<invoice_id>", A.invoices[0])
        .replace("<path:path>", f"accounts/{A.id}")
    )
    script = ids.replace("<string:package_name>", "dash").replace("<path:fingerprinted_path>", "deps/react@18.min.js")
    return script.replace("<path:filename>", "10-tokens.css")


def test_s11_each_credential_opens_its_own_side(site: Site) -> None:
    """The positive control."""
    inside = site.session(A.id, "account", export=True)
    assert A.mark in site.ask(f"/embed/accounts/{A.id}/usage.csv{SEARCH}", headers=inside).text
    assert A.mark in site.ask(f"/accounts/{A.id}/usage.csv{SEARCH}", headers=ANA_SIGNED_IN).text
    assert site.ask("/_dash-layout", headers=ANA_SIGNED_IN).status_code == 200
    assert site.ask("/embed/_dash-layout", headers=inside).status_code == 200


@pytest.mark.parametrize("headers", [ANA_SIGNED_IN, BEN_SIGNED_IN, {}], ids=["ana", "ben", "nobody"])
def test_s11_who_signed_in_gets_nothing_of_the_embeds(
    site: Site, bodies: dict[str, dict[str, Recorded]], api: MarkedSandbox, headers: Headers
) -> None:
    routes = closed_routes(site, "embeds")
    assert len(routes) >= 10
    for path, method in routes:
        assert site.ask(path, method, headers=headers, json={} if method == "POST" else None).status_code in REFUSED, (
            path
        )
    for one in bodies["embed"].values():
        assert site.ask(f"/embed/{ROUTE}", "POST", headers=headers, json=one.body).status_code == 401
    assert api.lines == []


def test_s11_a_session_gets_nothing_of_the_app(
    site: Site, bodies: dict[str, dict[str, Recorded]], api: MarkedSandbox
) -> None:
    inside = site.session(A.id, "account", export=True)
    routes = closed_routes(site, "pages")
    assert len(routes) >= 18
    for path, method in routes:
        assert site.ask(path, method, headers=inside, json={} if method == "POST" else None).status_code == 401, path
    for one in bodies["cs"].values():
        assert site.ask(f"/{ROUTE}", "POST", headers=inside, json=one.body).status_code == 401
    assert api.lines == []


def test_s11_neither_side_knows_what_the_other_answers(
    site: Site, bodies: dict[str, dict[str, Recorded]], api: MarkedSandbox
) -> None:
    """Bodies of one app, whole and with the other's inputs, sent to the other by somebody who may use it. Both have
    callbacks of the same outputs; what these are asked with is not the same."""
    inside = site.session(A.id, "account", export=True)
    for path, headers, own, foreign in (
        (f"/{ROUTE}", ANA_SIGNED_IN, bodies["cs"], bodies["embed"]),
        (f"/embed/{ROUTE}", inside, bodies["embed"], bodies["cs"]),
    ):
        for output, one in foreign.items():
            if own.get(output) is None or own[output].body["inputs"][0]["id"] != one.body["inputs"][0]["id"]:
                assert site.ask(path, "POST", headers=headers, json=one.body).status_code == 400, output
            mixed = {**one.body, "inputs": next(iter(own.values())).body["inputs"]}
            if output not in own:
                assert site.ask(path, "POST", headers=headers, json=mixed).status_code == 400, output
    assert api.lines == []


def test_s11_with_both_each_side_reads_its_own_alone(site: Site, api: MarkedSandbox) -> None:
    """A session for A beside somebody who may see every account, and a session for B beside somebody who may see A."""
    for_a = {**BEN_SIGNED_IN, **site.session(A.id, "account", export=True)}
    for_b = {**ANA_SIGNED_IN, **site.session(B.id, "account", export=True)}
    api.forget()
    assert site.ask(f"/embed/accounts/{B.id}/usage.csv{SEARCH}", headers=for_a).status_code == 403
    assert site.ask(f"/accounts/{B.id}/usage.csv{SEARCH}", headers=for_b).status_code == 403
    assert api.lines == []
    mine = site.ask(f"/accounts/{A.id}/usage.csv{SEARCH}", headers=for_b)
    theirs = site.ask(f"/embed/accounts/{B.id}/usage.csv{SEARCH}", headers=for_b)
    assert foreign_marks(mine.text, own="A") == foreign_marks(theirs.text, own="B") == set()
    assert A.mark in mine.text
    assert B.mark in theirs.text


def test_s11_no_kind_of_token_stands_for_another(site: Site, api: MarkedSandbox) -> None:
    """A link is no session, a session is no link, and neither mints."""
    link, session = site.link(A.id, "account"), site.session(A.id, "account")
    api.forget()
    as_session = {"Authorization": f"Bearer {link}"}
    for path in ("/embed/_dash-layout", f"/embed/accounts/{A.id}/usage.csv"):
        assert site.ask(path, headers=as_session).status_code == 401
    assert site.ask("/embed/k1/account/renew", "POST", headers=as_session, json={}).status_code == 401
    bearer = session["Authorization"].removeprefix("Bearer ")
    assert site.ask("/embed/k1/account/session", "POST", headers={}, json={"token": bearer}).status_code == 401
    asked = {"customer_id": A.id, "dashboard": "usage"}
    for headers in (session, as_session, ANA_SIGNED_IN):
        assert site.ask("/v1/dashboards/getEmbeddableUrl", "POST", headers=headers, json=asked).status_code in {
            401,
            404,
        }
    assert api.lines == []


@pytest.mark.parametrize("dashboard", list(Dashboard))
def test_s11_a_session_of_one_dashboard_opens_its_panels_and_no_other(
    site: Site, bodies: dict[str, dict[str, Recorded]], api: MarkedSandbox, dashboard: Dashboard
) -> None:
    inside = site.session(A.id, dashboard, export=True)
    api.forget()
    for output, one in bodies["embed"].items():
        panel = one.body["inputs"][0]["id"].removeprefix("address-embed-")
        answer = site.ask(f"/embed/{ROUTE}", "POST", headers=inside, json=one.body)
        if panel in PANELS[dashboard]:
            assert answer.status_code == 200, output
        elif not panel.startswith("address-"):
            assert answer.status_code == 403, output
            assert A.mark not in answer.text
    for name in FILES:
        expected = 200 if set(OFFERED_BY.get(name, ())) & PANELS[dashboard] else 403 if name in OFFERED_BY else 404
        assert site.ask(f"/embed/accounts/{A.id}/{name}{SEARCH}", headers=inside).status_code == expected, name


def test_s11_a_session_without_files_has_none(site: Site, api: MarkedSandbox) -> None:
    inside = site.session(A.id, "account")
    api.forget()
    for name in OFFERED_BY:
        assert site.ask(f"/embed/accounts/{A.id}/{name}{SEARCH}", headers=inside).status_code == 403, name
    assert site.ask(f"/embed/accounts/{A.id}/invoices/{A.invoices[0]}.pdf", headers=inside).status_code == 403
    assert api.lines == []
