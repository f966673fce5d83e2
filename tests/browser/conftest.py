"""An app on the sandbox in a real browser, and a page object that speaks of what a person does."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from dash import Dash
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.support.ui import WebDriverWait

from sandbox.server import Sandbox

PATIENCE = 20


@pytest.fixture
def start_page(dash_duo: Any, make_app: Callable[..., Dash]) -> Callable[..., Page]:
    """Start an app on the sandbox (or on ``api``) and open one of its pages."""

    def start(path: str = "/", *, api: Sandbox | None = None, **env: str) -> Page:
        dash_duo.start_server(make_app(api, **env), navigate=False)
        page = Page(dash_duo)
        page.open(path)
        return page

    return start


@dataclass
class Page:
    """The page in the browser, in the words of its users."""

    duo: Any

    @property
    def driver(self) -> WebDriver:
        return self.duo.driver

    def open(self, path: str) -> None:
        self.driver.get(self.duo.server.url + path)

    def until(self, condition: Callable[[], Any], why: str = "") -> Any:
        return WebDriverWait(self.driver, PATIENCE, poll_frequency=0.05).until(lambda _: condition(), why)

    def one(self, selector: str) -> Any:
        return self.until(lambda: self._visible(selector), f"{selector} never appeared")

    def _visible(self, selector: str) -> Any:
        found = [element for element in self.driver.find_elements(By.CSS_SELECTOR, selector) if element.is_displayed()]
        return found[0] if found else None

    def text(self, selector: str) -> str:
        return str(self.driver.execute_script("return document.querySelector(arguments[0])?.innerText || ''", selector))

    def says(self, selector: str, words: str) -> None:
        self.until(lambda: words in self.text(selector), f"{selector} never said {words!r}: {self.text(selector)!r}")

    def query(self) -> dict[str, str]:
        return {key: values[0] for key, values in parse_qs(urlsplit(self.driver.current_url).query).items()}

    def traces(self, chart: str) -> dict[str, list[float | None]]:
        """Names and y values of the drawn traces, as Plotly has them."""
        script = """
        const graph = document.querySelector('#' + arguments[0] + ' .js-plotly-plot');
        if (!graph || !graph._fullData || !graph._fullData.length) return null;
        return JSON.stringify(graph._fullData.filter(t => t.name).map(t => [t.name, Array.from(t.y)]));
        """
        found = self.driver.execute_script(script, chart)
        return dict(json.loads(found)) if found else {}

    def drawn(self, chart: str = "usage-chart") -> dict[str, list[float | None]]:
        return self.until(lambda: self.traces(chart), f"{chart} was never drawn")

    def settled(self) -> None:
        """Nothing is loading any more."""
        busy = "return document.querySelectorAll('[data-dash-is-loading=true]').length"
        self.until(lambda: self.driver.execute_script(busy) == 0, "still loading")

    def type_into(self, selector: str, text: str, *, enter: bool = True) -> None:
        box = self.one(selector)
        box.send_keys(Keys.CONTROL, "a")
        box.send_keys(text + (Keys.ENTER if enter else Keys.TAB))

    def choose(self, selector: str, label: str) -> None:
        """Pick the option ``label`` of a select."""
        self.one(selector).click()
        option = self.until(lambda: self.option(label), f"no option {label!r}")
        option.click()

    def pick(self, selector: str, value: str) -> None:
        """Switch a segmented control to ``value``."""
        control = self.one(selector).find_element(By.CSS_SELECTOR, f"input[value='{value}'] + label")
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", control)
        control.click()

    def option(self, label: str) -> Any:
        found = self.driver.find_elements(By.CSS_SELECTOR, "[role=option]")
        return next((one for one in found if one.is_displayed() and label in one.text), None)

    def press(self, selector: str) -> None:
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", self.one(selector))
        self.one(selector).click()

    def history_length(self) -> int:
        return int(self.driver.execute_script("return history.length"))

    def console(self) -> list[str]:
        """Everything in the console that is not plain information."""
        entries = self.driver.get_log("browser")
        return [entry["message"] for entry in entries if entry["level"] not in {"INFO", "DEBUG"}]

    def accessibility(self) -> list[str]:
        """axe-core's serious and critical findings."""
        self.driver.execute_script(axe_source())
        script = "const done = arguments[0]; axe.run(document).then(r => done(r.violations))"
        found = self.driver.execute_async_script(script)
        return [
            f"{one['id']}: {one['help']} {[node['html'][:160] for node in one['nodes']][:4]}"
            for one in found
            if one["impact"] in {"serious", "critical"}
        ]

    def overflow(self) -> int:
        """By how many pixels the page is wider than the window."""
        return int(self.driver.execute_script("return document.documentElement.scrollWidth - window.innerWidth"))


def axe_source() -> str:
    spec = find_spec("axe_playwright_python")
    assert spec is not None
    assert spec.submodule_search_locations
    (found,) = Path(spec.submodule_search_locations[0]).rglob("axe.min.js")
    return found.read_text()
