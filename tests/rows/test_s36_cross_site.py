"""S36: what another site sends runs nothing and signs nothing, whatever the browser brings along; and no other site is
ever told that it may read."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from selenium.webdriver import Chrome
from selenium.webdriver.support.ui import WebDriverWait

from sandbox.catalogue import Customer
from sandbox.server import Sandbox
from tests.browser.sites import browser, certificate, pages, served
from tests.browser.whole_site import NAME, PUBLIC, WholeSite, whole_site

EVIL = "evil.example"
CALLBACK, LINK = "/_dash-update-component", f"/accounts/{Customer.FLAGSHIP}/embed-link"
# What the page of accounts asks: legitimate in every part.
QUESTION = {
    "output": "..accounts-table.children...accounts-search.value..",
    "outputs": [
        {"id": "accounts-table", "property": "children"},
        {"id": "accounts-search", "property": "value"},
    ],
    "inputs": [{"id": "address-accounts", "property": "data", "value": {"pathname": "/", "search": "", "tries": 0}}],
    "changedPropIds": ["address-accounts.data"],
}
BODIES: dict[str, Any] = {
    CALLBACK: QUESTION,
    LINK: {"dashboard": "usage"},
    "/embed/k1/usage/session": {"token": "x"},
    "/embed/k1/usage/renew": {},
    "/embed/_dash-update-component": QUESTION,
    "/v1/dashboards/getEmbeddableUrl": {"customer_id": Customer.FLAGSHIP, "dashboard": "usage"},
}
JSON, FORM, TEXT = "application/json", "application/x-www-form-urlencoded", "text/plain"
SITE = "Sec-Fetch-Site"
COOKIE = {"Cookie": "login=ana"}
# What a request says of itself, and what is answered at most.
RAW: dict[str, tuple[dict[str, str], set[int]]] = {
    "a form": ({"Content-Type": FORM, "Origin": f"https://{EVIL}", **COOKIE}, {403, 415}),
    "a form of many parts": ({"Content-Type": "multipart/form-data; boundary=b", **COOKIE}, {403, 415}),
    "plain text": ({"Content-Type": TEXT, "Origin": "null", **COOKIE}, {403, 415}),
    "plain text that says nothing": ({"Content-Type": TEXT}, {401, 403, 415}),
    "JSON of another origin": ({"Content-Type": JSON, "Origin": f"https://{EVIL}", **COOKIE}, {403}),
    "JSON of a sandboxed page": ({"Content-Type": JSON, "Origin": "null", **COOKIE}, {403}),
    "JSON of a look-alike": ({"Content-Type": JSON, "Origin": f"https://{NAME}.{EVIL}", **COOKIE}, {403}),
    "JSON of another port": ({"Content-Type": JSON, "Origin": f"https://{NAME}:8443", **COOKIE}, {403}),
    "JSON of another site by the browser's word": ({"Content-Type": JSON, SITE: "cross-site", **COOKIE}, {403}),
    "JSON of a neighbour by the browser's word": ({"Content-Type": JSON, SITE: "same-site", **COOKIE}, {403}),
    "JSON without an origin, with the proxy's cookies": ({"Content-Type": JSON, **COOKIE}, {403}),
}  # fmt: skip
PAGE = """<!doctype html><title>evil</title><form id="form" method="post"></form><script>
function form(action, type, text) {
  const form = document.getElementById('form');
  form.action = action; form.enctype = type;
  const field = document.createElement('input');
  field.name = text.slice(0, -1); field.value = text.slice(-1);
  form.append(field);
  form.submit();
}
function ask(action, type, mode, text) {
  const how = {method: 'POST', mode: mode, credentials: 'include', headers: {'Content-Type': type}, body: text};
  return fetch(action, how)
    .then((answer) => answer.type + ' ' + answer.status, (error) => error.name);
}
</script>"""


@dataclass
class Setup:
    site: WholeSite
    sandbox: Sandbox

    def post(self, path: str, headers: dict[str, str], body: Any) -> requests.Response:
        with self.site.session() as session:
            return session.post(self.site.local + path, json.dumps(body), headers=headers, timeout=20)

    def quiet(self) -> bool:
        """Nothing ran: no callback, for each asks upstream, and no link was signed."""
        return self.sandbox.requests.all() == []


@pytest.fixture(scope="module")
def setup(tmp_path_factory: pytest.TempPathFactory, shared_sandbox: Sandbox) -> Iterator[Setup]:
    folder: Path = tmp_path_factory.mktemp("s36")
    tls = certificate(folder)
    with whole_site(folder, shared_sandbox, tls, origins=["https://portal.acme.example"]) as site:
        yield Setup(site, shared_sandbox)


@pytest.fixture(autouse=True)
def _fresh(setup: Setup) -> None:
    setup.sandbox.requests.clear()
    setup.site.log.clear()


def no_other_site_may_read(site: WholeSite) -> bool:
    return not any(name.startswith("access-control-") for one in site.log for name in one.headers)


def test_s36_the_same_requests_are_answered_when_a_page_of_this_app_sends_them(setup: Setup) -> None:
    own = {"Content-Type": JSON, "Origin": f"https://{NAME}", "Sec-Fetch-Site": "same-origin", **COOKIE}
    assert setup.post(CALLBACK, own, QUESTION).status_code == 200
    assert setup.sandbox.requests.all()
    assert setup.post(LINK, own, BODIES[LINK]).status_code == 200


@pytest.mark.parametrize("name", list(RAW))
@pytest.mark.parametrize("path", list(BODIES))
def test_s36_raw_posts_of_other_sites_run_nothing(setup: Setup, path: str, name: str) -> None:
    headers, statuses = RAW[name]
    answer = setup.post(path, headers, BODIES[path])
    assert answer.status_code in statuses, (answer.status_code, answer.text[:200])
    assert setup.quiet()
    assert no_other_site_may_read(setup.site)


@pytest.mark.parametrize("path", list(BODIES))
def test_s36_asking_beforehand_is_never_answered_with_a_permission(setup: Setup, path: str) -> None:
    asks = {"Origin": f"https://{EVIL}", "Access-Control-Request-Method": "POST"}
    with setup.site.session() as session:
        answer = session.options(
            setup.site.local + path, headers=asks | {"Access-Control-Request-Headers": "content-type"}, timeout=20
        )
    assert answer.status_code >= 200
    assert no_other_site_may_read(setup.site)
    assert setup.quiet()


@pytest.fixture(scope="module")
def driver(setup: Setup, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """Signed in, and with cookies that go along to wherever: the browser alone would not stop anything."""
    with ExitStack() as ending:
        tls = certificate(tmp_path_factory.mktemp("s36-evil"))
        evil = ending.enter_context(served(pages({EVIL: {"/": PAGE}}), tls))
        places = {f"{EVIL}:443": evil, f"{NAME}:443": setup.site.port}
        chrome = ending.enter_context(browser(places, third_party_cookies=True))
        chrome.get(f"{PUBLIC}login")
        yield chrome


def until(driver: Chrome, condition: Callable[[], Any]) -> None:
    WebDriverWait(driver, 20, poll_frequency=0.05).until(lambda _: condition())


@pytest.mark.browser
@pytest.mark.parametrize("kind", [FORM, TEXT, "multipart/form-data"])
@pytest.mark.parametrize("path", [CALLBACK, LINK])
def test_s36_a_form_in_a_page_of_another_site_runs_nothing(setup: Setup, driver: Chrome, path: str, kind: str) -> None:
    driver.get(f"https://{EVIL}/")
    driver.execute_script("form(...arguments)", PUBLIC.rstrip("/") + path, kind, json.dumps(BODIES[path]))
    until(driver, lambda: setup.site.asked(path))
    (sent,) = setup.site.asked(path)
    assert (sent.method, sent.cookie) == ("POST", True)  # it came, with the cookie of whoever is signed in
    assert sent.status in {403, 415}
    assert setup.quiet()
    assert no_other_site_may_read(setup.site)


@pytest.mark.browser
@pytest.mark.parametrize("path", [CALLBACK, LINK])
def test_s36_a_script_of_another_site_runs_nothing_and_reads_nothing(setup: Setup, driver: Chrome, path: str) -> None:
    driver.get(f"https://{EVIL}/")
    where, text = PUBLIC.rstrip("/") + path, json.dumps(BODIES[path])
    answers = [driver.execute_script("return ask(...arguments)", where, kind, mode, text)
               for kind, mode in ((TEXT, "no-cors"), (TEXT, "cors"), (JSON, "cors"))]  # fmt: skip
    assert answers[0] == "opaque 0" or answers[0] == "TypeError"
    assert answers[1:] == ["TypeError", "TypeError"]
    sent = setup.site.asked(path)
    posted = [one for one in sent if one.method == "POST"]
    assert any(one.cookie for one in posted)
    assert {one.status for one in posted} <= {403, 415}
    assert any(one.method == "OPTIONS" for one in sent)  # JSON asks first, and does not get to be sent
    assert setup.quiet()
    assert no_other_site_may_read(setup.site)
