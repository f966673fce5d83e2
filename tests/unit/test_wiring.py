"""The app as it is put together: every callback's ids exist, every route answers, every header is there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from dash import Dash
from dash.development.base_component import Component
from flask import Flask

from callbacks.url_state import CONTROL_KEYS, PAGE_CONTROLS
from components import ids
from components.page import PLACES
from data.errors import NotFound
from data.pages import Page
from sandbox.catalogue import Customer
from sandbox.server import Sandbox
from server.problems import answer_errors, problem

ROOT = Path(__file__).resolve().parents[2]
MakeApp = Callable[..., Dash]
UNKNOWN = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def app(make_app: MakeApp) -> Dash:
    return make_app()


def all_ids(node: Any) -> Iterator[str]:
    if isinstance(node, Component):
        if getattr(node, "id", None):
            yield node.id
        for name in node._prop_names:
            yield from all_ids(getattr(node, name, None))
    elif isinstance(node, list | tuple):
        for one in node:
            yield from all_ids(one)


def callback_ids(app: Dash) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for callback in app._callback_list:
        outputs = re.findall(r"([\w-]+)\.(\w+)", callback["output"].replace("@", " ").split(" ")[0].strip("."))
        found |= set(outputs)
        found |= {(one["id"], one["property"]) for one in [*callback["inputs"], *callback["state"]]}
    return found


def test_every_id_that_a_callback_names_is_in_the_layout(app: Dash) -> None:
    in_layout = set(all_ids(app.layout))
    named = {ident for ident, _ in callback_ids(app)}
    assert named
    assert named <= in_layout


def test_no_id_stands_twice_in_the_layout(app: Dash) -> None:
    found = list(all_ids(app.layout))
    assert sorted(found) == sorted(set(found))


def test_the_fixed_ids_are_spelled_as_the_interfaces_say() -> None:
    fixed = {ids.ACCOUNT_SELECT, ids.DATE_RANGE, ids.USAGE_CHART, ids.SPEND_CHART, ids.BURNDOWN_CHART,
             ids.COMMITMENTS_TABLE}  # fmt: skip
    assert fixed == {"account-select", "date-range", "usage-chart", "spend-chart", "burndown-chart",
                     "commitments-table"}  # fmt: skip


def test_the_script_knows_every_connected_control() -> None:
    script = (ROOT / "assets" / "url_state.js").read_text()
    table = re.search(r"var CONTROLS = \{(.*?)\};", script, re.S)
    assert table is not None
    assert dict(re.findall(r"'([\w-]+)\.value': '(\w+)'", table.group(1))) == CONTROL_KEYS
    for ident, prop in (one for controls in PAGE_CONTROLS.values() for one in controls):
        suffix = re.sub(r"^(usage|spend|burndown|burn)-", "", ident)
        assert f"{ident}.{prop}" in script or f"{suffix}\\.{prop}" in script, ident


def test_the_script_hands_over_every_part_of_the_address_in_the_order_of_the_stores() -> None:
    script = (ROOT / "assets" / "url_state.js").read_text()
    named = re.search(r"var found = \{(.*?)\};", script, re.S)
    pages, rows = (re.search(rf"var {name} = \[(.*?)\]", script) for name in ("PAGES", "PAGES_WITH_ROWS"))
    assert named is not None
    assert pages is not None
    assert rows is not None
    shown, opening = (re.findall(r"'([\w-]*)'", found[1]) for found in (pages, rows))
    in_script = [*re.findall(r"^ +(\w+):", named[1], re.M), *(page or "overview" for page in shown)]
    assert (*in_script, *(f"{page}-rows" for page in opening)) == PLACES
    assert shown == [page.value for page in Page]


def test_every_response_carries_the_policy_and_dynamic_ones_are_not_kept(app: Dash) -> None:
    client = app.server.test_client()
    for path in ("/", "/_dash-layout", "/health", "/nowhere", f"/accounts/{Customer.GUIDE_USAGE}/usage.csv?x=1"):
        headers = client.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "unsafe-eval" not in policy
        assert "'unsafe-inline'" not in policy.split("style-src")[0]
        assert headers["Cache-Control"] == "no-store", path
        assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", ["/x.css", "/metrics", "/.env", "/accounts", "/accounts/", "/accounts/abc",
                                  f"/accounts/{UNKNOWN}/settings", f"/accounts/{UNKNOWN}/proof/",
                                  "/a/b/c", "/accounts/%2e%2e", "/_mcp",
                                  f"//localhost//localhost/accounts/{Customer.GUIDE_USAGE}"])  # fmt: skip
def test_an_address_without_a_page_is_404_and_asks_nothing(app: Dash, sandbox: Sandbox, path: str) -> None:
    answer = app.server.test_client().get(path)
    assert answer.status_code == 404
    assert answer.content_type == "application/problem+json"
    assert len(answer.get_json()["request_id"]) >= 8
    assert sandbox.requests.all() == []


@pytest.mark.parametrize("path", ["/nowhere", "/x.css", "/accounts/abc", "/assets/nope.js",
                                  "/_dash-component-suites/dash/nope.js"])  # fmt: skip
@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html; charset=utf-8"),
        ("*/*", "application/problem+json"),
        ("text/html;q=0, */*", "application/problem+json"),
        (None, "application/problem+json"),
    ],
)
def test_nothing_at_an_address_is_told_as_a_page_to_browsers_alone(
    make_app: MakeApp, path: str, accept: str | None, kind: str
) -> None:
    client = make_app(BURNBOARD_PATH_PREFIX="/billing/").server.test_client()
    answer = client.get(f"/billing{path}", headers={"Accept": accept} if accept else {})
    assert (answer.status_code, answer.content_type) == (404, kind)
    assert "Accept" in answer.headers["Vary"]
    assert answer.headers["Cache-Control"] == "no-store"
    if kind.startswith("text/html"):
        assert 'href="/billing/"' in answer.text
        assert re.search(r"Request [0-9a-f]{16}", answer.text)


def test_a_script_that_is_not_there_leaves_no_trace_in_the_log(app: Dash, caplog: pytest.LogCaptureFixture) -> None:
    for path in ("dash/nope.js", "nobody/nope.js", "dash/../app.py"):
        assert app.server.test_client().get(f"/_dash-component-suites/{path}").status_code == 404
    assert caplog.text == ""


@pytest.mark.parametrize("status", [400, 403, 404, 405, 413, 415, 429, 500, 502, 503, 504])
def test_every_problem_has_a_title_of_its_own(app: Dash, status: int) -> None:
    with app.server.test_request_context("/"):
        assert problem(status, "x").get_json()["title"] != "Error"


def test_an_unknown_account_is_404_but_still_a_page(app: Dash) -> None:
    client = app.server.test_client()
    assert client.get(f"/accounts/{Customer.GUIDE_USAGE}").status_code == 200
    unknown = client.get(f"/accounts/{UNKNOWN}")
    assert unknown.status_code == 404
    assert b"react-entry-point" in unknown.data


def test_an_outage_does_not_turn_a_page_into_a_404(app: Dash, sandbox: Sandbox) -> None:
    sandbox.faults.add("status", status=503)
    assert app.server.test_client().get(f"/accounts/{Customer.GUIDE_USAGE}").status_code == 200


def test_an_unforeseen_error_is_a_problem_document_without_a_trace() -> None:
    server = Flask("errors")
    answer_errors(server)

    @server.route("/boom")
    def boom() -> str:
        raise RuntimeError("MARK_DETAIL")

    answer = server.test_client().get("/boom")
    assert answer.status_code == 500
    assert "MARK_DETAIL" not in answer.text
    assert "Traceback" not in answer.text
    assert answer.get_json()["request_id"]


def test_no_page_names_versions_of_what_it_runs_on(app: Dash) -> None:
    text = app.server.test_client().get("/").text
    assert not re.search(r"(python|dash|plotly)_version", text)


def test_the_page_says_its_language(app: Dash) -> None:
    assert '<html lang="en">' in app.server.test_client().get("/").text


def test_the_page_says_once_how_wide_it_is(app: Dash) -> None:
    metas = re.findall(r'<meta name="viewport"[^>]*>', app.server.test_client().get("/").text)
    assert metas == ['<meta name="viewport" content="width=device-width, initial-scale=1">']


def test_bundles_are_compressed_and_kept_for_good(app: Dash) -> None:
    client = app.server.test_client()
    for _ in range(2):
        with client.get("/assets/vendor/plotly-basic-4.1.1.min.js", headers={"Accept-Encoding": "br"}) as bundle:
            assert bundle.headers["Content-Encoding"] == "br"
            assert "immutable" in bundle.headers["Cache-Control"]
            assert len(bundle.data) < 450_000
    with client.get("/assets/vendor/plotly-basic-4.1.1.min.js") as plain:
        assert "Content-Encoding" not in plain.headers
        assert len(plain.data) == 1_191_749


def test_two_apps_live_in_one_process(make_app: MakeApp) -> None:
    plain, prefixed = make_app(), make_app(BURNBOARD_PATH_PREFIX="/billing/")
    assert plain.server.test_client().get("/health").status_code == 200
    client = prefixed.server.test_client()
    assert client.get("/billing/health").status_code == 200
    assert client.get("/health").status_code == 404
    assert (
        client.get(f"/billing/accounts/{Customer.GUIDE_USAGE}/usage.csv?from=2024-10-01&to=2024-10-31").status_code
        == 200
    )


def test_an_unknown_account_is_not_found_before_any_call_when_its_id_is_no_id(
    make_app: MakeApp, sandbox: Sandbox
) -> None:
    assert make_app().server.test_client().get("/accounts/drop-table/usage.csv").status_code == 404
    assert sandbox.requests.all() == []
    assert NotFound().status == 404
