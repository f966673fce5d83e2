"""The callback recorder (reliability-security design, 8.5): every callback of an app that runs on the server, driven
once the way a page drives it.

Bodies are built from the callback map and the layout: what an input holds comes from the layout, and where that is the
address (or a store that holds parts of it), from the pages that there are. Of several bodies that are answered the one
with most in it is kept. A callback that no body drives is an error, not a gap.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from dash import Dash
from dash._utils import split_callback_id
from dash.development.base_component import Component
from werkzeug.test import Client, TestResponse

from components import ids
from data.pages import Page, account_path
from tests.rows.marked import SEARCH, Marked

ROUTE = "_dash-update-component"
RECEIPT = re.compile(r"[A-Z]-[A-Z2-7]{8}\b")
FAILED = re.compile(r"notice-error|notice-denied|No receipt to show")
Body = dict[str, Any]
MOST_TRIES = 60


class NotDriven(AssertionError):
    """A callback that no body of the recorder makes answer anything: teach the recorder what its page sends."""


@dataclass(frozen=True)
class Recorded:
    """One callback: the body that drives it and what it was answered."""

    output: str
    body: Body
    answer: str


@dataclass(frozen=True)
class Driver:
    """One app as one viewer sees it: what is sent with each request, and whose pages are asked for."""

    app: Dash
    client: Client
    own: Marked
    headers: dict[str, str] = field(default_factory=dict)
    addresses: tuple[str, ...] = ()

    @property
    def prefix(self) -> str:
        return str(self.app.config.routes_pathname_prefix)

    def post(self, body: Any) -> TestResponse:
        return self.send(json.dumps(body).encode())

    def send(self, raw: bytes, **more: Any) -> TestResponse:
        how = {"content_type": "application/json", "headers": self.headers} | more
        return self.client.post(self.prefix + ROUTE, data=raw, **how)

    def get(self, path: str, **more: Any) -> TestResponse:
        """``path`` is below the prefix."""
        return self.client.get(self.prefix + path.removeprefix("/"), **({"headers": self.headers} | more))


def on_the_server(app: Dash) -> dict[str, dict[str, Any]]:
    """The callbacks that run on the server, by output; the others run in the browser and are never sent."""
    return {one["output"]: one for one in app._callback_list if one["clientside_function"] is None}


def record(driver: Driver) -> dict[str, Recorded]:
    """Every callback of the app, driven; raises ``NotDriven`` with the outputs of those that were not."""
    found: dict[str, Recorded] = {}
    for _ in range(2):  # an answer of the first round may name what an input of the second needs: a receipt
        known = tuple(dict.fromkeys(one for done in found.values() for one in RECEIPT.findall(done.answer)))[:4]
        for output, callback in on_the_server(driver.app).items():
            if output not in found:
                found |= _driven(driver, output, callback, known)
    missing = on_the_server(driver.app).keys() - found.keys()
    if missing:
        raise NotDriven(f"nothing drives {sorted(missing)}")
    return found


def _driven(driver: Driver, output: str, callback: dict[str, Any], receipts: Iterable[str]) -> dict[str, Recorded]:
    answered = []
    for _, body in zip(range(MOST_TRIES), bodies(driver, callback, tuple(receipts)), strict=False):
        answer = driver.post(body)
        if answer.status_code == 200 and _says_something(answer.get_json()) and not FAILED.search(answer.text):
            answered.append(Recorded(output, body, answer.text))
    best = max(answered, key=lambda one: (one.answer.count(driver.own.mark), len(one.answer)), default=None)
    return {output: best} if best else {}


def _says_something(answer: dict[str, Any]) -> bool:
    values = [value for part in answer.get("response", {}).values() for value in part.values()]
    return any(value not in (None, "", [], {}) for value in values)


def bodies(driver: Driver, callback: dict[str, Any], receipts: tuple[str, ...]) -> Iterator[Body]:
    """What pages may send: each page's address in every input that holds one, everything else as the layout has it."""
    layout = _layout(driver.app)
    for path, search in product(_paths(driver), _searches(driver, receipts)):
        known = _values(path, search)
        yield body_of(callback, lambda part, known=known: _value(part, known, layout))


def body_of(callback: dict[str, Any], value: Callable[[dict[str, Any]], Any]) -> Body:
    inputs, state = ([_with_value(part, value(part)) for part in callback[name]] for name in ("inputs", "state"))
    changed = [f"{one['id']}.{one['property']}" for one in inputs[:1]]
    body = {"output": callback["output"], "outputs": split_callback_id(callback["output"]), "inputs": inputs}
    return {**body, "changedPropIds": changed, "parsedChangedPropsIds": changed, **({"state": state} if state else {})}


def _with_value(part: dict[str, Any], value: Any) -> dict[str, Any]:
    plain = {"id": part["id"], "property": part["property"]}
    return plain if value is None else {**plain, "value": value}


def _paths(driver: Driver) -> tuple[str, ...]:
    return driver.addresses or ("/", *(account_path(driver.own.id, page) for page in Page))


def _searches(driver: Driver, receipts: tuple[str, ...]) -> tuple[str, ...]:
    return (SEARCH, *(f"{SEARCH}&receipt={one}" for one in receipts))


def _values(path: str, search: str) -> dict[tuple[str, str], Any]:
    return {(ids.URL, "pathname"): path, (ids.URL, "search"): search, ("address", "data"): {
        "pathname": path, "search": search, "tries": 0}}  # fmt: skip


def _value(part: dict[str, Any], known: dict[tuple[str, str], Any], layout: dict[str, Component]) -> Any:
    ident, name = part["id"], part["property"]
    if isinstance(ident, str) and ident.startswith(ids.address("")) and name == "data":
        return known["address", "data"]
    if (ident, name) in known:
        return known[ident, name]
    if name in ("n_clicks", "n_intervals"):
        return 1
    held = getattr(layout.get(str(ident)), name, None)
    return held if isinstance(held, str | int | float | bool | list | dict) else None


def _layout(app: Dash) -> dict[str, Component]:
    layout = app.layout() if callable(app.layout) and not isinstance(app.layout, Component) else app.layout
    assert isinstance(layout, Component)
    named = {ident: part for part in layout._traverse() if (ident := getattr(part, "id", None))}
    return {str(ident): part for ident, part in named.items()}
