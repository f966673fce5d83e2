"""A headless Chromium of its own per measurement, and what one page load cost in it."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from selenium import webdriver
from selenium.webdriver.chrome.options import Options

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
PATIENCE, QUIET_SECONDS = 60.0, 0.3

# Notes when the first bar or line of a chart that has data stands in the document, and the time spent in long tasks.
WATCH = """
(() => {
  const drawn = () => document.querySelector('.js-plotly-plot :is(.bars .point path, .scatterlayer .js-line)');
  const look = () => { if (drawn()) window.firstChart = performance.now(); else requestAnimationFrame(look); };
  requestAnimationFrame(look);
  window.longTasks = 0;
  new PerformanceObserver(list => list.getEntries().forEach(one => { window.longTasks += one.duration; }))
    .observe({ type: 'longtask', buffered: true });
})();
"""

# Counts requests under way, and notes per panel when a frame was painted that changed something in it. That a panel is
# dimmed while it waits is no repaint.
REPAINTS = """
(() => {
  window.underway = 0;
  const ask = window.fetch;
  window.fetch = (...sent) => {
    window.underway += 1;
    return ask(...sent).finally(() => { window.underway -= 1; });
  };
  window.painted = {};
  window.watchPanels = panels => panels.forEach(panel => {
    const painted = () => { window.painted[panel] = performance.now(); };
    const soon = () => requestAnimationFrame(() => setTimeout(painted));
    const seen = records => { if (records.some(one => one.attributeName !== 'data-dash-is-loading')) soon(); };
    new MutationObserver(seen).observe(document.querySelector(panel),
      { subtree: true, childList: true, attributes: true, characterData: true });
  });
})();
"""
_CHANGE = """
const [part, props] = arguments;
window.painted = {};
window.changedAt = performance.now();
window.dash_clientside.set_props(part, props);
"""
_SINCE = """
const times = Object.values(window.painted);
const last = times.length ? Math.max(...times) : 0;
return [last - window.changedAt, window.underway, performance.now() - last, Object.keys(window.painted)];
"""
_STATE = """
const busy = document.querySelectorAll('[data-dash-is-loading=true], ._dash-loading').length;
return [window.firstChart || null, busy, performance.getEntriesByType('resource').length, window.longTasks];
"""


@dataclass(frozen=True)
class Line:
    """A slower network: megabits a second, and milliseconds of delay per request."""

    megabits: float
    delay: float


@dataclass(frozen=True)
class Load:
    """One page load: milliseconds from navigation to the first chart with data, then until nothing more was asked for:
    bytes on the wire with headers, requests, milliseconds in tasks of over 50 ms."""

    chart: float
    wire: int
    requests: int
    long_tasks: float


@contextmanager
def chromium(*, line: Line | None = None) -> Iterator[webdriver.Chrome]:
    """A browser with a fresh profile, that watches for charts."""
    profile = tempfile.mkdtemp(prefix="burnboard-bench-")
    options = Options()
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL"})
    driver = webdriver.Chrome(options=options)
    try:
        for script in (WATCH, REPAINTS):
            driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": script})
        if line is not None:
            _slow_down(driver, line)
        yield driver
    finally:
        driver.quit()
        shutil.rmtree(profile, ignore_errors=True)


def load(driver: webdriver.Chrome, address: str) -> Load:
    """Open ``address`` and wait until its first chart stands and nothing is loading any more."""
    driver.get_log("performance")
    driver.get(address)
    until(lambda: _state(driver)[0], "no chart with data was drawn")
    chart, long_tasks = _settled(driver)
    wire, requests = _traffic(driver.get_log("performance"))
    return Load(chart, wire, requests, long_tasks)


def watch_panels(driver: webdriver.Chrome, panels: Sequence[str]) -> None:
    """From now on, note when the elements with these CSS paths are repainted."""
    driver.execute_script("window.watchPanels(arguments[0])", list(panels))


def repainted(driver: webdriver.Chrome, part: str, props: dict[str, Any], must: Sequence[str]) -> float:
    """Set ``props`` of the Dash component ``part``, as a choice on the page does, and wait until every panel stands
    still: milliseconds from the choice to the last frame that changed one. Those in ``must`` have to change."""
    driver.execute_script(_CHANGE, part, props)

    def still() -> float | None:
        last, underway, quiet, changed = driver.execute_script(_SINCE)
        done = not underway and quiet > QUIET_SECONDS * 1e3 and set(must) <= set(changed)
        return float(last) if done else None

    return float(until(still, f"no repaint of {', '.join(must)} after {props}"))


def until(condition: Callable[[], Any], why: str) -> Any:
    """The first true value of ``condition``; raises ``TimeoutError`` with ``why``."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise TimeoutError(why)


def _state(driver: webdriver.Chrome) -> list[Any]:
    return list(driver.execute_script(_STATE))


def _settled(driver: webdriver.Chrome) -> tuple[float, float]:
    """(first chart, long tasks) once nothing was loading and no request was added for half a second."""
    last, since = -1, time.monotonic()
    while True:
        chart, busy, requests, long_tasks = _state(driver)
        if busy or requests != last:
            last, since = requests, time.monotonic()
        elif time.monotonic() - since > QUIET_SECONDS:
            return float(chart), float(long_tasks)
        time.sleep(0.1)


def _traffic(entries: list[dict[str, Any]]) -> tuple[int, int]:
    """(bytes, answers) that came over the network; what the browser had kept counts as nothing."""
    finished = [
        message["params"]["encodedDataLength"]
        for message in (json.loads(entry["message"])["message"] for entry in entries)
        if message["method"] == "Network.loadingFinished"
    ]
    over_network = [int(length) for length in finished if length > 0]
    return sum(over_network), len(over_network)


def _slow_down(driver: webdriver.Chrome, line: Line) -> None:
    bytes_a_second = line.megabits * 1e6 / 8
    conditions = {
        "offline": False,
        "latency": line.delay,
        "downloadThroughput": bytes_a_second,
        "uploadThroughput": bytes_a_second,
    }
    driver.execute_cdp_cmd("Network.enable", {})
    driver.execute_cdp_cmd("Network.emulateNetworkConditions", conditions)
