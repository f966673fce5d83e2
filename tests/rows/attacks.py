"""Every way of asking a callback or a route for B while being somebody who may see A: B's ids in each input, state,
store, pattern id and address, parts added, dropped and swapped."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from components import ids
from data.pages import Page, account_path
from tests.rows.marked import SEARCH, Marked
from tests.rows.recorder import RECEIPT, Body, Recorded

Attack = tuple[str, Body]


def searches(other: Marked, receipts: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Queries that name everything of B that a query can, under the app's own keys and under others."""
    names = (
        "customer_id",
        "customer",
        "account",
        "cus",
        "sub",
        "scope",
        "dash",
        "path",
        "pathname",
        "id",
        "user",
        "as",
    )
    known = {"metric": other.metrics[0], "open": ",".join((*other.invoices, *other.balances)), "group": "region"}
    made = urlencode({**known, **dict.fromkeys(names, other.id)})
    return (f"{SEARCH}&{made}", f"?{made}", *(f"{SEARCH}&{made}&receipt={one}" for one in receipts))


def paths(own: Marked, other: Marked) -> tuple[str, ...]:
    """Addresses that lead to B, or might be taken to."""
    plain = tuple(account_path(other.id, page) for page in Page)
    return (
        *plain,
        account_path(other.id.upper()),
        f"/accounts/{own.id}/../{other.id}",
        f"/accounts/{own.id}/accounts/{other.id}",
        f"/accounts/{own.id},{other.id}",
        f"/accounts/{other.id}%2f..%2f{own.id}",
        f"//accounts/{other.id}",
        f"/embed/accounts/{other.id}/invoices",
        f"/billing/accounts/{other.id}/proof",
        f"/accounts/{own.id}?/accounts/{other.id}",
    )


def attacks(
    recorded: Mapping[str, Recorded], output: str, own: Marked, other: Marked, theirs: Mapping[str, Recorded]
) -> Iterator[Attack]:
    """``theirs``: what B's own viewer sent and was answered, to be sent and quoted here."""
    body = recorded[output].body
    yield "all ids", _swapped(body, own, other)
    yield "their body", theirs[output].body if output in theirs else _swapped(body, own, other)
    yield from _each_place(body, own, other)
    yield from _added(body, other)
    yield from _dropped(body)
    for path in paths(own, other):
        yield f"path {path}", _addressed(body, {"pathname": path})
    receipts = tuple(dict.fromkeys(one for done in theirs.values() for one in RECEIPT.findall(done.answer)))[:3]
    for search in searches(other, receipts):
        yield "search", _addressed(body, {"search": search})
        for page in Page:
            yield f"search on {page}", _addressed(body, {"search": search, "pathname": account_path(own.id, page)})
    for name, another in recorded.items():
        if name != output:
            swapped = _swapped(body, own, other)
            yield f"output of {name[:40]}", {**swapped, "output": another.body["output"]}
            yield f"outputs of {name[:40]}", {**swapped, "outputs": another.body["outputs"]}
            yield f"inputs of {name[:40]}", {**swapped, "inputs": _swapped(another.body, own, other)["inputs"]}


def _swapped(body: Body, own: Marked, other: Marked) -> Body:
    """Every id of A replaced by the one that B has in its place."""
    text = json.dumps(body).replace(own.id, other.id)
    for mine, theirs in zip(_things(own), _things(other), strict=True):
        text = text.replace(mine, theirs)
    swapped: Body = json.loads(text)
    return swapped


def _things(one: Marked) -> tuple[str, ...]:
    return (*one.metrics, *one.invoices, *one.balances)


def _each_place(body: Body, own: Marked, other: Marked) -> Iterator[Attack]:
    """One input or state at a time: B's ids in it, B's id as it, B's id as the id of a pattern."""
    for kind in ("inputs", "state"):
        for at, part in enumerate(body.get(kind, [])):
            for name, value in _values(part.get("value"), own, other):
                changed = copy.deepcopy(body)
                changed[kind][at]["value"] = value
                yield f"{kind} {at} {name}", changed
            changed = copy.deepcopy(body)
            changed[kind][at]["id"] = {"type": part["id"], "index": other.id}
            yield f"{kind} {at} pattern", changed


def _values(value: Any, own: Marked, other: Marked) -> Iterator[tuple[str, Any]]:
    yield "ids", json.loads(json.dumps(value).replace(own.id, other.id))
    yield "the id", other.id
    yield "a list", [other.id, own.id]
    if isinstance(value, dict):
        yield "more keys", {**value, **dict.fromkeys(("customer_id", "account", "customer", "scope", "cus"), other.id)}
        yield "an object", {name: {"pathname": account_path(other.id)} for name in value}


def _added(body: Body, other: Marked) -> Iterator[Attack]:
    for ident, name in (
        ("customer_id", "value"),
        (ids.ACCOUNT_SELECT, "value"),
        (ids.URL, "pathname"),
        (ids.URL, "search"),
    ):
        value = {"pathname": account_path(other.id), "search": f"?customer_id={other.id}"}.get(name, other.id)
        for kind in ("inputs", "state"):
            yield (
                f"{kind} and {ident}",
                {**body, kind: [*body.get(kind, []), {"id": ident, "property": name, "value": value}]},
            )
    for key in ("customer_id", "account", "scope", "viewer", "subject"):
        yield f"and {key}", {**body, key: other.id}


def _dropped(body: Body) -> Iterator[Attack]:
    for name in body:
        yield f"without {name}", {key: value for key, value in body.items() if key != name}
    for kind in ("inputs", "state"):
        for at in range(len(body.get(kind, []))):
            yield f"without {kind} {at}", {**body, kind: [one for n, one in enumerate(body[kind]) if n != at]}


def _addressed(body: Body, changes: Mapping[str, str]) -> Body:
    """Every part that holds an address, or half of one, says something else."""
    changed = copy.deepcopy(body)
    for part in (*changed["inputs"], *changed.get("state", [])):
        if isinstance(part.get("value"), dict):
            part["value"] = {**part["value"], **changes}
        elif part["property"] in changes:
            part["value"] = changes[part["property"]]
    return changed
