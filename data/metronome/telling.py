"""What operators are told of the way to Metronome: one line and one span per attempt, one number per call. Families of
endpoints only: no path, no account, no text of an answer."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from data.clock import Clock
from data.errors import SourceError
from data.events import Channel, emit, note, traced
from data.metronome.held_back import HeldBack

OK, HELD_BACK, NOT_OFFERED, BROKEN = "ok", "held_back", "not_offered", "broken"


class NotOffered(Exception):
    """The endpoint answered with one of the question's ``absent_on`` statuses."""


@dataclass
class Attempt:
    """What has become of one attempt so far; ``status`` 0 means that no answer came. ``headers`` go with it."""

    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 0
    outcome: str = BROKEN
    detail: str = ""

    def end(self, error: SourceError | None) -> None:
        self.outcome, self.detail = (error.code, error.detail) if error else (OK, "")


@contextmanager
def told_attempt(family: str, number: int, clock: Clock, queued: float) -> Iterator[Attempt]:
    """The time that an attempt takes, after it waited for its turn since ``queued``."""
    attempt, started = Attempt(), clock.monotonic()
    note("upstream_begun", wait_ms=(started - queued) * 1000)
    with traced("upstream", family=family, attempt=number) as span:
        attempt.headers = span.headers
        try:
            yield attempt
        except NotOffered:
            attempt.outcome = NOT_OFFERED
            raise
        finally:
            span.tell(outcome=attempt.outcome, status=attempt.status)
            emit(
                Channel.UPSTREAM,
                "upstream",
                level=logging.INFO if attempt.outcome in (OK, NOT_OFFERED) else logging.WARNING,
                family=family,
                outcome=attempt.outcome,
                status=attempt.status,
                ms=round((clock.monotonic() - started) * 1000, 1),
                attempt=number,
                detail=attempt.detail,
            )


@contextmanager
def told_call(family: str) -> Iterator[None]:
    """One call, whatever number of attempts it took: counted by what came of it in the end."""
    outcome = BROKEN
    try:
        yield
        outcome = OK
    except HeldBack:
        outcome = HELD_BACK
        raise
    except NotOffered:
        outcome = NOT_OFFERED
        raise
    except SourceError as error:
        outcome = error.code
        raise
    finally:
        note("upstream_call", family=family, outcome=outcome)
