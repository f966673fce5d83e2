"""A long range as several short ones, fetched side by side within a bound (section 6.2 of the Metronome notes)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Generic, TypeVar

from data.errors import CredentialsRejected, SourceError

DAYS_PER_SPAN = {"hour": 1, "day": 31}
PARALLEL = 4

R = TypeVar("R")
Span = tuple[date, date]
Fetch = Callable[[Span, threading.Event], list[R]]


@dataclass(frozen=True)
class Missing:
    """A part of the range, [start, end) in UTC, that could not be fetched, and why."""

    start: datetime
    end: datetime
    error: SourceError


@dataclass(frozen=True)
class Fetched(Generic[R]):
    """What came, in the order of time, and what did not."""

    rows: list[R]
    missing: tuple[Missing, ...] = ()


def split(start: date, end: date, window: str) -> list[Span]:
    """[start, end) in spans that one answer may cover; "none" is one figure for the whole and is never split."""
    if window not in DAYS_PER_SPAN or end <= start:
        return [(start, end)]
    step = timedelta(days=DAYS_PER_SPAN[window])
    starts = [start + step * number for number in range(-((start - end) // step))]
    return [(begin, min(begin + step, end)) for begin in starts]


def fetch_spans(spans: list[Span], fetch: Fetch[R], *, partial: bool) -> Fetched[R]:
    """Every span through ``fetch``, at most four at a time.

    ``fetch`` should look at its event between pages and stop when it is set. Raises the first error; with ``partial``
    failed spans are listed instead, unless all failed or the token was refused.
    """
    if len(spans) == 1:
        return Fetched(fetch(spans[0], threading.Event()))
    stop = threading.Event()
    pool = ThreadPoolExecutor(max_workers=min(PARALLEL, len(spans)), thread_name_prefix="metronome")
    try:
        futures = {pool.submit(copy_context().run, fetch, span, stop): span for span in spans}
        errors = _watch(futures, partial=partial)
        if len(errors) == len(spans):
            raise next(iter(errors.values()))
    except BaseException:
        stop.set()
        raise
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    rows = [row for future in futures if future not in errors for row in future.result()]
    return Fetched(rows, tuple(_missing(futures[future], errors[future]) for future in futures if future in errors))


def _watch(futures: dict[Future[list[R]], Span], *, partial: bool) -> dict[Future[list[R]], SourceError]:
    """Errors in the order in which they happened; raises those that end everything."""
    errors: dict[Future[list[R]], SourceError] = {}
    pending = set(futures)
    while pending:
        done, pending = wait(pending, return_when=FIRST_COMPLETED)
        for future in done:
            error = future.exception()
            if error is None:
                continue
            if not partial or isinstance(error, CredentialsRejected) or not isinstance(error, SourceError):
                raise error
            errors[future] = error
    return errors


def _missing(span: Span, error: SourceError) -> Missing:
    start, end = (datetime.combine(day, time(), UTC) for day in span)
    return Missing(start, end, error)
