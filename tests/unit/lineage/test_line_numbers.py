"""A line number stands beside the link to an invoice, so only lines of invoices have one: lines of breakdown windows
are counted anew in every window."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from data.filters import Days, Filters, Window
from data.lineage import drift, spend
from data.metronome_source import MetronomeSource
from data.pages import Page
from data.scope import LOCAL
from data.source import Ask
from data.views.asking import Question
from data.views.drift import drift_view
from data.views.spend import spend_view
from sandbox.catalogue import Customer, accounts
from sandbox.moments import midnight
from tests.conftest import NOW
from tests.generated import source_on

OCTOBER = Days(first=date(2026, 10, 1), last=date(2026, 10, 31))
MOMENT = datetime.fromisoformat(NOW)


@pytest.fixture
def source() -> MetronomeSource:
    (account,) = [one for one in accounts(midnight(MOMENT)) if one.id == Customer.LATE_USAGE]
    return source_on(account, MOMENT)


def asked(source: MetronomeSource, page: Page) -> Question:
    ask = Ask(scope=LOCAL, customer_id=Customer.LATE_USAGE)
    filters = Filters(range=OCTOBER, window=Window.WEEK)
    return Question(source=source, ask=ask, filters=filters, now=MOMENT, page=page)


def test_rows_of_spend_are_lines_of_windows_and_have_no_number(source: MetronomeSource) -> None:
    question = asked(source, Page.OVERVIEW)
    built = [build() for build in spend.figures(spend_view(question), question).values()]
    assert any(one.rows for one in built)
    assert {row.line for one in built for row in one.rows} == {None}
    for one in built:  # in time, as before
        assert [row.at for row in one.rows] == sorted(row.at for row in one.rows if row.at)


def test_rows_of_drift_have_one_only_where_they_stand_on_the_invoice(source: MetronomeSource) -> None:
    question = asked(source, Page.INVOICES)
    view = drift_view(question)
    found = drift.figures(view, question)
    (one,) = view.drifts
    (product,) = one.products
    ident = one.invoice.invoice_id
    billed, now, late = (found[view.seal.mark(place, ident, *product.place)]() for place in ("billed", "now", "drift"))
    assert all(row.line is not None for row in billed.rows)
    assert {row.line for row in (*now.rows, *late.rows)} == {None}
