"""What the app tells its operators: one event, its fields, and the request that it belongs to.

``server.logs`` writes them; nothing else knows their form. Fields never hold a token, a name or a query string.
"""

from __future__ import annotations

import logging
from contextvars import ContextVar
from enum import StrEnum

REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")


class Channel(StrEnum):
    """Where an event goes: who was let in or not, one line per request, one per call upstream, and the rest."""

    AUDIT = "burnboard.audit"
    ACCESS = "burnboard.access"
    UPSTREAM = "burnboard.upstream"
    APP = "burnboard"


def emit(channel: Channel, event: str, *, level: int = logging.INFO, **fields: str | int | float | bool | None) -> None:
    """Hand one event to the log. ``request_id`` is added from the request under way."""
    logging.getLogger(channel).log(level, event, extra={"fields": {**fields, "request_id": REQUEST_ID.get()}})
