"""A callback that waits for Metronome holds up nobody else's: with an account whose answers do not come, the pages of
another one go on as before, though as many callbacks wait as the app once had threads."""

from __future__ import annotations

import http.client
import json
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from callbacks.pages.overview import PANELS
from data.pages import account_path
from data.settings import Settings
from sandbox.catalogue import Customer
from sandbox.server import Sandbox
from tests.conftest import NOW
from tests.edge.processes import Processes, free_port

HANGING, WELL = Customer.TOKENS, Customer.FLAGSHIP
HANG_SECONDS, WAITING, ROUNDS = 6.0, 24, 10
PATIENCE, ANSWERED = 60.0, 3.0  # half of what the others wait for, although an answer takes milliseconds


class Page:
    """A page on a connection of its own that asks for panels."""

    def __init__(self, port: int, callbacks: list[dict[str, Any]]) -> None:
        self.said = b""
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        self._callbacks = callbacks

    def asks(self, key: str, customer: str) -> float:
        """Seconds until the panel's answer is here."""
        panel = next(one for one in PANELS if one.key == key)
        first = f"{panel.parts[0].ident}.{panel.parts[0].prop}"
        called = next(one for one in self._callbacks if first in one["output"])
        address = {"pathname": account_path(customer), "search": ""}
        body = {
            "output": called["output"],
            "outputs": [{"id": part.ident, "property": part.prop} for part in panel.parts],
            "inputs": [{**one, "value": address} for one in called["inputs"]],
            "changedPropIds": [f"{panel.address}.data"],
        }
        if len(panel.parts) == 1 and not called["output"].startswith(".."):
            body["outputs"] = body["outputs"][0]
        began = time.monotonic()
        headers = {"Content-Type": "application/json"}
        self._connection.request("POST", "/_dash-update-component", json.dumps(body), headers)
        answer = self._connection.getresponse()
        self.said = answer.read()
        assert answer.status == 200, self.said
        return time.monotonic() - began

    def close(self) -> None:
        self._connection.close()


def seconds_of(port: int, callbacks: list[dict[str, Any]], key: str, customer: str) -> float:
    with closing(Page(port, callbacks)) as page:
        return page.asks(key, customer)


@contextmanager
def started(sandbox: Sandbox, folder: Path) -> Iterator[int]:
    """The port of the app as it is started, with the workers and threads that it has by itself."""
    found = free_port()
    env = {"METRONOME_BEARER_TOKEN": "t", "METRONOME_BASE_URL": sandbox.url, "BURNBOARD_PORT": str(found)}
    more = {"BURNBOARD_START_TOKEN": "off", "BURNBOARD_SANDBOX": "on", "BURNBOARD_NOW": NOW}
    with Processes(folder) as processes:
        processes.start(sys.executable, "app.py", name="app", env=env | more)
        until = time.monotonic() + PATIENCE
        while "Burnboard: http" not in (folder / "app.log").read_text():
            assert time.monotonic() < until
            time.sleep(0.05)
        yield found


def callbacks_of(port: int) -> list[dict[str, Any]]:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as connection:
        connection.request("GET", "/_dash-dependencies")
        return list(json.loads(connection.getresponse().read()))


@pytest.fixture
def port(sandbox: Sandbox, tmp_path: Path) -> Iterator[int]:
    with started(sandbox, tmp_path) as found:
        yield found


@pytest.mark.process
def test_who_waits_for_metronome_holds_up_nobody_else(sandbox: Sandbox, port: int) -> None:
    assert Settings().threads > WAITING
    callbacks = callbacks_of(port)
    for panel in PANELS:
        seconds_of(port, callbacks, panel.key, WELL)
    sandbox.faults.add("hang", containing=HANGING, seconds=HANG_SECONDS)
    with ThreadPoolExecutor(WAITING) as pool, closing(Page(port, callbacks)) as well:
        began = time.monotonic()
        keys = [PANELS[at % 3].key for at in range(WAITING)]
        waiting = [pool.submit(seconds_of, port, callbacks, key, HANGING) for key in keys]
        seconds = [well.asks(panel.key, WELL) for _ in range(ROUNDS) for panel in PANELS]
        assert not any(one.done() for one in waiting), "all of these were answered while the others waited"
        assert time.monotonic() - began < HANG_SECONDS
        assert max(seconds) < ANSWERED
        sandbox.faults.clear()
        for one in waiting:
            one.result(PATIENCE)
