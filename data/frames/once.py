"""Rows that overlapping pages showed twice."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime
from typing import Protocol, TypeVar

from data.metronome.invoice_shapes import InvoiceRow
from data.metronome.shapes import instant

log = logging.getLogger(__name__)


class _HasId(Protocol):
    @property
    def id(self) -> str | None: ...


R = TypeVar("R", bound=_HasId)


def one_per_id(rows: Iterable[R], what: str) -> list[R]:
    """Each id once, the row met last (a list that moves while it is paged shows its newer state later).

    Rows without an id cannot be told apart and all stay.
    """
    found: dict[object, R] = {}
    count = 0
    for count, row in enumerate(rows, 1):
        found[row.id or count] = row
    if count > len(found):
        log.info("%s: %d rows met again (page overlap)", what, count - len(found))
    return list(found.values())


def one_per_window(rows: Iterable[InvoiceRow]) -> list[InvoiceRow]:
    """Elements that say the same of the same (invoice, window) once; ones that say something else of it all stay,
    so that they add (interfaces document, "Semantics")."""
    found: dict[tuple[str, datetime | None], list[InvoiceRow]] = {}
    kept: list[InvoiceRow] = []
    overlaps = added = 0
    for row in rows:
        before = found.setdefault((row.id, instant(row.breakdown_start_timestamp)), [])
        if any(_says_the_same(row, other) for other in before):
            overlaps += 1
            continue
        added += bool(before)
        before.append(row)
        kept.append(row)
    if overlaps or added:
        log.info("invoice windows: %d met again (page overlap), %d added with different amounts", overlaps, added)
    return kept


def _says_the_same(one: InvoiceRow, other: InvoiceRow) -> bool:
    return one.total == other.total and (
        bytes(one.line_items) == bytes(other.line_items) or one.lines() == other.lines()
    )
