"""Which numbers there are, and which event each counts. Labels come from closed lists only: never an account, a person
or an address. ``docs/reference/operation.md`` says what each is good for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

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
    "ok", "not_found", "credentials", "unreachable", "throttled", "held_back", "out_of_time", "bad_answer", "refused",
    "not_offered", "broken",
)  # fmt: skip
CACHED = ("fresh", "stale", "miss", "negative")
STATES = ("ok", "stale", "partial", "error", "denied")
FILES = ("policy", "embed_keys", "issuer_keys", "proxy_secret", "identity_keys")
CALL_SECONDS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10)
REQUEST_SECONDS = (0.05, 0.25, 1, 2.5, 10)
WAIT_SECONDS = (0.01, 0.1, 0.5, 2)


class Numbers:
    """The numbers of one process. ``hear`` is a listener of ``data.events``."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def counter(name: str, says: str, *labels: str) -> Counter:
            return Counter(f"burnboard_{name}", says, labels, registry=registry)

        def histogram(name: str, says: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
            return Histogram(f"burnboard_{name}", says, labels, buckets=buckets, registry=registry)

        def gauge(name: str, says: str, mode: str, *labels: str) -> Gauge:
            return Gauge(f"burnboard_{name}", says, labels, registry=registry, multiprocess_mode=mode)  # type: ignore[arg-type]

        self.calls = counter("upstream_calls", "Calls to Metronome, by what came of each.", "family", "outcome")
        self.attempts = counter("upstream_attempts", "Attempts that those calls took.", "outcome")
        self.call_time = histogram("upstream_attempt_seconds", "Length of an attempt.", CALL_SECONDS)
        self.wait_time = histogram("upstream_wait_seconds", "Waiting for a turn to ask.", WAIT_SECONDS)
        self.in_flight = gauge("upstream_in_flight", "Attempts under way.", "livesum")
        self.cache = counter("cache_lookups", "Answers looked up, by what was there.", "outcome")
        self.panels = counter("panels", "Panels drawn, by state.", "state")
        self.access = counter("access_decisions", "Who was let in and who was not.", "mode", "reason")
        self.bad_files = gauge("file_bad_seconds", "How long a watched file has been invalid.", "livemax", "file")
        self.requests = counter("requests", "Requests answered.", "kind", "status")
        self.request_time = histogram("request_seconds", "Length of a request.", REQUEST_SECONDS, "kind")
        self.limited = counter("limited", "Requests refused because one viewer asked too often.", "mode")
        self.limiter_down = counter("limiter_store_failures", "Times that the shared store of limits did not answer.")
        self._takers = self._by_event()

    def _by_event(self) -> Mapping[str, Callable[[Mapping[str, Field]], None]]:
        return {
            "upstream_call": self._call,
            "upstream_begun": self._begun,
            "upstream": self._attempt,
            "cache": lambda told: self.cache.labels(_one(told["outcome"], CACHED)).inc(),
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
