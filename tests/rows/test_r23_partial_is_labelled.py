"""R23: what is partial is labelled, and no total passes for whole.

The row speaks of ten accounts of which two fail. No page adds accounts up, so it is held on what does add up here: the
spans into which the days of one account are cut, of which one fails, on the page, in its tables and in its files; and
the list of accounts, of which one page fails.
"""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from callbacks.downloads import FILES
from components import ids
from tests.browser.jumping_clock import JumpingClock
from tests.rows.marked import NOW_AT, MarkedSandbox, marked
from tests.rows.recorder import Body, Driver, Recorded, record
from tests.rows.worlds import cs_driver

A = marked("A")
SEARCH = "?from=2026-09-01&to=2026-11-10&window=day&table=usage,spend"  # three blocks of days
MISSING = "2026-11-11"  # where the third ends
MISSING_SAID = "19 Oct"  # where it begins
SPANNED = {ids.USAGE_CHART: "usage_groups", ids.SPEND_CHART: "breakdowns"}
NEEDS = {
    "usage.csv": ("usage_groups", f"{MISSING}T00"),
    "spend.csv": ("breakdowns", f"{MISSING}T00"),
    "commitments.csv": ("balances", ""),
    "ledger.csv": ("balances", ""),
    "invoices.csv": ("breakdowns", ""),
    "line_items.csv": ("invoices", ""),
    "proof.csv": ("breakdowns", ""),
    "proof.json": ("breakdowns", ""),
}
TOO_OLD = 25 * 3_600
Asking = Callable[[str], Body]


@pytest.fixture
def clock() -> JumpingClock:
    return JumpingClock(NOW_AT)


@pytest.fixture
def driver(api: MarkedSandbox, clock: JumpingClock) -> Driver:
    return cs_driver(api, clock=clock)


@pytest.fixture(scope="module")
def bodies(shared_marked: MarkedSandbox) -> dict[str, Recorded]:
    return record(cs_driver(shared_marked))


@pytest.fixture
def asking(bodies: dict[str, Recorded]) -> Asking:
    """What a page with these days sends to a panel."""

    def body(ident: str) -> Body:
        one = next(one for output, one in bodies.items() if ident in output)
        (part,) = one.body["inputs"]
        return {**one.body, "inputs": [{**part, "value": {**part["value"], "search": SEARCH}}]}

    return body


def test_r23_the_days_are_asked_for_in_three_spans(driver: Driver, asking: Asking, api: MarkedSandbox) -> None:
    body = asking(ids.USAGE_CHART)
    api.forget()
    driver.post(body)
    assert len(api.requests.all("usage_groups")) >= 3
    assert any(MISSING in row["body"] for row in api.requests.all("usage_groups"))


@pytest.mark.parametrize("ident", SPANNED)
def test_r23_a_missing_span_is_named_and_its_totals_are_marked(
    driver: Driver, asking: Asking, api: MarkedSandbox, clock: JumpingClock, ident: str
) -> None:
    """In the panel itself; its windows of those days are empty in the chart and in the table under it."""
    body = asking(ident)
    whole = driver.post(body).text
    clock.jump(TOO_OLD)
    api.faults.add("status", family=SPANNED[ident], status=500, containing=f"{MISSING}T00")
    partial = driver.post(body).text
    assert "notice-partial" not in whole
    for words in ("notice-partial", MISSING_SAID, "Totals leave this out"):
        assert words in partial
    assert drawn(partial, ident) < drawn(whole, ident)


def drawn(answer: str, ident: str) -> int:
    """How many windows of a chart have a value."""
    traces = json.loads(answer)["response"][ident]["figure"]["data"]
    return sum(value is not None for trace in traces for value in trace["y"])


def test_r23_key_figures_of_a_gap_say_so_in_themselves(
    driver: Driver, asking: Asking, api: MarkedSandbox, clock: JumpingClock
) -> None:
    body = asking(ids.KPI_ROW)
    assert "incomplete" not in driver.post(body).text
    for family, cells in (("usage_groups", 1), ("breakdowns", 3)):
        clock.jump(TOO_OLD)
        api.faults.clear()
        api.faults.add("status", family=family, status=500, containing=f"{MISSING}T00")
        assert driver.post(body).text.count("incomplete") >= cells, family


@pytest.mark.parametrize("name", FILES)
def test_r23_a_file_that_cannot_be_whole_is_none(
    driver: Driver, asking: Asking, api: MarkedSandbox, clock: JumpingClock, name: str
) -> None:
    """Refused, even where a page has just shown the same days with their gap."""
    pages = [asking(ident) for ident in SPANNED]
    clock.jump(TOO_OLD)
    family, containing = NEEDS[name]
    api.faults.add("status", family=family, status=500, containing=containing)
    for page in pages:
        assert driver.post(page).status_code == 200
    answer = driver.get(f"accounts/{A.id}/{name}{SEARCH}")
    assert answer.status_code == 503
    assert answer.content_type == "application/problem+json"
    assert A.mark not in answer.text


def test_r23_a_list_of_accounts_that_cannot_be_whole_is_none(
    driver: Driver, bodies: dict[str, Recorded], api: MarkedSandbox, clock: JumpingClock
) -> None:
    body = next(one.body for output, one in bodies.items() if ids.ACCOUNTS_TABLE in output)
    clock.jump(TOO_OLD)
    api.faults.add("status", family="customers", status=500, containing="only_archived")
    answer = driver.post(body).text
    assert "notice-error" in answer
    assert "MARK_" not in answer
