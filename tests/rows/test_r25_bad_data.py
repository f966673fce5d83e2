"""R25: bad data is contained. Whatever JSON comes, the way from bytes to frames ends in frames of the right kinds or in
``BadAnswer``; a body is cut off at 20 MB, however it is packed; the panel says so and the numbers count it."""

from __future__ import annotations

import gzip
import json
import tracemalloc
import zlib
from collections.abc import Callable
from datetime import date
from typing import Any

import msgspec
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from callbacks import PANELS
from data import schema
from data.errors import BadAnswer
from data.events import listen
from data.frames.balances import to_balances, to_ledger, to_net_balances, to_segments
from data.frames.contracts import to_contracts
from data.frames.customers import to_customers
from data.frames.invoices import to_invoices
from data.frames.lines import to_invoice_lines, to_lines, to_windows
from data.frames.metrics import to_credit_types, to_metrics
from data.frames.usage import to_metric_totals, to_usage
from data.metronome.client import MetronomeClient
from data.pages import Page, account_path
from server.numbers import Numbers
from tests.rows.marked import MarkedSandbox, marked
from tests.rows.recorder import Driver, bodies, on_the_server
from tests.rows.worlds import cs_app
from tests.unit.metronome.upstream import ACCOUNT, METRIC, Answer, Upstream, client_on, in_time

MEGABYTE = 1024 * 1024
FROM, TO = date(2024, 10, 1), date(2024, 10, 9)
USD = {"id": "2714e483-4ff1-48e4-9e25-ac732e8f24f2", "name": "USD (cents)"}
STAMP = "2024-10-01T00:00:00.000Z"

GOOD: dict[str, dict[str, Any]] = {
    "customers": {
        "id": "a", "name": "A", "ingest_aliases": ["b"], "customer_config": {"salesforce_account_id": None},
        "created_at": STAMP, "archived_at": None,
    },
    "metrics": {"id": "m", "name": "M", "aggregation_type": "SUM", "group_keys": [["region"]], "archived_at": STAMP},
    "credit_types": {"id": "c", "name": "USD (cents)", "is_currency": True},
    "contracts": {
        "id": "c", "name": "C", "starting_at": STAMP, "net_payment_terms_days": 30,
        "usage_statement_schedule": {"frequency": "MONTHLY", "billing_anchor_date": STAMP},
    },
    "usage": {
        "starting_on": STAMP, "ending_before": STAMP, "group": {"region": "eu"}, "group_key": "region",
        "group_value": "eu", "value": 1.5,
    },
    "totals": {"customer_id": "c", "billable_metric_id": "m", "value": 5},
    "invoices": {
        "id": "i", "status": "DRAFT", "type": "USAGE", "total": 10.25, "credit_type": USD, "contract_id": "c",
        "start_timestamp": STAMP, "end_timestamp": STAMP, "breakdown_start_timestamp": STAMP,
        "breakdown_end_timestamp": STAMP, "issued_at": STAMP, "billable_status": "billable",
        "net_payment_terms_days": 30, "customer_id": "a", "regenerated_from_invoice_id": "j",
        "external_invoice": {"external_status": "PAID", "invoice_id": "in"},
        "correction_record": {"reason": "r", "memo": "m", "corrected_invoice_id": "k"},
        "line_items": [
            {
                "name": "P", "total": 5.5, "quantity": 5, "unit_price": 1.1, "credit_type": USD, "product_id": "p",
                "product_type": "UsageProductListItem", "starting_at": STAMP, "commit_id": "c",
                "presentation_group_values": {"region": None}, "pricing_group_values": {"tier": "a"},
                "applied_commit_or_credit": {"id": "c", "type": "CREDIT"}, "postpaid_commit": {"id": "c"},
                "tier": {"level": 1}, "list_price": {"price": 2.2}, "quantity_consumed": 5,
            }
        ],
    },
    "balances": {
        "id": "b", "type": "PREPAID", "product": USD, "contract": {"id": "c"}, "priority": 1, "balance": 5.5,
        "access_schedule": {
            "credit_type": USD, "access_type": "SPEND",
            "schedule_items": [{"id": "s", "amount": 5, "starting_at": STAMP, "ending_before": STAMP}],
        },
        "ledger": [{"type": "CREDIT_MANUAL", "timestamp": STAMP, "amount": -5, "reason": "r"}],
        "rolled_over_from": {"commit_id": "c"}, "created_at": STAMP, "recurring_commit_id": "rc",
        "recurring_credit_id": "rk", "applicable_product_ids": ["p"], "applicable_contract_ids": ["c"],
        "specifiers": [{"product_id": "p"}], "cost_basis": 0.5,
        "invoice_schedule": {"schedule_items": [{"amount": 5}]},
    },
}  # fmt: skip

Frames = list[tuple[pd.DataFrame, schema.Columns]]
READ: dict[str, Callable[[MetronomeClient], Frames]] = {
    "customers": lambda client: [(to_customers(client.iter_customers(in_time())), schema.CUSTOMERS)],
    "metrics": lambda client: [(to_metrics(client.iter_metrics(ACCOUNT, in_time())), schema.METRICS)],
    "credit_types": lambda client: [(to_credit_types(client.iter_credit_types(in_time())), schema.CREDIT_TYPES)],
    "contracts": lambda client: [(to_contracts(client.iter_contracts(ACCOUNT, in_time())), schema.CONTRACTS)],
    "usage": lambda client: [
        (
            to_usage(
                [client.usage(ACCOUNT, METRIC, FROM, TO, window="day", keys=("region",), deadline=in_time())],
                ("region",),
            ),
            schema.USAGE,
        )
    ],
    "totals": lambda client: [
        (to_metric_totals(client.usage_totals(ACCOUNT, FROM, TO, deadline=in_time())), schema.METRIC_TOTALS)
    ],
    "invoices": lambda client: _invoice_frames(client.breakdowns(ACCOUNT, FROM, TO, window="day", deadline=in_time())),
    "balances": lambda client: _balance_frames(list(client.iter_balances(ACCOUNT, in_time()))),
}


def _invoice_frames(rows: Any) -> Frames:
    return [
        (to_lines(rows), schema.LINES),
        (to_invoice_lines(rows), schema.LINES),
        (to_windows(rows), schema.WINDOWS),
        (to_invoices(rows), schema.INVOICES),
    ]


def _balance_frames(rows: Any) -> Frames:
    return [
        (to_balances(rows), schema.BALANCES),
        (to_segments(rows), schema.SEGMENTS),
        (to_ledger(rows), schema.LEDGER),
    ]


def read_all(kind: str, body: bytes) -> Frames:
    return READ[kind](client_on(Upstream(Answer(body))))


@pytest.mark.parametrize("kind", sorted(GOOD))
def test_r25_the_good_answer_gives_frames_with_rows(kind: str) -> None:
    frames = read_all(kind, msgspec.json.encode({"data": [GOOD[kind]], "next_page": None}))

    assert all(len(frame) > 0 for frame, _ in frames)


HUGE = 10**30
JUNK = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-HUGE, HUGE),
        st.floats(allow_nan=False, allow_infinity=False),
        st.sampled_from(
            ["", "NaN", "Infinity", "-0", "2024-02-30", "9999-12-31T23:59:59-23:59", "0001-01-01", "é\u202e"]
        ),
        st.text(max_size=8),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=6,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path] * bool(path) + [found for key, item in inner for found in places(item, (*path, key))]


def changed(value: Any, path: tuple[Any, ...], junk: Any, *, drop: bool) -> Any:
    copy = json.loads(json.dumps(value))
    at = copy
    for key in path[:-1]:
        at = at[key]
    if drop:
        del at[path[-1]]
    else:
        at[path[-1]] = junk
    return copy


@st.composite
def spoiled(draw: st.DrawFn) -> tuple[str, Any]:
    """A kind of answer and three rows of it: a good one, a spoiled one, and one spoiled twice."""
    kind = draw(st.sampled_from(sorted(GOOD)))
    rows = [GOOD[kind]]
    for _ in range(2):
        paths = places(rows[-1])
        path = draw(st.sampled_from(paths)) if paths else None
        rows.append(changed(rows[-1], path, draw(JUNK), drop=draw(st.booleans())) if path else rows[-1])
    return kind, rows


def gives_frames_or_a_bad_answer(case: tuple[str, Any]) -> None:
    kind, rows = case
    try:
        frames = read_all(kind, json.dumps({"data": rows, "next_page": None}).encode())
    except BadAnswer:
        return
    for frame, columns in frames:
        schema.check(frame, columns)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(spoiled())
def test_r25_wrong_types_missing_keys_and_nulls(case: tuple[str, Any]) -> None:
    gives_frames_or_a_bad_answer(case)


@pytest.mark.thorough
@settings(max_examples=5_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(spoiled())
def test_r25_five_thousand_of_them(case: tuple[str, Any]) -> None:
    gives_frames_or_a_bad_answer(case)


@settings(max_examples=80, deadline=None)
@given(st.fixed_dictionaries({}, optional={"balance": JUNK, "credit_type_id": JUNK, "other": JUNK}))
def test_r25_any_net_balance_gives_a_frame_or_a_bad_answer(said: dict[str, Any]) -> None:
    client = client_on(Upstream(Answer(json.dumps({"data": said}).encode())))
    try:
        answer = client.net_balance(ACCOUNT, in_time(), credit_type_id=USD["id"])
        frame = to_net_balances([(USD["id"], False, answer)])
    except BadAnswer:
        return
    schema.check(frame, schema.NET_BALANCES)


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(sorted(GOOD)), st.integers(0, 10**6), st.binary(max_size=3))
def test_r25_damaged_bytes_give_frames_or_a_bad_answer(kind: str, at: int, bytes_put_there: bytes) -> None:
    body = json.dumps({"data": [GOOD[kind]], "next_page": None}).encode()
    at %= len(body)
    try:
        frames = read_all(kind, body[:at] + bytes_put_there + body[at + len(bytes_put_there) :])
    except BadAnswer:
        return
    for frame, columns in frames:
        schema.check(frame, columns)


@pytest.mark.parametrize("kind", sorted(GOOD))
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"<html>down for maintenance</html>",
        b'{"data": [' + b"[" * 100_000 + b"]" * 100_000 + b"]}",
        b'{"data": [{"unknown": ' + b"[" * 100_000 + b"]" * 100_000 + b"}]}",
        b'{"data": [{"line_items": [{"x": ' + b'{"a":' * 50_000 + b"1" + b"}" * 50_000 + b"}]}]}",
        b'{"data": [], "next_page": "\xff\xfe"}',
        b'{"data": [], "next_page": "\\ud800"}',
        b'{"data": [{"id": "a"}]} trailing',
        b"\x00" * 100,
    ],
    ids=["empty", "cut", "html", "deep rows", "deep unknown", "deep lines", "not utf-8", "half a pair", "more", "nul"],
)
def test_r25_nonsense_is_a_bad_answer(kind: str, body: bytes) -> None:
    with pytest.raises(BadAnswer):
        read_all(kind, body)


def test_r25_text_that_would_be_markup_or_a_formula_passes_through_unchanged() -> None:
    hostile = '<a href="https://evil.test">=1+1</a>\u202e' + "x" * 4096
    frames = read_all("customers", msgspec.json.encode({"data": [{"id": "a", "name": hostile}]}))

    assert frames[0][0]["name"].tolist() == [hostile]


class Endless:
    """A body of 200 MB that is made up as it is read."""

    def __init__(self) -> None:
        self.left, self.taken, self.closed = 200 * MEGABYTE, 0, False

    def read(self, size: int | None = -1) -> bytes:
        most = 64 * 1024 if size is None or size < 0 else size
        piece = b" " * min(self.left, most)
        self.left -= len(piece)
        self.taken += len(piece)
        return piece

    read1 = read

    def close(self) -> None:
        self.closed = True


def test_r25_a_body_of_200_megabytes_is_cut_off_at_20_and_takes_less_than_100() -> None:
    body = Endless()
    tracemalloc.start()
    try:
        with pytest.raises(BadAnswer) as raised:
            client_on(Upstream(Answer(body))).customer(ACCOUNT, in_time())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert "more than" in raised.value.detail
    assert body.taken < 21 * MEGABYTE
    assert peak < 100 * MEGABYTE


@pytest.mark.parametrize(("encoding", "squeeze"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
def test_r25_a_compressed_bomb_is_cut_off_at_the_same_size(encoding: str, squeeze: Callable[[bytes], bytes]) -> None:
    bomb = squeeze(b" " * (100 * MEGABYTE))
    headers = {"Content-Type": "application/json", "Content-Encoding": encoding}
    tracemalloc.start()
    try:
        with pytest.raises(BadAnswer) as raised:
            client_on(Upstream(Answer(bomb, 200, headers))).customer(ACCOUNT, in_time())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert "more than" in raised.value.detail
    assert peak < 100 * MEGABYTE


@pytest.mark.parametrize("kind", ["text/html", "text/plain", "application/xml", "application/jsonp", "image/png"])
def test_r25_another_content_type_is_not_read(kind: str) -> None:
    body = Endless()
    with pytest.raises(BadAnswer):
        client_on(Upstream(Answer(body, 200, {"Content-Type": kind}))).customer(ACCOUNT, in_time())
    assert body.taken == 0


def invoices_panel(api: MarkedSandbox) -> str:
    """What the panel with the list of invoices shows."""
    own, app = marked("A"), cs_app(api)
    driver = Driver(app=app, client=app.server.test_client(), own=own, addresses=(account_path(own.id, Page.INVOICES),))
    (panel,) = [one for one in PANELS if one.key == "invoices"]
    (callback,) = [
        one
        for output, one in on_the_server(app).items()
        if all(f"{part.ident}.{part.prop}" in output for part in panel.parts)
    ]
    answer = driver.post(next(bodies(driver, callback, ())))
    assert answer.status_code == 200
    return answer.text


@pytest.mark.parametrize("fault", ["malformed", "wrong_shape", "html"])
def test_r25_the_panel_says_so_and_the_call_is_counted_once(api: MarkedSandbox, fault: str) -> None:
    registry = CollectorRegistry()
    deaf = listen(Numbers(registry).hear)
    api.faults.add(fault, family="invoices")
    try:
        answer = invoices_panel(api)
    finally:
        deaf()
    assert "sent something that cannot be read" in answer
    counted = registry.get_sample_value(
        "burnboard_upstream_calls_total", {"family": "invoices", "outcome": "bad_answer"}
    )
    assert counted == 1
    assert registry.get_sample_value("burnboard_panels_total", {"state": "error"}) == 1
