"""Method, path, query and body of every question, beside what the official SDK 4.12.0 itself puts on the wire."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
from metronome import Metronome

from data.metronome.client import MetronomeClient
from data.metronome.questions import GroupKeyLabel
from tests.unit.metronome.upstream import ACCOUNT, BASE_URL, INVOICE, METRIC, Answer, Upstream, client_on, in_time, page

START, END = date(2024, 10, 1), date(2024, 10, 20)
FROM, TO = "2024-10-01T00:00:00Z", "2024-10-20T00:00:00Z"
BALANCE_FLAGS = dict.fromkeys(
    ("include_contract_balances", "include_balance", "include_ledgers", "include_archived"), True
)

Ours = Callable[[MetronomeClient], Any]
Sdk = Callable[[Metronome], Any]

QUESTIONS: dict[str, tuple[Ours, Sdk]] = {
    "customers": (
        lambda ours: list(ours.iter_customers(in_time())),
        lambda sdk: sdk.v1.customers.list(limit=100),
    ),
    "archived customers": (
        lambda ours: list(ours.iter_customers(in_time(), only_archived=True)),
        lambda sdk: sdk.v1.customers.list(limit=100, only_archived=True),
    ),
    "customer": (
        lambda ours: ours.customer(ACCOUNT, in_time()),
        lambda sdk: sdk.v1.customers.retrieve(customer_id=ACCOUNT),
    ),
    "metrics": (
        lambda ours: list(ours.iter_metrics(ACCOUNT, in_time())),
        lambda sdk: sdk.v1.customers.list_billable_metrics(customer_id=ACCOUNT, limit=100, include_archived=True),
    ),
    "metric": (
        lambda ours: ours.metric(METRIC, in_time()),
        lambda sdk: sdk.v1.billable_metrics.retrieve(billable_metric_id=METRIC),
    ),
    "credit types": (
        lambda ours: list(ours.iter_credit_types(in_time())),
        lambda sdk: sdk.v1.pricing_units.list(limit=100),
    ),
    "contracts": (
        lambda ours: list(ours.iter_contracts(ACCOUNT, in_time())),
        lambda sdk: sdk.v2.contracts.list(customer_id=ACCOUNT, include_archived=True, limit=20),
    ),
    **{
        f"usage by {window} and {keys}": (
            lambda ours, window=window, keys=keys: ours.usage(
                ACCOUNT, METRIC, START, END, window=window, keys=keys, deadline=in_time()
            ),
            lambda sdk, window=window, keys=keys: sdk.v1.usage.list_with_groups(
                customer_id=ACCOUNT,
                billable_metric_id=METRIC,
                window_size=window.upper(),
                starting_on=FROM,
                ending_before=TO,
                limit=100,
                **({"group_key": list(keys)} if keys else {}),
            ),
        )
        for window in ("day", "none")
        for keys in ((), ("region",), ("region", "team"))
    },
    "usage totals": (
        lambda ours: ours.usage_totals(ACCOUNT, START, END, deadline=in_time()),
        lambda sdk: sdk.v1.usage.list(customer_ids=[ACCOUNT], window_size="NONE", starting_on=FROM, ending_before=TO),
    ),
    "breakdowns": (
        lambda ours: ours.breakdowns(ACCOUNT, START, END, window="day", deadline=in_time()),
        lambda sdk: sdk.v1.customers.invoices.list_breakdowns(
            customer_id=ACCOUNT, starting_on=FROM, ending_before=TO, window_size="DAY", sort="date_asc", limit=100
        ),
    ),
    "balances": (
        lambda ours: list(ours.iter_balances(ACCOUNT, in_time())),
        lambda sdk: sdk.v1.contracts.list_balances(customer_id=ACCOUNT, limit=25, **BALANCE_FLAGS),
    ),
    "net balance": (
        lambda ours: ours.net_balance(
            ACCOUNT,
            in_time(),
            credit_type_id=METRIC,
            finalized_only=True,
            balance_types=("PREPAID_COMMIT", "CREDIT"),
        ),
        lambda sdk: sdk.v1.contracts.get_net_balance(
            customer_id=ACCOUNT,
            credit_type_id=METRIC,
            invoice_inclusion_mode="FINALIZED",
            filters=[{"balance_types": ["PREPAID_COMMIT", "CREDIT"]}],
        ),
    ),
    "invoices": (
        lambda ours: list(ours.iter_invoices(ACCOUNT, in_time(), status="DRAFT", type="USAGE")),
        lambda sdk: sdk.v1.customers.invoices.list(
            customer_id=ACCOUNT, status="DRAFT", type="USAGE", sort="date_desc", limit=100
        ),
    ),
    "invoice": (
        lambda ours: ours.invoice(ACCOUNT, INVOICE, in_time()),
        lambda sdk: sdk.v1.customers.invoices.retrieve(customer_id=ACCOUNT, invoice_id=INVOICE),
    ),
    "embeddable url": (
        lambda ours: ours.embeddable_url(
            ACCOUNT,
            "usage",
            in_time(),
            options=[("show_zero_usage_line_items", True)],
            colors=[("Gray_dark", "#ff0000")],
            group_key_overrides=[GroupKeyLabel(key="region", label="Region", values={"eu": "Europe"})],
        ),
        lambda sdk: sdk.v1.dashboards.get_embeddable_url(
            customer_id=ACCOUNT,
            dashboard="usage",
            dashboard_options=[{"key": "show_zero_usage_line_items", "value": "true"}],
            color_overrides=[{"name": "Gray_dark", "value": "#ff0000"}],
            bm_group_key_overrides=[
                {"group_key_name": "region", "display_name": "Region", "value_display_names": {"eu": "Europe"}}
            ],
        ),
    ),
}
SINGLES = {"customer", "metric", "net balance", "invoice", "embeddable url"}


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_is_written_exactly_as_the_sdk_writes_it(name: str) -> None:
    ours, sdk = QUESTIONS[name]
    upstream = Upstream(page() if name not in SINGLES else lambda _: page_of_one())
    ours(client_on(upstream))
    asked = upstream.asked[0]

    assert len(upstream.asked) == 1
    assert (asked.method, asked.path, sorted(asked.query), asked.body) == _sdk_request(sdk)


@pytest.mark.parametrize("name", sorted(QUESTIONS))
def test_no_question_carries_an_idempotency_key_or_current_period(name: str) -> None:
    upstream = Upstream(page() if name not in SINGLES else lambda _: page_of_one())
    QUESTIONS[name][0](client_on(upstream))
    asked = upstream.asked[0]

    assert "Idempotency-Key" not in asked.headers
    assert "current_period" not in (asked.body or {})
    assert "current_period" not in dict(asked.query)


@pytest.mark.parametrize(
    ("ours", "sdk", "cursor_field"),
    [
        (lambda ours: list(ours.iter_customers(in_time())), lambda sdk: sdk.v1.customers.list(limit=100), "next_page"),
        (
            lambda ours: list(ours.iter_contracts(ACCOUNT, in_time())),
            lambda sdk: sdk.v2.contracts.list(customer_id=ACCOUNT, include_archived=True, limit=20),
            "cursor",
        ),
        (
            lambda ours: list(ours.iter_balances(ACCOUNT, in_time())),
            lambda sdk: sdk.v1.contracts.list_balances(customer_id=ACCOUNT, limit=25, **BALANCE_FLAGS),
            "next_page",
        ),
        (
            lambda ours: ours.usage_totals(ACCOUNT, START, END, deadline=in_time()),
            lambda sdk: sdk.v1.usage.list(
                customer_ids=[ACCOUNT], window_size="NONE", starting_on=FROM, ending_before=TO
            ),
            "next_page",
        ),
    ],
)
def test_the_second_page_is_asked_for_exactly_as_the_sdk_does(ours: Ours, sdk: Sdk, cursor_field: str) -> None:
    first = {"data": [], cursor_field: "cursor/of=page&two"}
    upstream = Upstream(page_with(first), page())
    ours(client_on(upstream))
    asked = upstream.asked[1]

    assert (asked.method, asked.path, sorted(asked.query), asked.body) == _sdk_request(sdk, first)


def test_spend_breakdowns_follow_the_openapi_document() -> None:
    upstream = Upstream(page())
    client_on(upstream).spend_breakdowns(ACCOUNT, START, END, keys=("region",), deadline=in_time())
    asked = upstream.asked[0]

    assert (asked.method, asked.path) == ("POST", f"/v1/customers/{ACCOUNT}/invoices/spend-breakdowns")
    assert asked.body == {
        "starting_on": FROM,
        "ending_before": TO,
        "window_size": "DAY",
        "group_keys": ["region"],
        "limit": 100,
    }


def test_the_document_of_an_invoice_is_asked_for_as_the_sdk_does() -> None:
    sdk = _sdk_request_itself(
        lambda sdk: sdk.v1.customers.invoices.retrieve_pdf(customer_id=ACCOUNT, invoice_id=INVOICE)
    )
    upstream = Upstream(Answer(b"%PDF-1.7 %%EOF", headers={"Content-Type": "application/pdf"}))
    client_on(upstream).invoice_pdf(ACCOUNT, INVOICE, in_time()).file.close()
    asked = upstream.asked[0]

    assert (asked.method, asked.path, asked.query, asked.body) == (sdk.method, sdk.url.path, [], None)
    assert asked.headers["Accept"] == sdk.headers["Accept"] == "application/pdf"


def test_every_other_answer_is_asked_for_as_json() -> None:
    upstream = Upstream(page())
    client_on(upstream).usage_totals(ACCOUNT, START, END, deadline=in_time())

    assert upstream.asked[0].headers["Accept"] == "application/json"
    assert upstream.asked[0].headers["Content-Type"] == "application/json"


def page_of_one() -> Any:
    return page_with({"data": {}})


def page_with(body: dict[str, Any]) -> Any:
    answer = page()
    answer.body = body
    return answer


def _sdk_request(ask: Sdk, *answers: dict[str, Any]) -> tuple[str, str, list[tuple[str, str]], Any]:
    """Method, path, query and body of what the SDK sends last, given the answers before it."""
    last = _sdk_request_itself(ask, *answers)
    body = json.loads(last.content) if last.content else None
    return last.method, last.url.path, sorted(parse_qsl(last.url.query.decode())), body


def _sdk_request_itself(ask: Sdk, *answers: dict[str, Any]) -> httpx.Request:
    said, seen = list(answers), []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json=said.pop(0) if said else {"data": [], "next_page": None})

    transport = httpx.MockTransport(answer)
    with httpx.Client(transport=transport) as http_client:
        got = ask(Metronome(bearer_token="made-up", base_url=BASE_URL, http_client=http_client, max_retries=0))
        if answers:
            list(got)
    return seen[-1]
