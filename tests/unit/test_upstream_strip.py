"""The line about the service behind the figures, as the app answers it: from what is known, without asking anybody."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from dash import Dash

from components import ids
from components.status_strip import FOLLOW_MS, WATCH_MS
from data.scope import LOCAL
from data.upstream_state import Level, UpstreamState
from sandbox.server import Sandbox
from tests.rows.recorder import ROUTE, body_of, on_the_server
from tests.rows.worlds import Fixed, app_on


@dataclass
class Telling:
    """A source that only knows how the service is doing."""

    state: UpstreamState = field(default_factory=UpstreamState)

    def upstream(self) -> UpstreamState:
        return self.state


def strip(app: Dash) -> dict[str, Any]:
    (callback,) = [one for output, one in on_the_server(app).items() if ids.UPSTREAM_STRIP in output]
    body = body_of(callback, lambda part: 1 if part["property"] == "n_intervals" else None)
    return dict(app.server.test_client().post(f"/{ROUTE}", json=body).get_json()["response"])


def test_the_line_follows_what_is_known_of_the_service() -> None:
    source = Telling()
    app = app_on(source, Fixed(LOCAL))  # type: ignore[arg-type]  # nothing else is asked of it
    assert strip(app) == {ids.UPSTREAM_STRIP: {"children": None}, ids.UPSTREAM_TICK: {"interval": WATCH_MS}}
    source.state = UpstreamState(Level.DOWN, retry_in=12)
    answer = strip(app)
    assert "Metronome is not answering" in str(answer[ids.UPSTREAM_STRIP])
    assert answer[ids.UPSTREAM_TICK] == {"interval": FOLLOW_MS}


def test_it_costs_nothing_upstream(make_app: Callable[..., Dash], sandbox: Sandbox) -> None:
    assert ids.UPSTREAM_STRIP in strip(make_app())
    assert sandbox.requests.all() == []
