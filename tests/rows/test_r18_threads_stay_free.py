"""R18, in the running app: thirty viewers of a customer whose answers do not come hold some of the server's threads,
and leave the others to the rest. Health, pages that are held and those of a customer that is loaded for the first time
are answered as if nobody waited; who finds no place is told so at once, in the panel and with 503 for a file."""

from __future__ import annotations

import http.client
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from callbacks.pages.overview import PANELS
from components.notices import HELD_BACK_WORDS
from data.metronome.held_back import Busy
from data.settings import Settings
from sandbox.catalogue import Customer
from sandbox.server import Sandbox
from tests.unit.test_nobody_is_held_up import PATIENCE, Page, callbacks_of, seconds_of, started

HANGING, HELD, NEW = Customer.TOKENS, Customer.FLAGSHIP, Customer.SEATS
VIEWERS, HANG_SECONDS, ANSWERED = 30, 9.0, 4.0  # an answer takes milliseconds
BUSY = HELD_BACK_WORDS[Busy][0].encode()


@pytest.fixture
def port(sandbox: Sandbox, tmp_path: Path) -> Iterator[int]:
    with started(sandbox, tmp_path) as found:
        yield found


def got(port: int, path: str) -> tuple[float, int, str | None]:
    """Seconds, status and ``Retry-After`` of one GET."""
    began = time.monotonic()
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as connection:
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        return time.monotonic() - began, answer.status, answer.getheader("Retry-After")


def looked(port: int, callbacks: list[dict[str, Any]], key: str) -> tuple[float, bool]:
    """How long a viewer waited for a panel of the customer, and whether it said that nobody else may wait."""
    with closing(Page(port, callbacks)) as page:
        seconds = page.asks(key, HANGING)
        return seconds, BUSY in page.said


@pytest.mark.process
def test_r18_who_waits_for_one_customer_leaves_threads_to_the_others(sandbox: Sandbox, port: int) -> None:
    keys, callbacks = [panel.key for panel in PANELS], callbacks_of(port)
    assert len(keys) * VIEWERS > Settings().threads
    for key in keys:
        seconds_of(port, callbacks, key, HELD)
    sandbox.faults.add("hang", containing=HANGING, seconds=HANG_SECONDS)
    with ThreadPoolExecutor(len(keys) * VIEWERS) as pool:
        waiting = [pool.submit(looked, port, callbacks, key) for _ in range(VIEWERS) for key in keys]
        began = time.monotonic()
        time.sleep(1)  # until all of them are there
        alive = [got(port, "/livez")[0] for _ in range(5)]
        held = [seconds_of(port, callbacks, key, HELD) for key in keys]
        new = [seconds_of(port, callbacks, key, NEW) for key in keys]
        file = got(port, f"/accounts/{HANGING}/usage.csv")
        assert time.monotonic() - began < HANG_SECONDS, "they waited all this time"
        assert max(*alive, *held, *new) < ANSWERED
        assert (file[0] < ANSWERED, file[1], bool(file[2])) == (True, 503, True)
        said = [one.result(PATIENCE) for one in waiting]
    sandbox.faults.clear()
    refused = sorted(seconds for seconds, busy in said if busy)
    assert sum(seconds > ANSWERED for seconds, _ in said) <= Settings().threads / 2, "so many waited"
    assert refused
    assert refused[len(refused) // 2] < ANSWERED
