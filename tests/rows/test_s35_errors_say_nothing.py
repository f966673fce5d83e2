"""S35: an error says nothing. In every callback and every route of both apps something is raised that knows a secret, a
file, a version and another account; what comes back is a sentence and a request id, what is logged is the whole trace
under the same id, without the API token. An error in what stands before the routes runs nothing at all."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.test import Client, TestResponse

from components import ids
from data.clock import Clock
from data.events import REQUEST_ID
from data.scope import LOCAL
from data.settings import LogForm, Secret
from server.front import Front, Site
from server.health import Health
from server.logs import formatter
from tests.rows.marked import NOW_AT, SEARCH, TOKEN, MarkedSandbox, marked
from tests.rows.recorder import on_the_server, record
from tests.rows.worlds import Apps, apps_of, cs_app, cs_driver, fronted

A, B = marked("A"), marked("B")
SAID = f"MARK_SECRET in /srv/burnboard/keys.py, Dash 4.4.1, of {B.mark}account {B.id}, sent Bearer {TOKEN}"
TELLTALE = (
    re.compile(r"Traceback|File \"|line \d+|site-packages|\.py\b|RuntimeError|raise |Exception"),
    re.compile(r"MARK_SECRET|MARK_TOKEN|MARK_B_"),
    re.compile(r"(?i)dash[ /]?\d|flask[ /]?\d|werkzeug|granian|python[ /]?\d|\b\d+\.\d+\.\d+\b"),
)
REQUEST = re.compile(r"[A-Za-z0-9._-]{8,64}")


class Planted(RuntimeError):
    """What goes wrong."""


def break_down(*_: Any, **__: Any) -> Any:
    raise Planted(SAID)


@pytest.fixture
def apps(api: MarkedSandbox) -> Iterator[Apps]:
    with apps_of(api) as both:
        yield both


class Lines(logging.Handler):
    """What the log would hold, written as it is in production, at the moment at which it is."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(formatter(LogForm.JSON, Secret(TOKEN)))
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))

    def taken(self) -> list[str]:
        """The lines with what was planted, once."""
        found, self.lines = [one for one in self.lines if Planted.__name__ in one], []
        return found


@pytest.fixture
def log() -> Iterator[Lines]:
    lines = Lines()
    logging.getLogger().addHandler(lines)
    yield lines
    logging.getLogger().removeHandler(lines)


def assert_says_nothing(answer: TestResponse, log: Lines, *, status: int = 500) -> None:
    headers = "\n".join(f"{name}: {value}" for name, value in answer.headers if name != "Content-Security-Policy")
    assert answer.status_code == status
    text = f"{headers}\n{answer.text}"
    assert [found[0] for one in TELLTALE if (found := one.search(text))] == []
    assert B.id not in text
    lines = log.taken()
    if status == 500 and answer.text:
        body = answer.get_json()
        assert REQUEST.fullmatch(body["request_id"])
        (line,) = lines
        assert body["request_id"] in line
        assert "break_down" in line
        assert "MARK_TOKEN" not in line


@pytest.mark.parametrize("name", Apps.NAMES)
def test_s35_no_callback_says_what_went_wrong_in_it(apps: Apps, name: str, log: Lines) -> None:
    driver = apps.driver(name)
    recorded, working = record(driver), driver.app.callback_map
    assert recorded.keys() == on_the_server(driver.app).keys()
    for output, one in recorded.items():
        kept = working[output]["callback"]
        working[output]["callback"] = break_down
        try:
            assert_says_nothing(driver.post(one.body), log)
        finally:
            working[output]["callback"] = kept
        assert driver.post(one.body).status_code == 200


@pytest.mark.parametrize("name", Apps.NAMES)
def test_s35_no_route_says_what_went_wrong_in_it(apps: Apps, name: str, log: Lines) -> None:
    """Those that are not this viewer's to use answer as they do anyway."""
    driver = apps.driver(name)
    server, broken = driver.app.server, 0
    for rule in server.url_map.iter_rules():
        method = "GET" if "GET" in (rule.methods or ()) else "POST"
        kept = server.view_functions[rule.endpoint]
        server.view_functions[rule.endpoint] = break_down
        try:
            answer = driver.client.open(path_of(rule.rule), method=method, headers=driver.headers, json=_body(method))
            broken += answer.status_code == 500
            assert_says_nothing(answer, log, status=answer.status_code)
        finally:
            server.view_functions[rule.endpoint] = kept
    assert broken >= 8


def path_of(rule: str) -> str:
    filled = (
        rule.replace("<customer_id>", A.id)
        .replace("<invoice_id>", A.invoices[0])
        .replace("<path:path>", f"accounts/{A.id}")
    )
    return re.sub(r"<[^>]+>", "nothing", filled)


def _body(method: str) -> dict[str, str] | None:
    return {"token": "x"} if method == "POST" else None


@pytest.mark.parametrize("name", Apps.NAMES)
def test_s35_an_error_before_the_routes_runs_nothing(apps: Apps, name: str, api: MarkedSandbox, log: Lines) -> None:
    driver = apps.driver(name)
    body = next(one.body for output, one in record(driver).items() if ids.USAGE_CHART in output)
    checks = driver.app.server.before_request_funcs[None]
    api.forget()
    for place in range(len(checks)):
        kept, checks[place] = checks[place], break_down
        try:
            assert_says_nothing(driver.post(body), log)
        finally:
            checks[place] = kept
    assert api.lines == []


class Breaking:
    """A gate that breaks down."""

    def admit(self, environ: Any) -> Any:
        return break_down(environ)


def test_s35_an_error_while_deciding_who_asks_lets_nobody_in(api: MarkedSandbox, log: Lines) -> None:
    client = fronted(cs_app(api, gate=Breaking()))
    for path in (f"/accounts/{A.id}/usage.csv{SEARCH}", "/_dash-layout", "/"):
        assert_says_nothing(client.get(path), log)
    assert_says_nothing(client.post("/_dash-update-component", json={}), log)
    assert api.lines == []


def test_s35_what_breaks_in_a_panel_is_a_state_of_it_with_the_id_of_the_request(
    api: MarkedSandbox, monkeypatch: pytest.MonkeyPatch, log: Lines
) -> None:
    """Not a 500, at which the page would silently keep the old chart."""
    driver = cs_driver(api)
    recorded = record(driver)
    monkeypatch.setattr("data.metronome_source.MetronomeSource.usage", break_down)
    monkeypatch.setattr("data.metronome_source.MetronomeSource.balances", break_down)
    fresh = cs_driver(api)
    for ident in (ids.USAGE_CHART, ids.BURNDOWN_CHART, ids.part("balances", "main")):
        body = next(one.body for output, one in recorded.items() if ident in output)
        token = REQUEST_ID.set("a-request-of-mine")
        try:
            answer = fresh.post(body)
        finally:
            REQUEST_ID.reset(token)
        assert answer.status_code == 200
        assert "notice-error" in answer.text
        assert "a-request-of-mine" in answer.text
        assert [found[0] for one in TELLTALE[:2] if (found := one.search(answer.text))] == []
    assert len(log.taken()) == 3


@pytest.mark.parametrize("form", LogForm)
def test_s35_the_log_has_the_whole_trace_without_the_token(
    api: MarkedSandbox, form: LogForm, caplog: pytest.LogCaptureFixture
) -> None:
    driver = cs_driver(api)
    driver.app.server.view_functions["download_usage_csv"] = break_down
    answer = driver.get(f"accounts/{A.id}/usage.csv")
    (logged,) = [one for one in caplog.records if one.exc_info]
    line = formatter(form, Secret(TOKEN)).format(logged)
    assert [
        word for word in ("Planted", "break_down", "MARK_SECRET", answer.get_json()["request_id"]) if word not in line
    ] == []
    assert "MARK_TOKEN" not in line
    if form is LogForm.JSON:
        assert json.loads(line)["channel"] == "burnboard"


def test_s35_the_front_says_nothing_either(log: Lines) -> None:
    """The outermost layer, when what is behind it breaks in a way that Flask does not catch."""
    front = Front("/", Health(leaving=lambda: False, problems=tuple), Clock(NOW_AT))
    assert_says_nothing(Client(front.open(Site(break_down, "local"), None)).get("/accounts"), log)


def test_s35_errors_of_dash_and_flask_themselves_are_problems_too(api: MarkedSandbox) -> None:
    driver = cs_driver(api, scope=LOCAL)
    for path in ("_dash-component-suites/dash/nothing.js", "_dash-component-suites/os/x.js", "assets/../app.py",
                 "assets/x", "_reload-hash", "_mcp", "%00", "accounts/%ff"):  # fmt: skip
        answer = driver.get(path)
        assert answer.status_code in (200, 400, 404), path
        assert [found[0] for one in TELLTALE[:2] if (found := one.search(answer.text))] == [], path
