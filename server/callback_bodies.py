"""What may be sent to the callback route. Dash itself trusts the body: a wrong one ends in a 500 and a trace, a renamed
input runs the callback all the same. Here every body is held against the callbacks that there are before Dash sees it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dash import Dash
from dash._utils import split_callback_id
from flask import Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from server.problems import problem

ROUTE = "_dash-update-component"
MAX_BYTES, MAX_DEPTH = 256 * 1024, 32
TOO_LARGE = f"What a page sends can be at most {MAX_BYTES // 1024} KB."
WRONG = "This is not what a page of this app sends: {}."

_TEXT = (str, type(None))
# By property. One that is not listed may be any JSON value.
_TYPES: dict[str, tuple[type, ...]] = {
    "pathname": _TEXT,
    "search": _TEXT,
    "searchValue": _TEXT,
    "value": _TEXT,
    "dropdownOpened": (bool, type(None)),
    "data": (dict, type(None)),
    "n_intervals": (int, type(None)),
}

Parts = tuple[tuple[object, object], ...]


class WrongBody(ValueError):
    """The text says what is wrong with the body, without repeating any of it."""


@dataclass(frozen=True)
class Expected:
    """What one callback is sent: its inputs and states by (id, property) in order, and where its answer goes."""

    inputs: Parts
    state: Parts
    outputs: Parts


def guard_callbacks(app: Dash) -> None:
    """400 or 413 for every body that no page of ``app`` sends, before Dash or a callback sees it."""
    rule = app.config.routes_pathname_prefix + ROUTE
    known = expectations(app)

    def check() -> Response | None:
        if request.method != "POST" or request.url_rule is None or request.url_rule.rule != rule:
            return None
        try:
            check_body(parse_body(_read()), known)
        except RequestEntityTooLarge:
            return problem(413, TOO_LARGE)
        except WrongBody as wrong:
            return problem(400, WRONG.format(wrong))
        return None

    app.server.before_request(check)


def _read() -> bytes:
    """The body; raises ``RequestEntityTooLarge`` when its length says so or, where none was told, once it shows."""
    request.max_content_length = MAX_BYTES + 1
    raw = request.get_data()
    if len(raw) > MAX_BYTES:
        raise RequestEntityTooLarge
    return raw


def expectations(app: Dash) -> dict[str, Expected]:
    """By output, for the callbacks that run here (the others run in the browser and are never sent)."""
    return {
        one["output"]: Expected(
            inputs=_parts(one["inputs"]),
            state=_parts(one["state"]),
            outputs=_parts(_listed(split_callback_id(one["output"]))),
        )
        for one in app._callback_list
        if one["clientside_function"] is None
    }


def parse_body(raw: bytes) -> Any:
    """JSON at most ``MAX_DEPTH`` deep, whose every text can be written as UTF-8; raises ``WrongBody``."""
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        raise WrongBody("it is not JSON") from None
    if _deeper_than(body, MAX_DEPTH):
        raise WrongBody("it is nested too deeply")
    try:
        json.dumps(body, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise WrongBody("it has a text of half a character") from None
    return body


def check_body(body: Any, known: Mapping[str, Expected]) -> None:
    """Raise ``WrongBody`` unless ``body`` is what a page sends for one of ``known``."""
    output = body.get("output") if isinstance(body, dict) else None
    expected = known.get(output) if isinstance(output, str) else None
    if expected is None:
        raise WrongBody("it names nothing that is answered here")
    inputs, state = _entries(body, "inputs"), _entries(body, "state")
    if _parts(inputs) != expected.inputs or _parts(state) != expected.state:
        raise WrongBody("its inputs are others")
    if _parts(_entries(body, "outputs")) != expected.outputs:
        raise WrongBody("its outputs are others")
    if not all(_suits(one["property"], one.get("value")) for one in (*inputs, *state)):
        raise WrongBody("an input has a value of the wrong kind")
    changed = body.get("changedPropIds", [])
    if not isinstance(changed, list) or not all(isinstance(one, str) for one in changed):
        raise WrongBody("it does not say what changed")


def _entries(body: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """One of the lists of a body; a single output comes without its list, and no state without any."""
    entries = _listed(body.get(name, []))
    if not all(isinstance(one, dict) for one in entries):
        raise WrongBody(f"its {name} are not a list of parts")
    return entries


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _parts(entries: list[dict[str, Any]]) -> Parts:
    return tuple((one.get("id"), one.get("property")) for one in entries)


def _suits(name: str, value: Any) -> bool:
    """Whether a property can have a value of this type."""
    return name not in _TYPES or type(value) in _TYPES[name]


def _deeper_than(value: Any, limit: int) -> bool:
    level = [value]
    for _ in range(limit):
        level = [inner for one in level if isinstance(one, dict | list) for inner in _inside(one)]
        if not level:
            return False
    return True


def _inside(value: dict[str, Any] | list[Any]) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else value
