"""From the sandbox's answers to the rows of a file, for any account, range, window and key."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import pandas as pd
import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from requests.adapters import HTTPAdapter

from data.clock import Clock
from data.filters import (
    TABLES,
    TOP_CHOICES,
    ChartMode,
    Days,
    Filters,
    Preset,
    View,
    Window,
    from_search_strict,
    to_search,
)
from data.metronome.client import MetronomeClient
from data.metronome.limits import Limits
from data.metronome_source import MetronomeSource
from data.scope import LOCAL
from data.settings import Secret
from data.source import Ask
from data.views.asking import Question
from data.views.commitments import commitments_view
from data.views.spend import spend_view
from data.views.usage import Metric, usage_view
from sandbox.catalogue import Customer
from sandbox.server import Sandbox
from tests.conftest import NOW

pytestmark = pytest.mark.thorough

CLOCK = Clock(datetime.fromisoformat(NOW))
ACCOUNTS = (Customer.FLAGSHIP, Customer.TOKENS, Customer.ROLLOVER, Customer.EURO, Customer.OWN_UNIT, Customer.ADJUSTED,
            Customer.TWO_CONTRACTS, Customer.WEEKLY)  # fmt: skip
FIRST = date(2026, 9, 11)
few = settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


class PagesOf(HTTPAdapter):
    """Asks for pages of another size than the client does."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self._size = str(size)

    def send(self, request: requests.PreparedRequest, *args: Any, **more: Any) -> requests.Response:
        parts = urlsplit(str(request.url))
        pairs = [(key, self._size if key == "limit" else value) for key, value in parse_qsl(parts.query)]
        request.url = urlunsplit(parts._replace(query=urlencode(pairs)))
        body = json.loads(request.body) if request.body else None
        if body and "limit" in body:
            request.prepare_body(None, None, json=body | {"limit": min(int(self._size), 25)})
        return super().send(request, *args, **more)


def source_on(sandbox: Sandbox, adapter: HTTPAdapter | None = None) -> MetronomeSource:
    limits = Limits(clock=CLOCK, rps=1e6, burst=10**6)
    client = MetronomeClient(base_url=sandbox.url, token=Secret("t"), clock=CLOCK, limits=limits, adapter=adapter)
    return MetronomeSource(client, CLOCK)


@pytest.fixture(scope="module")
def source(shared_sandbox: Sandbox) -> MetronomeSource:
    return source_on(shared_sandbox)


def asked(source: MetronomeSource, customer: str, filters: Filters) -> Question:
    ask = Ask(scope=LOCAL, customer_id=customer, whole=True)
    return Question(source=source, ask=ask, filters=filters, now=CLOCK.now())


def metrics_of(source: MetronomeSource, customer: str) -> tuple[Metric, ...]:
    return usage_view(asked(source, customer, Filters(range=Preset.YESTERDAY))).metrics


def days() -> st.SearchStrategy[Days]:
    starts, lengths = st.integers(0, 60), st.integers(1, 40)
    return st.builds(lambda start, length: days_from(FIRST + timedelta(days=start), length), starts, lengths)


def days_from(first: date, count: int) -> Days:
    return Days(first=first, last=min(first + timedelta(days=count - 1), date(2026, 11, 20)))


accounts = st.sampled_from(ACCOUNTS)
wide_windows = st.sampled_from([Window.DAY, Window.WEEK, Window.MONTH])


@few
@given(customer=accounts, range_=days(), window=wide_windows, data=st.data())
def test_groups_add_up_to_what_is_not_grouped(
    source: MetronomeSource, customer: Customer, range_: Days, window: Window, data: st.DataObject
) -> None:
    metric = data.draw(st.sampled_from([one for one in metrics_of(source, customer) if one.additive]))
    filters = Filters(range=range_, window=window, metric=metric.metric_id)
    whole = Ask(scope=LOCAL, customer_id=customer, whole=True)
    bounds = (range_.first, range_.end_exclusive)
    plain = source.usage(whole, metric.metric_id, *bounds, window="none", keys=()).value["value"]
    for keys in metric.keys:
        rows = usage_view(asked(source, customer, replace(filters, group=keys))).file()
        assert rows["value"].sum() == pytest.approx(plain.sum(), rel=1e-9)


@few
@given(customer=accounts, range_=days(), cut=st.integers(1, 39))
def test_two_parts_of_a_range_are_the_whole(
    source: MetronomeSource, customer: Customer, range_: Days, cut: int
) -> None:
    middle = min(range_.first + timedelta(days=cut - 1), range_.last - timedelta(days=1))
    if middle < range_.first:
        return
    parts = (Days(first=range_.first, last=middle), Days(first=middle + timedelta(days=1), last=range_.last))
    filters = Filters(window=Window.DAY, metric=metrics_of(source, customer)[0].metric_id, spend_by="product")
    for file in (usage_file, spend_file):
        whole = file(source, customer, replace(filters, range=range_))
        pieces = [file(source, customer, replace(filters, range=part)) for part in parts]
        assert whole == pieces[0] + pieces[1]


@few
@given(customer=accounts, range_=days(), window=wide_windows)
def test_every_key_of_spend_splits_the_same_sums(
    source: MetronomeSource, customer: Customer, range_: Days, window: Window
) -> None:
    by_product = spend_view(asked(source, customer, Filters(range=range_, window=window, spend_by="product")))
    expected = {one.currency: (one.gross, one.credits, one.postpaid, one.other, one.net) for one in by_product.totals}
    for key in by_product.keys:
        view = spend_view(asked(source, customer, Filters(range=range_, window=window, spend_by=key)))
        found = {one.currency: (one.gross, one.credits, one.postpaid, one.other, one.net) for one in view.totals}
        assert found == expected


@settings(few, max_examples=6)
@given(
    customer=st.sampled_from([Customer.FLAGSHIP, Customer.TWO_CONTRACTS, Customer.ADJUSTED, Customer.EURO]),
    size=st.integers(1, 50),
    start=st.integers(0, 60),
)
def test_the_size_of_pages_does_not_matter(
    source: MetronomeSource, shared_sandbox: Sandbox, customer: Customer, size: int, start: int
) -> None:
    other = source_on(shared_sandbox, PagesOf(size))
    range_ = days_from(FIRST + timedelta(days=start), 3)
    filters = Filters(range=range_, window=Window.DAY, spend_by="product")
    for file in (usage_file, spend_file, commitments_file, ledger_file):
        assert file(other, customer, filters) == file(source, customer, filters)


def test_small_pages_were_really_asked_for(sandbox: Sandbox) -> None:
    filters = Filters(range=days_from(FIRST, 3), window=Window.DAY)
    usage_file(source_on(sandbox, PagesOf(2)), Customer.FLAGSHIP, filters)
    assert len(sandbox.requests.all("usage_groups")) >= 3


def usage_file(source: MetronomeSource, customer: str, filters: Filters) -> list[tuple[Any, ...]]:
    return plain_rows(usage_view(asked(source, customer, filters)).file())


def spend_file(source: MetronomeSource, customer: str, filters: Filters) -> list[tuple[Any, ...]]:
    return plain_rows(spend_view(asked(source, customer, filters)).file())


def commitments_file(source: MetronomeSource, customer: str, filters: Filters) -> list[tuple[Any, ...]]:
    return plain_rows(commitments_view(asked(source, customer, filters)).burn.table)


def ledger_file(source: MetronomeSource, customer: str, filters: Filters) -> list[tuple[Any, ...]]:
    return plain_rows(commitments_view(asked(source, customer, filters)).ledger)


def plain_rows(frame: pd.DataFrame) -> list[tuple[Any, ...]]:
    """Rows that can be compared: whatever is missing as None."""
    columns = ([None if pd.isna(value) else value for value in frame[name].tolist()] for name in frame.columns)
    return list(zip(*columns, strict=True))


KEY = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), min_size=1, max_size=20)


def filters() -> st.SearchStrategy[Filters]:
    def optional(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        return st.none() | values

    return st.builds(
        Filters,
        range=st.sampled_from(Preset) | days(),
        window=optional(wide_windows),
        metric=optional(st.uuids().map(str)),
        group=optional(st.lists(KEY, min_size=1, max_size=3).map(tuple)),
        spend_by=optional(KEY),
        currency=optional(KEY),
        view=st.sampled_from(View),
        chart=st.sampled_from(ChartMode),
        top=st.sampled_from(TOP_CHOICES),
        tables=st.sets(st.sampled_from(TABLES)).map(frozenset),
    )


@settings(max_examples=100, deadline=None)
@given(chosen=filters())
def test_an_address_says_what_was_chosen_and_nothing_else(chosen: Filters) -> None:
    assert from_search_strict(to_search(chosen)) == chosen
    assert to_search(from_search_strict(to_search(chosen))) == to_search(chosen)
