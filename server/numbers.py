"""Which numbers there are, and which event each counts. Labels come from closed lists only: never an account, a person
or an address. ``docs/reference/operation.md`` says what each is good for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from access.denied import Reason
from data.events import Field
from server.told import TOLD, Sort

ADMITTED, OTHER = "admitted", "other"
MODES = ("local", "proxy", "embed", "")
FAMILIES = (
    "accounts", "account", "credit_types", "metrics", "metric", "usage", "usage_totals", "balances", "net_balance",
    "contracts", "invoices", "invoice", "invoice_pdf", "breakdowns", "spend_breakdowns", "embeddable_url",
)  # fmt: skip
OUTCOMES = (
    "ok", "not_found", "credentials", "not_allowed", "unreachable", "throttled", "held_back", "out_of_time",
    "bad_answer", "refused", "not_offered", "broken",
)  # fmt: skip
BREAKER_STATES = ("closed", "half", "open")
VIEWED = ("kept", "made")
CACHED = ("fresh", "stale", "miss", "negative")
STATES = ("ok", "stale", "partial", "error", "denied")
FILES = ("policy", "embed_keys", "issuer_keys", "proxy_secret", "identity_keys")
CALL_SECONDS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10)
REQUEST_SECONDS = (0.05, 0.25, 1, 2.5, 10)
WAIT_SECONDS = (0.01, 0.1, 0.5, 2)
WORST: Final = "livemax"
TOGETHER: Final = "livesum"


class _Maker:
    """Makes numbers of the app in ``registry``."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry

    def counter(self, name: str, says: str, *labels: str) -> Counter:
        return Counter(f"burnboard_{name}", says, labels, registry=self._registry)

    def histogram(self, name: str, says: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        return Histogram(f"burnboard_{name}", says, labels, buckets=buckets, registry=self._registry)

    def gauge(self, name: str, says: str, mode: Literal["livemax", "livesum"], *labels: str) -> Gauge:
        """``mode``: what is told of all workers."""
        return Gauge(f"burnboard_{name}", says, labels, registry=self._registry, multiprocess_mode=mode)


class Numbers:
    """The numbers of one process. ``hear`` is a listener of ``data.events``."""

    def __init__(self, registry: CollectorRegistry) -> None:
        make = _Maker(registry)
        self._of_asking(make)
        self._of_keeping(make)
        self._of_visitors(make)
        self._takers = self._by_event()

    def _of_asking(self, make: _Maker) -> None:
        self.calls = make.counter("upstream_calls", "Calls to Metronome, by what came of each.", "family", "outcome")
        self.attempts = make.counter("upstream_attempts", "Attempts that those calls took.", "outcome")
        self.call_time = make.histogram("upstream_attempt_seconds", "Length of an attempt.", CALL_SECONDS)
        self.wait_time = make.histogram("upstream_wait_seconds", "Waiting for a turn to ask.", WAIT_SECONDS)
        self.breakers = make.gauge("upstream_breaker", "0 closed, 1 a call is trying, 2 left alone.", WORST, "family")
        self.retries_spent = make.gauge("upstream_retry_budget_spent", "Of 100; all spent, no retries.", WORST)
        self.rejected = make.gauge("upstream_credentials_rejected", "1 while the token is not accepted.", WORST)
        self.in_flight = make.gauge("upstream_in_flight", "Attempts under way.", TOGETHER)

    def _of_keeping(self, make: _Maker) -> None:
        self.cache = make.counter("cache_lookups", "Answers looked up, by what was there.", "outcome")
        self.views = make.counter("views", "Views and panels asked for, by whether they were kept.", "outcome")
        self.cache_entries = make.gauge("cache_entries", "Blocks of answers held in memory.", TOGETHER)
        self.cache_bytes = make.gauge("cache_bytes", "Bytes that they take.", TOGETHER)
        self.store_down = make.counter("cache_store_failures", "Times that the store of answers did not answer.")

    def _of_visitors(self, make: _Maker) -> None:
        self.panels = make.counter("panels", "Panels drawn, by state.", "state")
        self.access = make.counter("access_decisions", "Who was let in and who was not.", "mode", "reason")
        self.bad_files = make.gauge("file_bad_seconds", "How long a watched file has been invalid.", WORST, "file")
        self.requests = make.counter("requests", "Requests answered.", "kind", "status")
        self.request_time = make.histogram("request_seconds", "Length of a request.", REQUEST_SECONDS, "kind")
        self.limited = make.counter("limited", "Requests refused because one viewer asked too often.", "mode")
        self.limiter_down = make.counter("limiter_store_failures", "Times that the store of limits did not answer.")

    def _by_event(self) -> Mapping[str, Callable[[Mapping[str, Field]], None]]:
        return {
            "upstream_call": self._call,
            "upstream_begun": self._begun,
            "upstream": self._attempt,
            "breaker": self._breaker,
            "credentials": lambda told: self.rejected.set(_number(told["rejected"])),
            "retry_budget": lambda told: self.retries_spent.set(_number(told["spent"])),
            "cache": lambda told: self.cache.labels(_one(told["outcome"], CACHED)).inc(),
            "cache_size": self._cache_size,
            "store_down": lambda _: self.store_down.inc(),
            "view": lambda told: self.views.labels(_one(told["outcome"], VIEWED)).inc(),
            "panel": lambda told: self.panels.labels(_one(told["state"], STATES)).inc(),
            "admitted": lambda told: self.access.labels(_one(told["mode"], MODES), ADMITTED).inc(),
            "denied": lambda told: self.access.labels(_mode(), _one(told["reason"], tuple(Reason))).inc(),
            "file_looked": lambda told: self.bad_files.labels(_one(told["file"], FILES)).set(_number(told["bad_for"])),
            "request": self._request,
            "limited": lambda _: self.limited.labels(_mode()).inc(),
            "limiter_down": lambda _: self.limiter_down.inc(),
        }

    def hear(self, event: str, fields: Mapping[str, Field]) -> None:
        taker = self._takers.get(event)
        if taker is not None:
            taker(fields)

    def _call(self, told: Mapping[str, Field]) -> None:
        self.calls.labels(_one(told["family"], FAMILIES), _one(told["outcome"], OUTCOMES)).inc()

    def _begun(self, told: Mapping[str, Field]) -> None:
        self.in_flight.inc()
        self.wait_time.observe(_number(told["wait_ms"]) / 1000)

    def _attempt(self, told: Mapping[str, Field]) -> None:
        self.in_flight.dec()
        self.attempts.labels(_one(told["outcome"], OUTCOMES)).inc()
        self.call_time.observe(_number(told["ms"]) / 1000)

    def _cache_size(self, told: Mapping[str, Field]) -> None:
        self.cache_entries.set(_number(told["entries"]))
        self.cache_bytes.set(_number(told["bytes"]))

    def _breaker(self, told: Mapping[str, Field]) -> None:
        state = BREAKER_STATES.index(str(told["state"]))
        self.breakers.labels(_one(told["family"], FAMILIES)).set(state)

    def _request(self, told: Mapping[str, Field]) -> None:
        sort = _one(told["kind"], tuple(Sort))
        self.requests.labels(sort, f"{int(_number(told['status'])) // 100}xx").inc()
        self.request_time.labels(sort).observe(_number(told["ms"]) / 1000)


def _one(value: Field, of: tuple[str, ...]) -> str:
    """``value`` where it is one of the list; a label never holds anything else."""
    return str(value) if value in of else OTHER


def _number(value: Field) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _mode() -> str:
    told = TOLD.get()
    return _one(told.mode, MODES) if told is not None else ""
