"""One question to Metronome as a value, and the two ways in which ids and days are written in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import Enum
from typing import Any
from urllib.parse import quote

from data.errors import BadQuery
from data.query_values import is_id

JSON, PDF = "application/json", "application/pdf"
_PAGING = frozenset({"limit", "next_page", "cursor"})


class Cursor(Enum):
    """Where the cursor of the next page is written: (place, name)."""

    QUERY = ("query", "next_page")
    BODY = ("body", "next_page")
    BODY_CURSOR = ("body", "cursor")


@dataclass(frozen=True, kw_only=True)
class Question:
    """One call. ``family`` names the endpoint in logs and limits; ``customer`` is "" where it is nobody's;
    ``absent_on`` lists the statuses that say "not offered here" rather than "failed"; ``accept`` is the content type
    that the answer must have."""

    family: str
    method: str
    path: str
    customer: str = ""
    query: tuple[tuple[str, str], ...] = ()
    body: Mapping[str, Any] | None = None
    cursor: Cursor = Cursor.QUERY
    absent_on: frozenset[int] = field(default_factory=frozenset)
    accept: str = JSON

    @property
    def parameters(self) -> tuple[tuple[str, str], ...]:
        """Query and body as pairs of texts, without those that only turn pages."""
        sent = (*self.query, *(pair for key, value in (self.body or {}).items() for pair in _pairs(key, value)))
        return tuple(pair for pair in sent if pair[0] not in _PAGING)

    def at(self, cursor: str) -> Question:
        """The same question for the page after ``cursor``."""
        place, name = self.cursor.value
        if place == "query":
            return replace(self, query=(*self.query, (name, cursor)))
        return replace(self, body={**(self.body or {}), name: cursor})


def _pairs(key: str, value: Any) -> Iterator[tuple[str, str]]:
    """A value of a body under its path: ``("filters[0].balance_types", "PREPAID_COMMIT,CREDIT")``."""
    match value:
        case Mapping():
            for name, inner in value.items():
                yield from _pairs(f"{key}.{name}", inner)
        case [Mapping(), *_]:
            for number, inner in enumerate(value):
                yield from _pairs(f"{key}[{number}]", inner)
        case list():
            yield key, ",".join(value)
        case _:
            yield key, str(value).lower() if isinstance(value, bool) else str(value)


def checked_id(text: str) -> str:
    """``text``, percent-encoded, when it is written like an id; raises ``BadQuery`` before anything is asked."""
    if not is_id(text):
        raise BadQuery("This is not written like an id of the billing service.")
    return quote(text, safe="")


def midnight(day: date) -> str:
    """The UTC midnight that begins ``day``, as the API wants its bounds."""
    return f"{day.year:04d}-{day.month:02d}-{day.day:02d}T00:00:00Z"
