"""receipt.csv: every row of one figure's receipt, by the id that the page shows for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from data.clock import Clock
from data.files import cell_text
from data.filters import Days, Filters
from data.lineage import balances, balances_burn, drift, invoices, proof, spend, usage
from data.lineage.receipt_file import RECEIPT_FILE
from data.lineage.value import Figures
from data.metronome.client import MetronomeClient
from data.metronome.limits import Limits
from data.metronome_source import MetronomeSource
from data.scope import LOCAL
from data.settings import Secret
from data.source import Ask
from data.views.asking import Question
from data.views.balances import balances_view, burn_view, expiring_view
from data.views.drift import drift_view
from data.views.invoices import invoices_view
from data.views.proof import proof_view
from data.views.spend import spend_view
from data.views.usage import usage_view
from sandbox.catalogue import Customer
from sandbox.server import Sandbox, running_sandbox
from tests.conftest import NOW
from tests.contract.files import Files, query
from tests.contract.test_downloads import MovableClock, assert_problem, files_on

WEEKS = Days(first=date(2026, 10, 1), last=date(2026, 11, 3))
UNKNOWN = "d0000000-0000-4000-8000-00000000dead"
VIEWS: dict[str, tuple[Callable[..., Any], Callable[..., Figures], Customer]] = {
    "usage": (usage_view, usage.figures, Customer.FLAGSHIP),
    "spend": (spend_view, spend.figures, Customer.FLAGSHIP),
    "balances": (balances_view, balances.figures, Customer.FLAGSHIP),
    "burn": (burn_view, balances_burn.burn_figures, Customer.FLAGSHIP),
    "expiring": (expiring_view, balances_burn.expiring_figures, Customer.WEEKLY),
    "invoices": (invoices_view, invoices.figures, Customer.TWO_CONTRACTS),
    "drift": (drift_view, drift.figures, Customer.LATE_USAGE),
    "proof": (proof_view, proof.figures, Customer.TIERED),
}


def _source(url: str) -> MetronomeSource:
    clock = Clock(datetime.fromisoformat(NOW))
    limits = Limits(clock=clock, rps=1e6, burst=10**6)
    return MetronomeSource(MetronomeClient(base_url=url, token=Secret("t"), clock=clock, limits=limits), clock)


@pytest.fixture(scope="module")
def shared_sandbox() -> Iterator[Sandbox]:
    with running_sandbox(now=datetime.fromisoformat(NOW), strict=True, hostile=True) as running:
        yield running


@pytest.fixture(scope="module")
def source(shared_sandbox: Sandbox) -> MetronomeSource:
    return _source(shared_sandbox.url)


@pytest.fixture(scope="module")
def files(shared_sandbox: Sandbox) -> Files:
    return files_on(shared_sandbox, Clock(datetime.fromisoformat(NOW)))


@pytest.fixture
def hurried(sandbox: Sandbox, clock: MovableClock) -> Files:
    return files_on(sandbox, clock)


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock(datetime.fromisoformat(NOW))


def asked(source: MetronomeSource, customer: str, **chosen: Any) -> Question:
    ask = Ask(scope=LOCAL, customer_id=customer)
    filters = Filters(**{"range": WEEKS, **chosen})
    return Question(source=source, ask=ask, filters=filters, now=datetime.fromisoformat(NOW))


def figures_of(source: MetronomeSource, name: str) -> Figures:
    view, figures, customer = VIEWS[name]
    question = asked(source, customer)
    return figures(view(question), question)


def largest(figures: Figures) -> str:
    """The first of the figures with most rows; looking at a part of them is enough."""
    idents = list(figures)[:: max(1, len(figures) // 60)]
    return max(idents, key=lambda ident: len(figures[ident]().rows))


@pytest.mark.parametrize("name", list(VIEWS))
def test_the_file_has_every_row_of_the_receipt_that_the_page_shows(
    files: Files, source: MetronomeSource, name: str
) -> None:
    figures = figures_of(source, name)
    ident = largest(figures)
    shown = figures[ident]()
    rows = files.rows(VIEWS[name][2], "receipt", **query(WEEKS), receipt=ident)
    assert rows
    assert list(rows[0]) == list(RECEIPT_FILE)
    assert [(row["what"], row["amount"], row["quantity"], row["line"]) for row in rows] == [
        tuple(map(cell_text, (one.words, one.amount, one.quantity, one.line))) for one in shown.rows
    ]
    assert {(row["receipt"], row["unit"]) for row in rows} == {(ident, cell_text(shown.unit))}


def test_the_rows_of_a_sum_add_up_to_it(files: Files, source: MetronomeSource) -> None:
    view = spend_view(asked(source, Customer.FLAGSHIP))
    rows = files.rows(Customer.FLAGSHIP, "receipt", **query(WEEKS), receipt=view.seal.mark("total", "gross"))
    assert len(rows) > 200
    assert sum(Decimal(row["amount"]) for row in rows) == view.totals[0].gross
    priced = [row for row in rows if row["quantity"] and row["unit_price"]]
    assert all(row["at"].endswith("Z") and row["invoice_id"] for row in priced)


def test_the_answer_has_the_headers_of_a_file(files: Files, source: MetronomeSource) -> None:
    ident = spend_view(asked(source, Customer.FLAGSHIP)).seal.mark("total", "gross")
    answer = files.answer(Customer.FLAGSHIP, "receipt", **query(WEEKS), receipt=ident)
    assert answer.content_type == "text/csv; charset=utf-8"
    name = f'attachment; filename="receipt-{Customer.FLAGSHIP}.csv"'
    assert answer.headers["Content-Disposition"] == name
    assert (answer.headers["X-Burnboard-As-Of"], answer.headers["X-Burnboard-Data"]) == (NOW, "fresh")


@pytest.mark.parametrize(
    "search", ["", "receipt=", "receipt=S-4KQ7M2X1", "receipt=%3Cb%3E", "receipt=S-4KQ7M2XA&x=1", "receipt=S-4KQ7M2XA"
               "&receipt=S-4KQ7M2XA"],
)  # fmt: skip
def test_a_query_without_one_receipt_is_refused(files: Files, search: str) -> None:
    assert_problem(files.client.get(f"/accounts/{Customer.FLAGSHIP}/receipt.csv?{search}"), 400)


def test_an_id_of_another_state_of_the_page_or_of_another_account_is_not_found(
    files: Files, source: MetronomeSource
) -> None:
    ident = spend_view(asked(source, Customer.FLAGSHIP)).seal.mark("total", "gross")
    assert_problem(files.answer(Customer.FLAGSHIP, "receipt", receipt=ident), 404)
    assert_problem(files.answer(Customer.TOKENS, "receipt", **query(WEEKS), receipt=ident), 404)
    assert_problem(files.answer(UNKNOWN, "receipt", **query(WEEKS), receipt=ident), 404)


def let_questions_end() -> None:
    """A file that fails ends with its first failure; questions beside that one fail a moment later."""
    until = time.monotonic() + 20
    while any(one.name.startswith("metronome") for one in threading.enumerate()) and time.monotonic() < until:
        time.sleep(0.02)


def test_an_old_copy_is_marked_and_a_view_that_cannot_be_had_is_an_error(
    hurried: Files, clock: MovableClock, sandbox: Sandbox
) -> None:
    ident = spend_view(asked(_source(sandbox.url), Customer.ROLLOVER)).seal.mark("total", "gross")
    wanted = query(WEEKS, receipt=ident)
    sandbox.faults.add("status", family="breakdowns", status=500)
    assert_problem(hurried.answer(Customer.ROLLOVER, "receipt", **wanted), 503)
    let_questions_end()
    sandbox.faults.clear()
    clock.move(10)
    fresh = hurried.answer(Customer.ROLLOVER, "receipt", **wanted)
    clock.move(600)
    sandbox.faults.add("status", status=503)
    stale = hurried.answer(Customer.ROLLOVER, "receipt", **wanted, table="usage")  # a view of its own, not a moment old
    assert (fresh.headers["X-Burnboard-Data"], stale.headers["X-Burnboard-Data"]) == ("fresh", "stale")
    assert stale.headers["X-Burnboard-As-Of"] == fresh.headers["X-Burnboard-As-Of"]
    assert stale.data == fresh.data
