"""S31: huge and odd ranges cost nothing. 30 of them are 400 on every file without a call upstream, and on a page ask
no more than its default range does; the largest range that is allowed asks each endpoint for usage and spend at most
14 times.

Two things differ from the row's text. Windows of an hour are asked for by the day, which is how much of them one answer
holds, so 31 days of hours are 31 calls. And the time that a refusal may take is given generously: this is a bound
against work being done, not a measurement.
"""

from __future__ import annotations

import time
from collections import Counter

import pytest

from callbacks.downloads import FILES
from components import ids
from data.clock import Clock
from tests.rows.marked import NOW_AT, MarkedSandbox, marked
from tests.rows.recorder import Driver, record
from tests.rows.worlds import cs_driver

A = marked("A").id
MANY = ",".join(f"{number:08x}{A[8:]}" for number in range(100))
ODD = (
    "from=0001-01-01&to=9999-12-31", "from=0000-00-00&to=0000-00-00", "from=9999-12-31&to=0001-01-01",
    "from=2026-10-31&to=2026-10-01", "from=NaN&to=NaN", "from=-inf&to=inf", "from=1e308&to=1e309", "from=&to=",
    "from=2026-02-30&to=2026-03-01", "from=2026-10-01", "to=2026-10-01", "from=2025-10-16&to=2026-11-20",
    "from=1999-12-31&to=2000-01-02", "from=2099-12-01&to=2100-01-01", "from=20261001&to=20261002",
    "from=2026-10-01T00:00:00Z&to=2026-10-02T00:00:00Z", "from=2026-W40-1&to=2026-W41-1",
    "from=٢٠٢٦-10-01&to=2026-10-02",
    "from=2026-10-01&to=2026-10-31&window=second", "from=2026-10-01&to=2026-10-31&window=1",
    "from=2026-09-01&to=2026-10-31&window=hour", "range=forever", "range=last99999d",
    "range=mtd&from=2026-10-01&to=2026-10-02",
    f"customer_id={MANY}", f"open={MANY}", f"group={'k,' * 2_500}k", "top=1000000", "top=-1", f"metric={MANY}",
    f"from=2026-10-01&to=2026-10-02&x={'9' * 5_000}", "from=2026-10-01&from=0001-01-01&to=2026-10-02",
)  # fmt: skip
LARGEST = "from=2025-10-17&to=2026-11-20"  # 400 days
LARGEST_HOURS = "from=2026-10-21&to=2026-11-20&window=hour"  # 31 days
BY_RANGE = ("usage_groups", "breakdowns")
ENOUGH_SECONDS = 5.0


@pytest.fixture
def driver(api: MarkedSandbox) -> Driver:
    return cs_driver(api, clock=Clock(NOW_AT))


def test_s31_there_are_thirty_of_them() -> None:
    assert len(ODD) >= 30


@pytest.mark.parametrize("name", FILES)
def test_s31_a_file_refuses_each_without_a_call(driver: Driver, api: MarkedSandbox, name: str) -> None:
    for query in ODD:
        started = time.monotonic()
        answer = driver.get(f"accounts/{A}/{name}?{query}")
        assert answer.status_code == 400, query[:80]
        assert answer.content_type == "application/problem+json"
        assert time.monotonic() - started < ENOUGH_SECONDS
    assert api.requests.all() == []


def test_s31_a_page_asks_no_more_than_for_its_default_range(driver: Driver, api: MarkedSandbox) -> None:
    recorded = next(one for output, one in record(driver).items() if ids.USAGE_CHART in output)
    usual = 5  # a month to date is two blocks of days; the metrics, their totals and the account's own beside it
    for query in ODD[::2]:
        fresh = cs_driver(api)
        api.forget()
        (part,) = recorded.body["inputs"]
        asked = {**recorded.body, "inputs": [{**part, "value": {**part["value"], "search": f"?{query}"}}]}
        assert fresh.post(asked).status_code == 200
        assert len(api.requests.all()) <= usual, query[:80]


@pytest.mark.parametrize("window", ["", "&window=day", "&window=week", "&window=month"])
def test_s31_the_largest_range_costs_each_endpoint_at_most_fourteen_calls(api: MarkedSandbox, window: str) -> None:
    for name in FILES:
        api.forget()
        answer = cs_driver(api).get(f"accounts/{A}/{name}?{LARGEST}{window}")
        assert answer.status_code == 200, answer.text[:200]
        asked = Counter(row["family"] for row in api.requests.all())
        assert max(asked[family] for family in BY_RANGE) <= 14, name
        assert sum(asked.values()) <= 40, name


def test_s31_the_most_hours_cost_at_most_a_call_for_each_day(api: MarkedSandbox) -> None:
    for name in ("usage.csv", "spend.csv"):
        api.forget()
        assert cs_driver(api).get(f"accounts/{A}/{name}?{LARGEST_HOURS}").status_code == 200
        asked = Counter(row["family"] for row in api.requests.all())
        assert max(asked[family] for family in BY_RANGE) <= 31
