"""The invoices page against the sandbox: every account's invoices whole, drawn, and traced to their lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from components.panels.drift import draw_drift
from components.panels.invoices import draw_invoices
from data.analytics.drift import Standing
from data.analytics.invoice_files import INVOICES_FILE, LINE_ITEMS_FILE
from data.analytics.invoice_lines_paid import by_product
from data.analytics.invoices import State
from data.analytics.proofs.causes import Cause
from data.clock import Clock
from data.errors import NotFound, SourceError
from data.filters import Days, Filters, InvoiceStatus
from data.lineage import drift as drift_lineage
from data.lineage import invoices as invoice_lineage
from data.lineage.value import Figures, How
from data.metronome.client import MetronomeClient
from data.metronome.limits import Limits
from data.metronome_source import MetronomeSource
from data.money import exact_sum
from data.pages import Page
from data.scope import LOCAL
from data.settings import Secret
from data.source import Ask
from data.views.asking import Question
from data.views.drift import DriftView, drift_view
from data.views.invoices import InvoicesView, invoices_file, invoices_view, line_items_file
from sandbox.catalogue import Customer, accounts
from sandbox.faults import Kind
from sandbox.moments import midnight
from sandbox.server import Sandbox, running_sandbox
from tests.conftest import NOW
from tests.generated import source_on
from tests.unit.components.reading import grids_in, props, rows_of, text_of, walk

pytestmark = pytest.mark.thorough


class HurriedClock(Clock):
    """Nobody sleeps between attempts."""

    def sleep(self, seconds: float) -> None:
        del seconds


CLOCK = HurriedClock(datetime.fromisoformat(NOW))
YEAR = Days(first=date(2026, 1, 1), last=date(2026, 11, 20))
OCTOBER = Days(first=date(2026, 10, 1), last=date(2026, 10, 31))
ALL = [one for one in Customer if one is not Customer.HOSTILE]


@pytest.fixture
def source(sandbox: Sandbox) -> MetronomeSource:
    limits = Limits(clock=CLOCK, rps=1e6, burst=10**6)
    return MetronomeSource(MetronomeClient(base_url=sandbox.url, token=Secret("t"), clock=CLOCK, limits=limits), CLOCK)


def asked(source: MetronomeSource, customer: str, *, whole: bool = False, **chosen: Any) -> Question:
    ask = Ask(scope=LOCAL, customer_id=customer, whole=whole)
    filters = Filters(**{"range": YEAR, **chosen})
    return Question(source=source, ask=ask, filters=filters, now=CLOCK.now(), page=Page.INVOICES)


def opened(source: MetronomeSource, customer: str, **chosen: Any) -> tuple[InvoicesView, Question]:
    """The view with every invoice open, lines without usage too."""
    plain = invoices_view(asked(source, customer, **chosen))
    question = asked(source, customer, zero=True, open=tuple(one.invoice_id for one in plain.invoices), **chosen)
    return invoices_view(question), question


def receipts_in(tree: Any) -> set[str]:
    """The receipt ids of every figure of a drawn panel: cells, opened rows, buttons in sentences."""
    buttons = {props(one).get("data-receipt") for one in walk(tree)}
    return {ident for ident in (*buttons, *_receipts(grids_in(tree))) if ident}


def _receipts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from ([value["receipt"]] if "receipt" in value else [])
        for one in value.values():
            yield from _receipts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _receipts(one)


def check_receipts(figures: Figures, drawn: Any) -> None:
    shown = receipts_in([drawn.main, list(drawn.summary)])
    assert shown <= set(figures)
    for ident, build in figures.items():
        receipt = build()
        assert (receipt.ident, receipt.adds_up()) == (ident, True), receipt.title
        assert receipt.asked or not receipt.rows


@pytest.mark.parametrize("customer", ALL)
def test_every_line_of_every_invoice_is_shown_once_and_gives_its_total(
    source: MetronomeSource, customer: Customer
) -> None:
    view, _ = opened(source, customer)
    for invoice in view.invoices:
        lines = view.lines[invoice.invoice_id]
        placed = [
            line
            for product in by_product(lines)
            for line in (
                *(line for charge in product.charges for line in (charge.line, *charge.applied)),
                *(shared.line for shared in product.shared),
            )
        ]
        assert sorted(line.line for line in placed) == list(range(len(lines)))
        assert view.line_sums[invoice.invoice_id].difference == 0
    payable = [one for one in view.invoices if one.is_payable and one.state is not State.INCOMPLETE]
    for one in view.sums:
        own = [each for each in payable if (each.unit, each.state) == (one.unit, one.state)]
        assert one.total == exact_sum(each.total for each in own if each.total is not None)


@pytest.mark.parametrize("customer", ALL)
def test_every_figure_of_the_page_has_a_receipt_that_adds_up(source: MetronomeSource, customer: Customer) -> None:
    view, question = opened(source, customer)
    check_receipts(invoice_lineage.figures(view, question), draw_invoices(view, question))
    drifted = drift_view(question)
    check_receipts(drift_lineage.figures(drifted, question), draw_drift(drifted, question))


@pytest.mark.parametrize("customer", ALL)
def test_the_files_hold_the_rows_of_the_page(source: MetronomeSource, customer: Customer) -> None:
    view = invoices_view(asked(source, customer))
    file = invoices_file(asked(source, customer, whole=True))
    assert tuple(file.rows.columns) == INVOICES_FILE
    assert file.rows["id"].tolist() == [one.invoice_id for one in view.invoices]
    items = line_items_file(asked(source, customer, whole=True)).rows
    assert tuple(items.columns) == LINE_ITEMS_FILE
    assert len(items) == sum(len(lines) for lines in view.lines.values())
    assert items["total"].map(lambda one: isinstance(one, Decimal)).all()


def test_corrections_voids_and_their_replacements_are_tied_and_only_the_payable_are_summed(
    source: MetronomeSource,
) -> None:
    view, question = opened(source, Customer.TWO_CONTRACTS)
    by_id = {one.invoice_id: one for one in view.invoices}
    (void,) = [one for one in view.invoices if one.state is State.VOID]
    assert by_id[void.replaced_by[0]].regenerated_from_id == void.invoice_id
    (fix,) = [one for one in view.invoices if one.corrects_id]
    assert by_id[fix.corrects_id].corrected_by == (fix.invoice_id,)
    (grid,) = grids_in(draw_invoices(view, question).main)
    row = next(row for row in grid["groups"][0]["rows"] if row["toggle"] == fix.invoice_id)
    linked = row["cells"][7]
    assert linked["text"].startswith("Corrects ")
    assert f"open={by_id[fix.corrects_id].invoice_id}" in linked["href"] or fix.corrects_id in linked["href"]
    summed = {one.invoice_id for total in view.sums for one in total.invoices}
    assert void.invoice_id not in summed
    assert {fix.invoice_id, fix.corrects_id} <= summed


def drift(source: MetronomeSource, **chosen: Any) -> DriftView:
    return drift_view(asked(source, Customer.LATE_USAGE, **chosen))


def test_late_usage_is_told_as_a_sentence_and_by_day(source: MetronomeSource) -> None:
    view = drift(source, range=OCTOBER)
    drawn = draw_drift(view, asked(source, Customer.LATE_USAGE, range=OCTOBER))
    assert text_of(list(drawn.summary)).strip() == (
        "Oct 2026 was invoiced at $3,495.26; usage that arrived later would make it $3,663.66: 3 days, 1 product."
    )
    (grid,) = grids_in(drawn.main)
    _, product, *days, total = rows_of(grid)
    assert [row[0] for row in days] == ["Fri 9 Oct 2026", "Sat 10 Oct 2026", "Wed 21 Oct 2026"]
    assert [row[3] for row in (product, *days, total)] == ["$168.40", "$62.00", "$64.40", "$42.00", "$168.40"]


def tampered(customer: Customer, window: str, change: Callable[[dict[str, Any]], Decimal | None]) -> MetronomeSource:
    """The account with one line of October's window that begins at ``window`` changed; ``change`` gives by how much."""
    (account,) = [one for one in accounts(midnight(CLOCK.now())) if one.id == customer]

    def fault(family: str, row: dict[str, Any]) -> None:
        if family == "breakdowns" and str(row["breakdown_start_timestamp"]).startswith(window):
            sizes = (change(line) for line in row["line_items"])
            row["total"] += next((size for size in sizes if size is not None), Decimal(0))

    return source_on(account, CLOCK.now(), tamper=fault)


def one_thousand_more(line: dict[str, Any]) -> Decimal | None:
    """Of requests at a fraction of a cent, or of what is priced in tiers."""
    if line["type"] != "usage" or not ("tier" in line or line["unit_price"] < 1):
        return None
    line["quantity"] += 1000
    line["total"] += 1000 * line["unit_price"]
    return Decimal(1000 * line["unit_price"])


def fifty_dollars_less(line: dict[str, Any]) -> Decimal | None:
    if line["name"] != "Pages scanned" or line["type"] != "usage":
        return None
    line["total"] -= 5000
    return Decimal(-5000)


def sentence(source: MetronomeSource, customer: Customer) -> str:
    question = asked(source, customer, range=OCTOBER)
    view = drift_view(question)
    drawn = draw_drift(view, question)
    check_receipts(drift_lineage.figures(view, question), drawn)
    return text_of(list(drawn.summary)).strip()


def test_an_amount_that_is_lost_in_a_window_is_in_no_claim_about_late_usage() -> None:
    source = tampered(Customer.LATE_USAGE, "2026-10-06", fifty_dollars_less)
    assert sentence(source, Customer.LATE_USAGE) == (
        "Oct 2026 was invoiced at $3,495.26; by its breakdowns it would now be $3,613.66: "
        "$168.40 arrived later (3 days, 1 product), −$50.00 is not explained, see the proof."
    )


def test_usage_that_the_metric_does_not_know_hides_no_drift() -> None:
    source = tampered(Customer.LATE_USAGE, "2026-10-06", one_thousand_more)
    assert sentence(source, Customer.LATE_USAGE) == (
        "Oct 2026 was invoiced at $3,495.26; by its breakdowns it would now be $3,663.86: "
        "$168.60 is not explained, see the proof."
    )


def test_tiers_explain_no_more_units_and_no_wrong_tiers() -> None:
    plain = drift_view(asked(tampered(Customer.TIERED, "never", one_thousand_more), Customer.TIERED, range=OCTOBER))
    assert plain.drifts == ()
    assert [part.cause for one in plain.explained for part in one.parts] == [Cause.TIERS]
    grown = tampered(Customer.TIERED, "2026-10-06", one_thousand_more)
    (one,) = drift_view(asked(grown, Customer.TIERED, range=OCTOBER)).drifts
    assert [product.standing for product in one.products] == [Standing.UNEXPLAINED]
    assert one.amount == plain.explained[0].amount + 40
    assert "is not explained" in sentence(grown, Customer.TIERED)


def test_a_tier_that_is_billed_half_full_is_a_fault_of_its_size() -> None:
    (account,) = [one for one in accounts(midnight(CLOCK.now())) if one.id == Customer.TIERED]

    def fault(family: str, row: dict[str, Any]) -> None:
        """30,000 units of the first tier are billed in the second."""
        if family == "invoices" and str(row.get("start_timestamp", "")).startswith("2026-10"):
            first, second = [line for line in row["line_items"] if line.get("tier")][:2]
            first["quantity"] -= 30_000
            second["quantity"] += 30_000
            for line, sign in ((first, -1), (second, 1)):
                line["total"] += sign * 30_000 * line["unit_price"]
                row["total"] += sign * 30_000 * line["unit_price"]

    plain = drift_view(asked(source_on(account, CLOCK.now()), Customer.TIERED, range=OCTOBER))
    (one,) = drift_view(asked(source_on(account, CLOCK.now(), tamper=fault), Customer.TIERED, range=OCTOBER)).drifts
    assert [product.standing for product in one.products] == [Standing.UNEXPLAINED]
    assert one.amount == plain.explained[0].amount + 240


def test_drift_does_not_depend_on_the_status_that_the_table_shows(source: MetronomeSource) -> None:
    assert drift(source, status=InvoiceStatus.VOID).drifts == drift(source).drifts
    assert len(drift(source).drifts) == 2


def test_no_drift_says_so_and_how_many_invoices_were_compared(source: MetronomeSource) -> None:
    question = asked(source, Customer.FLAGSHIP)
    drawn = draw_drift(drift_view(question), question)
    assert drawn.main is None
    assert "No usage arrived after finalization" in text_of(drawn.notices)
    nothing = asked(source, Customer.BRAND_NEW)
    assert "nothing could arrive late" in text_of(draw_drift(drift_view(nothing), nothing).notices)


def test_the_file_says_what_the_windows_come_to(source: MetronomeSource) -> None:
    rows = invoices_file(asked(source, Customer.LATE_USAGE, whole=True, range=OCTOBER)).rows
    (row,) = rows[rows["cause"] == "late_usage"].to_dict("records")
    assert row["windows_sum"] - row["total"] == row["difference"] == Decimal("168.4")


def test_the_status_chosen_goes_into_page_and_file_alike(source: MetronomeSource) -> None:
    chosen = {"status": InvoiceStatus.VOID}
    view = invoices_view(asked(source, Customer.TWO_CONTRACTS, **chosen))
    assert {one.state for one in view.invoices} == {State.VOID}
    file = invoices_file(asked(source, Customer.TWO_CONTRACTS, whole=True, **chosen)).rows
    assert file["id"].tolist() == [one.invoice_id for one in view.invoices]
    assert set(file["status"]) == {"VOID"}
    question = asked(source, Customer.FLAGSHIP, **chosen)
    drawn = draw_invoices(invoices_view(question), question)
    assert drawn.main is None
    assert "No void invoices in this range" in text_of(drawn.notices)


def test_an_invoice_that_a_link_names_is_listed_open_wherever_it_lies(source: MetronomeSource) -> None:
    far = invoices_view(asked(source, Customer.FLAGSHIP)).invoices[-1]
    question = asked(
        source, Customer.FLAGSHIP, range=OCTOBER, open=(far.invoice_id, "00000000-0000-4000-8000-000000000000")
    )
    view = invoices_view(question)
    assert view.invoices[-1] == replace(far, outside=True)
    drawn = draw_invoices(view, question)
    assert "1 invoice outside the range" in text_of(drawn.notices)
    assert "does not have" in text_of(drawn.notices)
    (grid,) = grids_in(drawn.main)
    assert grid["groups"][0]["rows"][-1]["detail"]["tables"]
    assert all(one.invoice_id != far.invoice_id for total in view.sums for one in total.invoices)


@pytest.mark.parametrize("family", ["contracts", "balances", "credit_types"])
def test_the_page_goes_on_without_names_and_says_so(source: MetronomeSource, sandbox: Sandbox, family: str) -> None:
    sandbox.faults.add(Kind.STATUS, family=family, status=400)
    question = asked(source, Customer.TWO_CONTRACTS)
    view = invoices_view(question)
    assert len(view.provenance.unavailable) == 1
    drawn = draw_invoices(view, question)
    assert drawn.main is not None
    assert "Some data is missing" in text_of(drawn.notices)


@pytest.mark.parametrize("family", ["balances", "credit_types", "breakdowns", "metrics", "invoices"])
def test_a_file_is_whole_or_not_at_all(source: MetronomeSource, sandbox: Sandbox, family: str) -> None:
    sandbox.faults.add(Kind.STATUS, family=family, status=400)
    with pytest.raises(SourceError):
        invoices_file(asked(source, Customer.LATE_USAGE, whole=True))


def test_without_its_windows_an_invoice_is_left_out_of_the_drift_and_counted(
    source: MetronomeSource, sandbox: Sandbox
) -> None:
    sandbox.faults.add(Kind.STATUS, family="breakdowns", status=400, containing="2026-08")
    question = asked(source, Customer.LATE_USAGE, range=Days(first=date(2026, 8, 1), last=date(2026, 10, 31)))
    view = drift_view(question)
    assert view.left_out
    assert view.compared + view.left_out == 3
    assert "could not be compared" in text_of(draw_drift(view, question).notices)


def test_hostile_names_and_odd_invoices_are_drawn_as_text() -> None:
    with running_sandbox(now=datetime.fromisoformat(NOW), strict=True, hostile=True) as running:
        limits = Limits(clock=CLOCK, rps=1e6, burst=10**6)
        client = MetronomeClient(base_url=running.url, token=Secret("t"), clock=CLOCK, limits=limits)
        view, question = opened(MetronomeSource(client, CLOCK), Customer.HOSTILE)
        assert view.invoices
        (grid,) = grids_in(draw_invoices(view, question).main)
        texts = [text for row in rows_of(grid) for text in row]
        assert all(len(text) < 400 and "\u202e" not in text for text in texts)
        check_receipts(invoice_lineage.figures(view, question), draw_invoices(view, question))
        drifted = drift_view(question)
        check_receipts(drift_lineage.figures(drifted, question), draw_drift(drifted, question))


def test_an_account_that_is_not_there_is_not_found(source: MetronomeSource) -> None:
    with pytest.raises((NotFound, SourceError)):
        invoices_view(asked(source, "00000000-0000-4000-8000-000000000000"))


def test_a_line_that_is_priced_says_how_and_one_that_is_not_says_so_too(source: MetronomeSource) -> None:
    view, question = opened(source, Customer.FLAGSHIP)
    built = [build() for build in invoice_lineage.figures(view, question).values()]
    assert {receipt.how for receipt in built} == {How.SUM, How.READ, How.RULE}
