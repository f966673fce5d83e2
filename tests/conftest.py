"""What every test may lean on: a browser that starts on any machine, a sandbox, and an app on it."""

from __future__ import annotations

import os
import tempfile

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
    "--window-size=1280,900",
)


def pytest_setup_options():
    """Chromium for dash_duo: headless, as root, on a closed network, with a profile of its own."""
    from selenium.webdriver.chrome.options import Options

    options = Options()
    for flag in (*FLAGS, f"--user-data-dir={tempfile.mkdtemp(prefix='burnboard-chromium-')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return options
