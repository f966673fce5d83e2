"""The client against the sandbox in strict mode, which accepts only what the official SDK sends: every endpoint, every
account, through to frames; and the sandbox's bad days, over real sockets."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import chain
from typing import Any

import pandas as pd
import pytest

from data import schema
from data.clock import Clock
from data.errors import (
    BadAnswer,
    BadQuery,
    CredentialsRejected,
    NotFound,
    OutOfTime,
    SourceError,
    Throttled,
    Unreachable,
)
from data.frames.balances import to_balances, to_ledger, to_net_balances, to_segments
from data.frames.contracts import to_contracts
from data.frames.customers import to_customers
from data.frames.invoices import to_invoices
from data.frames.lines import to_invoice_lines, to_lines, to_windows
from data.frames.metrics import to_credit_types, to_metrics
from data.frames.usage import to_metric_totals, to_usage
from data.metronome.client import MetronomeClient
from data.metronome.deadline import Deadline
from data.metronome.limits import Limits
from data.money import exact_sum
from data.settings import Secret
from sandbox.catalogue import Customer
from sandbox.server import Sandbox, running_sandbox

pytestmark = pytest.mark.thorough

NOW = datetime(2026, 11, 20, 14, 30, tzinfo=UTC)
FROM, TO = date(2026, 9, 1), date(2026, 11, 21)
OCTOBER = (date(2024, 10, 1), date(2024, 11, 1))
GUIDE_USAGE = "140a7113-76c4-4ce2-9379-29fa3375d23c"
GUIDE_METRIC = "f3b17844-a98d-413a-b310-5be1df72213d"
GUIDE_BALANCES = "23f894af-c350-45df-bb3e-3b134e352109"
GUIDE_SPEND = "d7abd0cd-4ae9-4db7-8676-e986a4ebd8dc"
NOBODY = "00000000-0000-4000-8000-000000000000"
CATEGORIES = {
    *("granted", "used", "expired", "rolled_over", "trued_up", "adjusted", "credited", "canceled"),
}  # "other" is for types that the API does not document, and the sandbox sends none


class HurriedClock(Clock):
    """Real time, except that nobody sleeps between attempts."""

    def sleep(self, seconds: float) -> None:
        del seconds


CLOCK = HurriedClock()


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox(now=NOW, strict=True) as running:
        yield running


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[MetronomeClient]:
    yield client_to(sandbox.url)
    sandbox.faults.clear()


def client_to(url: str, bearer: str = "made-up") -> MetronomeClient:
    limits = Limits(clock=CLOCK, rps=1e6, burst=10**6)
    return MetronomeClient(base_url=url, token=Secret(bearer), clock=CLOCK, limits=limits)


def soon(seconds: float = 20.0) -> Deadline:
    return Deadline(CLOCK, seconds)


def everyone(client: MetronomeClient) -> list[str]:
    both = chain(client.iter_customers(soon()), client.iter_customers(soon(), only_archived=True))
    return to_customers(both)["customer_id"].tolist()


def test_customers_active_and_archived_are_two_lists_that_do_not_meet(client: MetronomeClient) -> None:
    active = to_customers(client.iter_customers(soon()))
    archived = to_customers(client.iter_customers(soon(), only_archived=True))

    assert active["archived_at"].isna().all()
    assert not archived["archived_at"].isna().any()
    assert len(active) >= 10
    assert len(archived) >= 1
    assert not set(active["customer_id"]) & set(archived["customer_id"])


def test_every_account_has_readable_lists(client: MetronomeClient) -> None:
    schema.check(to_credit_types(client.iter_credit_types(soon())), schema.CREDIT_TYPES)
    for customer_id in everyone(client):
        balances = list(client.iter_balances(customer_id, soon()))
        assert client.customer(customer_id, soon()).id == customer_id
        assert len(to_contracts(client.iter_contracts(customer_id, soon()))) >= 1
        has_metrics = len(to_metrics(client.iter_metrics(customer_id, soon()))) >= 1
        assert has_metrics == (customer_id != Customer.NO_METRICS)
        assert to_balances(balances)["has_ledger"].all()
        assert set(to_segments(balances)["balance_id"]) <= set(to_balances(balances)["balance_id"])
        assert set(to_ledger(balances)["category"]) <= CATEGORIES
        schema.check(to_invoices(client.iter_invoices(customer_id, soon())), schema.INVOICES)


def test_more_balances_than_one_page_holds_all_come(client: MetronomeClient) -> None:
    counts = [len(to_balances(client.iter_balances(customer_id, soon()))) for customer_id in everyone(client)]

    assert max(counts) > 25


def test_the_windows_of_each_invoice_hold_its_lines(client: MetronomeClient) -> None:
    """Total of a window = its lines in its own unit, without postpaid deductions (section 3.3 of the notes)."""
    checked = 0
    for customer_id in everyone(client):
        rows = client.breakdowns(customer_id, FROM, TO, window="day", deadline=soon())
        lines, windows = to_lines(rows), to_windows(rows)
        postpaid = lines["commit_type"].astype(object).isin(["POSTPAID", "PostpaidCommit"])
        own = lines[~(postpaid & (lines["line_type"] == "applied_commit_or_credit"))]
        for window in windows.head(20).itertuples():
            inside = own[(own["invoice_id"] == window.invoice_id) & (own["window_start"] == window.window_start)]
            inside = inside[inside["credit_type_id"].astype(object) == window.credit_type_id]
            assert exact_sum(inside["total"]) == window.total
            checked += 1
    assert checked > 100


@pytest.mark.parametrize("window", ["day", "hour", "none"])
def test_usage_by_every_group_key_adds_up_to_the_ungrouped_usage(client: MetronomeClient, window: str) -> None:
    start = date(2026, 11, 18) if window == "hour" else FROM
    customer_id = next(row.id for row in client.iter_customers(soon()))
    for metric in client.iter_metrics(customer_id, soon()):
        if metric.aggregation_type not in {"SUM", "COUNT"}:
            continue
        totals = [
            to_usage(
                [client.usage(customer_id, metric.id, start, TO, window=window, keys=keys, deadline=soon())], keys
            )["value"].sum()
            for keys in ((), *map(tuple, metric.group_keys or ()))
        ]
        assert totals == pytest.approx([totals[0]] * len(totals))


def test_metric_totals_name_the_metrics_of_the_account(client: MetronomeClient) -> None:
    customer_id = next(row.id for row in client.iter_customers(soon()))
    totals = to_metric_totals(client.usage_totals(customer_id, FROM, TO, deadline=soon()))

    assert set(totals["metric_id"]) <= {row.id for row in client.iter_metrics(customer_id, soon())}
    assert client.metric(totals["metric_id"].iloc[0], soon()).id == totals["metric_id"].iloc[0]
    assert totals["value"].gt(0).any()


def test_hourly_breakdowns_add_up_to_the_days(client: MetronomeClient) -> None:
    customer_id = next(row.id for row in client.iter_customers(soon()))
    span = (date(2026, 11, 16), date(2026, 11, 19))
    by_hour, by_day = (
        to_windows(client.breakdowns(customer_id, *span, window=window, deadline=soon())) for window in ("hour", "day")
    )

    assert len(by_hour) > len(by_day) == len(by_day["window_start"].unique()) * by_day["invoice_id"].nunique()
    assert exact_sum(by_hour["total"]) == exact_sum(by_day["total"])


def test_spend_breakdowns_have_the_key_or_are_not_offered(client: MetronomeClient) -> None:
    found = [
        client.spend_breakdowns(customer_id, FROM, TO, keys=("region",), deadline=soon())
        for customer_id in everyone(client)
    ]
    offered = [rows for rows in found if rows]

    assert offered
    assert None in found
    assert all(to_windows(rows)["total"].isna().all() for rows in offered)
    assert all(to_lines(rows)["line_type"].eq("usage").all() for rows in offered)


def test_a_detail_is_the_invoice_of_the_list(client: MetronomeClient) -> None:
    customer_id = next(row.id for row in client.iter_customers(soon()))
    listed = next(client.iter_invoices(customer_id, soon()))
    detail = client.invoice(customer_id, listed.id, soon())

    assert (detail.id, detail.total, detail.status) == (listed.id, listed.total, listed.status)


def test_the_lines_of_the_list_are_those_of_each_invoice(client: MetronomeClient) -> None:
    """Total of an invoice = its lines in its own unit, without postpaid deductions (section 3.3 of the notes)."""
    checked = 0
    for customer_id in everyone(client):
        rows = list(client.iter_invoices(customer_id, soon()))
        invoices, lines = to_invoices(rows), schema.check(to_invoice_lines(rows), schema.LINES)
        postpaid = lines["commit_type"].astype(object).isin(["POSTPAID", "PostpaidCommit"])
        own = lines[~(postpaid & (lines["line_type"] == "applied_commit_or_credit"))]
        for invoice in invoices.head(20).itertuples():
            inside = own[own["invoice_id"].astype(object) == invoice.invoice_id]
            inside = inside[inside["credit_type_id"].astype(object) == invoice.credit_type_id]
            assert exact_sum(inside["total"]) == invoice.total
            checked += 1
    assert checked > 100


def test_what_invoices_say_of_terms_payment_and_corrections_arrives(client: MetronomeClient) -> None:
    frames = [to_invoices(client.iter_invoices(customer_id, soon())) for customer_id in everyone(client)]
    every = pd.concat([frame.astype({"payment_status": object}) for frame in frames], ignore_index=True)
    named = set(every["regenerated_from_id"]) | set(every["corrects_id"])

    assert every["terms_days"].notna().any()
    assert every["payment_status"].notna().any()
    assert every["external_id"].ne("").any()
    assert every["correction"].ne("").any()
    assert every["customer_id"].ne("").all()
    assert len(named) > 1
    assert named - {""} <= set(every["invoice_id"])


def test_tiers_and_list_prices_of_lines_arrive(client: MetronomeClient) -> None:
    tiered, overridden = (
        to_invoice_lines(client.iter_invoices(customer_id, soon()))
        for customer_id in (Customer.TIERED, Customer.PRICE_CHANGE)
    )

    assert {"1", "2"} <= set(tiered["tier"].dropna())
    assert overridden["list_price"].notna().any()


def test_the_document_of_every_kind_of_invoice_comes_as_it_is(client: MetronomeClient) -> None:
    kinds = {
        (row.status, row.type): (customer_id, row.id)
        for customer_id in everyone(client)
        for row in client.iter_invoices(customer_id, soon())
    }
    for customer_id, invoice_id in kinds.values():
        document = client.invoice_pdf(customer_id, invoice_id, soon())
        with document.file as file:
            body = file.read()
        assert body.startswith(b"%PDF-")
        assert document.length == len(body)
    assert len(kinds) >= 4


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"kind": "status", "status": 500}, Unreachable),
        ({"kind": "status", "status": 401}, CredentialsRejected),
        ({"kind": "reset"}, Unreachable),
        ({"kind": "html"}, BadAnswer),
        ({"kind": "redirect"}, BadAnswer),
    ],
    ids=lambda value: value["kind"] if isinstance(value, dict) else None,
)
def test_a_document_on_a_bad_day_is_one_error(
    sandbox: Sandbox, client: MetronomeClient, fault: dict[str, Any], error: type[SourceError]
) -> None:
    customer_id = next(row.id for row in client.iter_customers(soon()))
    invoice_id = next(client.iter_invoices(customer_id, soon())).id
    sandbox.faults.add(**fault)
    with pytest.raises(error):
        client.invoice_pdf(customer_id, invoice_id, soon())


def test_a_document_survives_two_failures_in_a_row(sandbox: Sandbox, client: MetronomeClient) -> None:
    customer_id = next(row.id for row in client.iter_customers(soon()))
    invoice_id = next(client.iter_invoices(customer_id, soon())).id
    sandbox.faults.add("status", status=503, times=2)

    with client.invoice_pdf(customer_id, invoice_id, soon()).file as file:
        assert file.read().startswith(b"%PDF-")


def test_the_balances_say_what_they_pay_for_and_whether_they_are_paid_for(client: MetronomeClient) -> None:
    frames = [to_balances(client.iter_balances(customer_id, soon())) for customer_id in everyone(client)]
    every = pd.concat([frame.astype({"type": object}) for frame in frames], ignore_index=True)

    assert every["recurring_id"].ne("").any()
    assert every["product_ids"].map(bool).any()
    assert every["contract_ids"].map(bool).any()
    assert set(every["paid"]) == {True, False}
    assert not every.loc[every["type"] == "CREDIT", "paid"].any()


def test_net_balances_of_every_account_are_in_the_unit_asked_for(client: MetronomeClient) -> None:
    for customer_id in everyone(client):
        units = set(to_balances(client.iter_balances(customer_id, soon()))["credit_type_id"]) - {""}
        answers = [
            (unit, posted, client.net_balance(customer_id, soon(), credit_type_id=unit, finalized_only=posted))
            for unit in sorted(units)
            for posted in (False, True)
        ]
        assert to_net_balances(answers)["balance"].notna().all()


def test_invoices_of_a_range_are_those_of_the_whole_list_that_touch_it(client: MetronomeClient) -> None:
    for customer_id in everyone(client):
        every = to_invoices(client.iter_invoices(customer_id, soon()))
        ranged = to_invoices(client.iter_invoices(customer_id, soon(), start=FROM, end=TO))
        first, last = (datetime.combine(day, datetime.min.time(), UTC) for day in (FROM, TO))
        overlaps = (every["period_start"] < last) & (every["period_end"] > first)
        issued = every["period_start"].isna() & (every["issued_at"] >= first) & (every["issued_at"] < last)
        assert set(ranged["invoice_id"]) == set(every.loc[overlaps | issued, "invoice_id"])


def test_net_balance_in_both_modes_and_the_embed_url(client: MetronomeClient) -> None:
    customer_id = next(row.id for row in client.iter_customers(soon()))
    both = client.net_balance(customer_id, soon(), balance_types=("PREPAID_COMMIT", "CREDIT"))
    posted = client.net_balance(customer_id, soon(), finalized_only=True, balance_types=("PREPAID_COMMIT", "CREDIT"))
    url = client.embeddable_url(customer_id, "usage", soon(), colors=[("Gray_dark", "#112233")])

    assert both.balance is not None
    assert posted.balance is not None
    assert posted.balance >= both.balance
    assert url is not None
    assert url.startswith("http")


def test_the_guides_usage(client: MetronomeClient) -> None:
    block = client.usage(GUIDE_USAGE, GUIDE_METRIC, *OCTOBER, window="day", keys=("region",), deadline=soon())
    frame = to_usage([block], ("region",))

    assert frame["value"].tolist() == [37, 24, 12, 91]
    assert frame["group"].tolist()[0] == '{"region":"ap-south-1"}'


def test_the_guides_balances(client: MetronomeClient) -> None:
    ledger = to_ledger(client.iter_balances(GUIDE_BALANCES, soon()))
    used = ledger[ledger["category"] == "used"].groupby("balance_id")["amount"].apply(exact_sum)

    assert sorted(used) == [Decimal(-8000), Decimal(-500)]


def test_the_guides_spend(client: MetronomeClient) -> None:
    lines = to_lines(client.breakdowns(GUIDE_SPEND, *OCTOBER, window="day", deadline=soon()))
    by_day = lines[lines["line_type"] == "usage"].groupby("window_start")["total"].apply(exact_sum)

    assert by_day.tolist() == [Decimal(7300), Decimal(9100)]


def test_unknown_accounts_metrics_and_invoices_are_not_found(client: MetronomeClient) -> None:
    for ask in (
        lambda: client.customer(NOBODY, soon()),
        lambda: client.metric(NOBODY, soon()),
        lambda: list(client.iter_metrics(NOBODY, soon())),
        lambda: client.invoice(GUIDE_USAGE, NOBODY, soon()),
        lambda: client.invoice_pdf(GUIDE_USAGE, NOBODY, soon()),
        lambda: list(client.iter_contracts(NOBODY, soon())),
    ):
        with pytest.raises(NotFound):
            ask()


def test_what_is_wrong_on_its_face_reaches_nobody(sandbox: Sandbox, client: MetronomeClient) -> None:
    sandbox.requests.clear()
    with pytest.raises(BadQuery):
        client.customer("../customers", soon())

    assert sandbox.requests.all() == []


def test_a_wrong_token_is_told_apart_from_everything_else() -> None:
    with running_sandbox(now=NOW, token="right") as guarded, pytest.raises(CredentialsRejected):
        list(client_to(guarded.url, "wrong").iter_customers(soon()))


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"kind": "status", "status": 500}, Unreachable),
        ({"kind": "status", "status": 429}, Throttled),
        ({"kind": "status", "status": 401}, CredentialsRejected),
        ({"kind": "reset"}, Unreachable),
        ({"kind": "malformed"}, BadAnswer),
        ({"kind": "html"}, BadAnswer),
        ({"kind": "wrong_shape"}, BadAnswer),
        ({"kind": "redirect"}, BadAnswer),
        ({"kind": "huge", "size": 25_000_000}, BadAnswer),
        ({"kind": "repeated_cursor"}, BadAnswer),
    ],
    ids=lambda value: value["kind"] if isinstance(value, dict) else None,
)
def test_a_bad_day_is_one_error(
    sandbox: Sandbox, client: MetronomeClient, fault: dict[str, Any], error: type[SourceError]
) -> None:
    sandbox.faults.add(**fault)
    with pytest.raises(error):
        list(client.iter_customers(soon()))


@pytest.mark.parametrize("fault", [{"kind": "status", "status": 503}, {"kind": "reset"}], ids=["503", "reset"])
def test_two_failures_in_a_row_are_survived(sandbox: Sandbox, client: MetronomeClient, fault: dict[str, Any]) -> None:
    sandbox.faults.add(**fault, times=2)

    assert len(list(client.iter_customers(soon()))) >= 10


def test_an_empty_page_with_a_cursor_loses_nothing(sandbox: Sandbox, client: MetronomeClient) -> None:
    whole = [row.id for row in client.iter_customers(soon())]
    sandbox.faults.add("empty_page", times=1)

    assert [row.id for row in client.iter_customers(soon())] == whole


@pytest.mark.parametrize("kind", ["drip", "hang"])
def test_the_deadline_holds_on_a_slow_day(sandbox: Sandbox, client: MetronomeClient, kind: str) -> None:
    sandbox.faults.add(kind, seconds=0.05 if kind == "drip" else 3.0)
    with pytest.raises(OutOfTime):
        list(client.iter_customers(soon(0.15)))
