"""One ``requests`` session to Metronome: the token, the timeouts, the retries, and every failure as a ``SourceError``.

What an error says never holds the token, a URL or the text of an answer; ``detail`` (for the log) holds the endpoint's
family and a status or the kind of failure. The exceptions of ``requests`` carry the request with its headers, so they
are never chained.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.cookiejar import DefaultCookiePolicy
from typing import TypeVar
from urllib.parse import urlencode

import msgspec
import requests
from requests.adapters import BaseAdapter
from requests.auth import AuthBase
from urllib3.exceptions import HTTPError

from data.clock import Clock
from data.errors import OutOfTime
from data.metronome.answers import Pdf, decoded, error_of, failure_of, read_answer, read_document
from data.metronome.deadline import Deadline
from data.metronome.echo import refuse_echo
from data.metronome.held_back import HeldBack
from data.metronome.limits import Limits
from data.metronome.question import JSON, Question
from data.metronome.retry import ATTEMPTS, Failure, asked_wait, backoff, is_retried
from data.metronome.telling import Attempt, NotOffered, told_attempt, told_call
from data.metronome.wire import READ_SECONDS, TimedAdapter, reading_until
from data.settings import Secret

CONNECT_SECONDS = 3.0

R = TypeVar("R")
T = TypeVar("T", bytes, Pdf)
Take = Callable[[str, requests.Response, Deadline], T]

__all__ = ["BearerAuth", "NotOffered", "Transport"]


class BearerAuth(AuthBase):
    """Puts the token on a request. Its own text form is stars."""

    def __init__(self, token: Secret) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token.reveal()}"
        return request

    def __repr__(self) -> str:
        return "********"


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> None:
        """None: redirects are not followed, and their bodies (which requests would read whole) not read."""


class Transport:
    """Asks questions. Safe to share between threads."""

    def __init__(
        self,
        *,
        base_url: str,
        token: Secret,
        clock: Clock,
        limits: Limits,
        adapter: BaseAdapter | None = None,
        rng: random.Random | None = None,
    ) -> None:
        self._base_url, self._clock, self._limits = base_url.rstrip("/"), clock, limits
        self._rng = rng or random.Random()  # noqa: S311 - spreads retries, guards nothing
        self._token, self._auth = token, BearerAuth(token)
        self._session = _session(adapter or TimedAdapter(limits.concurrency))

    def ask(self, question: Question, decode: Callable[[bytes], R], deadline: Deadline) -> R:
        """The answer as ``decode`` reads its JSON. Raises a ``SourceError`` or ``NotOffered``; three attempts, one
        deadline."""
        with told_call(question.family):
            return decoded(question.family, decode, self._answered(question, deadline, read_answer))

    def document(self, question: Question, deadline: Deadline) -> Pdf:
        """The whole PDF. Raises as ``ask`` does."""
        with told_call(question.family):
            return self._answered(question, deadline, read_document)

    def _answered(self, question: Question, deadline: Deadline, take: Take[T]) -> T:
        answer, attempt = self._attempt(question, deadline, take, 1), 1
        if not isinstance(answer, Failure):
            self._limits.budget.give_back()
        while isinstance(answer, Failure):
            wait = self._wait_after(attempt, question.family, answer, deadline)
            if wait is None:
                raise answer.error
            self._clock.sleep(wait)
            attempt += 1
            answer = self._again(question, deadline, take, attempt, answer)
        return answer

    def _again(
        self, question: Question, deadline: Deadline, take: Take[T], number: int, before: Failure
    ) -> T | Failure:
        """An attempt that is paid for. One that finds no place is not made: what came ``before`` is the answer."""
        try:
            return self._attempt(question, deadline, take, number)
        except (HeldBack, OutOfTime):
            self._limits.budget.refund(throttled=before.throttled)
        return Failure(before.error)

    def _attempt(self, question: Question, deadline: Deadline, take: Take[T], number: int) -> T | Failure:
        if deadline.expired:
            raise OutOfTime(f"{question.family}: before attempt {number}")
        queued = self._clock.monotonic()
        with (
            self._limits.turn(question.family, question.customer, deadline) as turn,
            told_attempt(question.family, number, self._clock, queued) as told,
        ):
            try:
                answer = self._tried(question, deadline.for_one_call(), take, told)
            except NotOffered:
                turn.not_offered()
                raise
            error = answer.error if isinstance(answer, Failure) else None
            turn.ended(error, told.status)
            told.end(error)
            return answer

    def _tried(self, question: Question, deadline: Deadline, take: Take[T], told: Attempt) -> T | Failure:
        try:
            with reading_until(deadline):
                return self._exchange(question, deadline, take, told)
        except Failure as known:
            return known
        except (requests.RequestException, HTTPError, OSError, ValueError) as unknown:
            failure = failure_of(question.family, unknown, deadline)
        return failure

    def _wait_after(self, attempt: int, family: str, failure: Failure, deadline: Deadline) -> float | None:
        """Seconds to sleep before the next attempt, or None when there is none: then nobody asks before a time that the
        service named."""
        if failure.throttled:
            self._limits.slow_down()
        jitter = backoff(attempt - 1, self._rng, throttled=failure.throttled)
        wait = jitter if failure.wait is None else failure.wait
        may_help = failure.again and attempt < ATTEMPTS and wait < deadline.remaining()
        if may_help and self._limits.may_retry(family, throttled=failure.throttled):
            return wait
        if failure.wait is not None:
            self._limits.rest(family, failure.wait)
        return None

    def _exchange(self, question: Question, deadline: Deadline, take: Take[T], told: Attempt) -> T:
        left = max(0.001, deadline.remaining())
        response = self._session.send(
            self._prepared(question, told.headers),
            stream=True,
            allow_redirects=False,
            timeout=(min(CONNECT_SECONDS, left), min(READ_SECONDS, left)),
        )
        told.status = response.status_code
        try:
            if response.status_code != HTTPStatus.OK:
                raise self._refusal(question, response, deadline)
            answer = take(question.family, response, deadline)
            refuse_echo(question.family, answer, self._token)
            return answer
        except BaseException:
            response.close()
            raise

    def _prepared(self, question: Question, trace: Mapping[str, str]) -> requests.PreparedRequest:
        url = self._base_url + question.path + ("?" + urlencode(question.query) if question.query else "")
        headers = {**trace, "Accept": question.accept}
        request = requests.Request(question.method, url, auth=self._auth, headers=headers)
        if question.body is not None:
            request.data = msgspec.json.encode(question.body)
            request.headers["Content-Type"] = JSON
        return self._session.prepare_request(request)

    def _refusal(self, question: Question, response: requests.Response, deadline: Deadline) -> Exception:
        status, headers = response.status_code, response.headers
        if status in question.absent_on:
            return NotOffered()
        error = error_of(question.family, response, deadline)
        wait = asked_wait(headers.get("Retry-After"), self._clock.now()) if status in {429, 503} else None
        error.retry_after = wait
        again = status >= 400 and is_retried(status, headers.get("x-should-retry"))
        return Failure(error, again=again, throttled=status == 429, wait=wait)


def _session(adapter: BaseAdapter) -> requests.Session:
    session = _Session()
    session.trust_env = False  # no proxy of the environment and no .netrc comes near the token
    session.adapters.clear()
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers.update({"Accept-Encoding": "gzip, deflate", "User-Agent": "Burnboard"})
    return session
