"""Local mode lets in whoever opened the printed address on this machine, and nobody else."""

from __future__ import annotations

from typing import Any

import pytest

from access.denied import Denied, Moved, Reason
from access.local import LocalGate, new_token, start_url
from data.scope import LOCAL
from data.settings import Secret
from tests.rows.identities import environ_of

TOKEN = Secret("t" * 43)
OPEN, GATE = LocalGate(token=None), LocalGate(token=TOKEN, home="/billing/")


def local(path: str = "/", **more: Any) -> dict[str, Any]:
    return environ_of(path, peer=more.pop("peer", "127.0.0.1"), **more)


@pytest.mark.parametrize("host", ["localhost:8050", "127.0.0.1:8050", "[::1]:8050", "LOCALHOST:8050"])
@pytest.mark.parametrize("peer", ["127.0.0.1", "127.0.0.9", "::1", "::ffff:127.0.0.1"])
def test_this_machine_is_let_in_under_its_own_names(host: str, peer: str) -> None:
    assert OPEN.admit(local(peer=peer) | {"HTTP_HOST": host, "SERVER_PORT": "8050"}) is LOCAL


@pytest.mark.parametrize(("host", "port"), [("localhost", "80"), ("[::1]", "80"), ("127.0.0.1", "80")])
def test_the_port_of_http_goes_without_saying(host: str, port: str) -> None:
    assert OPEN.admit(local() | {"HTTP_HOST": host, "SERVER_PORT": port}) is LOCAL


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8050", "localhost", "localhost:8051", "localhost.evil.example:8050",
             "127.0.0.1.nip.io:8050", "0.0.0.0:8050", "a,localhost:8050", "", "localhost:8050:8050", "::1:8050",
             "127.1:8050", "localhost.:8050"],
)  # fmt: skip
def test_another_name_is_not_ours_even_if_it_leads_here(host: str) -> None:
    with pytest.raises(Denied) as caught:
        OPEN.admit(local() | {"HTTP_HOST": host, "SERVER_PORT": "8050"})
    assert caught.value.reason is Reason.WRONG_HOST


@pytest.mark.parametrize("peer", ["", None, "192.0.2.1", "10.0.0.1", "::", "localhost"])
def test_another_machine_is_not_let_in(peer: str | None) -> None:
    environ = local(peer="")
    environ.pop("REMOTE_ADDR") if peer is None else environ.update(REMOTE_ADDR=peer)
    with pytest.raises(Denied) as caught:
        OPEN.admit(environ)
    assert caught.value.reason is Reason.NOT_LOOPBACK


@pytest.mark.parametrize("header", ["X_Forwarded_For", "X_Forwarded_Anything", "Forwarded", "Via", "X_Real_Ip"])
def test_a_proxy_in_front_is_told_what_to_set(header: str) -> None:
    with pytest.raises(Denied, match="proxied") as caught:
        OPEN.admit(local(**{header: "1"}))
    assert "proxy" in caught.value.sentence
    assert "BURNBOARD_AUTH" in caught.value.sentence


def test_the_token_opens_the_door_and_the_cookie_keeps_it_open() -> None:
    with pytest.raises(Moved) as moved:
        GATE.admit(local("/billing/accounts/x?range=ytd&token=" + TOKEN.reveal() + "&view=net"))
    assert moved.value.location == "/billing/accounts/x?range=ytd&view=net"
    cookie, *attributes = moved.value.cookie.split("; ")
    assert sorted(attributes) == ["HttpOnly", "Path=/billing/", "SameSite=Strict"]
    assert TOKEN.reveal() not in cookie
    assert GATE.admit(local("/billing/", Cookie=f"other=1; {cookie}; more=2")) is LOCAL


@pytest.mark.parametrize(
    ("query", "cookie", "method"),
    [("", "", "GET"), ("?token=", "", "GET"), ("?token=wrong", "", "GET"), ("?token={0}&token={0}", "", "GET"),
     ("?token={0}", "", "POST"), ("?token={0}x", "", "GET"), ("?Token={0}", "", "GET"), ("?token=%00", "", "GET"),
     ("", "burnboard-start-80={0}", "GET"), ("", "burnboard-start-80=", "GET"), ("?token=\u00e9", "", "GET")],
)  # fmt: skip
def test_without_either_nothing_is_shown(query: str, cookie: str, method: str) -> None:
    environ = local("/" + query.format(TOKEN.reveal()), method=method)
    environ["HTTP_COOKIE"] = cookie.format(TOKEN.reveal())
    with pytest.raises(Denied) as caught:
        GATE.admit(environ)
    assert caught.value.reason is Reason.NO_START_TOKEN


def test_the_cookie_of_another_port_or_another_start_does_not_open() -> None:
    with pytest.raises(Moved) as moved:
        GATE.admit(local(f"/?token={TOKEN.reveal()}"))
    cookie = moved.value.cookie.split(";")[0]
    other = LocalGate(token=new_token())
    for gate, environ in ((other, local(Cookie=cookie)), (GATE, local(Cookie=cookie.replace("-80=", "-81=")))):
        with pytest.raises(Denied):
            gate.admit(environ)


@pytest.mark.parametrize(
    "path", ["//evil.example/x", "///evil.example", "/\\evil.example", "/a\r\nSet-Cookie: x", "/%C3%A9"]
)
def test_the_way_on_stays_here(path: str) -> None:
    environ = local() | {"PATH_INFO": path, "QUERY_STRING": f"token={TOKEN.reveal()}"}
    with pytest.raises(Moved) as moved:
        GATE.admit(environ)
    assert moved.value.location.startswith("/")
    assert not moved.value.location.startswith(("//", "/\\"))
    assert not set(moved.value.location) & set("\r\n ")


def test_the_start_address_holds_the_token_where_there_is_one() -> None:
    assert start_url("http://127.0.0.1:8050/billing/", None) == "http://127.0.0.1:8050/billing/"
    assert start_url("http://127.0.0.1:8050/", TOKEN) == f"http://127.0.0.1:8050/?token={TOKEN.reveal()}"
    assert new_token().reveal() != new_token().reveal()
