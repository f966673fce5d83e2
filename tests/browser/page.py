"""A page object that speaks of what a person does, and what one asks of every page: console, axe, width, focus."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.actions.action_builder import ActionBuilder
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.support.ui import WebDriverWait

PATIENCE = 20
WATCH = """
const ask = window.fetch;
window.askedFor = [];
window.fetch = (where, how) => {
  const isQuestion = String(where.url || where).includes('_dash-update-component');
  if (isQuestion) window.askedFor.push(JSON.parse(how.body).output.replace(/^\\.\\./, '').split('.')[0]);
  return ask(where, how);
};
"""
BAR = """
const found = [];
for (const group of document.querySelectorAll('#' + arguments[0] + ' .trace.bars')) {
  const trace = group.__data__[0].trace;
  group.querySelectorAll('.point').forEach((bar, at) => {
    const {left, top, width, height} = bar.getBoundingClientRect();
    found.push({left, top, width, height, series: trace.index, receipt: trace.customdata[at]});
  });
}
return found;
"""


@dataclass
class Page:
    """The page in the browser, in the words of its users. ``url`` is the app's address without a slash at its end."""

    driver: WebDriver
    url: str

    def open(self, path: str) -> None:
        self.driver.get(self.url + path)

    def until(self, condition: Callable[[], Any], why: str = "") -> Any:
        waiting = WebDriverWait(
            self.driver, PATIENCE, poll_frequency=0.05, ignored_exceptions=[StaleElementReferenceException]
        )
        return waiting.until(lambda _: condition(), why)

    def script(self, script: str, *arguments: Any) -> Any:
        return self.driver.execute_script(script, *arguments)

    def one(self, selector: str) -> Any:
        return self.until(lambda: self.visible(selector), f"{selector} never appeared")

    def visible(self, selector: str) -> Any:
        """The first element of ``selector`` that can be seen, None without one."""
        found = [element for element in self.driver.find_elements(By.CSS_SELECTOR, selector) if element.is_displayed()]
        return found[0] if found else None

    def text(self, selector: str) -> str:
        return str(self.script("return document.querySelector(arguments[0])?.innerText || ''", selector))

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
        found = self.script(script, chart)
        return dict(json.loads(found)) if found else {}

    def drawn(self, chart: str = "usage-chart") -> dict[str, list[float | None]]:
        return self.until(lambda: self.traces(chart), f"{chart} was never drawn")

    def settled(self) -> None:
        """Nothing that can be seen is loading any more, and every panel has had an answer."""
        busy = """
        const loading = document.querySelectorAll('[data-dash-is-loading=true], .panel-summary .skeleton');
        return [...loading].some(one => one.offsetParent !== null);
        """
        self.until(lambda: not self.script(busy), "still loading")

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
        self.script("arguments[0].scrollIntoView({block: 'center'})", control)
        control.click()

    def option(self, label: str) -> Any:
        found = self.driver.find_elements(By.CSS_SELECTOR, "[role=option]")
        return next((one for one in found if one.is_displayed() and label in one.text), None)

    def press(self, selector: str) -> None:
        self.script("arguments[0].scrollIntoView({block: 'center'})", self.one(selector))
        self.one(selector).click()

    def keys(self, *keys: str) -> None:
        """Press keys wherever the focus is."""
        ActionChains(self.driver).send_keys(*keys).perform()

    def focused(self) -> str:
        """The id of the element with the focus, or its tag and text where it has none."""
        return str(self.script("const e = document.activeElement; return e.id || e.tagName + ' ' + e.innerText"))

    def tab_to(self, selector: str, *, most: int = 60, back: bool = False) -> None:
        """Tab until the focus is on an element of ``selector``; an error when it is never reached."""
        for _ in range(most):
            self.tab(back=back)
            if self.script("return document.activeElement.matches(arguments[0])", selector):
                return
        raise AssertionError(f"{selector} was not reached by Tab, which ended on {self.focused()}")

    def tab(self, *, back: bool = False) -> None:
        if back:
            ActionChains(self.driver).key_down(Keys.SHIFT).send_keys(Keys.TAB).key_up(Keys.SHIFT).perform()
        else:
            self.keys(Keys.TAB)

    def watch(self) -> None:
        """From the next page that loads on, ``asked`` knows what the server is asked."""
        self.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": WATCH})

    def asked(self) -> list[str]:
        """The questions to the server since the page loaded or this was last read: of each, the first id it fills."""
        return sorted(self.script("return window.askedFor.splice(0)"))

    def receipt(self) -> str:
        """The id of the receipt that the open drawer shows, once it shows that of the address."""
        self.until(lambda: self._receipt_shown() == self.query()["receipt"], "the receipt never came")
        return self.query()["receipt"]

    def _receipt_shown(self) -> str | None:
        shown = self.visible("#receipt-drawer[open] [data-receipt-shown]")
        return shown.get_attribute("data-receipt-shown") if shown else None

    def press_bar(self, chart: str, *, series: int, part: float) -> str:
        """Click the tallest bar of a series (of those that have any) at ``part`` of its width. Its receipt."""
        self.script("document.getElementById(arguments[0]).scrollIntoView({block: 'center'})", chart)
        bars = [bar for bar in self.script(BAR, chart) if bar["height"] > 4]
        wanted = sorted({bar["series"] for bar in bars})[series]
        bar = max((bar for bar in bars if bar["series"] == wanted), key=lambda bar: bar["height"])
        across, down = bar["left"] + part * bar["width"], bar["top"] + bar["height"] / 2
        pointer = ActionBuilder(self.driver)
        pointer.pointer_action.move_to_location(across - 1, down).pause(0.2).move_to_location(across, down).pause(0.2)
        pointer.pointer_action.click()
        pointer.perform()
        return str(bar["receipt"])

    def try_again(self, panel: str) -> None:
        self.press(f"#{panel}-notice [data-retry]")

    def history_length(self) -> int:
        return int(self.script("return history.length"))

    def prefer(self, scheme: str) -> None:
        """As if the system asked for ``light`` or ``dark``."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})

    def resize(self, width: int, height: int = 900) -> None:
        """Give the page a viewport of its own size, narrower than a window can be."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        self.driver.execute_cdp_cmd("Emulation.setScrollbarsHidden", {"hidden": True})

    def console(self) -> list[str]:
        """Everything in the console that is not plain information."""
        entries = self.driver.get_log("browser")
        return [entry["message"] for entry in entries if entry["level"] not in {"INFO", "DEBUG"}]

    def accessibility(self) -> list[str]:
        """axe-core's serious and critical findings."""
        self.script(axe_source())
        script = "const done = arguments[0]; axe.run(document).then(r => done(r.violations))"
        found = self.driver.execute_async_script(script)
        return [
            f"{one['id']}: {one['help']} {[node['html'][:160] for node in one['nodes']][:4]}"
            for one in found
            if one["impact"] in {"serious", "critical"}
        ]

    def overflow(self) -> int:
        """By how many pixels the page is wider than the window."""
        return int(self.script("return document.documentElement.scrollWidth - window.innerWidth"))


def axe_source() -> str:
    spec = find_spec("axe_playwright_python")
    assert spec is not None
    assert spec.submodule_search_locations
    (found,) = Path(spec.submodule_search_locations[0]).rglob("axe.min.js")
    return found.read_text()
