"""S33: local mode stays on this machine and with the person who started it."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient

from access.setup import open_access
from app import create_app, create_source
from components.shell import LOCAL_MARK
from data.clock import Clock
from data.settings import BadSetting, Settings
from tests.edge.processes import free_port
from tests.rows.identities import audited
from tests.rows.marked import TOKEN, MarkedSandbox, marked

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60
PAGE = f"/accounts/{marked('A').id}"


def settings_of(api: MarkedSandbox, **env: str) -> Settings:
    return Settings.from_env({"METRONOME_BEARER_TOKEN": TOKEN, "METRONOME_BASE_URL": api.url, **env})


@pytest.fixture
def started(api: MarkedSandbox) -> tuple[FlaskClient, str]:
    """An app in local mode, and the path and query to open first."""
    settings = settings_of(api)
    access = open_access(settings, Clock())
    app = create_app(settings, create_source(settings), gate=access.page_gate())
    where = urlsplit(access.start_url)
    return app.server.test_client(), f"{where.path}?{where.query}"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "burnboard.example"])  # noqa: S104  # what is refused
def test_s33_it_does_not_start_anywhere_else(api: MarkedSandbox, host: str) -> None:
    with pytest.raises(BadSetting, match="BURNBOARD_HOST"):
        open_access(settings_of(api, BURNBOARD_HOST=host), Clock())
    for setting in ("BURNBOARD_SOCKET", "BURNBOARD_POLICY_FILE", "BURNBOARD_EMBED_KEYS_FILE"):
        with pytest.raises(BadSetting, match=setting):
            open_access(settings_of(api, **{setting: "/run/x"}), Clock())


def test_s33_the_start_address_opens_it_and_stays_nowhere(started: tuple[FlaskClient, str]) -> None:
    client, start = started
    assert client.get("/").status_code == 403
    first = client.get(start)
    assert (first.status_code, first.headers["Location"]) == (303, "/")
    assert "token" not in first.headers["Location"]
    cookie = first.headers["Set-Cookie"]
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(cookie.split("; "))
    assert start.split("token=")[1] not in cookie
    assert first.headers["Cache-Control"] == "no-store"
    for path in ("/", PAGE, "/_dash-layout", f"{PAGE}/commitments.csv"):
        assert client.get(path).status_code == 200
    assert LOCAL_MARK in client.get("/_dash-layout").text


def test_s33_without_the_token_a_page_says_what_to_open(started: tuple[FlaskClient, str], api: MarkedSandbox) -> None:
    client, start = started
    for path in ("/", PAGE, "/_dash-layout", "/health", "/assets/20-base.css", f"{PAGE}/usage.csv", "/?token=wrong"):
        answer = client.get(path, headers={"Accept": "text/html"})
        assert answer.status_code == 403
        assert "printed when Burnboard started" in answer.text
        assert start.split("token=")[1] not in answer.text
    assert api.requests.all() == []


@pytest.mark.parametrize(
    ("headers", "peer", "reason"),
    [
        ({"Host": "evil.example"}, "127.0.0.1", "wrong_host"),
        ({"Host": "localhost:81"}, "127.0.0.1", "wrong_host"),
        ({"X-Forwarded-For": "127.0.0.1"}, "127.0.0.1", "proxied"),
        ({"X-Forwarded-Proto": "https"}, "127.0.0.1", "proxied"),
        ({"Forwarded": "for=127.0.0.1"}, "127.0.0.1", "proxied"),
        ({"Via": "1.1 proxy"}, "127.0.0.1", "proxied"),
        ({}, "192.0.2.1", "not_loopback"),
        ({}, "", "not_loopback"),
    ],
)
def test_s33_nothing_that_comes_another_way_is_answered(
    started: tuple[FlaskClient, str], headers: dict[str, str], peer: str, reason: str
) -> None:
    """With the cookie too, and with the token itself."""
    client, start = started
    client.get(start)
    with audited() as lines:
        for path in ("/", PAGE, start, "/_dash-layout"):
            answer = client.get(path, headers=headers, environ_overrides={"REMOTE_ADDR": peer})
            assert answer.status_code == 403
            assert "Set-Cookie" not in answer.headers
    assert [line["reason"] for line in lines] == [reason] * 4


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "http://localhost:3000"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({}, 403),
        ({"Origin": "http://localhost", "Content-Type": "text/plain"}, 415),
        ({"Origin": "http://localhost", "Content-Type": "application/x-www-form-urlencoded"}, 415),
        ({"Origin": "http://localhost", "Content-Type": "application/json"}, 400),
    ],
)
def test_s33_another_sites_page_cannot_use_the_cookie(
    started: tuple[FlaskClient, str], headers: dict[str, str], status: int
) -> None:
    """The last one is the app's own page, so that what it sends is read, and found to be nonsense."""
    client, start = started
    client.get(start)
    given = {"Content-Type": "application/json"} | headers
    assert client.post("/_dash-update-component", data="{}", headers=given).status_code == status


def test_s33_without_a_token_it_is_open_to_this_machine_alone(api: MarkedSandbox) -> None:
    settings = settings_of(api, BURNBOARD_START_TOKEN="off")
    assert "token" not in open_access(settings, Clock()).start_url
    client = create_app(settings, create_source(settings)).server.test_client()
    assert client.get("/").status_code == 200
    assert client.get("/", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 403
    assert client.get("/", environ_overrides={"REMOTE_ADDR": "192.0.2.1"}).status_code == 403


@contextmanager
def run(**env: str) -> Iterator[str]:
    """``make run`` without make; the address that it prints."""
    quiet = {name: value for name, value in os.environ.items() if not name.startswith(("BURNBOARD_", "METRONOME_"))}
    process = subprocess.Popen([sys.executable, "-m", "sandbox.launch"], cwd=ROOT, env=quiet | env, text=True,
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, start_new_session=True)  # fmt: skip
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("Burnboard: http://127.0.0.1:"), line
        yield line.split()[-1]
    finally:
        process.terminate()
        try:
            process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()


def asked(netloc: str, path: str, **headers: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection(netloc, timeout=PATIENCE)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        answer.read()
        return answer
    finally:
        connection.close()


@pytest.mark.process
def test_s33_the_printed_address_opens_every_worker_of_a_real_start() -> None:
    """Each worker is a process of its own; all of them go by the one token that was printed."""
    with run(BURNBOARD_PORT=str(free_port()), BURNBOARD_WORKERS="2") as url:
        where = urlsplit(url)
        assert where.query.startswith("token=")
        assert len(where.query) > 40
        until = time.monotonic() + PATIENCE
        while (first := asked(where.netloc, f"/?{where.query}")).status == 503 and time.monotonic() < until:
            time.sleep(0.2)  # a worker that is still starting says so
        assert first.status == 303
        cookie = (first.getheader("Set-Cookie") or "").split(";")[0]
        assert f"start-{where.port}=" in cookie
        with_it = [asked(where.netloc, "/_dash-layout", Cookie=cookie).status for _ in range(20)]
        assert set(with_it) <= {200, 503}
        assert with_it[-1] == 200
        assert asked(where.netloc, "/_dash-layout").status == 403
        assert asked(where.netloc, "/", Cookie=cookie, Host="evil.example").status == 403
        assert asked(where.netloc, "/", Cookie=cookie, **{"X-Forwarded-For": "127.0.0.1"}).status == 403
