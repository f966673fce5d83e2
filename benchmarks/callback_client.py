"""Callbacks called as the browser calls them, without a browser: one POST each, through the whole server."""

from __future__ import annotations

from typing import Any

from dash import Dash


class CallbackClient:
    """Calls by the name of any output, ``component.property``."""

    def __init__(self, app: Dash) -> None:
        self._client = app.server.test_client()
        self._path = f"{app.config.routes_pathname_prefix}_dash-update-component"
        self._callbacks = self._client.get(f"{app.config.routes_pathname_prefix}_dash-dependencies").get_json()

    def call(self, output: str, values: dict[str, Any]) -> bytes:
        """The answer's body; ``values`` by ``component.property`` for the inputs and states that matter, None for the
        others. Raises ``RuntimeError`` for anything but 200 and 204."""
        answer = self._client.post(self._path, json=self.request(output, values))
        if answer.status_code not in (200, 204):
            raise RuntimeError(f"{output}: {answer.status_code}")
        return bytes(answer.data)

    def request(self, output: str, values: dict[str, Any]) -> dict[str, Any]:
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


def _outputs(text: str) -> list[str]:
    """``..a.x...b.y..`` or ``a.x``, as Dash writes the outputs of a callback."""
    return text.strip(".").split("...")


def _filled(part: dict[str, str], values: dict[str, Any]) -> dict[str, Any]:
    return {**part, "value": values.get(f"{part['id']}.{part['property']}")}
