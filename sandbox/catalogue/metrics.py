"""Billable metrics. They belong to the whole organisation; an account has those that it sends."""

from __future__ import annotations

from sandbox.ids import ident
from sandbox.model import Aggregation, Metric
from sandbox.moments import utc


def _metric(name: str, aggregation: Aggregation, keys: tuple[tuple[str, ...], ...], **more: object) -> Metric:
    event = name.lower().split(" (", maxsplit=1)[0].replace(" ", "_")
    details = {"event_type": event, "id": ident("metric", name)} | more
    return Metric(name=name, aggregation=aggregation, group_keys=keys, **details)  # type: ignore[arg-type]


COMPUTE = _metric(
    "Compute hours",
    Aggregation.SUM,
    (("region",), ("cluster",), ("region", "cluster")),
    property_name="hours",
    decimals=2,
)
REQUESTS = _metric("API requests", Aggregation.COUNT, (("region",), ("endpoint",)))
STORAGE = _metric("Storage GB-hours", Aggregation.SUM, (("region",), ("tier",)), property_name="gb_hours", decimals=3)
TOKENS = _metric(
    "Tokens processed",
    Aggregation.SUM,
    (("model",), ("token_type",), ("model", "token_type")),
    property_name="tokens",
)
PEAK_MEMORY = _metric("Peak memory (GB)", Aggregation.MAX, (("region",),), property_name="gb", decimals=1)
ACTIVE_USERS = _metric("Active users", Aggregation.UNIQUE, (("region",),), property_name="user_id")
RENDER_MINUTES = _metric(
    "Render minutes", Aggregation.SUM, (("project",), ("quality",)), property_name="minutes", decimals=1
)
SHIPMENTS = _metric("Shipments tracked", Aggregation.COUNT, (("carrier",), ("region",)))
SCANS = _metric("Pages scanned", Aggregation.COUNT, ())
POD_HOURS = _metric("Pod hours", Aggregation.SUM, (("pod",), ("region",)), property_name="hours", decimals=2)
STORED = _metric("Stored documents (GB)", Aggregation.LATEST, (("matter",),), property_name="gb", decimals=1)
SESSIONS = _metric(
    "Billable sessions",
    Aggregation.SUM,
    (),
    sql="select count(distinct session_id) as value from events where event_type = 'session'",
)
RETIRED = _metric("Legacy transfers", Aggregation.SUM, (("region",),), property_name="gb", archived_at=utc(2024, 3, 1))
# The guide's own metric, under its own id.
GUIDE_CPU_HOURS = _metric(
    "CPU hours", Aggregation.SUM, (("region",),), property_name="hours", id="f3b17844-a98d-413a-b310-5be1df72213d"
)
GUIDE_CALLS = _metric("Calls", Aggregation.COUNT, (("region",),))

METRICS = (
    COMPUTE, REQUESTS, STORAGE, TOKENS, PEAK_MEMORY, ACTIVE_USERS, RENDER_MINUTES, SHIPMENTS, SCANS, POD_HOURS,
    STORED, SESSIONS, RETIRED, GUIDE_CPU_HOURS, GUIDE_CALLS,
)  # fmt: skip
