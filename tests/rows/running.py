"""What the rows about operation share: requests on sockets of their own, one real callback, scrapes, and processes."""

from __future__ import annotations

import http.client
import json
import re
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from components import ids
from tests.edge.edge import Edge
from tests.edge.login import COOKIE, cookie_for
from tests.rows.recorder import body_of

ANA = {"Cookie": f"{COOKIE}={cookie_for('ana@acme.example', ())}"}
JSON = {"Content-Type": "application/json"}
PATIENCE = 60.0


def accounts(edge: Edge) -> list[str]:
    """The ids of the sandbox's accounts."""
    asked = urllib.request.Request(f"{edge.sandbox.url}/v1/customers?limit=100", headers={"Authorization": "Bearer t"})  # noqa: S310
    with urllib.request.urlopen(asked, timeout=PATIENCE) as answer:  # noqa: S310  # our own
        found = [row["id"] for row in json.loads(answer.read())["data"]]
    edge.sandbox.requests.clear()
    return found


def callback(
    edge: Edge, panel: str, customer: str, search: str = "", ask: Callable[[str], bytes] | None = None
) -> bytes:
    """The body with which a page asks for one of its panels; ``ask`` gets an address below the prefix."""
    raw = (
        ask("_dash-dependencies")
        if ask
        else edge.as_user("ana@acme.example").get(f"{edge.url}_dash-dependencies").content
    )
    found = [
        one for one in json.loads(raw) if f"{panel}.figure" in one["output"] and one["clientside_function"] is None
    ]
    held = {"pathname": f"/accounts/{customer}", "search": search, "tries": 0}

    def value(part: dict[str, Any]) -> Any:
        return held if str(part["id"]).startswith(ids.address("")) else None

    return json.dumps(body_of(found[0], value)).encode()


@dataclass
class Load:
    """What clients that ask all the time met. ``failed`` holds what should not have been, ``bodies`` the answers."""

    done: int = 0
    failed: list[str] = field(default_factory=list)
    bodies: set[bytes] = field(default_factory=set)
    slowest: float = 0.0


@contextmanager
def steady_load(edge: Edge, *, kept: int, fresh: int, body: bytes | None = None, pause: float = 0.0) -> Iterator[Load]:
    """``kept`` clients on connections that they keep and ``fresh`` on a new one each time, asking through nginx until
    the block ends: pages and, where ``body`` is given, that callback in turn."""
    load, stop, lock = Load(), threading.Event(), threading.Lock()

    def client(*, keeps: bool) -> None:
        connection: http.client.HTTPConnection | None = None
        number = 0
        while not stop.is_set():
            number += 1
            began = time.monotonic()
            connection = connection or http.client.HTTPConnection("127.0.0.1", edge.places.port, timeout=PATIENCE)
            said, answer = _asked(connection, edge.prefix, body if number % 2 else None, keeps=keeps)
            with lock:
                load.done += 1
                load.slowest = max(load.slowest, time.monotonic() - began)
                if said:
                    load.failed.append(said)
                elif number % 2 and body:
                    load.bodies.add(answer)
            if said or not keeps:
                connection.close()
                connection = None
            time.sleep(pause)
        if connection is not None:
            connection.close()

    threads = [threading.Thread(target=client, kwargs={"keeps": number < kept}) for number in range(kept + fresh)]
    for thread in threads:
        thread.start()
    try:
        yield load
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _asked(
    connection: http.client.HTTPConnection, prefix: str, body: bytes | None, *, keeps: bool
) -> tuple[str, bytes]:
    """What went wrong, empty for nothing, and the answer."""
    headers = ANA | ({} if keeps else {"Connection": "close"})
    try:
        if body is None:
            connection.request("GET", prefix, headers=headers)
        else:
            connection.request("POST", f"{prefix}_dash-update-component", body, headers | JSON)
        answer = connection.getresponse()
        text = answer.read()
    except (OSError, http.client.HTTPException) as error:
        return repr(error), b""
    return ("" if answer.status == 200 else f"{answer.status} {text[:200]!r}"), text


def children(pid: int) -> list[int]:
    """The processes that ``pid`` started and that run."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,stat="], capture_output=True, text=True, check=True).stdout
    rows = [line.split() for line in listed.splitlines()]
    return [int(row[0]) for row in rows if int(row[1]) == pid and not row[2].startswith("Z")]


def scrape(port: int) -> dict[str, float]:
    """Every series of the loopback port, by its name with labels."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=PATIENCE) as answer:
        lines = answer.read().decode().splitlines()
    pairs = [line.rsplit(" ", 1) for line in lines if line and not line.startswith("#")]
    return {name: float(value) for name, value in pairs}


def post(url: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
    """Status and body of one POST."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=PATIENCE)
    try:
        connection.request("POST", parts.path, body, headers | JSON)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def seconds_until(condition: Callable[[], object], patience: float = PATIENCE) -> float:
    """How long it took until ``condition`` held."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < patience, "it never came"
        time.sleep(0.02)
    return time.monotonic() - began


def labelled(series: dict[str, float], name: str, **labels: str) -> float:
    """One series by its labels, 0 where it is not there yet."""
    wanted = {f'{key}="{value}"' for key, value in labels.items()}
    for full, value in series.items():
        base, _, rest = full.partition("{")
        if base == name and wanted == set(re.findall(r'\w+="[^"]*"', rest)):
            return value
    return 0.0
