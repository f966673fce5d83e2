"""S4: from the trusted peer, with the right secret, an identity that could be two, or none, or too long is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from werkzeug.test import Client, EnvironBuilder

from tests.rows.behind import Behind, behind
from tests.rows.identities import ANA, BEN, SECRET, audited

ODD = [
    "a@x,b@x", f"{ANA},{BEN}", f"{ANA},{ANA}", f"{ANA};{BEN}@x", f"{ANA} {BEN}", f"{ANA}@evil.example", "a@@x",
    f"{ANA}\r", f"{ANA}\n{BEN}", f"{ANA}\r\nX-Other: 1", f"{ANA}\x00", f"\x00{ANA}", "\u00e4na@acme.example",
    "ana\u00a0@acme.example", "a" * 255, "a" * 250 + "@x.ex", "", " ", f" {ANA}", "ana", "@acme.example", "ana@",
    f"\t{ANA}", f"{ANA}\x7f", "<ana@acme.example> ben@acme.example",
]  # fmt: skip


@pytest.fixture
def site(tmp_path: Path) -> Behind:
    return behind(tmp_path)


def status(site: Behind, email: str, groups: str | None = None) -> int:
    more = {"HTTP_X_PROXY_AUTH": SECRET, "HTTP_X_FORWARDED_EMAIL": email, "REMOTE_ADDR": ""}
    more |= {} if groups is None else {"HTTP_X_FORWARDED_GROUPS": groups}
    environ = EnvironBuilder("/").get_environ() | more
    return Client(site.front).open("/", environ_overrides=environ, buffered=True).status_code


def test_s04_none_of_the_odd_ones_is_anybody(site: Behind) -> None:
    assert len(ODD) >= 20
    with audited() as lines:
        assert {email: status(site, email) for email in ODD} == dict.fromkeys(ODD, 401)
    assert [line["event"] for line in lines] == ["denied"] * len(ODD)
    assert {line["reason"] for line in lines} == {"odd_identity", "no_identity"}
    assert {line["subject"] for line in lines} == {""}


def test_s04_a_plain_one_is_somebody_in_any_size_of_letters(site: Behind) -> None:
    assert status(site, ANA) == status(site, ANA.upper()) == 200


@pytest.mark.parametrize(
    ("groups", "wanted"),
    [("leads", 200), ("other,leads", 200), ("other, leads , ", 200), ("leads\x00", 401), ("Leads", 403),
     ("lead\u00e9s", 401), (",".join(f"g{n}" for n in range(201)), 401), ("x" * 257, 401), ("leads;other", 403)],
)  # fmt: skip
def test_s04_groups_are_names_between_commas(site: Behind, groups: str, wanted: int) -> None:
    assert status(site, "new@acme.example", groups) == wanted
