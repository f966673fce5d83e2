"""Pages and opaque cursors. A cursor belongs to one request: with other parameters it is unknown (section 1.5)."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sandbox.ids import ident
from sandbox.refusals import bad

_ENCODING = "ascii"


def cursor_for(offset: int, scope: str) -> str:
    """The cursor of the page that begins at ``offset`` of the request described by ``scope``."""
    return urlsafe_b64encode(f"{ident('cursor', scope)[:13]}:{offset}".encode(_ENCODING)).decode(_ENCODING)


def offset_of(cursor: str | None, scope: str, count: int) -> int:
    """Where the page of ``cursor`` begins; refuses a cursor that this request never gave."""
    if cursor is None:
        return 0
    try:
        offset = int(urlsafe_b64decode(cursor.encode(_ENCODING)).decode(_ENCODING).rpartition(":")[2])
    except ValueError:
        raise bad("unknown cursor") from None
    if not 0 <= offset <= count or cursor_for(offset, scope) != cursor:
        raise bad("unknown cursor")
    return offset


def page_size(limit: int | None, default: int, most: int) -> int:
    if limit is None:
        return min(default, most)
    if not 1 <= limit <= most:
        raise bad(f"limit must be between 1 and {most}")
    return limit


def page_end(
    rows: Sequence[Any],
    start: int,
    size: int,
    *,
    span: timedelta | None = None,
    at: Callable[[Any], datetime] | None = None,
) -> int:
    """Where the page that begins at ``start`` ends: after ``size`` rows, or before the first row ``span`` away."""
    end = min(start + size, len(rows))
    if span is None or at is None or start >= end:
        return end
    first = at(rows[start])
    while abs(at(rows[end - 1]) - first) >= span:
        end -= 1
    return end
