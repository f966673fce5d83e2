"""What a browser is told to fetch, keep and ask again for on its first and second visit."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from dash import Dash

MakeApp = Callable[..., Dash]
SCRIPT = "/assets/grid.js"
PARTS = {"script": r'<script[^>]* src="([^"]+)"', "style": r'<link rel="stylesheet" href="([^"]+)"'}
MOST_BYTES = {"vendor/plotly-basic": 365_000, "dash-renderer-and-all": 445_000, "styles": 10_000}


def parts_of(html: str) -> list[str]:
    return [address for pattern in PARTS.values() for address in re.findall(pattern, html)]


@pytest.mark.parametrize("prefix", ["/", "/billing/"])
def test_a_page_is_two_scripts_and_one_style_sheet_of_bounded_size_kept_for_good(
    make_app: MakeApp, prefix: str
) -> None:
    client = make_app(BURNBOARD_PATH_PREFIX=prefix).server.test_client()
    html = client.get(prefix).text
    assert len(html) < 12_000
    parts = parts_of(html)
    assert len(parts) == len(MOST_BYTES)
    for address, (name, most) in zip(parts, MOST_BYTES.items(), strict=True):
        assert address.startswith(prefix)
        assert name in address
        with client.get(address, headers={"Accept-Encoding": "br"}) as answer:
            assert "immutable" in answer.headers["Cache-Control"]
            assert answer.headers["Content-Encoding"] == "br"
            assert len(answer.data) < most, name


def test_plotly_runs_as_soon_as_it_is_there_and_is_the_basic_one(make_app: MakeApp) -> None:
    html = make_app().server.test_client().get("/").text
    assert '<script async src="/assets/vendor/plotly-basic' in html.split("</head>")[0]
    assert "plotly.min" not in html


def test_the_script_carries_what_dash_would_ask_for(make_app: MakeApp) -> None:
    app = make_app()
    client = app.server.test_client()
    client.get("/")
    carried = re.match(rb"window\.burnboardCarried=(.*)\n", app.script.body)
    assert carried is not None
    told = json.loads(carried[1])
    told["dependencies"] = [{**one, "hidden": False} for one in told["dependencies"]]  # Dash adds it when it is asked
    assert told == {name: client.get(f"/_dash-{name}").get_json() for name in ("layout", "dependencies")}


def test_of_the_polyfill_dash_needs_no_more_than_the_page_has(make_app: MakeApp) -> None:
    """``mark`` and ``wrap``, and in them steps one after another that end with ``stop`` (assets/00-generators.js)."""
    body = make_app().script.body.decode()
    steps = re.findall(r"regeneratorRuntime\.wrap\(function\((\w)\)\{(.*?)\},\w\)", body)
    used = set(re.findall(r"regeneratorRuntime\.(\w+)", body))
    assert used == {"mark", "wrap"}
    assert len(steps) == len(re.findall(r"regeneratorRuntime\.wrap\(", body)) > 0
    assert {part for name, text in steps for part in re.findall(rf"\b{name}\.(\w+)", text)} == {"prev", "next", "stop"}


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_a_bundle_without_a_version_is_asked_for_again_but_not_sent_again(make_app: MakeApp, encoding: str) -> None:
    client = make_app().server.test_client()
    asked = {"Accept-Encoding": encoding}
    with client.get(SCRIPT, headers=asked) as first:
        assert first.status_code == 200
        assert first.headers["Cache-Control"] == "no-cache"
        tag = first.headers["ETag"]
    with client.get(SCRIPT, headers={**asked, "If-None-Match": tag}) as again:
        assert again.status_code == 304
        assert again.data == b""
    with client.get(SCRIPT, headers={**asked, "If-None-Match": '"another"'}) as other:
        assert other.status_code == 200


def test_made_up_addresses_of_a_bundle_do_not_fill_the_memory(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.compress.MAX_BUNDLES", 3)
    client = make_app().server.test_client()
    bodies = set()
    for number in range(8):
        with client.get(f"/assets/url_state.js?m={number}", headers={"Accept-Encoding": "br"}) as answer:
            assert answer.headers["Content-Encoding"] == "br"
            bodies.add(answer.data)
    assert len(bodies) == 1
