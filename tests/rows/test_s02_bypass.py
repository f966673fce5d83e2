"""S2: who reaches the app around the proxy gets nothing: twelve headers that name somebody, in five spellings each, on
a loopback connection of an app that trusts its Unix socket. After ``ProxyFix`` the peer still counts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client, EnvironBuilder

from tests.rows.behind import PLAIN, Behind, behind
from tests.rows.identities import ANA, SECRET, Issuer, audited
from tests.rows.marked import MarkedSandbox, marked

NAMES = (
    "X-Forwarded-User", "X-Forwarded-Email", "X-Forwarded-Preferred-Username", "X-Auth-Request-User",
    "X-Auth-Request-Email", "Remote-User", "X-Remote-User", "X-Goog-Authenticated-User-Email",
    "Cf-Access-Authenticated-User-Email", "X-Pomerium-Jwt-Assertion", "Cf-Access-Jwt-Assertion", "Authorization",
)  # fmt: skip
SPELLINGS = 5
PAGE = f"/accounts/{marked('A').id}"


def spelled(name: str, value: str) -> list[dict[str, str]]:
    """The entries of an environ that each spelling of a header may come to; a doubled one is merged by the server."""
    plain = "HTTP_" + name.upper().replace("-", "_")
    underscored, dotted = plain.replace("-", "_"), "HTTP_" + name.upper().replace("-", ".")
    return [{plain: value}, {underscored: value}, {dotted: value}, {"HTTP_" + name: value}, {plain: f"{value},{value}"}]


def value_for(name: str) -> str:
    token = Issuer().token()
    return f"Bearer {token}" if name == "Authorization" else token if "Jwt" in name else ANA


def asked(site: Behind, entries: dict[str, str], peer: str) -> Any:
    environ = EnvironBuilder(PAGE).get_environ() | entries | {"REMOTE_ADDR": peer}
    return Client(site.front).open(environ_overrides=environ, path=PAGE)


@pytest.mark.parametrize("secret", [False, True])
def test_s02_no_header_makes_anybody_somebody(tmp_path: Path, api: MarkedSandbox, secret: bool) -> None:
    """With the right secret too: it has to come through the proxy's own connection."""
    site = behind(tmp_path, api)
    proof = {"HTTP_X_PROXY_AUTH": SECRET} if secret else {}
    assert len(NAMES) == 12
    with audited() as lines:
        answers = [asked(site, {**entries, **proof}, "127.0.0.1") for name in NAMES
                   for entries in spelled(name, value_for(name))]  # fmt: skip
    assert [answer.status_code for answer in answers] == [401] * len(NAMES) * SPELLINGS
    assert [line["reason"] for line in lines] == ["untrusted_peer"] * len(NAMES) * SPELLINGS
    assert all(line["event"] == "denied" and line["request_id"] for line in lines)
    assert api.requests.all() == []


@pytest.mark.parametrize("claimed", ["", "unix:", "10.1.2.3", "127.0.0.1"])
def test_s02_the_peer_is_who_is_connected_and_not_who_a_header_says(tmp_path: Path, claimed: str) -> None:
    site = behind(tmp_path, BURNBOARD_TRUSTED_PROXIES="10.1.2.0/24")
    forged = {"X-Forwarded-For": claimed, "X-Real-Ip": claimed, "Forwarded": f"for={claimed}"}
    assert site.ask("/", peer="192.0.2.1", headers={**PLAIN, **forged}).status_code == 401
    assert site.ask("/", peer="10.1.2.9", headers={**PLAIN, "X-Forwarded-For": "192.0.2.1"}).status_code == 200


def test_s02_the_proxy_itself_is_believed(tmp_path: Path, api: MarkedSandbox) -> None:
    """The positive control, and that nothing downstream can read what it was believed on."""
    site, seen = behind(tmp_path, api), []
    server = site.servers["pages"]
    inner = server.full_dispatch_request

    def looking() -> Any:
        from flask import request

        seen.append({name: value for name, value in request.environ.items() if isinstance(value, str)})
        return inner()

    server.full_dispatch_request = looking  # type: ignore[method-assign]
    headers = {"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https", "Cookie": "session=MARK_COOKIE"}
    assert site.as_ana(PAGE, headers=headers).status_code == 200
    (environ,) = seen
    assert (environ["REMOTE_ADDR"], environ["wsgi.url_scheme"]) == ("192.0.2.7", "https")
    kept = {name for name in environ if name.startswith("HTTP_")}
    assert not {name for name in kept if "FORWARD" in name or "AUTH" in name or "COOKIE" in name}
    assert not [value for value in environ.values() if SECRET in value or "MARK_" in value or ANA in value]
