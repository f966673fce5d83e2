"""The script for pages of others: there for everybody, asked about each time, small, and what its types say."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from server.headers import set_headers
from server.host_script import FOLDER, offer_host_script

SCRIPT, TYPES = (FOLDER / "embed.js").read_text(), (FOLDER / "embed.d.ts").read_text()


@pytest.fixture
def server() -> Flask:
    flask = Flask("host-script", static_folder=None)
    offer_host_script(flask, "/billing/")
    set_headers(flask, [])
    return flask


@pytest.mark.parametrize(("name", "kind"), [("embed.js", "text/javascript"), ("embed.d.ts", "text/plain")])
def test_it_is_for_pages_of_other_sites_and_never_an_old_copy(server: Flask, name: str, kind: str) -> None:
    client = server.test_client()
    answer = client.get(f"/billing/{name}")
    assert (answer.status_code, answer.mimetype) == (200, kind)
    assert answer.data == (FOLDER / name).read_bytes()
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert not any(header.lower().startswith("access-control") for header, _ in answer.headers)
    again = client.get(f"/billing/{name}", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert client.get(f"/billing/{name}", headers={"If-None-Match": '"other"'}).status_code == 200
    assert client.get(f"/{name}").status_code == 404
    assert client.post(f"/billing/{name}").status_code == 405


def test_everything_else_stays_with_its_own_origin(server: Flask) -> None:
    assert server.test_client().get("/nothing").headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_it_is_small_and_brings_nothing_along() -> None:
    assert len(SCRIPT.encode()) < 10_000
    for never in ("import ", "require(", "eval(", "innerHTML", "localStorage", "sessionStorage", "cookie", "'*'"):
        assert never not in SCRIPT, never


def test_its_types_name_every_option_and_event_and_no_other() -> None:
    options = re.search(r"interface BurnboardOptions \{(.*?)\n\}", TYPES, re.S)
    assert options is not None
    typed = set(re.findall(r"^  (\w+)\?:", options[1], re.M))
    assert typed == {*re.findall(r"given\.(\w+)", SCRIPT)}
    events = set(re.findall(r"\| \{ type: '(\w+)'", TYPES))
    assert events == set(re.findall(r"tell\(\{ type: '(\w+)'", SCRIPT))
    assert f"readonly version: {re.search(r'VERSION = ([0-9]+)', SCRIPT)[1]};" in TYPES  # type: ignore[index]


def test_it_speaks_the_words_of_the_frame() -> None:
    """The protocol's other side is the frame's boot script."""
    boot = (FOLDER.parent / "assets" / "embed" / "embed-boot.js").read_text()
    for name in ("burnboard", "burnboard-host"):
        assert f"= '{name}';" in SCRIPT
        assert f"= '{name}';" in boot
    heard = set(re.findall(r"said\.type === '(\w+)'", SCRIPT))
    assert heard == set(re.findall(r"type: '(\w+)'", boot)) == {"ready", "height", "expired", "ended"}
    told = set(re.findall(r"send\(\{ type: '(\w+)'", SCRIPT))
    assert told == set(re.findall(r"said\.type === '(\w+)'", boot)) == {"token", "theme"}
