"""R26: sums add up or say so.

Whatever account is made up and whatever part of the answers cannot be had: the parts of a view add up to its total
exactly, rows and windows come to what the API says they total, and what is missing is missing as a whole window and
marked. A fault inside an answer that came is the
proof's to find (tests/unit/analytics/proofs/test_made_up_accounts.py).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from data.clock import Clock
from data.errors import SourceError
from data.filters import Days, Filters, View, Window
from data.metronome.client import MetronomeClient
from data.metronome.limits import Limits
from data.metronome_source import MetronomeSource
from data.money import decimal_float_sum, exact_sum
from data.scope import LOCAL
from data.settings import Secret
from data.source import Ask
from data.views.asking import Provenance, Question
from data.views.spend import SpendView, spend_view
from data.views.usage import UsageView, usage_view
from tests.generated import Answers, InProcess, MadeUp, made_up_accounts

pytestmark = pytest.mark.thorough

CODES = {"USD (cents)": "USD", "EUR": "EUR"}
LISTS = ("/v1/credit-types/list", "/v1/contracts/customerBalances/list")
BY_DAYS = ("/invoices/breakdowns", "/v1/usage/groups")


@dataclass(frozen=True)
class Lost:
    """What the API will not answer: questions that reach into one of ``days``, and whole lists."""

    days: frozenset[date]
    lists: frozenset[str]


@st.composite
def losses(draw: Any) -> Lost:
    days = draw(st.frozensets(st.dates(date(2026, 3, 1), date(2026, 5, 20)), max_size=2))
    return Lost(days, draw(st.frozensets(st.sampled_from(LISTS))))


class Losing(InProcess):
    """A sandbox that refuses what is lost, with a status that is not worth another try."""

    lost = Lost(frozenset(), frozenset())

    def send(self, request: requests.PreparedRequest, **more: Any) -> requests.Response:
        response = super().send(request, **more)
        if self._is_lost(request):
            response.status_code = 422
        return response

    def _is_lost(self, request: requests.PreparedRequest) -> bool:
        path = urlsplit(request.url or "").path
        if path.endswith(BY_DAYS):
            first, end = _asked_days(request)
            return any(first <= day < end for day in self.lost.days)
        return path in self.lost.lists


def _asked_days(request: requests.PreparedRequest) -> tuple[date, date]:
    query = parse_qs(urlsplit(request.url or "").query)
    sent = requests.compat.json.loads(request.body) if request.body else {name: query[name][0] for name in query}
    return date.fromisoformat(sent["starting_on"][:10]), date.fromisoformat(sent["ending_before"][:10])


def question(made_up: MadeUp, lost: Lost, window: Window, view: View) -> Question:
    clock = Clock(made_up.now)
    adapter = Losing((made_up.account,), made_up.now)
    adapter.lost = lost
    client = MetronomeClient(
        base_url="https://sandbox.test",
        token=Secret("made-up"),
        clock=clock,
        limits=Limits(clock=clock, rps=1e6, burst=10**6),
        adapter=adapter,
    )
    days = Days(first=made_up.start.date(), last=made_up.now.date())
    return Question(
        source=MetronomeSource(client, clock),
        ask=Ask(scope=LOCAL, customer_id=made_up.account.id),
        filters=Filters(range=days, window=window, view=view),
        now=made_up.now,
    )


@settings(max_examples=40, deadline=None)
@given(made_up_accounts(), losses(), st.sampled_from([Window.DAY, Window.WEEK]), st.sampled_from(View))
def test_r26_spend_adds_up_or_says_what_is_missing(made_up: MadeUp, lost: Lost, window: Window, view: View) -> None:
    try:
        found = spend_view(question(made_up, lost, window, view))
    except SourceError:
        assert lost.days, "nothing that spend cannot do without was lost"
        return
    adds_up(found)
    comes_to_what_the_windows_total(found, made_up)
    assert_marked(found.provenance, lost)
    assert bool(lost.lists) == bool(found.provenance.unavailable)


@settings(max_examples=40, deadline=None)
@given(made_up_accounts(), losses(), st.sampled_from([Window.DAY, Window.WEEK]))
def test_r26_usage_adds_up_or_says_what_is_missing(made_up: MadeUp, lost: Lost, window: Window) -> None:
    try:
        found = usage_view(question(made_up, lost, window, View.GROSS))
    except SourceError:
        assert lost.days, "nothing that usage cannot do without was lost"
        return
    assert_marked(found.provenance, lost)
    if found.metric is not None and found.metric.additive:
        usage_adds_up(found, made_up)


def adds_up(found: SpendView) -> None:
    rows = found.spend
    assert (rows["net"] == [exact_sum(parts) for parts in zip(rows.gross, rows.credits, rows.other, strict=True)]).all()
    for total in found.totals:
        own = rows[rows["currency"] == total.currency]
        for name in ("gross", "credits", "postpaid", "other", "net"):
            assert exact_sum(own[name]) == getattr(total, name)
    if found.total is not None:
        shown = {View.GROSS: "gross", View.CREDITS: "credits", View.NET: "after_credits"}[found.view]
        cells = exact_sum(value for one in found.table.series for value in one.values if value is not None)
        assert cells == getattr(found.total, shown) == exact_sum(one.total for one in found.table.series)


def comes_to_what_the_windows_total(found: SpendView, made_up: MadeUp) -> None:
    """Every invoice, over the windows that are shown, against the totals of the very windows as the API sends them."""
    totals: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for element in Answers(made_up.account, made_up.now).breakdowns(made_up.start, made_up.end):
        code = CODES[element["credit_type"]["name"]]
        if element["status"] != "VOID" and _is_shown(
            date.fromisoformat(element["breakdown_start_timestamp"][:10]), found
        ):
            totals[element["id"], code] += Decimal(element["total"]) / (100 if code == "USD" else 1)
    rows: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in found.spend.itertuples():
        rows[row.invoice_id, row.currency] += row.net
    for key, total in totals.items():
        assert rows[key] == total


def usage_adds_up(found: UsageView, made_up: MadeUp) -> None:
    assert found.metric is not None
    rows = Answers(made_up.account, made_up.now).usage(
        found.metric.metric_id, made_up.start, made_up.end, keys=found.keys
    )
    kept = [row["value"] for row in rows if _is_shown(date.fromisoformat(row["starting_on"][:10]), found)]
    expected = decimal_float_sum(float(value) for value in kept if value is not None)
    assert (found.total or 0.0) == expected
    assert decimal_float_sum(one.total for one in found.table.series if one.total is not None) == expected


def assert_marked(origin: Provenance, lost: Lost) -> None:
    days = {day for gap in origin.missing for day in _days(gap.start.date(), gap.end.date())}
    reached = {day for day in lost.days if day in days}
    assert reached == {day for day in lost.days if origin.asked and _is_asked(day, origin)}
    assert origin.is_partial or not reached


def _is_asked(day: date, origin: Provenance) -> bool:
    bounds = [dict(one.parameters) for one in origin.asked]
    return any(
        one["starting_on"][:10] <= day.isoformat() < one["ending_before"][:10] for one in bounds if "starting_on" in one
    )


def _is_shown(day: date, found: SpendView | UsageView) -> bool:
    """Whether the window that ``day`` lies in is one of those shown."""
    spans = zip(found.table.starts, found.table.ends, strict=True)
    window = next((span for span in spans if span[0].date() <= day < span[1].date()), None)
    gaps = found.provenance.missing
    return window is not None and not any(window[0] < gap.end and gap.start < window[1] for gap in gaps)


def _days(start: date, end: date) -> Iterable[date]:
    return (start + timedelta(days=number) for number in range((end - start).days))
