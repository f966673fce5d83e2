"""Page after page, long ranges in parts, and what happens when one of them fails (pitfall 1, rows R24 and R25)."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import BadAnswer, BadQuery, CredentialsRejected, NotFound, SourceError, Unreachable
from data.frames.usage import to_usage
from data.metronome.client import MetronomeClient
from data.metronome.spans import split
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


@pytest.mark.parametrize("cursors", [["x", "x"], ["x", "y", "x"]])
def test_a_cursor_that_repeats_is_a_bad_answer(cursors: list[str]) -> None:
    upstream = Upstream(*[page(customers("a"), cursor) for cursor in cursors], page([]))
    with pytest.raises(BadAnswer):
        list(client_on(upstream).iter_customers(in_time()))

    assert len(upstream.asked) == len(cursors)


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


def test_fifty_pages_with_two_failures_give_every_row_once() -> None:
    failures = {"30": 2}

    def answer(asked: Asked) -> Answer:
        at = dict(asked.query).get("next_page", "0")
        if failures.get(at, 0):
            failures[at] -= 1
            return Answer({"message": "no"}, 503, JSON)
        return page(customers(at), str(int(at) + 1) if at != "49" else None)

    clock = ManualClock()
    rows = client_on(Upstream(answer), clock).iter_customers(in_time(clock, 60))

    assert [row.id for row in rows] == [str(number) for number in range(50)]


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
    fetched = client_on(upstream).breakdowns(
        ACCOUNT, date(2024, 10, 1), date(2024, 10, 2), window="day", deadline=in_time()
    )

    assert [row.id for row in fetched.rows] == [INVOICE]


@given(
    start=st.dates(date(2000, 1, 1), date(2099, 1, 1)),
    length=st.integers(1, 400),
    window=st.sampled_from(["day", "hour"]),
)
def test_the_parts_of_a_range_cover_it_exactly_in_allowed_lengths(start: date, length: int, window: str) -> None:
    end = start + timedelta(days=length)
    spans = split(start, end, window)

    assert spans[0][0] == start
    assert spans[-1][1] == end
    assert all(before[1] == after[0] for before, after in itertools.pairwise(spans))
    assert all(0 < (last - first).days <= (31 if window == "day" else 1) for first, last in spans)


def test_a_figure_for_the_whole_range_is_never_split() -> None:
    assert split(date(2024, 1, 1), date(2025, 1, 1), "none") == [(date(2024, 1, 1), date(2025, 1, 1))]


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


def usage_of(client: MetronomeClient, start: date, end: date, *, partial: bool = False) -> Any:
    return client.usage(
        ACCOUNT, METRIC, start, end, window="day", keys=("region",), deadline=in_time(), partial=partial
    )


@settings(max_examples=25, deadline=None)
@given(first=st.integers(1, 120), second=st.integers(1, 120))
def test_splitting_a_range_gives_the_same_rows_as_the_whole(first: int, second: int) -> None:
    client = client_on(Upstream(days_of_usage))
    start = date(2024, 1, 1)
    middle, end = start + timedelta(days=first), start + timedelta(days=first + second)
    whole = to_usage(usage_of(client, start, end).rows, ("region",))
    halves = usage_of(client, start, middle).rows + usage_of(client, middle, end).rows

    assert len(whole) == 2 * (first + second)
    assert to_usage(halves, ("region",)).astype({"group": str}).equals(whole.astype({"group": str}))


def failing_in(month: int, answer: Answer) -> Callable[[Asked], Answer]:
    def say(asked: Asked) -> Answer:
        return answer if asked.body["starting_on"].startswith(f"2024-{month:02d}") else days_of_usage(asked)

    return say


REFUSED = Answer({"message": "no"}, 501, JSON)


def test_with_partial_a_part_that_fails_is_named_and_the_others_are_there() -> None:
    client = client_on(Upstream(failing_in(2, REFUSED)))
    fetched = usage_of(client, date(2024, 1, 1), date(2024, 3, 20), partial=True)
    (missing,) = fetched.missing

    assert (missing.start, missing.end) == (datetime(2024, 2, 1, tzinfo=UTC), datetime(2024, 3, 3, tzinfo=UTC))
    assert isinstance(missing.error, Unreachable)
    assert len(to_usage(fetched.rows, ("region",))) == 2 * (31 + 17)


def test_without_partial_one_failure_fails_the_whole() -> None:
    with pytest.raises(Unreachable):
        usage_of(client_on(Upstream(failing_in(2, REFUSED))), date(2024, 1, 1), date(2024, 3, 20))


def test_with_partial_the_error_is_raised_when_every_part_failed() -> None:
    with pytest.raises(NotFound):
        usage_of(client_on(Upstream(Answer({}, 404, JSON))), date(2024, 1, 1), date(2024, 3, 20), partial=True)


def test_a_refused_token_ends_everything_even_with_partial() -> None:
    client = client_on(Upstream(failing_in(2, Answer({}, 401, JSON))))
    with pytest.raises(CredentialsRejected):
        usage_of(client, date(2024, 1, 1), date(2024, 3, 20), partial=True)


def test_at_most_four_parts_are_fetched_at_once_and_the_rest_is_dropped_after_an_error() -> None:
    in_flight, most, lock, four = 0, 0, threading.Lock(), threading.Event()

    def answer(asked: Asked) -> Answer:
        nonlocal in_flight, most
        with lock:
            in_flight, most = in_flight + 1, max(most, in_flight + 1)
            if in_flight == 4:
                four.set()
        four.wait(5)
        with lock:
            in_flight -= 1
        return REFUSED

    upstream = Upstream(answer)
    with pytest.raises(SourceError):
        usage_of(client_on(upstream), date(2024, 1, 1), date(2025, 1, 1))

    for thread in threading.enumerate():
        if thread.name.startswith("metronome"):
            thread.join(5)
    assert most == 4
    assert len(upstream.asked) < 12


@pytest.mark.parametrize("status", [400, 403, 404, 405])
def test_spend_breakdowns_that_are_not_offered_are_none(status: int) -> None:
    upstream = Upstream(Answer({"message": "no"}, status, JSON))
    spend = client_on(upstream).spend_breakdowns(
        ACCOUNT, date(2024, 1, 1), date(2024, 4, 1), keys=("region",), deadline=in_time(), partial=True
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
