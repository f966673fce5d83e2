"""Only what a page of this app sends reaches Dash; the rest is refused without a trace in the log."""

from __future__ import annotations

import copy
import json
import logging
import random
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import pytest
from dash import Dash
from dash._utils import split_callback_id
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from components import ids
from components.page import PLACES
from data.pages import Page
from sandbox.catalogue import Customer
from sandbox.server import Sandbox
from server.callback_bodies import MAX_BYTES, MAX_DEPTH, WrongBody, parse_body

MakeApp = Callable[..., Dash]
ROUTE = "/_dash-update-component"
PATH, SEARCH = f"/accounts/{Customer.GUIDE_USAGE}", "?from=2024-10-01&to=2024-10-31"
VALUES: dict[tuple[str, str], Any] = {(ids.URL, "pathname"): PATH}
VALUES |= {
    (ids.address(place), "data"): {
        "pathname": f"{PATH}/{place.removesuffix('-rows')}" if place.removesuffix("-rows") in tuple(Page) else PATH,
        "search": SEARCH,
        "tries": 0,
    }
    for place in PLACES
}
ODD: list[Any] = [
    None, True, 0, -1, 1.5, 10**30, "", "x", "\x00", "\ud800", "\u202e", "a" * 5000, [], {}, [[]], [None], {"id": 1},
    {"output": "x"}, [{"id": {"a": 1}, "property": "x"}], "?from=0001-01-01", f"{PATH}/", "?top=-1", "__proto__",
]  # fmt: skip


@pytest.fixture
def app(make_app: MakeApp) -> Dash:
    return make_app()


@pytest.fixture
def client(app: Dash) -> FlaskClient:
    return app.server.test_client()


def bodies(app: Dash) -> dict[str, dict[str, Any]]:
    """What the page sends for each callback that runs on the server, by output."""
    return {one["output"]: body_of(one) for one in app._callback_list if one["clientside_function"] is None}


def body_of(callback: dict[str, Any]) -> dict[str, Any]:
    inputs, state = ([with_value(part) for part in callback[name]] for name in ("inputs", "state"))
    outputs = split_callback_id(callback["output"])
    changed = [f"{one['id']}.{one['property']}" for one in inputs[:1]]
    body = {"output": callback["output"], "outputs": outputs, "inputs": inputs, "changedPropIds": changed}
    return {**body, "parsedChangedPropsIds": changed, **({"state": state} if state else {})}


def with_value(part: dict[str, Any]) -> dict[str, Any]:
    known = (part["id"], part["property"])
    return {"id": part["id"], "property": part["property"], **({"value": VALUES[known]} if known in VALUES else {})}


def suggestion(app: Dash) -> dict[str, Any]:
    """The body of the type-ahead: text, a flag and a state."""
    return next(body for output, body in bodies(app).items() if output == f"{ids.ACCOUNT_SELECT}.data")


def assert_refused(answer: TestResponse, status: int = 400) -> None:
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    assert answer.get_json()["title"] != "Error"


def test_what_a_page_sends_for_each_callback_is_answered(app: Dash, client: FlaskClient) -> None:
    sent = bodies(app)
    assert len(sent) >= 8
    for output, body in sent.items():
        answer = client.post(ROUTE, json=body)
        assert answer.status_code == 200, output
        assert "response" in answer.get_json()


def test_the_route_is_guarded_under_a_prefix_too(make_app: MakeApp) -> None:
    prefixed = make_app(BURNBOARD_PATH_PREFIX="/billing/")
    client = prefixed.server.test_client()
    assert client.post(f"/billing{ROUTE}", json=suggestion(prefixed)).status_code == 200
    assert_refused(client.post(f"/billing{ROUTE}", json={}))


@pytest.mark.parametrize(
    "raw",
    [b"", b"null", b"[]", b"{}", b"1", b"{", b'{"output": []}', b'{"output": "nowhere.children"}', b"\xff\xfe",
     b"[" * 20_000, b"[" * 20_000 + b"]" * 20_000, b'{"a":' * 5_000 + b"1" + b"}" * 5_000, b"9" * 6_000],
    ids=lambda raw: raw[:20].decode("ascii", "replace"),
)  # fmt: skip
def test_what_no_page_sends_is_refused(client: FlaskClient, caplog: pytest.LogCaptureFixture, raw: bytes) -> None:
    assert_refused(client.post(ROUTE, data=raw, content_type="application/json"))
    assert "Traceback" not in caplog.text


def test_a_callback_of_the_browser_cannot_be_asked_of_the_server(app: Dash, client: FlaskClient) -> None:
    in_browser = [body_of(one) for one in app._callback_list if one["clientside_function"] and "." in one["output"]]
    assert in_browser
    for body in in_browser:
        assert_refused(client.post(ROUTE, json=body))


def without(body: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key != name}


def wrong_parts(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from (without(body, name) for name in ("output", "outputs", "inputs", "state"))
    yield {**body, "inputs": body["inputs"][:1]}
    yield {**body, "inputs": [*body["inputs"], body["inputs"][0]]}
    yield {**body, "inputs": body["inputs"][::-1]}
    yield {**body, "inputs": [[one] for one in body["inputs"]]}
    yield {**body, "inputs": [{**one, "id": "renamed"} for one in body["inputs"]]}
    yield {**body, "inputs": [{**one, "property": "style"} for one in body["inputs"]]}
    yield {**body, "state": [{**one, "id": {"type": "any"}} for one in body["state"]]}
    yield {**body, "outputs": {"id": ids.USAGE_CHART, "property": "figure"}}
    yield {**body, "changedPropIds": [{}]}
    yield {**body, "changedPropIds": 1}


def test_parts_that_the_callback_does_not_have_are_refused_before_it_runs(
    app: Dash, client: FlaskClient, sandbox: Sandbox
) -> None:
    for wrong in wrong_parts(suggestion(app)):
        assert_refused(client.post(ROUTE, json=wrong))
    assert sandbox.requests.all() == []


@pytest.mark.parametrize("value", [1, 1.5, True, [], {}, ["x"], {"x": 1}, "\ud800"], ids=repr)
@pytest.mark.parametrize("name", ["pathname", "searchValue"])
def test_a_text_of_another_kind_is_refused_before_the_callback_runs(
    app: Dash, client: FlaskClient, sandbox: Sandbox, name: str, value: Any
) -> None:
    for body in bodies(app).values():
        parts = [*body["inputs"], *body.get("state", [])]
        if [one.update(value=value) for one in parts if one["property"] == name]:
            assert_refused(client.post(ROUTE, data=json.dumps(body), content_type="application/json"))
    assert sandbox.requests.all() == []


@pytest.mark.parametrize(
    ("name", "value"), [("dropdownOpened", 1), ("dropdownOpened", "x"), ("data", "1"), ("data", [])]
)
def test_a_flag_or_an_address_of_another_kind_is_refused(app: Dash, client: FlaskClient, name: str, value: Any) -> None:
    having = [body for body in bodies(app).values() if any(one["property"] == name for one in body["inputs"])]
    assert having
    for body in having:
        changed = [{**one, "value": value} if one["property"] == name else one for one in body["inputs"]]
        assert_refused(client.post(ROUTE, json={**body, "inputs": changed}))


@pytest.mark.parametrize("address", [{}, {"pathname": 1, "search": ""}, {"pathname": PATH, "search": []}, {"x": {}}])
def test_an_address_of_another_shape_asks_nothing(
    app: Dash, client: FlaskClient, sandbox: Sandbox, address: dict[str, Any]
) -> None:
    for output, body in bodies(app).items():
        if body["inputs"][0]["id"] in map(ids.address, PLACES) and not output.startswith(f"..{ids.ACCOUNTS_TABLE}"):
            body["inputs"][0]["value"] = address
            assert client.post(ROUTE, json=body).status_code in (200, 204)
    assert sandbox.requests.all() == []


def test_more_than_a_page_sends_is_413(app: Dash, client: FlaskClient) -> None:
    body = json.dumps({**suggestion(app), "more": "x" * MAX_BYTES})
    assert_refused(client.post(ROUTE, data=body, content_type="application/json"), 413)
    untold = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    sent = client.post(
        ROUTE, input_stream=BytesIO(body.encode()), content_type="application/json", environ_overrides=untold
    )
    assert_refused(sent, 413)


def test_a_body_that_is_not_called_json_is_415(app: Dash, client: FlaskClient) -> None:
    assert_refused(client.post(ROUTE, data=json.dumps(suggestion(app)), content_type="text/plain"), 415)


def test_nesting_is_read_to_a_limit() -> None:
    assert parse_body(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)
    with pytest.raises(WrongBody):
        parse_body(b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1))


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value inside ``value``."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield (*path, key)
        yield from places(one, (*path, key))


def mutated(body: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """``body`` with one to three places taken out, doubled or replaced."""
    body = copy.deepcopy(body)
    for _ in range(chance.randint(1, 3)):
        way = chance.choice(list(places(body)) or [("output",)])
        inside: Any = body
        for key in way[:-1]:
            inside = inside[key]
        if chance.random() < 0.25 and way[-1] in (inside if isinstance(inside, dict) else range(len(inside))):
            del inside[way[-1]]
        elif chance.random() < 0.2 and isinstance(inside, list):
            inside.append(copy.deepcopy(inside[way[-1]]))
        else:
            inside[way[-1]] = copy.deepcopy(chance.choice(ODD))
    return body


def test_no_change_to_what_a_page_sends_ends_in_an_error_of_ours(
    app: Dash, client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    chance, sent = random.Random(2024), list(bodies(app).values())  # noqa: S311  # the same changes every time
    statuses = []
    with caplog.at_level(logging.ERROR):
        for _ in range(300):
            body = mutated(chance.choice(sent), chance)
            answer = client.post(ROUTE, data=json.dumps(body), content_type="application/json")
            statuses.append(answer.status_code)
            assert answer.status_code < 500, json.dumps(body)
    assert statuses.count(400) > 100
    assert {200, 400} <= set(statuses) <= {200, 204, 400}
    assert caplog.text == ""
