"""Every figure that usage, spend and the tiles show has a receipt, and every receipt adds up, whatever the account."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any

import pytest

from components.drawn import Drawn
from components.panels.headline import draw_headline
from components.panels.spend import draw_spend
from components.panels.usage import draw_usage
from data.clock import Clock
from data.errors import BadQuery, NotFound
from data.filters import ChartMode, Days, Filters, Preset, View, Window
from data.lineage import headline, spend, usage
from data.lineage.find import receipt_of
from data.lineage.value import Figures, Receipt, SeriesMarks, series_marks
from data.metronome.client import MetronomeClient
from data.metronome.limits import Limits
from data.metronome_source import MetronomeSource
from data.scope import LOCAL
from data.series import SeriesTable
from data.settings import Secret
from data.source import Ask
from data.views.asking import Question
from data.views.headline import headline_view
from data.views.spend import SpendView, spend_view
from data.views.usage import UsageView, usage_view
from sandbox.catalogue import Customer
from sandbox.server import running_sandbox
from tests.conftest import NOW
from tests.unit.components.reading import grids_in, props, walk

pytestmark = pytest.mark.thorough

FIVE_WEEKS = Days(first=date(2026, 10, 1), last=date(2026, 11, 3))
TWO_DAYS = Days(first=date(2026, 11, 2), last=date(2026, 11, 3))
ACCOUNTS = pytest.mark.parametrize("customer", list(Customer), ids=lambda one: one.name)
DAYS: dict[str, Any] = {"range": FIVE_WEEKS, "window": Window.DAY, "top": 3}
WEEKS: dict[str, Any] = {"range": FIVE_WEEKS, "window": Window.WEEK, "top": 3}
HOURS: dict[str, Any] = {"range": TWO_DAYS, "window": Window.HOUR}
MONTH: dict[str, Any] = {"range": Preset.MONTH_TO_DATE}
CASES = pytest.mark.parametrize(
    ("customer", "chosen"),
    [
        *(pytest.param(one, WEEKS, id=f"{one.name}-weeks") for one in Customer),
        *(
            pytest.param(one, chosen, id=f"{one.name}-{chosen['range']}")
            for one in (Customer.FLAGSHIP, Customer.TOKENS, Customer.MINIMUM_SPEND, Customer.ADJUSTED)
            for chosen in (DAYS, HOURS, MONTH)
        ),
    ],
)


@pytest.fixture(scope="module")
def source() -> Iterator[MetronomeSource]:
    """The sandbox with every account that it has, the one with hostile names too."""
    clock = Clock(datetime.fromisoformat(NOW))
    limits = Limits(clock=clock, rps=1e6, burst=10**6)
    with running_sandbox(now=clock.now(), strict=True, hostile=True) as api:
        client = MetronomeClient(base_url=api.url, token=Secret("t"), clock=clock, limits=limits)
        yield MetronomeSource(client, clock)


def asked(source: MetronomeSource, customer: str, **chosen: Any) -> Question:
    ask = Ask(scope=LOCAL, customer_id=customer)
    return Question(source=source, ask=ask, filters=Filters(**chosen), now=datetime.fromisoformat(NOW))


def shown_in(table: SeriesTable, marks: SeriesMarks) -> Iterator[str]:
    """What the chart and the table under it show: cells, and sums where adding is legal."""
    for at, one in enumerate(table.series):
        yield from (marks.cell(at, window) for window, value in enumerate(one.values) if value is not None)
    if table.stackable:
        yield from (marks.total(at) for at in range(len(table.series)))
        present = [any(one.values[at] is not None for one in table.series) for at in range(len(table.starts))]
        yield from (marks.window(at) for at, has in enumerate(present) if has)
        yield from [marks.grand()] if table.series else []


def opened(figures: Figures) -> dict[str, Receipt]:
    """Every receipt, opened; each says its own id and adds up."""
    receipts = {ident: make() for ident, make in figures.items()}
    assert all(receipt.ident == ident for ident, receipt in receipts.items())
    assert [receipt.title for receipt in receipts.values() if not receipt.adds_up()] == []
    return receipts


def amounts_of(table: SeriesTable, marks: SeriesMarks) -> dict[str, Any]:
    return {
        marks.cell(at, window): value
        for at, one in enumerate(table.series)
        for window, value in enumerate(one.values)
        if value is not None
    }


def check_table(table: SeriesTable, marks: SeriesMarks, figures: Figures) -> None:
    drawn = list(shown_in(table, marks))
    assert len(set(drawn)) == len(drawn)
    assert set(drawn) <= set(figures)
    receipts = opened(figures)
    assert {ident: receipts[ident].amount for ident in amounts_of(table, marks)} == amounts_of(table, marks)


@CASES
def test_every_figure_of_usage_has_a_receipt_that_adds_up(
    source: MetronomeSource, customer: str, chosen: dict[str, Any]
) -> None:
    question = asked(source, customer, **chosen)
    for metric in usage_view(question).metrics:
        for mode in (ChartMode.STACKED, ChartMode.CUMULATIVE):
            shown = asked(source, customer, metric=metric.metric_id, chart=mode, **chosen)
            view = usage_view(shown)
            check_table(view.table, series_marks(view.seal, view.table), usage.figures(view, shown))


@CASES
def test_every_figure_of_spend_has_a_receipt_that_adds_up(
    source: MetronomeSource, customer: str, chosen: dict[str, Any]
) -> None:
    for view_name in View:
        for currency in spend_view(asked(source, customer, **chosen)).currencies:
            shown = asked(source, customer, view=view_name, currency=currency, **chosen)
            view = spend_view(shown)
            figures = spend.figures(view, shown)
            check_table(view.table, series_marks(view.seal, view.table), figures)
            check_sums(view, figures)
    by_product = asked(source, customer, spend_by="product", **chosen)
    opened(spend.figures(spend_view(by_product), by_product))


def check_sums(view: SpendView, figures: Figures) -> None:
    total = view.total
    assert total is not None
    for name in ("gross", "credits", "after_credits", "other", "net", "unbillable"):
        assert figures[view.seal.mark("total", name)]().amount == getattr(total, name)
    assert figures[view.seal.mark("total", "postpaid")]().amount == -total.postpaid


@ACCOUNTS
def test_the_balance_tiles_have_receipts_that_add_up(source: MetronomeSource, customer: str) -> None:
    question = asked(source, customer, range=FIVE_WEEKS)
    view = headline_view(question)
    receipts = opened(headline.figures(view, question))
    if view.balance is not None and view.balance.available is not None:
        assert receipts[view.seal.mark("headline", "available")].amount == view.balance.available
    if view.balance is not None and view.balance.expiring is not None:
        assert receipts[view.seal.mark("headline", "expiring")].amount == view.balance.expiring


@ACCOUNTS
@pytest.mark.parametrize("chart", [ChartMode.STACKED, ChartMode.CUMULATIVE])
def test_everything_drawn_that_opens_a_receipt_has_one(
    source: MetronomeSource, customer: str, chart: ChartMode
) -> None:
    tables = frozenset({"usage", "spend"})
    question = asked(source, customer, range=FIVE_WEEKS, window=Window.WEEK, tables=tables, chart=chart, view=View.NET)
    view = headline_view(question)
    assert view.usage is not None
    assert view.spend is not None
    known = {**usage.figures(view.usage, question), **spend.figures(view.spend, question)}
    known |= headline.figures(view, question)
    for drawn in (draw_usage(view.usage, question), draw_spend(view.spend, question), draw_headline(view, question)):
        assert set(marks_in(drawn)) <= set(known)
    if not view.spend.table.is_empty:
        assert len(set(marks_in(draw_spend(view.spend, question)))) > len(view.spend.table.series)


def marks_in(drawn: Drawn) -> Iterator[str]:
    """The receipts that buttons, table cells and points of the chart open."""
    for part in (drawn.notices, drawn.summary, drawn.main, drawn.table):
        yield from (props(one)["data-receipt"] for one in walk(part) if "data-receipt" in props(one))
        for grid in grids_in(part):
            cells = (cell for group in grid["groups"] for row in group["rows"] for cell in row["cells"])
            yield from (cell["receipt"] for cell in cells if "receipt" in cell and not isinstance(cell, str))
    for trace in drawn.figure["data"]:
        yield from (mark for mark in trace.get("customdata", ()) if mark)


@pytest.mark.parametrize("view", [usage_view, spend_view])
def test_an_id_finds_the_receipt_that_it_was_shown_with(source: MetronomeSource, view: Callable[..., Any]) -> None:
    question = asked(source, Customer.FLAGSHIP, range=FIVE_WEEKS)
    shown: UsageView | SpendView = view(question)
    ident = series_marks(shown.seal, shown.table).cell(0, 0)
    figures = usage.figures(shown, question) if isinstance(shown, UsageView) else spend.figures(shown, question)
    found = receipt_of(question, ident)
    assert found == figures[ident]()
    assert found.rows


@pytest.mark.parametrize(
    "changed",
    [
        {"range": TWO_DAYS},
        {"window": Window.WEEK},
        {"spend_by": "product"},
        {"view": View.NET},
        {"top": 3},
    ],
    ids=lambda one: next(iter(one)),
)
def test_an_id_of_another_state_of_the_page_is_not_found(source: MetronomeSource, changed: dict[str, Any]) -> None:
    here = asked(source, Customer.FLAGSHIP, range=FIVE_WEEKS)
    view = spend_view(here)
    ident = series_marks(view.seal, view.table).cell(0, 0)
    with pytest.raises(NotFound) as raised:
        receipt_of(asked(source, Customer.FLAGSHIP, **{"range": FIVE_WEEKS, **changed}), ident)
    assert ident in raised.value.sentence
    assert "open the address" in raised.value.sentence


def test_an_id_of_another_account_is_not_found(source: MetronomeSource) -> None:
    view = spend_view(asked(source, Customer.FLAGSHIP, range=FIVE_WEEKS))
    with pytest.raises(NotFound):
        receipt_of(asked(source, Customer.TOKENS, range=FIVE_WEEKS), view.seal.mark("total", "gross"))


def test_open_rows_and_an_open_receipt_change_no_id(source: MetronomeSource) -> None:
    plain = spend_view(asked(source, Customer.FLAGSHIP, range=FIVE_WEEKS))
    ident = plain.seal.mark("total", "gross")
    shown = asked(source, Customer.FLAGSHIP, range=FIVE_WEEKS, open=(str(Customer.FLAGSHIP),), receipt=ident)
    assert receipt_of(shown, ident).amount == plain.totals[0].gross


@pytest.mark.parametrize(
    "text", ["", "S-", "S-4KQ7M2X", "s-4KQ7M2XA", "S-4KQ7M2X1", "S-4KQ7M2XA\n", "<b>", "Ü-4KQ7M2XA"]
)
def test_a_text_that_is_no_id_is_refused_with_a_sentence(source: MetronomeSource, text: str) -> None:
    with pytest.raises(BadQuery) as raised:
        receipt_of(asked(source, Customer.FLAGSHIP), text)
    assert "is not the id of a receipt" in raised.value.sentence


def test_a_letter_that_no_view_has_is_not_found(source: MetronomeSource) -> None:
    with pytest.raises(NotFound):
        receipt_of(asked(source, Customer.FLAGSHIP), "Z-4KQ7M2XA")
