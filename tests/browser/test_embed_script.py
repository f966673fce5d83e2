"""``embed.js`` in a real page, with a stand-in for the frame that says what a frame of this app says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.support.ui import WebDriverWait

from tests.browser.sites import browser, pages, served

pytestmark = pytest.mark.browser
SCRIPT = Path(__file__).resolve().parents[2] / "assets_host" / "embed.js"
HOST, APP, OTHER = "portal.acme.example", "billing.example", "else.example"
FRAME = """<!doctype html><title>frame</title><script>
addEventListener('message', (event) => reply(event.data));
function say(message) { parent.postMessage(Object.assign({source: 'burnboard', version: 1}, message), '*'); }
function reply(data) { parent.postMessage({source: 'stand-in', told: data, hash: location.hash}, '*'); }
reply({loaded: true});
</script>"""
PAGE = f"""<!doctype html><title>host</title><script>{SCRIPT.read_text()}</script>
<div id="place"></div><script>
window.heard = []; window.events = []; window.links = []; window.asked = 0;
addEventListener('message', (event) => {{ if (event.data.source === 'stand-in') window.heard.push(event.data); }});
window.getUrl = async () => {{
  window.asked += 1;
  const next = window.links.shift();
  if (!next) throw new Error('no link');
  return next;
}};
window.mount = (options) => {{
  window.frameHandle = Burnboard.mount(document.getElementById('place'),
    Object.assign({{ onEvent: (event) => window.events.push(event) }}, options));
}};
</script>"""
LINK = f"http://{APP}/embed/k1/usage#t="


@pytest.fixture(scope="module")
def driver() -> Iterator[Chrome]:
    frame = {"/embed/k1/usage": FRAME, "/embed/k2/usage": FRAME}
    shown = pages({HOST: {"/": PAGE}, APP: frame, OTHER: {"/": FRAME}})
    with served(shown) as port, browser({f"{name}:80": port for name in (HOST, APP, OTHER)}) as chrome:
        yield chrome


class Host:
    def __init__(self, driver: Chrome) -> None:
        self.driver = driver
        driver.get(f"http://{HOST}/")

    def js(self, script: str, *arguments: Any) -> Any:
        return self.driver.execute_script(script, *arguments)

    def until(self, check: Callable[[], Any]) -> Any:
        return WebDriverWait(self.driver, 10, poll_frequency=0.05).until(lambda _: check())

    def mount(self, options: str) -> None:
        before = len(self.heard())
        self.js(f"window.mount({options})")
        self.until(lambda: len(self.heard()) > before)

    def heard(self) -> list[dict[str, Any]]:
        return list(self.js("return window.heard"))

    def events(self) -> list[str]:
        return [one["type"] for one in self.js("return window.events")]

    def frame_says(self, message: str) -> None:
        self.driver.switch_to.frame(self.driver.find_element("css selector", "#place iframe"))
        self.js(f"say({message})")
        self.driver.switch_to.default_content()

    def height(self) -> str:
        return str(self.js("return document.querySelector('#place iframe').style.height"))


@pytest.fixture
def host(driver: Chrome) -> Host:
    return Host(driver)


def test_it_makes_a_frame_with_only_what_the_app_needs(host: Host) -> None:
    host.mount(f"{{url: '{LINK}one', title: 'Your usage', minHeight: 300}}")
    frame = host.driver.find_element("css selector", "#place iframe")
    assert frame.get_attribute("sandbox") == "allow-scripts allow-same-origin allow-downloads"
    assert frame.get_attribute("referrerpolicy") == "no-referrer"
    assert frame.get_attribute("title") == "Your usage"
    assert host.height() == "300px"
    assert host.heard()[0]["hash"] == "#t=one"


def test_it_is_as_high_as_what_the_frame_shows_and_grows_and_shrinks(host: Host) -> None:
    host.mount(f"{{url: '{LINK}one', minHeight: 100}}")
    for said, shown in ((812.4, "813px"), (240, "240px"), (20, "100px")):
        host.frame_says(f"{{type: 'height', height: {said}}}")
        host.until(lambda shown=shown: host.height() == shown)
    for wrong in ("-5", "1e9", "'900px'", "null", "NaN"):
        host.frame_says(f"{{type: 'height', height: {wrong}}}")
    host.frame_says("{type: 'ended'}")
    host.until(lambda: host.events()[-1] == "ended")
    assert host.height() == "100px"


def test_a_session_that_ran_out_gets_the_token_of_a_new_link_and_nothing_else(host: Host) -> None:
    host.js("window.links = arguments[0]", [f"{LINK}one", f"{LINK}two"])
    host.mount("{getUrl: window.getUrl}")
    host.frame_says("{type: 'ready'}")
    host.frame_says("{type: 'expired'}")
    host.until(lambda: "renewed" in host.events())
    told = {"source": "burnboard-host", "version": 1, "type": "token", "token": "two"}
    host.until(lambda: host.heard()[-1]["told"] == told)
    assert host.heard()[-1]["hash"] == "#t=one"  # the page in the frame was not loaded anew
    assert host.js("return window.asked") == 2


def test_a_link_to_another_key_begins_anew(host: Host) -> None:
    host.js("window.links = arguments[0]", [f"{LINK}one", f"http://{APP}/embed/k2/usage#t=two"])
    host.mount("{getUrl: window.getUrl}")
    host.frame_says("{type: 'expired'}")
    host.until(lambda: host.heard()[-1]["hash"] == "#t=two")
    assert host.js("return document.querySelectorAll('#place iframe').length") == 1


def test_a_link_that_cannot_be_had_is_told_and_asked_for_again(host: Host) -> None:
    host.js("window.links = [null, arguments[0]]", f"{LINK}late")
    host.mount("{getUrl: window.getUrl}")
    assert host.heard()[-1]["hash"] == "#t=late"
    failed = host.js("return window.events[0]")
    assert (failed["type"], failed["retryIn"]) == ("error", 2)


def test_a_theme_that_follows_the_system_is_told_as_it_is_and_as_it_changes(host: Host) -> None:
    prefer(host, "light")
    host.mount(f"{{url: '{LINK}one', theme: 'auto'}}")
    host.frame_says("{type: 'ready'}")
    host.until(lambda: themes(host) == ["light"])
    prefer(host, "dark")
    host.until(lambda: themes(host) == ["light", "dark"])
    host.js("window.frameHandle.setTheme('light')")
    host.until(lambda: themes(host) == ["light", "dark", "light"])


def test_only_the_frame_itself_is_heard(host: Host) -> None:
    host.mount(f"{{url: '{LINK}one', minHeight: 50}}")
    forged = "{source: 'burnboard', version: 1, type: 'height', height: 999}"
    host.js(f"window.postMessage({forged}, '*')")
    host.js(
        f"""const frame = document.createElement('iframe'); frame.id = 'other'; document.body.append(frame);
        frame.src = 'http://{OTHER}/'; """
    )
    host.until(lambda: len(host.heard()) == 2)
    host.driver.switch_to.frame("other")
    host.js("say({type: 'height', height: 999})")
    host.driver.switch_to.default_content()
    for wrong in ("{type: 'height', height: 999, version: 2}", "{type: 'height', height: 999, source: 'x'}"):
        host.frame_says(wrong)
    host.frame_says("{type: 'height', height: 77}")
    host.until(lambda: host.height() == "77px")


def test_taken_away_it_hears_and_does_nothing_more(host: Host) -> None:
    host.js("window.links = arguments[0]", [f"{LINK}one", f"{LINK}two"])
    host.mount("{getUrl: window.getUrl}")
    host.js("window.kept = document.querySelector('#place iframe').contentWindow; window.frameHandle.destroy()")
    assert host.js("return document.querySelectorAll('iframe').length") == 0
    host.js("window.frameHandle.setTheme('dark')")
    assert host.js("return window.asked") == 1
    assert host.events() == []


@pytest.mark.parametrize(
    "options", ["{}", "{url: 'javascript:alert(1)'}", "{url: 'nowhere'}", "{url: 'https://x.example/', theme: 'pink'}"]
)
def test_what_cannot_be_mounted_says_so_and_leaves_no_frame(host: Host, options: str) -> None:
    assert host.js(f"try {{ window.mount({options}); return '' }} catch (error) {{ return error.name }}") == "TypeError"
    assert host.js("return document.querySelectorAll('iframe').length") == 0


def themes(host: Host) -> list[str]:
    return [one["told"]["theme"] for one in host.heard() if one["told"].get("type") == "theme"]


def prefer(host: Host, scheme: str) -> None:
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    host.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
