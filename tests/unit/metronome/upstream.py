"""A made-up Metronome behind the adapter seam, and a clock that only moves when told to."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from urllib3 import HTTPResponse

from data.metronome.client import MetronomeClient
from data.metronome.deadline import Deadline
from data.metronome.limits import Limits
from data.settings import Secret

TOKEN = "made-up-token-5f2c"
BASE_URL = "https://metronome.test"
ACCOUNT = "140a7113-76c4-4ce2-9379-29fa3375d23c"
METRIC = "f3b17844-a98d-413a-b310-5be1df72213d"
INVOICE = "c5b9aab9-377b-517d-a634-924e35e7d110"


class ManualClock:
    """Stands still; ``sleep`` moves it on at once and is remembered."""

    def __init__(self) -> None:
        self.seconds = 1000.0
        self.slept: list[float] = []

    def now(self) -> datetime:
        return datetime(2024, 10, 15, 12, tzinfo=UTC) + timedelta(seconds=self.seconds - 1000.0)

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds


@dataclass
class Asked:
    """A request as it went out."""

    method: str
    path: str
    query: list[tuple[str, str]]
    body: Any
    headers: CaseInsensitiveDict[str]
    timeout: Any
    proxies: Any


@dataclass
class Answer:
    """``body``: bytes as they are, a file object, anything else as JSON."""

    body: Any = field(default_factory=lambda: {"data": [], "next_page": None})
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})


Say = Answer | Exception | Callable[[Asked], Answer]


class Upstream(BaseAdapter):
    """Answers with ``says`` in turn, the last one for ever, and remembers what it was asked."""

    def __init__(self, *says: Say, moves: Callable[[], None] = lambda: None) -> None:
        super().__init__()
        self.says, self.moves = list(says) or [Answer()], moves
        self.asked: list[Asked] = []

    def send(
        self, request: requests.PreparedRequest, timeout: Any = None, proxies: Any = None, **_: Any
    ) -> requests.Response:
        url = urlsplit(request.url)
        body = json.loads(request.body) if request.body else None
        asked = Asked(request.method, url.path, parse_qsl(url.query), body, request.headers, timeout, proxies)
        self.asked.append(asked)
        self.moves()
        say = self.says.pop(0) if len(self.says) > 1 else self.says[0]
        if isinstance(say, Exception):
            raise say
        return _response(request, say if isinstance(say, Answer) else say(asked))

    def close(self) -> None:
        """Nothing is open."""


def _response(request: requests.PreparedRequest, answer: Answer) -> requests.Response:
    body = answer.body
    if not isinstance(body, bytes) and not hasattr(body, "read"):
        body = json.dumps(body).encode()
    response = requests.Response()
    response.status_code, response.url, response.request = answer.status, request.url, request
    response.headers = CaseInsensitiveDict(answer.headers)
    response.raw = HTTPResponse(
        body=io.BytesIO(body) if isinstance(body, bytes) else body,
        headers=answer.headers,
        status=answer.status,
        preload_content=False,
    )
    return response


def page(rows: Iterable[Any] = (), next_page: str | None = None, **more: Any) -> Answer:
    return Answer({"data": list(rows), "next_page": next_page, **more})


def failed(status: int, body: Any = None, **headers: str) -> Answer:
    """An error answer; underscores in the names of ``headers`` stand for dashes."""
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(body or {"message": "made up"}, status, {"Content-Type": "application/json"} | more)


def client_on(upstream: Upstream, clock: Any = None, *, limits: Limits | None = None) -> MetronomeClient:
    clock = clock or ManualClock()
    return MetronomeClient(
        base_url=BASE_URL,
        token=Secret(TOKEN),
        clock=clock,
        limits=limits or Limits(clock=clock, rps=1e6, burst=10**6),
        adapter=upstream,
        rng=random.Random(1),  # noqa: S311 - made-up jitter
    )


def in_time(clock: Any = None, seconds: float = 10.0) -> Deadline:
    return Deadline(clock or ManualClock(), seconds)
