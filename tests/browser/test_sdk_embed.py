"""From the official SDK to a frame in a page of another site, with third-party cookies blocked: the right account, in
the colours that were asked for, as high as what it shows, and going on where it was when its session has ended."""

from __future__ import annotations

import csv
import io
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from metronome import Metronome
from selenium.webdriver import Chrome
from selenium.webdriver.support.ui import WebDriverWait

from access.watched import CHECK_SECONDS
from sandbox.catalogue import Customer
from sandbox.server import Sandbox
from tests.browser.page import Page
from tests.browser.sites import CERTIFICATE, browser, certificate, pages, served
from tests.browser.whole_site import NAME, PUBLIC, WholeSite, whole_site

pytestmark = pytest.mark.browser
HOST = "portal.acme.example"
PAGE = f"""<!doctype html><title>host</title><h1>Host</h1><div id="place"></div>
<script src="{PUBLIC}embed.js"></script><script>
window.events = []; window.links = LINKS; window.handle = Burnboard.mount(document.getElementById('place'), {{
  getUrl: async () => window.links.shift(), theme: 'THEME', onEvent: (event) => window.events.push(event),
}});
</script>"""
COLOURS = {"UsageLine_0": "#c05299", "UsageLine_1": "#1d7874", "Gray_dark": "#3322aa", "White": "#fffbe6"}
LOOKS = """
const style = getComputedStyle(document.documentElement);
return {
  text: getComputedStyle(document.querySelector('#usage-panel h2')).color,
  ground: getComputedStyle(document.querySelector('#usage-panel')).backgroundColor,
  bars: document.querySelector('#usage-chart .js-plotly-plot')._fullData.map((one) => one.marker.color),
};
"""


class Host:
    """The page of the other site; ``frame`` is what its iframe shows."""

    def __init__(self, site: WholeSite, driver: Chrome, routes: dict[str, dict[str, str]]) -> None:
        self.site, self.driver, self.routes = site, driver, routes
        self.frame = Page(driver, "")

    def open(self, *links: str, theme: str = "light") -> None:
        page = PAGE.replace("LINKS", str(list(links))).replace("THEME", theme)
        self.routes[HOST] = {"/": page}
        self.driver.switch_to.default_content()
        self.driver.get(f"https://{HOST}/")
        self.enter()

    def enter(self) -> None:
        self.until(lambda: self.driver.find_elements("css selector", "#place iframe"))
        self.driver.switch_to.frame(self.driver.find_element("css selector", "#place iframe"))

    def outside(self, script: str) -> Any:
        """``script`` in the page around the frame."""
        self.driver.switch_to.default_content()
        found = self.driver.execute_script(script)
        self.driver.switch_to.frame(self.driver.find_element("css selector", "#place iframe"))
        return found

    def events(self) -> list[str]:
        return [one["type"] for one in self.outside("return window.events")]

    def height(self) -> int:
        return int(self.outside("return document.querySelector('#place iframe').offsetHeight"))

    def until(self, condition: Callable[[], Any]) -> Any:
        return WebDriverWait(self.driver, 30, poll_frequency=0.1).until(lambda _: condition())


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory, shared_sandbox: Sandbox) -> Iterator[Host]:
    folder: Path = tmp_path_factory.mktemp("sdk")
    tls, routes = certificate(folder), {}  # type: ignore[var-annotated]
    with ExitStack() as ending:
        site = ending.enter_context(whole_site(folder, shared_sandbox, tls, origins=[f"https://{HOST}"]))
        port = ending.enter_context(served(pages(routes), tls))
        driver = ending.enter_context(browser({f"{HOST}:443": port, f"{NAME}:443": site.port}))
        driver.set_window_size(1100, 1000)
        yield Host(site, driver, routes)


@pytest.fixture(scope="module")
def sdk(host: Host) -> Iterator[Metronome]:
    trusted = ssl.create_default_context(cafile=host.site.folder / CERTIFICATE)
    with httpx.Client(verify=trusted, trust_env=False) as client:
        yield Metronome(base_url=host.site.local, bearer_token=host.site.issuer_key, http_client=client)


def link(sdk: Metronome, customer_id: str, dashboard: Any = "usage", **more: Any) -> str:
    url = sdk.v1.dashboards.get_embeddable_url(customer_id=customer_id, dashboard=dashboard, **more).data.url
    assert url is not None
    return url


def usage_of(site: WholeSite, customer_id: str, days: tuple[str, str], group: str) -> float:
    """What the account used, by the file of the app's own pages."""
    query = f"from={days[0]}&to={days[1]}&group={group}"
    with site.session() as session:
        answer = session.get(
            f"{site.local}/accounts/{customer_id}/usage.csv?{query}", headers={"Cookie": "login=ana"}, timeout=30
        )
    assert answer.status_code == 200, answer.text
    return sum(float(row["value"]) for row in csv.DictReader(io.StringIO(answer.text)))


def shown(host: Host) -> float:
    drawn = host.frame.drawn("usage-chart")
    return sum(value or 0 for values in drawn.values() for value in values)


def days_of(host: Host) -> tuple[str, str]:
    values = [host.frame.one(f"#date-{end}").get_attribute("value") for end in ("from", "to")]
    return str(values[0]), str(values[1])


@pytest.mark.parametrize("account", [Customer.FLAGSHIP, Customer.MANY_GROUPS])
def test_the_frame_shows_the_account_that_the_sdk_asked_for(host: Host, sdk: Metronome, account: str) -> None:
    host.open(link(sdk, account))
    total = shown(host)
    group = host.frame.one("#usage-group").get_attribute("value")
    wanted = usage_of(host.site, account, days_of(host), str(group))
    assert total == pytest.approx(wanted, rel=1e-9)
    assert total > 0
    assert host.outside("return window.events[0].type") == "ready"


def test_in_the_colours_that_were_asked_for(host: Host, sdk: Metronome) -> None:
    overrides = [{"name": name, "value": value} for name, value in COLOURS.items()]
    host.open(link(sdk, Customer.FLAGSHIP, color_overrides=overrides))
    host.frame.drawn("usage-chart")
    looks = host.driver.execute_script(LOOKS)
    assert looks["bars"][:2] == [COLOURS["UsageLine_0"], COLOURS["UsageLine_1"]]
    assert looks["text"] == "rgb(51, 34, 170)"
    assert looks["ground"] == "rgb(255, 251, 230)"


def test_without_a_cookie_and_without_the_link_anywhere(host: Host, sdk: Metronome) -> None:
    address = link(sdk, Customer.FLAGSHIP)
    host.open(address)
    host.frame.drawn("usage-chart")
    script = host.driver.execute_script
    assert script("document.cookie = 'third=party; Secure; SameSite=None'; return document.cookie") == ""  # blocked
    assert script("return location.href") == f"{PUBLIC}embed/k1/usage"
    assert [one for one in host.site.log if "set-cookie" in one.headers] == []
    token = address.partition("#t=")[2]
    assert token
    assert not any(token in one.query + one.path + one.referer for one in host.site.log)
    assert {one.referer for one in host.site.log if one.path != "/embed.js"} == {""}  # that is the host's own page
    errors = [one["message"] for one in host.driver.get_log("browser") if one["level"] == "SEVERE"]
    assert [one for one in errors if "favicon" not in one] == []


def test_it_is_as_high_as_what_it_shows_and_less_high_again(host: Host, sdk: Metronome) -> None:
    host.open(link(sdk, Customer.FLAGSHIP))
    host.frame.drawn("usage-chart")
    script = "return Math.ceil(document.body.getBoundingClientRect().height)"
    host.until(lambda: host.height() == host.driver.execute_script(script))
    before = host.height()
    host.frame.press("#usage-table-toggle")
    host.frame.one("#usage-table table")
    host.until(lambda: host.height() > before + 100)
    host.frame.press("#usage-table-toggle")
    host.until(lambda: host.height() == before)


def test_a_session_that_was_ended_goes_on_with_a_new_link_where_the_viewer_was(host: Host, sdk: Metronome) -> None:
    host.open(link(sdk, Customer.FLAGSHIP))
    host.frame.drawn("usage-chart")
    host.frame.type_into("#date-from", "2026-11-02")
    host.frame.type_into("#date-to", "2026-11-08")
    host.frame.says(".filter-summary", "7 days")
    before = shown(host)
    host.driver.execute_script("window.untouched = true")
    revoke(host.site, Customer.FLAGSHIP)
    host.outside(f"window.links = ['{link(sdk, Customer.FLAGSHIP)}']")
    host.frame.type_into("#date-to", "2026-11-09")
    host.until(lambda: "renewed" in host.events())
    host.frame.says(".filter-summary", "8 days")
    assert days_of(host) == ("2026-11-02", "2026-11-09")
    host.until(lambda: shown(host) > before)
    assert host.outside("return document.querySelectorAll('#place iframe').length") == 1
    assert host.driver.execute_script("return window.untouched") is True  # nothing was loaded anew


def revoke(site: WholeSite, customer_id: str) -> None:
    """End what is open for the account; what is signed from now on is good."""
    ring = site.folder / "ring.yaml"
    moment = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    ring.write_text(f"{ring.read_text()}revoked_before:\n  {customer_id}: {moment}\n")
    time.sleep(CHECK_SECONDS + 0.5)  # the file is looked at no more often


def test_the_host_gives_the_theme_and_changes_it(host: Host, sdk: Metronome) -> None:
    host.open(link(sdk, Customer.EURO), theme="dark")
    host.frame.drawn("usage-chart")
    scheme = "return document.documentElement.getAttribute('data-mantine-color-scheme')"
    assert host.driver.execute_script(scheme) == "dark"
    host.outside("window.handle.setTheme('light')")
    host.until(lambda: host.driver.execute_script(scheme) == "light")
