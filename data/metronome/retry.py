"""Which failures are worth another try, and when (three attempts in all, full jitter, ``Retry-After`` obeyed)."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from data.errors import SourceError

ATTEMPTS = 3
RETRIED = frozenset({408, 429, 500, 502, 503, 504})
REFUSED_TOKEN = frozenset({401, 403})
BASE_SECONDS = 0.25
BASE_SECONDS_THROTTLED = 1.0
CAP_SECONDS = 4.0


class Failure(Exception):
    """One attempt failed: with what, whether another may help, and how long the service asked to wait."""

    def __init__(
        self, error: SourceError, *, again: bool = False, throttled: bool = False, wait: float | None = None
    ) -> None:
        super().__init__()
        self.error, self.again, self.throttled, self.wait = error, again, throttled, wait


def is_retried(status: int, should_retry: str | None) -> bool:
    """The service's own word (``x-should-retry``) goes before the table; a refused token is never held out again."""
    if status in REFUSED_TOKEN:
        return False
    if should_retry in {"true", "false"}:
        return should_retry == "true"
    return status in RETRIED


def backoff(attempt: int, rng: random.Random, *, throttled: bool) -> float:
    """Seconds before the try after ``attempt`` (0-based): anywhere between nothing and a doubling bound."""
    base = BASE_SECONDS_THROTTLED if throttled else BASE_SECONDS
    return rng.uniform(0.0, min(CAP_SECONDS, base * 2**attempt))


def asked_wait(retry_after: str | None, now: datetime) -> float | None:
    """Seconds named by a ``Retry-After`` header (seconds or an HTTP date); None for none, the past and nonsense."""
    if not retry_after:
        return None
    text = retry_after.strip()
    try:
        seconds = float(text) if text[:1].isdigit() else (_instant(text) - now).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return None
    return seconds if 0 < seconds < float("inf") else None


def _instant(text: str) -> datetime:
    instant = parsedate_to_datetime(text)
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
