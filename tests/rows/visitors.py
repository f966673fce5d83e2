"""People on a running app, many at a time: each opens pages as a browser does, all questions of a page at once over at
most six connections, thinks, and goes on. Nothing but asyncio; the app is asked past nginx, on its socket.

What they were answered is kept as a few figures each, so that half an hour of it fits into memory.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from components import ids
from data.pages import Page, account_path
from tests.edge.edge import Edge
from tests.rows.marked import Marked, foreign_marks
from tests.rows.recorder import ROUTE, body_of
from tests.rows.running import children

CONNECTIONS = 6  # of a browser to one host
PATIENCE = 60.0
RANGES = ("", "?range=last7d", "?range=last30d", "?range=last90d", "?range=last30d&window=week")
PAGES = (Page.OVERVIEW, Page.COMMITMENTS, Page.INVOICES, Page.PROOF)
FAILED, OLD = re.compile(r"notice-(?:error|denied)"), re.compile(r"notice-(?:stale|partial)|is-stale")
Callback = Mapping[str, Any]


@dataclass(frozen=True)
class Heard:
    """One answer. ``key`` is what was asked, the same for whoever asks; ``at`` is when, on the monotonic clock."""

    key: tuple[str, ...]
    at: float
    seconds: float
    status: int
    failed: bool
    old: bool
    foreign: frozenset[str]

    @property
    def until(self) -> float:
        return self.at + self.seconds

    @property
    def good(self) -> bool:
        """Something is shown, though it may be an older copy that says so."""
        return self.status == 200 and not self.failed


@dataclass(frozen=True)
class View:
    """A page of an account for some days, and all that it asks."""

    account: Marked
    path: str
    search: str
    callbacks: tuple[Callback, ...]


@dataclass(frozen=True)
class Visitor:
    """Somebody with a login, or a frame with a session. ``own``: the accounts whose marks may be in the answers."""

    name: str
    prefix: str
    headers: Mapping[str, str]
    own: tuple[Marked, ...]
    callbacks: tuple[Callback, ...]

    def any_page(self, chance: random.Random) -> View:
        return self.page(chance.choice(self.own), chance.choice(PAGES), chance.choice(RANGES))

    def page(self, account: Marked, page: Page = Page.OVERVIEW, search: str = "") -> View:
        """A page of an account; a frame has but one."""
        if "Authorization" in self.headers:
            return View(account, "", search, self.callbacks)
        wanted = {ids.address(one) for one in ("account", "days", page or "overview", f"{page}-rows")}
        asked = tuple(one for one in self.callbacks if one["inputs"][0]["id"] in wanted)
        return View(account, account_path(account.id, page), search, asked)


async def ask(
    socket: str, path: str, *, headers: Mapping[str, str] | None = None, body: bytes | None = None
) -> tuple[int, str]:
    """Status and text of one GET, or POST of a JSON ``body``, on a connection of its own; status 0 where it broke."""
    lines = [f"{'GET' if body is None else 'POST'} {path} HTTP/1.1", "Host: localhost", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    try:
        reader, writer = await asyncio.open_unix_connection(socket)
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + (body or b""))
        head, _, text = (await asyncio.wait_for(reader.read(), PATIENCE)).partition(b"\r\n\r\n")
        writer.close()
        return int(head.split(b" ", 2)[1]), text.decode()
    except (OSError, TimeoutError, IndexError) as error:
        return 0, repr(error)


async def open_page(edge: Edge, visitor: Visitor, view: View) -> list[Heard]:
    """What each of a page's questions was answered."""
    connections = asyncio.Semaphore(CONNECTIONS)
    own = "".join(mine.letter for mine in visitor.own)
    held = {"pathname": view.path, "search": view.search, "tries": 0}

    async def one(callback: Callback) -> Heard:
        body = json.dumps(body_of(dict(callback), lambda part: held if part["property"] == "data" else None)).encode()
        async with connections:
            began = time.monotonic()
            status, text = await ask(socket_of(edge), visitor.prefix + ROUTE, headers=visitor.headers, body=body)
        return Heard(
            key=(view.account.letter, view.path, view.search, callback["output"]),
            at=began,
            seconds=time.monotonic() - began,
            status=status,
            failed=bool(FAILED.search(text)),
            old=bool(OLD.search(text)),
            foreign=frozenset(foreign_marks(text, own=own)),
        )

    return await asyncio.gather(*map(one, view.callbacks))


@dataclass
class Crowd:
    """Visitors who come one after the other, ``arrive`` seconds apart, and look at page after page until they are sent
    home. ``who`` is asked for each page, so that a session can be a new one."""

    edge: Edge
    who: Sequence[Callable[[], Visitor]]
    seed: int
    think: float
    arrive: float
    heard: list[Heard] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        asyncio.run(self._all())

    async def _all(self) -> None:
        await asyncio.gather(*(self._visit(number) for number in range(len(self.who))))

    async def _visit(self, number: int) -> None:
        chance = random.Random(f"{self.seed}:{number}")  # noqa: S311  # nobody's secret
        await self._wait(number * self.arrive)
        while not self.over.is_set():
            visitor = await asyncio.to_thread(self.who[number])
            self.heard += await open_page(self.edge, visitor, visitor.any_page(chance))
            await self._wait(self.think * chance.uniform(0.5, 1.5))

    async def _wait(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while not self.over.is_set() and (left := end - time.monotonic()) > 0:
            await asyncio.sleep(min(left, 0.2))


@contextmanager
def crowd(
    edge: Edge, who: Sequence[Callable[[], Visitor]], *, seed: int, think: float, arrive: float = 0.0
) -> Iterator[Crowd]:
    """Visitors for the length of the block."""
    people = Crowd(edge, who, seed, think, arrive)
    thread = threading.Thread(target=people.run)
    thread.start()
    try:
        yield people
    finally:
        people.over.set()
        thread.join()


def signed_in(edge: Edge, email: str, own: tuple[Marked, ...]) -> Visitor:
    """Somebody with a login, as nginx hands them over."""
    headers = {"X-Proxy-Auth": edge.secret, "X-Auth-Request-Email": email}
    return Visitor(email, edge.prefix, headers, own, _callbacks(edge, edge.prefix, headers))


def framed(edge: Edge, own: Marked, dashboard: str) -> Visitor:
    """A frame of the account on somebody's page, its session just opened."""
    opened = edge.open(edge.link(own.id, dashboard)).json()
    headers = {"Authorization": f"Bearer {opened['session']}"}
    prefix = f"{edge.prefix}embed/"
    shown = {ids.address(name) for name in ("days", *(f"embed-{panel}" for panel in opened["panels"]))}
    asked = [one for one in _callbacks(edge, prefix, headers) if one["inputs"][0]["id"] in shown]
    return Visitor(f"frame of {own.letter}", prefix, headers, (own,), tuple(asked))


def _callbacks(edge: Edge, prefix: str, headers: Mapping[str, str]) -> tuple[Callback, ...]:
    """What runs on the server and has one input, a part of the address."""
    status, text = asyncio.run(ask(socket_of(edge), f"{prefix}_dash-dependencies", headers=headers))
    assert status == 200, text
    return tuple(
        one
        for one in json.loads(text)
        if one["clientside_function"] is None
        and [part["property"] for part in one["inputs"]] == ["data"]
        and str(one["inputs"][0]["id"]).startswith(ids.address(""))
    )


def socket_of(edge: Edge) -> str:
    return edge.replicas[0].address.removeprefix("unix:")


@dataclass(frozen=True)
class Held:
    """What the processes of an app hold at a moment."""

    threads: int
    descriptors: int
    kilobytes: int


def held(edge: Edge) -> Held:
    """By all workers of the first replica together."""
    workers = [Path(f"/proc/{pid}") for pid in children(edge.replicas[0].pid)]
    resident = [re.search(r"VmRSS:\s+(\d+) kB", (one / "status").read_text()) for one in workers]
    return Held(
        threads=sum(len(list((one / "task").iterdir())) for one in workers),
        descriptors=sum(len(list((one / "fd").iterdir())) for one in workers),
        kilobytes=sum(int(found[1]) for found in resident if found),
    )


def percentile(values: Sequence[float], part: float) -> float:
    """The value that ``part`` of them do not exceed."""
    return sorted(values)[max(0, round(part * len(values)) - 1)]
