"""An app on the sandbox in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from dash import Dash

from data.clock import Clock
from sandbox.server import Sandbox
from tests.browser.jumping_clock import JumpingClock
from tests.browser.page import Page
from tests.conftest import NOW


@pytest.fixture
def clock() -> JumpingClock:
    return JumpingClock(datetime.fromisoformat(NOW))


@pytest.fixture
def start_page(dash_duo: Any, make_app: Callable[..., Dash]) -> Callable[..., Page]:
    """Start an app on the sandbox (or on ``api``) and open one of its pages."""

    def start(path: str = "/", *, api: Sandbox | None = None, clock: Clock | None = None, **env: str) -> Page:
        dash_duo.start_server(make_app(api, clock, **env), navigate=False)
        page = Page(dash_duo.driver, dash_duo.server.url)
        page.open(path)
        return page

    return start
