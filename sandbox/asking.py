"""What an endpoint is, and one request to it as the endpoint sees it: checked parameters and the world."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sandbox.books import Books
from sandbox.checks import Checks
from sandbox.model import Account
from sandbox.world import World

Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Options:
    """How the server behaves. ``legacy``: True and False force the older shapes on or off for every account."""

    strict: bool = False
    page_size: int = 20
    legacy: bool | None = None
    token: str | None = None


@dataclass(frozen=True, kw_only=True)
class Ask:
    """One request after its checks: ``args`` holds path, query and body parameters together."""

    world: World
    options: Options
    now: datetime
    args: Mapping[str, Any]
    host: str

    def account(self) -> Account:
        return self.world.account(self.args["customer_id"], self.now)

    def books(self) -> Books:
        return self.world.books(self.args["customer_id"], self.now)

    def legacy(self, account: Account) -> bool:
        """Whether ``account`` answers in the older shapes; a strict server has only the documented ones."""
        if self.options.legacy is not None:
            return self.options.legacy
        return account.legacy and not self.options.strict


@dataclass(frozen=True)
class Cursor:
    """Where a list endpoint takes its cursor from, and what it is called there and in the answer."""

    place: str
    name: str = "next_page"


QUERY = Cursor("query")
BODY = Cursor("body")


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """A list endpoint has a ``cursor`` and answers rows; any other answers one object, or, where ``media`` is set, the
    bytes of a file of that type. ``most``: largest page.

    ``tolerated``: body fields that only a tolerant server knows. ``limited``: whether there is a ``limit``.
    ``span``: what one page may cover in time, from the arguments; ``at``: where in time a row is.
    """

    family: str
    method: str
    rule: str
    answer: Callable[[Ask], Any]
    query: Checks = field(default_factory=dict)
    body: Checks = field(default_factory=dict)
    tolerated: Checks = field(default_factory=dict)
    required: tuple[str, ...] = ()
    cursor: Cursor | None = None
    media: str | None = None
    default: int | None = None
    most: int = 100
    limited: bool = True
    span: Callable[[Mapping[str, Any]], timedelta] | None = None
    at: Callable[[Row], datetime] | None = None
