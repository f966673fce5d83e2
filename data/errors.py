"""Everything that can go wrong at the source, each with one sentence that is safe to show to anybody.

A sentence never carries a token, a URL, an id from another account or the text of an upstream answer
(reliability-security design, S35). Details go to the log through ``detail``.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from datetime import datetime
from typing import Self


class SourceError(Exception):
    """Metronome could not give an answer. ``status`` is the HTTP status that a download answers with."""

    code = "source"
    status = 502
    sentence = "The billing service could not give an answer."

    def __init__(self, detail: str = "", *, sentence: str | None = None, retry_after: float | None = None) -> None:
        super().__init__(sentence or self.sentence)
        self.sentence = sentence or self.sentence
        self.detail = detail
        self.retry_after = retry_after

    def bare(self) -> Self:
        """The same to keep, or to raise again: without the calls it came through, which hold on to all they saw."""
        other = copy(self)
        other.args = self.args
        return other


class NotFound(SourceError):
    """The account, metric, contract or invoice does not exist (404 in v1, 400 with a code in v2)."""

    code = "not_found"
    status = 404
    sentence = "There is nothing under this id."


class CredentialsRejected(SourceError):
    """401: the token is wrong or expired."""

    code = "credentials"
    status = 503
    sentence = "The connection to billing needs attention: its token was not accepted."


class NotAllowed(CredentialsRejected):
    """403: the token is good, and may not read this."""

    code = "not_allowed"
    sentence = "The connection to billing may not read this."


class Unreachable(SourceError):
    """No connection, or 5xx after the last attempt."""

    code = "unreachable"
    status = 503
    sentence = "The billing service cannot be reached right now."


class Throttled(SourceError):
    """429 after the last attempt; ``retry_after`` in seconds when the service named it."""

    code = "throttled"
    status = 503
    sentence = "The billing service asks to slow down. Please try again in a moment."


class OutOfTime(SourceError):
    """The total deadline passed, however steadily the answer was dripping in."""

    code = "out_of_time"
    status = 504
    sentence = "The billing service took too long to answer."


class BadAnswer(SourceError):
    """The answer was not what the API documents: not JSON, the wrong shape, a redirect, too large, a cursor loop."""

    code = "bad_answer"
    status = 502
    sentence = "The billing service sent an answer that could not be understood."


class Refused(SourceError):
    """Another 4xx: the service did not accept the request itself."""

    code = "refused"
    status = 502
    sentence = "The billing service did not accept this question."


class BadQuery(ValueError):
    """Input that is wrong on its face. Raised before any call upstream; answered with 400."""

    code = "bad_query"
    status = 400

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class Missing:
    """A part of a range, [start, end) in UTC, that could not be fetched, and why."""

    start: datetime
    end: datetime
    error: SourceError
