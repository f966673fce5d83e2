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
from tests.edge.processes import free_port


@pytest.fixture
def clock() -> JumpingClock:
    return JumpingClock(datetime.fromisoformat(NOW))


@pytest.fixture
def start_page(dash_duo: Any, make_app: Callable[..., Dash]) -> Callable[..., Page]:
    """Start an app on the sandbox (or on ``api``) and open one of its pages."""

    def start(path: str = "/", *, api: Sandbox | None = None, clock: Clock | None = None, **env: str) -> Page:
        dash_duo.start_server(make_app(api, clock, **env), navigate=False, port=free_port())
        page = Page(dash_duo.driver, dash_duo.server.url)
        page.open(path)
        return page

    return start


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The test server ends its threads at the end of a test, callbacks that are still under way included; pytest would
    count each as an error of the next test. Errors inside callbacks are seen in the page and its console."""
    ended_by_server = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(ended_by_server)
