"""What the session of a frame says about the request under way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from components.embed.manner import embed_manner
from components.manner import Manner
from data.scope import ALL, AccessDenied, Right, Scope


def customer_of(scope: Scope) -> str:
    """The one account that a token is for; raises ``AccessDenied`` for a scope that was not made of a token."""
    if not scope.is_customer or scope.customers is ALL or len(scope.customers) != 1:
        raise AccessDenied("account")
    return next(iter(scope.customers))


def manner_of(scope: Scope) -> Manner:
    """How the frame of ``scope`` is drawn."""
    locked = scope.locked
    return embed_manner(locale=locked.locale, colours=locked.colours, files=scope.may(Right.EXPORT))


def query_in(asked: dict[str, Any] | None, check: Callable[[str], None]) -> str:
    """The viewer's query in what a store holds, once ``check`` has let it pass. Nothing else in it is read."""
    search = (asked or {}).get("search")
    text = search if isinstance(search, str) else ""
    check(text)
    return text
