"""The embed app in a frame of another site: the app on 127.0.0.1, the page that holds the frame on localhost, and a
browser that keeps nothing for third parties."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Thread
from typing import Any

from flask import Flask
from selenium.webdriver import Chrome
from selenium.webdriver.chrome.options import Options
from werkzeug.serving import WSGIRequestHandler, make_server

from access.embed.link_signing import sign_link
from access.embed.setup import open_embed
from app import create_source
from data.clock import Clock
from data.settings import Settings
from embed_app import create_embed_app
from sandbox.server import Sandbox
from tests.browser.page import Page
from tests.conftest import FLAGS, NOW
from tests.embeds import Ring

KID = "acme"
# The page of a host: one frame as wide as the page, as high as it says; what it says is kept for the test.
HOST_PAGE = """<!doctype html><html lang="en"><head><title>Host</title><meta charset="utf-8"><style>
body { margin: 0; padding: 16px; font-family: Georgia, serif; background: #fbf7ef }
body.is-dark { background: #10141c; color-scheme: dark }
iframe { display: block; width: 100%; border: 0 } </style></head><body><script src="/host.js"></script></body></html>"""
HOST_SCRIPT = """
window.heard = []; window.links = []; window.origins = [];
window.show = (url) => {
  document.querySelectorAll('iframe').forEach((one) => one.remove());
  const frame = document.createElement('iframe');
  frame.setAttribute('sandbox', 'allow-scripts allow-same-origin allow-downloads');
  frame.src = url; window.frame = document.body.appendChild(frame);
};
window.tell = (message) => window.frame.contentWindow.postMessage(
  Object.assign({source: 'burnboard-host', version: 1}, message), '*');
addEventListener('message', (event) => {
  if (event.source !== window.frame.contentWindow) return;
  window.heard.push(event.data); window.origins.push(event.origin);
  if (event.data.type === 'height') window.frame.style.height = event.data.height + 'px';
  if (event.data.type === 'expired' && window.links.length) window.tell({type: 'token', token: window.links.shift()});
});
"""


@dataclass
class Log:
    """What the embed app was asked and what it answered."""

    requests: list[tuple[str, str, Mapping[str, str]]] = field(default_factory=list)
    answers: list[tuple[str, int, Mapping[str, str]]] = field(default_factory=list)

    def paths(self) -> list[str]:
        return [path for _, path, _ in self.requests]


@dataclass
class Framed:
    """``app`` and ``host`` are addresses without a slash at their end."""

    driver: Chrome
    app: str
    host: str
    ring: Ring
    log: Log

    @property
    def page(self) -> Page:
        return Page(self.driver, self.app)

    def link(self, customer: str, dashboard: str, *, opt: Mapping[str, Any] | None = None, **more: Any) -> str:
        """A link as the host's backend signs it."""
        return sign_link(
            self.ring.private[KID], algorithm="HS256", kid=KID, public_url=f"{self.app}/", customer_id=customer,
            dashboard=dashboard, options=opt, more=more,
        )  # fmt: skip

    def show(self, url: str) -> Page:
        """Open ``url`` in a frame of the host's page, and go into it."""
        self.open_host()
        self.driver.execute_script("window.show(arguments[0])", url)
        return self.inside()

    def open_host(self) -> None:
        self.driver.switch_to.default_content()
        self.driver.get(f"{self.host}/")

    def inside(self) -> Page:
        self.driver.switch_to.default_content()
        self.driver.switch_to.frame(self.driver.find_element("css selector", "iframe"))
        return self.page

    def outside(self, script: str, *arguments: Any) -> Any:
        """Run ``script`` in the host's page and come back into the frame."""
        self.driver.switch_to.default_content()
        try:
            return self.driver.execute_script(script, *arguments)
        finally:
            self.driver.switch_to.frame(self.driver.find_element("css selector", "iframe"))

    def heard(self) -> list[dict[str, Any]]:
        return list(self.outside("return window.heard"))


@contextmanager
def framed(
    sandbox: Sandbox, *, now: str = NOW, session_seconds: int = 300, window: str = "1280,900"
) -> Iterator[Framed]:
    """Both sites and the browser, until the end of the block."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="burnboard-embed-")))
        host = stack.enter_context(served(host_site(), "localhost"))
        ring = Ring(folder).add(KID, origins=[host]).write()
        log = Log()
        late = Flask("late", static_folder=None)
        app_url = stack.enter_context(served(late, "127.0.0.1"))
        late.wsgi_app = embed_site(sandbox, ring, log, public_url=f"{app_url}/", now=now, seconds=session_seconds)  # type: ignore[method-assign]
        driver = stack.enter_context(closed_browser(window))
        yield Framed(driver, app_url, host, ring, log)


def embed_site(sandbox: Sandbox, ring: Ring, log: Log, *, public_url: str, now: str, seconds: int) -> Any:
    settings = Settings.from_env(
        {
            "METRONOME_BEARER_TOKEN": "test-token",
            "METRONOME_BASE_URL": sandbox.url,
            "BURNBOARD_NOW": now,
            "BURNBOARD_AUTH": "embed",
            "BURNBOARD_EMBED_KEYS_FILE": str(ring.path),
            "BURNBOARD_PUBLIC_URL": public_url,
            "BURNBOARD_UPSTREAM_RPS": "1000",
            "BURNBOARD_UPSTREAM_BURST": "1000",
        }
    )
    embed = open_embed(settings, Clock(), session_seconds=seconds)
    site = create_embed_app(
        settings, create_source(settings, Clock(datetime.fromisoformat(now))), embed
    ).server.wsgi_app
    return _noted(site, log)


def _noted(site: Any, log: Log) -> Any:
    def noted(environ: dict[str, Any], start_response: Any) -> Any:
        sent = {name: str(value) for name, value in environ.items() if name.startswith("HTTP_")}
        path = environ["PATH_INFO"]
        log.requests.append((environ["REQUEST_METHOD"], path, sent))

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            log.answers.append((path, int(status[:3]), dict(headers)))
            return start_response(status, headers, *more)

        return site(environ, start)

    return noted


def host_site() -> Flask:
    site = Flask("host", static_folder=None)
    site.add_url_rule("/", "page", lambda: HOST_PAGE)
    site.add_url_rule("/host.js", "script", lambda: (HOST_SCRIPT, {"Content-Type": "text/javascript"}))
    site.add_url_rule("/favicon.ico", "icon", lambda: ("", 204))
    return site


class _Silent(WSGIRequestHandler):
    def log(self, *_: Any) -> None:
        """Nothing: what was asked is in ``Log``."""


@contextmanager
def served(site: Any, name: str) -> Iterator[str]:
    """``site`` on a free port of this machine, under ``name``."""
    server = make_server("127.0.0.1", 0, site, threaded=True, request_handler=_Silent)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://{name}:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(5)


@contextmanager
def closed_browser(window: str = "1280,900") -> Iterator[Chrome]:
    """Chromium with third-party cookies and storage blocked, as many people and companies have it."""
    options = Options()
    with tempfile.TemporaryDirectory(prefix="burnboard-chromium-", ignore_cleanup_errors=True) as profile:
        for flag in (
            *FLAGS,
            f"--user-data-dir={profile}",
            f"--window-size={window}",
            "--host-resolver-rules=MAP localhost 127.0.0.1",
            # In one process with its host, so that the driver hears the console of the frame as well.
            "--disable-site-isolation-trials",
            "--disable-features=IsolateOrigins,site-per-process,IsolateSandboxedIframes",
        ):
            options.add_argument(flag)
        options.add_experimental_option(
            # Nothing may be kept at all: reading a store throws, which blocking third parties alone no longer does.
            "prefs",
            {"profile.block_third_party_cookies": True, "profile.default_content_setting_values.cookies": 2},
        )
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        driver = Chrome(options=options)
        try:
            yield driver
        finally:
            driver.quit()
