"""Ten accounts, A to J, each of whose payloads carries a mark of its own, on a sandbox that logs what it is asked.

What one viewer is answered, what a file holds, what a log says: whatever has ``MARK_B_`` in it comes from B. The API
token carries a mark too. Nothing is shared between the accounts but the credit types: a metric, product, contract,
invoice or balance of B has an id that occurs nowhere else, so that the request log tells who was asked about.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from data.scope import Kind, Right, Scope
from sandbox.application import Application
from sandbox.asking import Options
from sandbox.catalogue.parts import account, agreement, credit, customer_id, flat, postpaid, prepaid, sold, stream
from sandbox.catalogue.shapes import steady
from sandbox.endpoints import ENDPOINTS
from sandbox.ids import ident
from sandbox.model import Account, Aggregation, Cell, Late, Metric, Stream
from sandbox.moments import DAY, add_months, month_start
from sandbox.server import Sandbox
from sandbox.world import World
from tests.conftest import NOW
from tests.generated import Answers

LETTERS = "ABCDEFGHIJ"
TOKEN = "MARK_TOKEN_5cGq+0Wk2/VnJ8~rTz=="  # with characters that encodings change
OCTOBER = {"from": "2026-10-01", "to": "2026-10-31"}
SEARCH = "?from=2026-10-01&to=2026-10-31"
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
NOW_AT = datetime.fromisoformat(NOW)


def mark(letter: str) -> str:
    """What every payload of this account holds and no other's does."""
    return f"MARK_{letter}_"


@dataclass(frozen=True)
class Marked:
    """One of the accounts, and the ids that are nobody else's."""

    letter: str
    account: Account

    @property
    def id(self) -> str:
        return self.account.id

    @property
    def mark(self) -> str:
        return mark(self.letter)

    @property
    def metrics(self) -> tuple[str, ...]:
        return tuple(one.metric.id for one in self.account.streams)

    @property
    def invoices(self) -> tuple[str, ...]:
        return tuple(row["id"] for row in _answers(self.letter).invoices())

    @property
    def balances(self) -> tuple[str, ...]:
        return tuple(row["id"] for row in _answers(self.letter).balances())

    @property
    def ids(self) -> frozenset[str]:
        """Every id of this account that no other has: its own, and those of all that it owns."""
        return _ids(self.letter) - _shared()

    def scope(self, *rights: Right, kind: Kind = Kind.PROXY) -> Scope:
        """A viewer who may see this account and no other; everything else is allowed, unless ``rights`` say less."""
        return Scope(
            kind=kind, subject="ana@acme.example", customers=frozenset({self.id}), rights=frozenset(rights or Right)
        )


@cache
def marked(letter: str) -> Marked:
    return Marked(letter, _made(letter))


def everybody() -> tuple[Marked, ...]:
    return tuple(marked(letter) for letter in LETTERS)


class MarkedSandbox(Sandbox):
    """A running sandbox with these ten accounts and no others. ``lines``: each request as it came, whether or not there
    was anything at its address; ``templates``: what an address may look like."""

    def __init__(self, **options: Any) -> None:
        world = World(given=[one.account for one in everybody()])
        application = Application(world, Options(strict=True, **options), lambda: NOW_AT)
        self.lines: list[str] = []
        inner = application.flask.wsgi_app

        def logged(environ: dict[str, Any], start_response: Any) -> Any:
            self.lines.append(f"{environ['REQUEST_METHOD']} {environ['RAW_URI']}")
            return inner(environ, start_response)

        application.flask.wsgi_app = logged  # type: ignore[method-assign]
        super().__init__(application, "127.0.0.1", 0)

    def forget(self) -> None:
        self.requests.clear()
        self.lines.clear()

    def outside(self) -> list[str]:
        """The requests whose address is none of those that the app may ask, ids and all."""
        return [line for line in self.lines if not any(one.fullmatch(line) for one in _templates())]


@cache
def _templates() -> tuple[re.Pattern[str], ...]:
    return tuple(
        re.compile(f"{one.method} {re.sub('<[^>]+>', UUID.pattern, one.rule)}" + r"(\?[A-Za-z0-9_=&%.:-]*)?")
        for one in ENDPOINTS
    )


@contextmanager
def marked_sandbox(**options: Any) -> Iterator[MarkedSandbox]:
    """``options`` are those of the sandbox."""
    running = MarkedSandbox(**options)
    try:
        yield running
    finally:
        running.stop()


def foreign_marks(text: str, *, own: str) -> set[str]:
    """The letters of the accounts whose marks are in ``text``, but for those in ``own``."""
    return set(re.findall(r"MARK_([A-J])_", text)) - set(own)


def asked_about(sandbox: Sandbox, other: Marked) -> list[dict[str, Any]]:
    """The requests that named the account, or anything that is only its own."""
    named = [(row, f"{row['path']} {row['query']} {row['body']}") for row in sandbox.requests.all()]
    return [row for row, text in named if other.ids & set(UUID.findall(text))]


@cache
def _answers(letter: str) -> Answers:
    return Answers(marked(letter).account, NOW_AT)


@cache
def _ids(letter: str) -> frozenset[str]:
    """Every id in everything that the API answers about the account."""
    api, made = _answers(letter), marked(letter)
    span = NOW_AT - 50 * DAY, NOW_AT
    answered = [api.invoices(), api.balances(), api.contracts(), api.metrics(), api.breakdowns(*_midnights(span))]
    return frozenset({made.id, *UUID.findall(json.dumps(answered, default=str))})


def _midnights(span: tuple[datetime, datetime]) -> tuple[datetime, datetime]:
    start, end = (one.replace(hour=0, minute=0, second=0) for one in span)
    return start, end


@cache
def _shared() -> frozenset[str]:
    return _ids("A") & _ids("J")


def _made(letter: str) -> Account:
    """Two metrics, a contract with invoices since August, commits and credits of every type, usage that came late."""
    key, begin = f"marked-{letter.lower()}", add_months(month_start(NOW_AT), -3)
    calls, jobs = _metric(letter, "calls", Aggregation.SUM), _metric(letter, "jobs", Aggregation.COUNT)
    products = [sold(one, name=f"{mark(letter)}{one.event_type}", by=("region",)) for one in (calls, jobs)]
    contract = agreement(key, f"{mark(letter)}contract", begin, rates=tuple(flat(one, "0.75") for one in products))
    year = (begin, add_months(begin, 12))
    soon = (begin, add_months(begin, 4))
    return account(
        key,
        f"{mark(letter)}account",
        created_at=begin,
        aliases=(f"{mark(letter)}alias",),
        salesforce_id=f"{mark(letter)}crm",
        streams=(_stream(letter, calls, begin, 900 + ord(letter)), _stream(letter, jobs, begin, 60 + ord(letter))),
        contracts=(contract,),
        balances=(
            prepaid(key, f"{mark(letter)}commit", [(year, 900_000)], contract_id=contract.id),
            credit(key, f"{mark(letter)}credit", [(soon, 40_000)], name=f"{mark(letter)}credit", priority=1),
            postpaid(key, f"{mark(letter)}minimum", year, 2_000_000, contract_id=contract.id),
        ),
    )


def _metric(letter: str, what: str, kind: Aggregation) -> Metric:
    return Metric(
        id=ident("metric", "marked", letter, what),
        name=f"{mark(letter)}{what}",
        aggregation=kind,
        group_keys=(("region",), (f"{mark(letter)}team",)),
        event_type=f"{mark(letter)}{what}",
        property_name=what,
        decimals=0,
    )


def _stream(letter: str, metric: Metric, begin: datetime, daily: int) -> Stream:
    pairs = ((f"{mark(letter)}east", 600), (f"{mark(letter)}west", 300), (None, 100))
    cells = tuple(
        Cell((("region", name), (f"{mark(letter)}team", f"{mark(letter)}blue")), share) for name, share in pairs
    )
    late = (Late(begin + 40 * DAY, 0, 500, begin + 65 * DAY + timedelta(hours=3)),)
    made = stream(customer_id(letter), metric, cells, begin, daily=daily, shape=steady, late=late)
    assert Decimal(made.daily) > 0
    return made
