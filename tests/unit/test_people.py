"""People see their own accounts and nothing of the others: in the list, in search, in links, and in what they are told
about an account that is not theirs, which is the same whether there is one or not and costs no call."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from dash import Dash
from flask.testing import FlaskClient

from benchmarks.callback_client import CallbackClient
from components import ids
from data.scope import ALL, Kind, Right, Scope
from sandbox.catalogue import Customer
from sandbox.server import Sandbox
from tests.rows.worlds import Fixed, cs_app

OWN, OTHER = Customer.GUIDE_USAGE, Customer.FLAGSHIP
NOBODY = "00000000-0000-4000-8000-000000000000"
ANA = Scope(kind=Kind.PROXY, subject="ana@acme.example", customers=frozenset({OWN}), rights=frozenset(Right))
REST = replace(ANA, customers=ALL, denied=frozenset({OTHER}))
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
MakeApp = Callable[..., Dash]


@pytest.fixture
def app(sandbox: Sandbox) -> Dash:
    return cs_app(sandbox, gate=Fixed(ANA))


def told(client: FlaskClient, path: str) -> tuple[int, str, dict[str, str]]:
    """An answer without what differs between any two."""
    answer = client.get(path, headers={"Accept": "text/html"})
    text = re.sub(r"[0-9a-f]{16,32}|" + UUID.pattern, "", answer.text)
    return answer.status_code, text, {name: value for name, value in answer.headers if name != "Server-Timing"}


def test_the_list_and_the_search_hold_their_accounts_alone(app: Dash) -> None:
    client = CallbackClient(app)
    listed = client.call(f"{ids.ACCOUNTS_TABLE}.children", {"address-accounts.data": {"pathname": "/", "search": ""}})
    assert set(UUID.findall(listed.decode())) == {OWN}
    for text in ("", "a", OTHER, OTHER[:8]):
        place = {"account-select.searchValue": text, "url.pathname": f"/accounts/{OTHER}"}
        found = client.call(f"{ids.ACCOUNT_SELECT}.data", place)
        assert set(UUID.findall(found.decode())) <= {OWN}


@pytest.mark.parametrize("scope", [ANA, REST])
def test_the_rest_of_the_accounts_stays_with_whoever_is_denied_one(sandbox: Sandbox, scope: Scope) -> None:
    client = CallbackClient(cs_app(sandbox, gate=Fixed(scope)))
    listed = client.call(f"{ids.ACCOUNTS_TABLE}.children", {"address-accounts.data": {"pathname": "/", "search": ""}})
    assert OWN in listed.decode()
    assert OTHER not in listed.decode()


@pytest.mark.parametrize("rest", ["", "/invoices", "/proof", "/customer-view", "/usage.csv", "/ledger.csv",
                                  "/proof.json", f"/invoices/{NOBODY}.pdf"])  # fmt: skip
def test_an_account_that_is_not_theirs_is_told_alike_whether_it_is_there_or_not(
    app: Dash, sandbox: Sandbox, rest: str
) -> None:
    client = app.server.test_client()
    there, nowhere = (told(client, f"/accounts/{one}{rest}") for one in (OTHER, NOBODY))
    assert there == nowhere
    assert there[0] == 403
    assert sandbox.requests.all() == []


def test_a_denied_account_stays_closed_in_large_letters(sandbox: Sandbox) -> None:
    client = cs_app(sandbox, gate=Fixed(REST)).server.test_client()
    assert [client.get(f"/accounts/{one}/ledger.csv").status_code for one in (OTHER, OTHER.upper())] == [403, 403]
    assert sandbox.requests.all() == []


def test_panels_of_another_account_say_so_and_ask_nothing_of_it(app: Dash, sandbox: Sandbox) -> None:
    client = app.server.test_client()
    driver = CallbackClient(app)
    address = {"pathname": f"/accounts/{OTHER}", "search": ""}
    for output, store in (("usage-chart.figure", "overview"), ("page-title.children", "account"),
                          ("proof-mark.children", "mark"), ("date-summary.children", "days")):  # fmt: skip
        body = driver.request(output, {f"address-{store}.data": address})
        answer = client.post("/_dash-update-component", json=body)
        assert answer.status_code in {200, 204}
        if output in ("usage-chart.figure", "page-title.children"):
            assert "Not yours to see" in json.dumps(answer.get_json(), ensure_ascii=False)
    assert {one["family"] for one in sandbox.requests.all()} <= {"credit_types"}, "a list that is nobody's own"
