"""What a browser is told to fetch, keep and ask again for on its first and second visit."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from dash import Dash

MakeApp = Callable[..., Dash]
CHART_CODE = "/_dash-component-suites/dash/dcc/async-graph.js"


@pytest.mark.parametrize("prefix", ["/", "/billing/"])
def test_the_page_asks_early_for_what_charts_need(make_app: MakeApp, prefix: str) -> None:
    client = make_app(BURNBOARD_PATH_PREFIX=prefix).server.test_client()
    head = client.get(prefix).text.split("</head>")[0]
    needed = re.findall(r'<link rel="preload" as="script" href="([^"]+)">', head)
    assert len(needed) == 2
    for address in needed:
        with client.get(address) as answer:
            assert answer.status_code == 200
            assert "javascript" in answer.content_type
    assert needed[0] == f"{prefix}assets/vendor/plotly-basic-4.1.1.min.js"


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_a_bundle_without_a_version_is_asked_for_again_but_not_sent_again(make_app: MakeApp, encoding: str) -> None:
    client = make_app().server.test_client()
    asked = {"Accept-Encoding": encoding}
    with client.get(CHART_CODE, headers=asked) as first:
        assert first.status_code == 200
        assert first.headers["Cache-Control"] == "no-cache"
        tag = first.headers["ETag"]
    with client.get(CHART_CODE, headers={**asked, "If-None-Match": tag}) as again:
        assert again.status_code == 304
        assert again.data == b""
    with client.get(CHART_CODE, headers={**asked, "If-None-Match": '"another"'}) as other:
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
