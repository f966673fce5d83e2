"""What every test may lean on: a browser that starts on any machine, a sandbox, and an app on it."""

from __future__ import annotations

import logging
import os
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from dash import Dash
from dash.testing.composite import DashComposite
from hypothesis import HealthCheck, settings

from app import create_app, create_source
from data.clock import Clock
from data.events import Channel
from data.settings import Settings
from sandbox.server import Sandbox, running_sandbox
from tests.browser.app_server import AppServer

# Machines are shared: a slow example is no failure. Files that want more examples say so themselves.
settings.register_profile("house", deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("check", settings.get_profile("house"), max_examples=10)  # for the minute of `make check`
settings.load_profile("house")

NOW = "2026-11-20T14:30:00Z"
WINDOW = 1280, 900

os.environ.setdefault("SE_OFFLINE", "true")  # the driver is on the PATH; nothing is to be looked for elsewhere

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-device-scale-factor=1",
    f"--window-size={WINDOW[0]},{WINDOW[1]}",
)


def pytest_setup_options():
    """Chromium for dash_duo: headless, as root, on a closed network, with a profile of its own."""
    from selenium.webdriver.chrome.options import Options

    options = Options()
    for flag in (*FLAGS, f"--user-data-dir={tempfile.mkdtemp(prefix='burnboard-chromium-')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return options


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    """Commands and servers that are begun in this process set up its log; the next test gets it as it was."""
    loggers = [logging.getLogger(name) for name in (None, "burnboard", *Channel, "data")]
    before = [(one, one.handlers[:], one.level) for one in loggers]
    hooks = sys.excepthook, threading.excepthook, logging.raiseExceptions
    yield
    for one, handlers, level in before:
        one.handlers[:] = handlers
        one.setLevel(level)
    sys.excepthook, threading.excepthook, logging.raiseExceptions = hooks
    logging.captureWarnings(False)


@pytest.fixture(scope="session")
def shared_sandbox() -> Iterator[Sandbox]:
    with running_sandbox(now=datetime.fromisoformat(NOW), strict=True) as running:
        yield running


@pytest.fixture
def sandbox(shared_sandbox: Sandbox) -> Iterator[Sandbox]:
    """The shared sandbox in strict mode, without faults and with an empty request log."""
    shared_sandbox.requests.clear()
    yield shared_sandbox
    shared_sandbox.faults.clear()


@pytest.fixture
def make_app(sandbox: Sandbox) -> Callable[..., Dash]:
    """An app on the sandbox (or on ``api``), its clock standing at ``NOW`` unless told otherwise."""

    def make(api: Sandbox | None = None, clock: Clock | None = None, **env: str) -> Dash:
        settings = Settings.from_env(
            {
                "METRONOME_BEARER_TOKEN": "test-token",
                "METRONOME_BASE_URL": (api or sandbox).url,
                "BURNBOARD_SANDBOX": "on",
                "BURNBOARD_NOW": NOW,
                "BURNBOARD_START_TOKEN": "off",
                "BURNBOARD_UPSTREAM_RPS": "1000",
                "BURNBOARD_UPSTREAM_BURST": "1000",
                **env,
            }
        )
        return create_app(settings, create_source(settings, clock), clock)

    return make


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DashComposite]:
    """One browser for all tests of a process: to start one takes longer than most of them."""
    folder = str(tmp_path_factory.mktemp("download"))
    with DashComposite(None, browser="Chrome", options=[pytest_setup_options()], download_path=folder) as browser:
        yield browser


@pytest.fixture
def dash_duo(chromium: DashComposite) -> Iterator[DashComposite]:
    """A tab of its own, which ends with all that a test set in it; what it keeps belongs to its app's own port, but for
    cookies, which know no ports."""
    chromium.server = AppServer()
    driver = chromium.driver
    driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
    driver.get_log("browser")
    blank = driver.current_window_handle
    driver.switch_to.new_window("tab")
    driver.set_window_size(*WINDOW)
    try:
        yield chromium
    finally:
        chromium.server.stop()
        for window in set(driver.window_handles) - {blank}:
            driver.switch_to.window(window)
            driver.close()
        driver.switch_to.window(blank)
