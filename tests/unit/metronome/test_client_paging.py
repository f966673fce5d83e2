"""Page after page, and what happens when one of them fails (pitfall 1)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import BadAnswer, BadQuery, Unreachable
from data.frames.usage import to_usage
from data.metronome.client import MetronomeClient
from data.metronome.usage_block import UsageBlock
from tests.unit.metronome.upstream import (
    ACCOUNT,
    INVOICE,
    METRIC,
    Answer,
    Asked,
    ManualClock,
    Upstream,
    client_on,
    in_time,
    page,
)

pytestmark = pytest.mark.thorough

JSON = {"Content-Type": "application/json"}


def customers(*names: str) -> list[dict[str, str]]:
    return [{"id": name, "name": name} for name in names]


def test_every_page_is_read_and_an_empty_one_with_a_cursor_ends_nothing() -> None:
    upstream = Upstream(page(customers("a"), "1"), page([], "2"), page(customers("b"), ""), page(customers("never")))

    assert [row.id for row in client_on(upstream).iter_customers(in_time())] == ["a", "b"]
    assert [dict(asked.query).get("next_page") for asked in upstream.asked] == [None, "1", "2"]
    assert {dict(asked.query)["limit"] for asked in upstream.asked} == {"100"}


@pytest.mark.parametrize("end", [{}, {"next_page": None}, {"next_page": ""}])
def test_a_missing_null_or_empty_cursor_ends_the_list(end: dict[str, Any]) -> None:
    upstream = Upstream(Answer({"data": customers("a"), **end}))

    assert len(list(client_on(upstream).iter_customers(in_time()))) == 1


@pytest.mark.parametrize(
    ("ask", "place", "name"),
    [
        (lambda client: list(client.iter_balances(ACCOUNT, in_time())), "body", "next_page"),
        (lambda client: list(client.iter_contracts(ACCOUNT, in_time())), "body", "cursor"),
        (lambda client: list(client.iter_credit_types(in_time())), "query", "next_page"),
        (lambda client: list(client.iter_invoices(ACCOUNT, in_time())), "query", "next_page"),
        (lambda client: usage_of(client, date(2024, 10, 1), date(2024, 10, 2)), "query", "next_page"),
        (
            lambda client: client.spend_breakdowns(
                ACCOUNT, date(2024, 10, 1), date(2024, 10, 2), keys=("region",), deadline=in_time()
            ),
            "body",
            "next_page",
        ),
    ],
)
def test_the_cursor_goes_where_the_endpoint_wants_it_and_the_rest_stays(ask: Callable, place: str, name: str) -> None:
    upstream = Upstream(Answer({"data": [], name: "c1"}), page())
    ask(client_on(upstream))
    first, second = upstream.asked

    assert (name, "c1") in (second.query if place == "query" else list(second.body.items()))
    assert [pair for pair in second.query if pair[0] != "next_page"] == first.query
    assert {k: v for k, v in (second.body or {}).items() if k != name} == (first.body or {})


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"next_page": None},
        {"data": None},
        {"data": {}},
        {"data": "rows"},
        {"message": "maintenance"},
        [],
        None,
        5,
        "",
    ],
)
def test_an_answer_without_a_list_of_rows_is_never_read_as_no_rows(body: Any) -> None:
    with pytest.raises(BadAnswer):
        list(client_on(Upstream(Answer(body))).iter_customers(in_time()))


def test_rows_that_carry_another_customers_id_are_kept() -> None:
    upstream = Upstream(
        page([{"id": INVOICE, "customer_id": "140a7113-0000-0000-0000-000000000000", "line_items": []}])
    )
    rows = client_on(upstream).breakdowns(
        ACCOUNT, date(2024, 10, 1), date(2024, 10, 2), window="day", deadline=in_time()
    )

    assert [row.id for row in rows] == [INVOICE]


def days_of_usage(asked: Asked) -> Answer:
    """What a faithful API answers: a row for each day of the span and each of two regions."""
    start, end = (datetime.fromisoformat(asked.body[name]) for name in ("starting_on", "ending_before"))
    days = [start + timedelta(days=number) for number in range((end - start).days)]
    rows = [
        {
            "starting_on": day.isoformat(),
            "ending_before": (day + timedelta(days=1)).isoformat(),
            "group": {"region": region},
            "value": day.toordinal() * factor,
        }
        for day in days
        for region, factor in (("eu", 1), ("us", 2))
    ]
    at = int(dict(asked.query).get("next_page", 0))
    return page(rows[at : at + 7], str(at + 7) if at + 7 < len(rows) else None)


def usage_of(client: MetronomeClient, start: date, end: date) -> UsageBlock:
    return client.usage(ACCOUNT, METRIC, start, end, window="day", keys=("region",), deadline=in_time())


@settings(max_examples=25, deadline=None)
@given(first=st.integers(1, 120), second=st.integers(1, 120))
def test_the_halves_of_a_range_have_the_same_rows_as_the_whole(first: int, second: int) -> None:
    client = client_on(Upstream(days_of_usage))
    start = date(2024, 1, 1)
    middle, end = start + timedelta(days=first), start + timedelta(days=first + second)
    whole = to_usage([usage_of(client, start, end)], ("region",))
    halves = [usage_of(client, start, middle), usage_of(client, middle, end)]

    assert len(whole) == 2 * (first + second)
    assert to_usage(halves, ("region",)).astype({"group": str}).equals(whole.astype({"group": str}))


@pytest.mark.parametrize("status", [400, 403, 404, 405])
def test_spend_breakdowns_that_are_not_offered_are_none(status: int) -> None:
    upstream = Upstream(Answer({"message": "no"}, status, JSON))
    spend = client_on(upstream).spend_breakdowns(
        ACCOUNT, date(2024, 1, 1), date(2024, 4, 1), keys=("region",), deadline=in_time()
    )

    assert spend is None


def test_spend_breakdowns_that_fail_are_an_error_not_an_absence() -> None:
    clock = ManualClock()
    with pytest.raises(Unreachable):
        client_on(Upstream(Answer({}, 500, JSON)), clock).spend_breakdowns(
            ACCOUNT, date(2024, 1, 1), date(2024, 1, 9), keys=("region",), deadline=in_time(clock)
        )


@pytest.mark.parametrize(("start", "end"), [(date(2024, 2, 1), date(2024, 2, 1)), (date(2024, 2, 2), date(2024, 2, 1))])
def test_a_range_without_a_day_is_never_asked_for(start: date, end: date) -> None:
    upstream = Upstream()
    client = client_on(upstream)
    for ask in (
        lambda: usage_of(client, start, end),
        lambda: client.usage_totals(ACCOUNT, start, end, deadline=in_time()),
        lambda: client.breakdowns(ACCOUNT, start, end, window="hour", deadline=in_time()),
        lambda: client.spend_breakdowns(ACCOUNT, start, end, keys=("a",), deadline=in_time()),
    ):
        with pytest.raises(BadQuery):
            ask()
    assert upstream.asked == []


def invoice(ident: str, start: str | None, end: str | None, issued: str | None) -> dict[str, Any]:
    return {"id": ident, "start_timestamp": start, "end_timestamp": end, "issued_at": issued, "line_items": []}


def test_invoices_of_a_range_overlap_it_or_were_issued_in_it() -> None:
    listed = [
        invoice("october", "2024-10-01T00:00:00Z", "2024-11-01T00:00:00Z", "2024-11-02T00:00:00Z"),
        invoice("quarter", "2024-09-01T00:00:00Z", "2024-12-01T00:00:00Z", None),
        invoice("september", "2024-09-01T00:00:00Z", "2024-10-01T00:00:00Z", "2024-10-02T00:00:00Z"),
        invoice("november", "2024-11-01T00:00:00Z", "2024-12-01T00:00:00Z", None),
    ]
    scheduled = [
        invoice("october", None, None, "2024-10-05T00:00:00Z"),
        invoice("purchase", None, None, "2024-10-05T00:00:00Z"),
        invoice("later purchase", None, None, "2024-11-05T00:00:00Z"),
        invoice("undated", None, None, None),
    ]
    upstream = Upstream(lambda asked: page(scheduled if ("type", "SCHEDULED") in asked.query else listed))
    found = client_on(upstream).iter_invoices(ACCOUNT, in_time(), start=date(2024, 10, 1), end=date(2024, 11, 1))

    assert [row.id for row in found] == ["october", "quarter", "purchase"]
    ranged, unfiltered = (dict(asked.query) for asked in upstream.asked)
    assert ranged["starting_on"] <= "2024-09-01"
    assert ranged["ending_before"] > "2024-12-01T00:00:00Z"
    assert "starting_on" not in unfiltered
    assert ranged["sort"] == unfiltered["sort"] == "date_desc"


def test_an_embed_url_that_was_not_given_is_none() -> None:
    assert client_on(Upstream(Answer({"data": {}}))).embeddable_url(ACCOUNT, "usage", in_time()) is None
    with pytest.raises(BadQuery):
        client_on(Upstream()).embeddable_url(ACCOUNT, "everything", in_time())
