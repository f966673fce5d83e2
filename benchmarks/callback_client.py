"""Callbacks called as the browser calls them, without a browser: one POST each, through the whole server."""

from __future__ import annotations

import json
from typing import Any

from dash import Dash

from benchmarks.serving import asked

CALLBACKS, CALL = "_dash-dependencies", "_dash-update-component"
Values = dict[str, Any]


class Bodies:
    """What a browser would send; callbacks are named by any of their outputs, ``component.property``."""

    def __init__(self, callbacks: list[dict[str, Any]]) -> None:
        self._callbacks = callbacks

    def request(self, output: str, values: Values) -> dict[str, Any]:
        """``values`` by ``component.property`` for the inputs and states that matter, None for the others."""
        callback = next(one for one in self._callbacks if output in _outputs(one["output"]))
        inputs, state = ([_filled(one, values) for one in callback[part]] for part in ("inputs", "state"))
        names = _outputs(callback["output"])
        outputs = [dict(zip(("id", "property"), name.rsplit(".", 1), strict=True)) for name in names]
        return {
            "output": callback["output"],
            "outputs": outputs if callback["output"].startswith("..") else outputs[0],
            "inputs": inputs,
            "state": state,
            "changedPropIds": [f"{inputs[0]['id']}.{inputs[0]['property']}"],
        }


def bodies_at(url: str) -> Bodies:
    """Of the page that is served there."""
    return Bodies(json.loads(asked(url, f"/{CALLBACKS}")))


class CallbackClient(Bodies):
    """Of an app in this process."""

    def __init__(self, app: Dash) -> None:
        self._client, prefix = app.server.test_client(), app.config.routes_pathname_prefix
        self._path = f"{prefix}{CALL}"
        super().__init__(self._client.get(f"{prefix}{CALLBACKS}").get_json())

    def call(self, output: str, values: Values) -> bytes:
        """The answer's body. Raises ``RuntimeError`` for anything but 200 and 204."""
        answer = self._client.post(self._path, json=self.request(output, values))
        if answer.status_code not in (200, 204):
            raise RuntimeError(f"{output}: {answer.status_code}")
        return bytes(answer.data)


def _outputs(text: str) -> list[str]:
    """``..a.x...b.y..`` or ``a.x``, as Dash writes the outputs of a callback."""
    return text.strip(".").split("...")


def _filled(part: dict[str, str], values: Values) -> dict[str, Any]:
    return {**part, "value": values.get(f"{part['id']}.{part['property']}")}
