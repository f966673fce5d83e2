"""S34: what Dash can be told by the environment stays as the app wants it, when it is built and when it is started the
way that it ships: no tools for agents, no debugger, no development bundles, no scripts from elsewhere. And no HTML and
no header tells a version of what the app runs on."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest
import requests

from tests.rows.marked import TOKEN, MarkedSandbox, marked
from tests.rows.recorder import Driver
from tests.rows.worlds import Apps, apps_of

ROOT = Path(__file__).resolve().parents[2]
A = marked("A")
SWITCHES = {
    **dict.fromkeys(
        (
            *("DASH_MCP_ENABLED", "DASH_DEBUG", "DASH_HOT_RELOAD", "DASH_SERVE_DEV_BUNDLES", "DASH_UI"),
            *("DASH_PROPS_CHECK", "DASH_PRUNE_ERRORS", "DASH_COMPRESS", "DASH_SUPPRESS_CALLBACK_EXCEPTIONS"),
            *("FLASK_DEBUG", "WERKZEUG_DEBUG_PIN"),
        ),
        "true",
    ),
    "DASH_ASSETS_EXTERNAL_PATH": "https://evil.example/assets/",
    "DASH_INCLUDE_ASSETS_FILES": "false",
    "DASH_MCP_PATH": "_dash-layout-of-agents",
}
CLOSED = ("_mcp", "_dash-layout-of-agents", "_reload-hash", "console", "?__debugger__=yes&cmd=resource&f=debugger.js")
VERSIONED = ("dash", "flask", "werkzeug", "plotly", "granian", "dash-mantine-components")
PAGES = {"cs": ("", f"accounts/{A.id}"), "embed": ("k1/usage",)}
TOOLS = {"jsonrpc": "2.0", "method": "tools/list", "id": 1}
PATIENCE = 60.0


def set_switches(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SWITCHES.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def switched(api: MarkedSandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[Apps]:
    set_switches(monkeypatch)
    with apps_of(api) as apps:
        yield apps


def told_versions(text: str) -> list[str]:
    """The versions of what the app runs on that stand in a text, and any that is called one."""
    numbers = [version(name) for name in VERSIONED] + [".".join(map(str, sys.version_info[:3]))]
    named = re.findall(r"(?i)\w*_version\W{0,4}\d[\w.]*|(?:dash|flask|werkzeug|granian|python)[/ ]\d[\w.]*", text)
    return [*named, *(one for one in numbers if re.search(rf"(?<![\d.]){re.escape(one)}(?![\d.])", text))]


def without_addresses(html: str) -> str:
    """Dash's own bundles carry the version of their package in their address, which is what makes them cacheable."""
    return re.sub(r'(?:src|href)="[^"]*"', "", html)


@pytest.mark.parametrize("name", Apps.NAMES)
def test_s34_no_switch_of_the_environment_opens_anything(switched: Apps, name: str) -> None:
    driver = switched.driver(name)
    rules = {rule.rule for rule in driver.app.server.url_map.iter_rules()}
    assert [rule for rule in rules if "mcp" in rule or "agents" in rule or "debug" in rule] == []
    for path in CLOSED:
        assert closed(driver, path), path
    page = driver.get(PAGES[name][0]).text
    assert "evil.example" not in page
    assert ".dev." not in page
    assert "/assets/" in page
    assert not driver.app.config.suppress_callback_exceptions
    assert not driver.app.server.debug


def closed(driver: Driver, path: str) -> bool:
    """404, or what the same address answers without the question after it; nothing of a tool in it either way."""
    answers = [driver.get(path), driver.client.post(driver.prefix + path.lstrip("/"), json={}, headers=driver.headers)]
    text = " ".join(one.text for one in answers)
    known = path == "_reload-hash"  # one of Dash's own, which names no file unless it watches them
    return not re.search(r"jsonrpc|tools/list|EVALEX|__debugger__|\"hard\": true|\.css\"", text) and (
        known or all(one.status_code in (200, 400, 401, 403, 404, 405, 415) for one in answers)
    )


@pytest.mark.parametrize("name", Apps.NAMES)
def test_s34_no_page_tells_a_version(switched: Apps, name: str) -> None:
    driver = switched.driver(name)
    for path in (*PAGES[name], "_dash-layout", "_dash-dependencies", "nothing-here"):
        answer = driver.get(path, headers={**driver.headers, "Accept": "text/html"})
        headers = " ".join(f"{key}: {value}" for key, value in answer.headers if key != "Content-Security-Policy")
        assert told_versions(without_addresses(answer.text) + headers) == [], path


def test_s34_the_search_sees_a_version() -> None:
    assert told_versions('{"dash_version":"4.4.1"}')
    assert told_versions("Server: Werkzeug/3.1.9")
    assert told_versions(f"built on {version('dash')}")
    assert told_versions("10.20.30.40 and 1.2.3") == []


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@pytest.mark.process
def test_s34_started_as_it_ships_nothing_is_open(api: MarkedSandbox, port: int) -> None:
    env = {
        **os.environ, **SWITCHES, "METRONOME_BEARER_TOKEN": TOKEN, "METRONOME_BASE_URL": api.url,
        "BURNBOARD_PORT": str(port), "BURNBOARD_START_TOKEN": "off", "BURNBOARD_LOG": "json",
    }  # fmt: skip
    command = [sys.executable, "app.py", "--until-stdin-closes"]
    with subprocess.Popen(
        command, cwd=ROOT, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as app:
        try:
            base = f"http://127.0.0.1:{port}/"
            page = first_answer(base, app)
            assert page.status_code == 200
            assert told_versions(without_addresses(page.text) + str(page.headers)) == []
            assert "evil.example" not in page.text
            assert ".dev." not in page.text
            for path in CLOSED[:4]:
                answer = requests.get(base + path, timeout=PATIENCE)
                assert answer.status_code == 404 or path == "_reload-hash", path
                posted = requests.post(
                    base + path, json={"jsonrpc": "2.0", "method": "tools/list", "id": 1}, timeout=PATIENCE
                )
                assert posted.status_code in (400, 403, 404, 405), path
                assert "jsonrpc" not in answer.text + posted.text
        finally:
            assert app.stdin is not None
            app.stdin.close()  # the app ends itself
            app.wait(PATIENCE)
            told = (app.stdout.read() if app.stdout else "") + (app.stderr.read() if app.stderr else "")
    assert "MARK_TOKEN" not in told
    assert "Debugger" not in told


def first_answer(base: str, app: subprocess.Popen[str]) -> requests.Response:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and app.poll() is None:
        try:
            return requests.get(base, timeout=PATIENCE)
        except requests.ConnectionError:
            time.sleep(0.2)
    raise AssertionError(f"the app never answered: {app.poll()}")
