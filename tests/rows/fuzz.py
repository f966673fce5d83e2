"""Hostile callback bodies made from what a page really sends: the structure is kept, its parts are not.

A change takes a part out, doubles it, moves it, swaps it with that of another callback, or puts something odd in its
place; a few leave the bytes broken. The same seed makes the same bodies.
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.rows.recorder import Body

Way = tuple[Any, ...]
ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, 10**30, -(10**400), 1e308, "", "x", " ", "\x00", "\ud800", "\udfff\ud800", "\u202e",
    "\ufeff", "a" * 5_000, "٣", [], {}, [[]], [None], {"": ""}, {"id": 1}, {"__proto__": {}}, {"output": "x"},
    [{"id": {"type": "x", "index": 1}, "property": "x"}], {"type": "ALL"}, ["ALL"], "..", "...", "....", ".children",
    "a.b...c.d", "..a.b..", "{}.children", '{"index":["ALL"]}.x', "?from=0001-01-01", "?top=-1", "?open=" + "x," * 900,
    "?range=contract&window=hour", "?metric=%00", "?group=%ff%fe", "?receipt=U-AAAAAAAA", "/accounts/", "/accounts//",
    "/accounts/../", "//accounts/x", "/accounts/x/" * 50, "__proto__", "constructor", "toString", "pathname",
    {"pathname": 1, "search": []}, {"pathname": "/accounts/\ud800", "search": "?"},
    {"pathname": "/", "search": "?q=\x00"}, {"namespace": "x", "type": "Div", "props": {}}, {"__type": "set"},
    {"_dashprivate": 1}, [1] * 300, {"a": {"b": {"c": {}}}},
)  # fmt: skip


def mutated(bodies: Mapping[str, Body], chance: random.Random) -> bytes:
    """One hostile body."""
    if chance.random() < 0.03:
        return _broken(json.dumps(chance.choice(list(bodies.values()))), chance)
    body = copy.deepcopy(chance.choice(list(bodies.values())))
    for _ in range(chance.choice((1, 1, 1, 2, 3, 5))):
        _change(body, list(bodies.values()), chance)
    if chance.random() < 0.02:
        return _nested(chance)
    return json.dumps(body).encode()


def _change(body: Body, others: Sequence[Body], chance: random.Random) -> None:
    ways = list(_places(body))
    if not ways:
        return
    way = chance.choice(ways)
    inside: Any = body
    for key in way[:-1]:
        inside = inside[key]
    kind = chance.random()
    if kind < 0.2:
        del inside[way[-1]]
    elif kind < 0.3 and isinstance(inside, list):
        inside.insert(chance.randint(0, len(inside)), copy.deepcopy(inside[way[-1]]))
    elif kind < 0.35 and isinstance(inside, list):
        inside.reverse()
    elif kind < 0.5:
        inside[way[-1]] = copy.deepcopy(_at(chance.choice(others), way))
    elif kind < 0.6 and isinstance(inside, dict):
        inside[str(chance.choice(ODD))[:40]] = copy.deepcopy(chance.choice(ODD))
    else:
        inside[way[-1]] = copy.deepcopy(chance.choice(ODD))


def _at(body: Body, way: Way) -> Any:
    """What another body has in the same place, its output where it has no such place."""
    found: Any = body
    for key in way:
        try:
            found = found[key]
        except (KeyError, IndexError, TypeError):
            return body.get("output")
    return found


def _places(value: Any, way: Way = ()) -> Iterator[Way]:
    """The way to every value inside ``value``."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield (*way, key)
        yield from _places(one, (*way, key))


def _broken(text: str, chance: random.Random) -> bytes:
    raw = bytearray(text.encode())
    for _ in range(chance.randint(1, 4)):
        raw[chance.randrange(len(raw))] = chance.randrange(256)
    return bytes(raw[: chance.randint(0, len(raw))] if chance.random() < 0.3 else raw)


def _nested(chance: random.Random) -> bytes:
    opened, closed = chance.choice((("[", "]"), ('{"a":', "}")))
    depth = chance.choice((33, 34, 100, 2_000, 50_000))
    return (opened * depth + ("1" if opened != "[" else "") + closed * depth).encode()
