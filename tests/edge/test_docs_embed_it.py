"""docs/how-to/embed-it.md, followed word for word: its commands in order in one shell, its Python with the official
SDK, its page and its iframe in Chromium without third-party cookies. Only the two ports are others."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import Any

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select, WebDriverWait

from tests.browser.page import Page
from tests.browser.sites import browser
from tests.edge.processes import free_port

pytestmark = [pytest.mark.browser, pytest.mark.process]
ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "how-to" / "embed-it.md"
PATIENCE = 90.0
DONE = "__this block is done__"


class Shell:
    """One shell for all commands, as a person has one; it ends with everything that was started in it."""

    def __init__(self, env: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            ["bash", "-euo", "pipefail"],
            cwd=ROOT,
            env=env,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._lines: Queue[str | None] = Queue()
        Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self._process.stdout or ():
            self._lines.put(line)
        self._lines.put(None)

    def run(self, block: str) -> str:
        """What the commands print; an error when one of them fails or none ends."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{block}\necho; echo '{DONE}'\n")
        self._process.stdin.flush()
        said: list[str] = []
        while True:
            try:
                line = self._lines.get(timeout=PATIENCE)
            except Empty:
                raise AssertionError(f"It did not end:\n{block}\n{''.join(said)}") from None
            assert line is not None, f"It failed:\n{block}\n{''.join(said)}"
            if line.strip() == DONE:
                return "".join(said)
            said.append(line)

    def end(self) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            os.killpg(self._process.pid, signal.SIGTERM)
            self._process.wait(20)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            pass
        finally:
            if self._process.stdout is not None:
                self._process.stdout.close()


def blocks(ports: dict[str, str]) -> list[tuple[str, str]]:
    """Kind and text of everything in fences, in order."""
    text = GUIDE.read_text()
    for one, other in ports.items():
        text = text.replace(one, other)
    return re.findall(r"^```(\w+)\n(.*?)^```", text, re.S | re.M)


def until(driver: Chrome, condition: Callable[[], Any]) -> Any:
    return WebDriverWait(driver, 60, poll_frequency=0.1).until(lambda _: condition())


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[tuple[Shell, dict[str, str]]]:
    ports = {"8050": str(free_port()), "8090": str(free_port())}
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("BURNBOARD_", "METRONOME_"))}
    running = Shell({**kept, "HOME": str(tmp_path), "BURNBOARD_PORT": ports["8050"]})
    try:
        yield running, ports
    finally:
        running.end()


@pytest.fixture
def driver() -> Iterator[Chrome]:
    with browser({}) as chrome:
        chrome.set_window_size(1100, 1000)
        yield chrome


def in_frame(driver: Chrome, script: str, frame: str = "iframe") -> Any:
    driver.switch_to.default_content()
    found = driver.find_elements(By.CSS_SELECTOR, frame)
    if not found:
        return None
    driver.switch_to.frame(found[0])
    try:
        return driver.execute_script(script)
    finally:
        driver.switch_to.default_content()


def shows(driver: Chrome, words: str) -> None:
    until(driver, lambda: words in (in_frame(driver, "return document.body ? document.body.innerText : ''") or ""))


def test_the_guide_leads_from_nothing_to_a_frame_in_a_page(shell: tuple[Shell, dict[str, str]], driver: Chrome) -> None:
    running, ports = shell
    told = blocks(ports)
    kinds = [kind for kind, _ in told]
    assert kinds == ["sh", "sh", "sh", "sh", "python", "sh", "html", "sh", "html"]
    said = [running.run(_as_shell(kind, text)) for kind, text in told[:6]]
    look_at_links(said, ports, driver)
    look_at_sample_host(ports, driver)
    look_at_page(told[6][1], ports, driver)
    look_at_iframe(told[8][1], said[2].strip().splitlines()[-1], driver)
    running.run(told[7][1])


def _as_shell(kind: str, text: str) -> str:
    return f".venv/bin/python - <<'END_OF_PYTHON'\n{text}END_OF_PYTHON" if kind == "python" else text


def look_at_links(said: list[str], ports: dict[str, str], driver: Chrome) -> None:
    """The command line, curl and the SDK each gave a link that opens."""
    base = f"http://127.0.0.1:{ports['8050']}/embed/portal-1/"
    by_hand = said[2].strip().splitlines()[-1]
    by_curl = json.loads(said[3])["data"]["url"]
    by_sdk = said[4].strip()
    for url, name, words in (
        (by_hand, "usage", "API requests"),
        (by_curl, "invoices", "Invoices"),
        (by_sdk, "usage", "API requests"),
    ):
        assert url.startswith(f"{base}{name}#t="), url
        driver.get("about:blank")  # the next address differs from this one by its token alone
        driver.get(url)
        Page(driver, "").says("body", words)
    script = driver.execute_script
    assert script("return getComputedStyle(document.querySelector('h2')).color") == "rgb(27, 42, 65)"
    until(driver, lambda: script("return document.getElementById('usage-group').value") == "Where")


def look_at_sample_host(ports: dict[str, str], driver: Chrome) -> None:
    driver.get(f"http://localhost:{ports['8090']}/")
    shows(driver, "API requests")
    Select(driver.find_element(By.ID, "theme")).select_by_value("dark")
    scheme = "return document.documentElement.getAttribute('data-mantine-color-scheme')"
    until(driver, lambda: in_frame(driver, scheme) == "dark")
    Select(driver.find_element(By.ID, "dashboard")).select_by_value("commits_and_credits")
    shows(driver, "Daily burndown")
    until(driver, lambda: in_frame(driver, scheme) == "dark")
    inner = "return Math.ceil(document.body.getBoundingClientRect().height)"
    outer = "return document.querySelector('iframe').offsetHeight"
    until(driver, lambda: in_frame(driver, inner) == driver.execute_script(outer))
    assert driver.find_element(By.ID, "said").text == ""
    assert [one["message"] for one in driver.get_log("browser") if "favicon" not in one["message"]] == []


def look_at_page(html: str, ports: dict[str, str], driver: Chrome) -> None:
    """The lines that the guide gives for one's own page, in the sample's, which forbids scripts in its text."""
    driver.get(f"http://localhost:{ports['8090']}/")
    script = re.findall(r"<script>(.*?)</script>", html, re.S)
    source = re.findall(r'<script src="([^"]+)">', html)
    assert source == [driver.execute_script("return document.scripts[0].src")]
    driver.execute_script("document.body.innerHTML = arguments[0]", html.partition("<script")[0])
    driver.execute_script(script[0])
    shows(driver, "API requests")


def look_at_iframe(html: str, link: str, driver: Chrome) -> None:
    driver.execute_script("document.body.innerHTML = arguments[0]", html.replace("the link", link))
    shows(driver, "API requests")
    assert driver.find_element(By.TAG_NAME, "iframe").rect["height"] == 700
