"""Plain headers: from the proxy's connection, with its secret, one person at a time."""

from __future__ import annotations

from pathlib import Path

import pytest

from access.denied import Denied, Reason
from access.identified import Person
from access.peer import Peer
from access.plain import PlainHeaders, parse_secrets
from access.watched import Watched
from data.clock import Clock
from tests.rows.identities import ANA, OTHER_SECRET, SECRET, environ_of

SOCKET = Peer(socket=True)


def headers(tmp_path: Path, family: str = "X-Forwarded") -> PlainHeaders:
    path = tmp_path / "secret"
    path.write_text(f"{SECRET}\n{OTHER_SECRET}\n")
    return PlainHeaders(family=family, peer=SOCKET, secrets=Watched(path, parse_secrets, Clock(), name="proxy_secret"))


@pytest.mark.parametrize("family", ["X-Forwarded", "X-Auth-Request"])
@pytest.mark.parametrize("secret", [SECRET, OTHER_SECRET])
def test_a_person_is_an_address_and_groups(tmp_path: Path, family: str, secret: str) -> None:
    named = {f"{family}-Email": "Ana@Acme.example", f"{family}-Groups": "cs-emea, cs-leads,", "X-Proxy-Auth": secret}
    environ = environ_of(**{name.replace("-", "_"): value for name, value in named.items()})
    assert headers(tmp_path, family).identify(environ) == Person(email=ANA, groups=frozenset({"cs-emea", "cs-leads"}))


@pytest.mark.parametrize(
    ("peer", "sent", "reason"),
    [
        ("127.0.0.1", {"X_Proxy_Auth": SECRET, "X_Forwarded_Email": ANA}, Reason.UNTRUSTED_PEER),
        ("", {"X_Forwarded_Email": ANA}, Reason.BAD_SECRET),
        ("", {"X_Proxy_Auth": "", "X_Forwarded_Email": ANA}, Reason.BAD_SECRET),
        ("", {"X_Proxy_Auth": f"{SECRET},{SECRET}", "X_Forwarded_Email": ANA}, Reason.BAD_SECRET),
        ("", {"X_Proxy_Auth": SECRET}, Reason.NO_IDENTITY),
        ("", {"X_Proxy_Auth": SECRET, "X_Forwarded_Email": ""}, Reason.NO_IDENTITY),
        ("", {"X_Proxy_Auth": SECRET, "X_Auth_Request_Email": ANA}, Reason.NO_IDENTITY),
        ("", {"X_Proxy_Auth": SECRET, "X_Forwarded_Email": f"{ANA},{ANA}"}, Reason.ODD_IDENTITY),
        ("", {"X_Proxy_Auth": SECRET, "X_Forwarded_Email": ANA, "X_Forwarded_Groups": "x" * 257}, Reason.ODD_IDENTITY),
    ],
)
def test_anything_less_is_nobody(tmp_path: Path, peer: str, sent: dict[str, str], reason: Reason) -> None:
    with pytest.raises(Denied) as caught:
        headers(tmp_path).identify(environ_of(peer=peer, **sent))
    assert (caught.value.reason, caught.value.status) == (reason, 401)


def test_without_secrets_only_the_socket_is_believed() -> None:
    plain = PlainHeaders(family="X-Forwarded", peer=SOCKET, secrets=None)
    assert plain.identify(environ_of(X_Forwarded_Email=ANA)).email == ANA
    with pytest.raises(Denied):
        plain.identify(environ_of(peer="127.0.0.1", X_Forwarded_Email=ANA))


@pytest.mark.parametrize("raw", [b"", b"short", b"\n\n", b"x" * 31, b"a" * 32 + b"\n" + b"b" * 31, b"\xff" * 40,
                                 b"\n".join([b"a" * 32] * 3), b"a" * 20 + b"\x00" + b"a" * 20])  # fmt: skip
def test_secrets_are_one_or_two_and_long(raw: bytes) -> None:
    with pytest.raises(ValueError, match=r"secret|letters") as caught:
        parse_secrets(raw)
    assert "aaaa" not in str(caught.value)


def test_secrets_do_not_show_themselves() -> None:
    assert SECRET not in repr(parse_secrets(SECRET.encode()))
