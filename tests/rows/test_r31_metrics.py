"""R31: the numbers are exact with two workers, few, and about no customer and no person."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from access.denied import Reason
from sandbox.server import running_sandbox
from server import numbers
from server.numbers import Numbers
from server.told import Sort
from tests.conftest import NOW
from tests.edge.edge import Edge, running_edge
from tests.edge.processes import free_port
from tests.rows.running import labelled, scrape

ROOT = Path(__file__).resolve().parents[2]
CUSTOMERS, OK, THROTTLED, TIMEOUTS = 1000, 70, 20, 10
MOST_SERIES = 500


@pytest.mark.process
def test_r31_seventy_ok_twenty_throttled_ten_timeouts_on_two_workers(tmp_path: Path) -> None:
    """Each page of an account that was not asked for before is one call. What Metronome saw is what is counted."""
    port = free_port()
    env = {
        "BURNBOARD_WORKERS": "2",
        "BURNBOARD_METRICS_PORT": str(port),
        "BURNBOARD_VIEWER_RATE": "1000",
        "BURNBOARD_UPSTREAM_CONCURRENCY": "32",
    }
    moment = datetime.fromisoformat(NOW)
    with (
        running_sandbox(now=moment, customers=CUSTOMERS, page_size=100) as api,
        running_edge(tmp_path, api=api, env=env) as edge,
    ):
        ids = every_account(edge)
        visit(edge, ids[:OK], at_once=8)
        api.faults.add("status", status=429)
        visit(edge, ids[OK : OK + THROTTLED], at_once=20)
        api.faults.clear()
        api.faults.add("hang", seconds=30)
        visit(edge, ids[OK + THROTTLED : OK + THROTTLED + TIMEOUTS], at_once=TIMEOUTS)
        series, seen = scrape(port), api.requests.all()
        by_outcome = {
            outcome: labelled(series, "burnboard_upstream_calls_total", family="account", outcome=outcome)
            for outcome in numbers.OUTCOMES
        }
        assert {name: value for name, value in by_outcome.items() if value} == {
            "ok": OK, "throttled": THROTTLED, "out_of_time": TIMEOUTS,
        }  # fmt: skip
        attempts = {one: labelled(series, "burnboard_upstream_attempts_total", outcome=one) for one in numbers.OUTCOMES}
        assert sum(attempts.values()) == len(seen) == series["burnboard_upstream_attempt_seconds_count"]
        assert attempts["ok"] == OK
        # Each is asked up to three times, as long as its worker's budget for that lasts.
        assert THROTTLED < attempts["throttled"] <= 3 * THROTTLED
        assert series["burnboard_upstream_in_flight"] == 0
        assert labelled(series, "burnboard_cache_lookups_total", outcome="miss") == OK
        assert labelled(series, "burnboard_requests_total", kind="page", status="2xx") == OK + THROTTLED + TIMEOUTS
        assert series["burnboard_workers"] == 2
        assert_small_and_nameless(series, ids)
        assert [line for line in raw_lines(edge) if not line.startswith(("{", "Burnboard: "))] == []


def every_account(edge: Edge) -> list[str]:
    """Ids of the thin accounts, none of which the app has asked about."""
    ids = list(edge.sandbox.world.accounts(datetime.fromisoformat(NOW)))
    assert len(ids) >= CUSTOMERS
    return ids[-CUSTOMERS:]


def visit(edge: Edge, ids: list[str], *, at_once: int) -> None:
    def page(account: str) -> int:
        with edge.as_user("ana@acme.example") as session:
            return int(session.get(f"{edge.url}accounts/{account}", timeout=60).status_code)

    with ThreadPoolExecutor(at_once) as pool:
        assert set(pool.map(page, ids)) == {200}


def assert_small_and_nameless(series: Mapping[str, float], ids: list[str]) -> None:
    assert len(series) <= MOST_SERIES
    text = "\n".join(series)
    assert [one for one in ids if one in text] == []
    assert "ana" not in re.sub(r"\w*analy\w*", "", text)
    assert set(re.findall(r'(\w+)="', text)) <= {
        "family", "outcome", "le", "mode", "reason", "kind", "status", "state", "file", "dash", "granian", "python",
    }  # fmt: skip


def raw_lines(edge: Edge) -> list[str]:
    return (edge.folder / "logs" / "app-1.log").read_text().splitlines()


def test_r31_the_most_series_that_there_can_be_are_few() -> None:
    """By the closed lists of labels: everything that one deployment can show, were all of it to happen."""
    histogram = {"call": numbers.CALL_SECONDS, "wait": numbers.WAIT_SECONDS, "request": numbers.REQUEST_SECONDS}
    per = {name: len(buckets) + 3 for name, buckets in histogram.items()}
    families, outcomes, sorts = len(numbers.FAMILIES) + 1, len(numbers.OUTCOMES) + 1, len(Sort) + 1
    most = (
        families * outcomes + outcomes + per["call"] + per["wait"] + 1 + len(numbers.CACHED) + len(numbers.STATES)
        + 2 * (len(Reason) + 1) + len(numbers.FILES) + sorts * 5 + sorts * per["request"] + 3 + 1 + 2
        + families + 2 + 3
    )  # fmt: skip
    assert most <= MOST_SERIES


def test_r31_what_is_in_no_list_is_no_label() -> None:
    registry = CollectorRegistry()
    told = Numbers(registry)
    told.hear("upstream_call", {"family": "cust-1234", "outcome": "ana@acme.example"})
    told.hear("denied", {"reason": "because of ana"})
    told.hear("request", {"kind": "x", "status": 200, "ms": 3.0})
    told.hear("nobody counts this", {"customer": "A"})
    assert registry.get_sample_value("burnboard_upstream_calls_total", {"family": "other", "outcome": "other"}) == 1
    assert registry.get_sample_value("burnboard_access_decisions_total", {"mode": "", "reason": "other"}) == 1
    assert registry.get_sample_value("burnboard_requests_total", {"kind": "other", "status": "2xx"}) == 1


def test_r31_what_the_cache_holds_is_what_it_told_last_and_failures_add_up() -> None:
    registry = CollectorRegistry()
    told = Numbers(registry)
    for entries, held in ((3, 5_000), (2, 4_000)):
        told.hear("cache_size", {"entries": entries, "bytes": held})
        told.hear("store_down", {"error": "TimeoutError"})
    assert registry.get_sample_value("burnboard_cache_entries") == 2
    assert registry.get_sample_value("burnboard_cache_bytes") == 4_000
    assert registry.get_sample_value("burnboard_cache_store_failures_total") == 2


def test_r31_every_endpoint_family_is_in_the_list() -> None:
    text = (ROOT / "data" / "metronome" / "questions.py").read_text()
    used = set(re.findall(r'family="(\w+)"', text)) | set(re.findall(r'_get\(\s*"(\w+)"', text))
    assert used == set(numbers.FAMILIES)


def test_r31_a_listener_costs_next_to_nothing_when_there_is_none() -> None:
    from data.events import note

    began = time.perf_counter()
    for _ in range(10_000):
        note("cache", outcome="fresh")
    assert time.perf_counter() - began < 1.0, "some tenth of a microsecond each; a second is a hundred times that"
