"""The official SDK, validating every response strictly, drives every endpoint of the sandbox in strict mode."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import metronome
import pytest
import requests
from metronome import Metronome
from metronome.types.v1.dashboard_get_embeddable_url_params import DashboardOption

from sandbox.catalogue import Customer
from sandbox.endpoints import ENDPOINTS
from sandbox.server import Sandbox, running_sandbox

pytestmark = pytest.mark.thorough

NOW = datetime(2026, 5, 20, 14, 30, tzinfo=UTC)
START, END = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 5, 21, tzinfo=UTC)
PAGE = 3
USD = "2714e483-4ff1-48e4-9e25-ac732e8f24f2"
NOBODY = "00000000-0000-4000-8000-000000000000"
EVERYBODY = pytest.mark.parametrize("customer", list(Customer), ids=lambda one: one.name.lower())


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox(now=NOW, strict=True, hostile=True, page_size=PAGE) as running:
        yield running


@pytest.fixture(scope="module")
def sdk(sandbox: Sandbox) -> Iterator[Metronome]:
    with Metronome(
        bearer_token="test", base_url=sandbox.url, _strict_response_validation=True, max_retries=0
    ) as client:
        yield client


def test_the_sdk_is_the_version_that_the_sandbox_was_built_to() -> None:
    assert metronome.__version__ == "4.12.0"


@EVERYBODY
def test_customers_and_their_metrics(sdk: Metronome, customer: str) -> None:
    assert sdk.v1.customers.retrieve(customer_id=customer).data.id == customer
    metrics = list(sdk.v1.customers.list_billable_metrics(customer_id=customer, on_current_plan=False))
    assert bool(metrics) == (customer != Customer.NO_METRICS)
    for metric in metrics:
        assert sdk.v1.billable_metrics.retrieve(billable_metric_id=metric.id).data.name == metric.name


def test_the_lists_of_the_organisation(sdk: Metronome) -> None:
    everyone = [one.id for one in sdk.v1.customers.list()]
    assert len(everyone) == len(set(everyone)) == len(Customer) - 1
    assert [one.id for one in sdk.v1.customers.list(only_archived=True)] == [Customer.ARCHIVED]
    asked = [Customer.EURO, Customer.FLAGSHIP]
    assert {one.id for one in sdk.v1.customers.list(customer_ids=asked, limit=1)} == set(asked)
    assert [one.id for one in sdk.v1.customers.list(ingest_alias="halden")] == [Customer.FLAGSHIP]
    units = {unit.id: unit.is_currency for unit in sdk.v1.pricing_units.list(limit=1)}
    assert units[USD]
    assert len(units) > 2
    active = list(sdk.v1.billable_metrics.list())
    assert len(active) + 1 == len(list(sdk.v1.billable_metrics.list(include_archived=True)))


@EVERYBODY
@pytest.mark.parametrize("size", ["DAY", "NONE", "HOUR"])
def test_grouped_usage(sdk: Metronome, customer: str, size: Any) -> None:
    span = {"starting_on": START, "ending_before": END if size != "HOUR" else datetime(2026, 5, 2, tzinfo=UTC)}
    for metric in sdk.v1.customers.list_billable_metrics(customer_id=customer):
        for keys in (metric.group_keys or [])[:3]:
            query = {"customer_id": customer, "billable_metric_id": metric.id, "window_size": size, "limit": 100}
            rows = list(sdk.v1.usage.list_with_groups(group_key=keys, **query, **span))
            assert all(row.ending_before > row.starting_on for row in rows)
            seen = [(row.starting_on, row.group_value, repr(row.group)) for row in rows]
            assert len(seen) == len(set(seen))


def test_more_than_a_hundred_usage_rows_come_in_pages(sdk: Metronome) -> None:
    (metric,) = sdk.v1.customers.list_billable_metrics(customer_id=Customer.MANY_GROUPS)
    query = {"customer_id": Customer.MANY_GROUPS, "billable_metric_id": metric.id, "window_size": "DAY"}
    rows = list(
        sdk.v1.usage.list_with_groups(group_key=["pod"], starting_on=START, ending_before=END, limit=100, **query)
    )
    assert len(rows) == 20 * 40
    few = sdk.v1.usage.list_with_groups(
        group_key=["pod"], group_filters={"pod": ["pod_07"]}, starting_on=START, ending_before=END, **query
    )
    assert [row.group_value for row in few] == ["pod_07"] * 20


def test_batched_usage(sdk: Metronome) -> None:
    query = {"starting_on": START, "ending_before": END}
    whole = list(sdk.v1.usage.list(window_size="NONE", **query))
    assert {row.customer_id for row in whole} == set(Customer) - {Customer.ARCHIVED, Customer.NO_METRICS}
    (metric,) = sdk.v1.customers.list_billable_metrics(customer_id=Customer.TOKENS)
    wanted = [{"id": metric.id, "group_by": {"key": "model"}}]
    days = list(sdk.v1.usage.list(window_size="DAY", customer_ids=[Customer.TOKENS], billable_metrics=wanted, **query))
    assert len(days) == 20
    assert all(abs(sum(value or 0 for value in (row.groups or {}).values()) - (row.value or 0)) < 1 for row in days)


@EVERYBODY
def test_balances_and_net_balance(sdk: Metronome, customer: str) -> None:
    flags = {"include_contract_balances": True, "include_balance": True, "include_ledgers": True}
    rows = list(sdk.v1.contracts.list_balances(customer_id=customer, include_archived=True, limit=10, **flags))
    assert len({row.id for row in rows}) == len(rows)
    assert all(row.ledger is not None and row.balance is not None for row in rows)
    for mode in ("FINALIZED", "FINALIZED_AND_DRAFT"):
        net = sdk.v1.contracts.get_net_balance(customer_id=customer, invoice_inclusion_mode=mode).data
        assert net.credit_type_id == USD


def test_balance_filters(sdk: Metronome) -> None:
    def listed(customer: str, **more: Any) -> list[Any]:
        return list(sdk.v1.contracts.list_balances(customer_id=customer, include_contract_balances=True, **more))

    everything = listed(Customer.MANY_BALANCES)
    assert len(everything) > 25
    assert len(list(sdk.v1.contracts.list_balances(customer_id=Customer.MANY_BALANCES))) == 1
    assert 0 < len(listed(Customer.MANY_BALANCES, covering_date=NOW)) < len(everything)
    assert 0 < len(listed(Customer.MANY_BALANCES, exclude_zero_balances=True)) < len(everything)
    assert [row.id for row in listed(Customer.MANY_BALANCES, id=everything[3].id)] == [everything[3].id]
    (by_quantity,) = listed(Customer.TWO_CONTRACTS, access_type="QUANTITY")
    assert by_quantity.access_schedule.credit_type is None
    assert listed(Customer.MANY_BALANCES)[0].ledger is None
    net = sdk.v1.contracts.get_net_balance(
        customer_id=Customer.MINIMUM_SPEND, filters=[{"balance_types": ["PREPAID_COMMIT", "CREDIT"]}]
    )
    assert net.data.balance == 0


@EVERYBODY
def test_invoices(sdk: Metronome, customer: str) -> None:
    rows = list(sdk.v1.customers.invoices.list(customer_id=customer, sort="date_asc", limit=7))
    assert len({row.id for row in rows}) == len(rows) > 0
    assert [row.issued_at for row in rows] == sorted(row.issued_at for row in rows)
    newest = list(sdk.v1.customers.invoices.list(customer_id=customer, sort="date_desc", limit=100))
    assert [row.id for row in newest] == [row.id for row in reversed(rows)]
    for row in (rows[0], rows[-1]):
        one = sdk.v1.customers.invoices.retrieve(customer_id=customer, invoice_id=row.id).data
        assert (one.id, one.total) == (row.id, row.total)


@EVERYBODY
def test_the_pdf_of_an_invoice(sdk: Metronome, customer: str) -> None:
    newest = next(iter(sdk.v1.customers.invoices.list(customer_id=customer, sort="date_desc")))
    answer = sdk.v1.customers.invoices.retrieve_pdf(customer_id=customer, invoice_id=newest.id)
    assert answer.headers["Content-Type"] == "application/pdf"
    text = answer.read()
    assert text.startswith(b"%PDF-1.4\n")
    assert newest.id.encode() in text


def test_tiers_list_prices_and_seats_come_through(sdk: Metronome) -> None:
    def lines(customer: str) -> list[Any]:
        rows = sdk.v1.customers.invoices.list(customer_id=customer, limit=100)
        return [line for row in rows for line in row.line_items]

    assert {line.tier.level for line in lines(Customer.TIERED) if line.tier} == {1, 2, 3}
    listed = [line for line in lines(Customer.PRICE_CHANGE) if line.list_price]
    assert {(line.unit_price, line.list_price.price) for line in listed} == {(0.016, 0.02), (0.0145, 0.02)}
    seats = [line for line in lines(Customer.SEATS) if line.subscription_id]
    assert {line.is_prorated for line in seats} == {True, False}


def test_invoice_filters(sdk: Metronome) -> None:
    def listed(**more: Any) -> list[Any]:
        return list(sdk.v1.customers.invoices.list(customer_id=Customer.TWO_CONTRACTS, limit=100, **more))

    assert {row.status for row in listed(status="VOID")} == {"VOID"}
    assert {row.type for row in listed(type="SCHEDULED")} == {"SCHEDULED"}
    period = listed(starting_on="2026-03-01T00:00:00Z", ending_before="2026-05-01T00:00:00Z")
    assert {row.start_timestamp for row in period} == {datetime(2026, 3, 1, tzinfo=UTC)}
    contract = period[0].contract_id
    assert {row.contract_id for row in listed(contract_id=contract)} == {contract}
    plain = sdk.v1.customers.invoices.list(customer_id=Customer.NOTHING_USED, type="USAGE")
    trimmed = sdk.v1.customers.invoices.list(
        customer_id=Customer.NOTHING_USED, type="USAGE", skip_zero_qty_line_items=True
    )
    assert all(row.line_items for row in plain)
    assert not any(row.line_items for row in trimmed)


@EVERYBODY
@pytest.mark.parametrize("size", ["DAY", "HOUR"])
def test_breakdowns(sdk: Metronome, customer: str, size: Any) -> None:
    guide = customer in {Customer.GUIDE_COMMIT, Customer.GUIDE_SPEND, Customer.GUIDE_USAGE, Customer.GUIDE_BALANCES}
    start = "2024-10-01T00:00:00Z" if guide else "2026-05-18T00:00:00Z"
    end = "2024-10-03T00:00:00Z" if guide else "2026-05-21T00:00:00Z"
    query = {"customer_id": customer, "starting_on": start, "ending_before": end, "window_size": size}
    rows = list(sdk.v1.customers.invoices.list_breakdowns(limit=5, sort="date_asc", **query))
    keys = [(row.breakdown_start_timestamp, row.id) for row in rows]
    assert keys == sorted(set(keys))
    idle = {Customer.NOTHING_USED, Customer.ENDED, Customer.ARCHIVED, Customer.NO_METRICS}
    assert bool(rows) == (customer not in idle)


@EVERYBODY
def test_contracts(sdk: Metronome, customer: str) -> None:
    rows = list(sdk.v2.contracts.list(customer_id=customer, include_archived=True, include_balance=True, limit=1))
    assert rows
    for row in rows:
        one = sdk.v2.contracts.retrieve(customer_id=customer, contract_id=row.id, include_ledgers=True).data
        assert (one.id, one.starting_at) == (row.id, row.starting_at)


def test_embeddable_dashboards(sdk: Metronome) -> None:
    options: list[DashboardOption] = [{"key": "invoice_status_filter", "value": "ALL"}]
    colours: Any = [{"name": "Gray_dark", "value": "#ff0000"}]
    overrides = [{"group_key_name": "region", "display_name": "Region", "value_display_names": {"eu_west_1": "Europe"}}]
    for dashboard in ("invoices", "usage", "credits", "commits_and_credits"):
        url = sdk.v1.dashboards.get_embeddable_url(
            customer_id=Customer.FLAGSHIP,
            dashboard=dashboard,
            dashboard_options=options,
            color_overrides=colours,
            bm_group_key_overrides=overrides,
        ).data.url
        assert url
        assert requests.get(url, timeout=10).status_code == 200


def test_spend_breakdowns_are_refused_or_answered_as_documented(sdk: Metronome) -> None:
    path = f"/v1/customers/{Customer.FLAGSHIP}/invoices/spend-breakdowns"
    body = {"starting_on": "2026-05-01T00:00:00Z", "ending_before": "2026-05-21T00:00:00Z"}
    first: Any = sdk.post(path, cast_to=object, body=body | {"group_keys": ["cluster"], "limit": 5})
    second: Any = sdk.post(
        path, cast_to=object, body=body | {"group_keys": ["cluster"], "limit": 5, "next_page": first["next_page"]}
    )
    assert len(first["data"]) == len(second["data"]) == 5
    assert first["data"][0]["breakdown_start_timestamp"] < second["data"][0]["breakdown_start_timestamp"]
    whole: Any = sdk.post(path, cast_to=object, body=body | {"window_size": "NONE"})
    assert len(whole["data"]) == 1
    for wrong in ({"group_keys": ["nothing"]}, {"window_size": "hour"}, {"colour": "red"}):
        with pytest.raises(metronome.BadRequestError):
            sdk.post(path, cast_to=object, body=body | wrong)


def test_errors_become_the_sdks_own(sdk: Metronome, sandbox: Sandbox) -> None:
    with pytest.raises(metronome.NotFoundError):
        sdk.v1.customers.retrieve(customer_id=NOBODY)
    with pytest.raises(metronome.NotFoundError):
        sdk.v1.customers.invoices.retrieve_pdf(customer_id=Customer.EURO, invoice_id=NOBODY)
    with pytest.raises(metronome.BadRequestError, match="CustomerNotFound"):
        list(sdk.v2.contracts.list(customer_id=NOBODY))
    with pytest.raises(metronome.AuthenticationError):
        sdk.with_options(bearer_token="wrong-token").v1.customers.retrieve(customer_id=Customer.EURO)
    sandbox.faults.add("status", status=429, retry_after="1", times=1)
    with pytest.raises(metronome.RateLimitError):
        sdk.v1.customers.retrieve(customer_id=Customer.EURO)
    sandbox.faults.add("html", times=1)
    with pytest.raises(metronome.APIResponseValidationError):
        sdk.v1.customers.retrieve(customer_id=Customer.EURO)


def test_every_endpoint_was_driven(sdk: Metronome, sandbox: Sandbox) -> None:
    test_the_lists_of_the_organisation(sdk)
    test_customers_and_their_metrics(sdk, Customer.EURO)
    test_batched_usage(sdk)
    test_grouped_usage(sdk, Customer.EURO, "DAY")
    test_balances_and_net_balance(sdk, Customer.EURO)
    test_invoices(sdk, Customer.EURO)
    test_the_pdf_of_an_invoice(sdk, Customer.EURO)
    test_breakdowns(sdk, Customer.EURO, "DAY")
    test_contracts(sdk, Customer.EURO)
    test_embeddable_dashboards(sdk)
    test_spend_breakdowns_are_refused_or_answered_as_documented(sdk)
    driven = {row["family"] for row in sandbox.requests.all()}
    assert driven == {endpoint.family for endpoint in ENDPOINTS}
