"""S20: an embed renders in the pages whose origins its key names, and in no other; the app's own pages in none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.support.ui import WebDriverWait

from sandbox.catalogue import Customer
from sandbox.server import Sandbox
from tests.browser.sites import browser, certificate, pages, served
from tests.browser.whole_site import NAME, PUBLIC, WholeSite, whole_site

pytestmark = pytest.mark.browser
PORTAL, OTHER, LOOK_ALIKE = "portal.acme.example", "other.example", "portal.acme.example.evil.example"
FRAME = '<!doctype html><title>parent</title><iframe src="{}" width="900" height="700"></iframe>'
DRAWN = "return Boolean(document.querySelector('#usage-chart .js-plotly-plot, #accounts-table tbody'))"
BLOCKED = "return location.href.startsWith('chrome-error://')"
# Parent by name: the page that is opened, and how many frames deep the app would be.
PARENTS = {
    "registered": (f"https://{PORTAL}/", 1),
    "unregistered": (f"https://{OTHER}/", 1),
    "look-alike subdomain": (f"https://{LOOK_ALIKE}/", 1),
    "http where https is registered": (f"http://{PORTAL}/", 1),
    "registered inside unregistered": (f"https://{OTHER}/inside", 2),
    "the registered one, framing the app's own pages": (f"https://{PORTAL}/pages", 1),
}


class Setup:
    """The site, its parents and one browser. ``link`` opens the usage of one account, often enough for all of this."""

    def __init__(self, site: WholeSite, driver: Chrome, routes: dict[str, dict[str, str]]) -> None:
        self.site, self.driver = site, driver
        embed, own = FRAME.format(site.link(Customer.FLAGSHIP, "usage")), FRAME.format(PUBLIC)
        for host in (PORTAL, OTHER, LOOK_ALIKE):
            routes[host] = {"/": embed, "/pages": own}
        routes[OTHER]["/inside"] = FRAME.format(f"https://{PORTAL}/")

    def renders(self, address: str, depth: int) -> bool:
        """Whether the frame shows the app; an error when it shows neither that nor the browser's refusal."""
        self.driver.get(address)
        assert self.driver.execute_script("return location.href") == address
        for _ in range(depth):
            self.until(lambda: self.driver.find_elements("tag name", "iframe"))
            self.driver.switch_to.frame(self.driver.find_element("tag name", "iframe"))
        script = self.driver.execute_script
        self.until(lambda: script(BLOCKED) or script(DRAWN))
        return not script(BLOCKED)

    def until(self, condition: Callable[[], Any]) -> Any:
        return WebDriverWait(self.driver, 30, poll_frequency=0.1).until(lambda _: condition())


@pytest.fixture(scope="module")
def setup(tmp_path_factory: pytest.TempPathFactory, shared_sandbox: Sandbox) -> Iterator[Setup]:
    folder: Path = tmp_path_factory.mktemp("s20")
    tls, routes = certificate(folder), {}  # type: ignore[var-annotated]
    with ExitStack() as ending:
        site = ending.enter_context(whole_site(folder, shared_sandbox, tls, origins=[f"https://{PORTAL}"]))
        secure, plain = (ending.enter_context(served(pages(routes), one)) for one in (tls, None))
        places = {f"{host}:443": secure for host in (PORTAL, OTHER, LOOK_ALIKE)}
        places |= {f"{PORTAL}:80": plain, f"{NAME}:443": site.port}
        driver = ending.enter_context(browser(places))
        yield Setup(site, driver, routes)


def test_s20_of_six_parents_exactly_one_shows_the_embed(setup: Setup) -> None:
    shown = {name: setup.renders(address, depth) for name, (address, depth) in PARENTS.items()}
    assert [name for name, renders in shown.items() if renders] == ["registered"]
    asked = [one for one in setup.site.log if one.path == "/embed/k1/usage"]
    assert len(asked) == 5  # each of the others did ask for the page, and was told who may frame it


def test_s20_no_parent_frames_the_apps_own_pages_not_even_for_who_is_signed_in(setup: Setup) -> None:
    setup.driver.get(f"{PUBLIC}login")
    setup.driver.get(PUBLIC)
    setup.until(lambda: setup.driver.execute_script(DRAWN))  # signed in, and by itself the page is there
    parents = (f"https://{PORTAL}", f"https://{OTHER}", f"https://{LOOK_ALIKE}", f"http://{PORTAL}")
    assert [setup.renders(f"{parent}/pages", 1) for parent in parents] == [False] * 4


def test_s20_every_html_response_says_who_may_frame_it(setup: Setup) -> None:
    session = setup.site.session()
    session.headers["Accept"] = "text/html"
    signed_in = {"Cookie": "login=ana"}
    places = {
        "": signed_in,
        f"accounts/{Customer.FLAGSHIP}": signed_in,
        f"accounts/{Customer.FLAGSHIP}/customer-view": signed_in,
        "accounts/00000000-0000-4000-8000-000000000000": signed_in,
        "nowhere": signed_in,
        "accounts": {},
        "embed/k1/usage": {},
        "embed/k1/nothing": {},
        "embed/k9/usage": {},
    }
    for path, headers in places.items():
        session.get(f"{setup.site.local}/{path}", headers=headers, timeout=20)
    html = [one for one in setup.site.log if "html" in one.headers.get("content-type", "") and one.path != "/login"]
    assert {one.status for one in html} >= {200, 401, 404}
    for one in html:
        policy = one.headers["content-security-policy"]
        may = policy.split("frame-ancestors ")[1].split(";")[0]
        is_frame = one.path == "/embed/k1/usage"
        assert may == (f"'self' https://{PORTAL}" if is_frame else "'none'"), one.path
        assert "x-frame-options" not in one.headers
