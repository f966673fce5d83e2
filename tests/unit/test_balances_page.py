"""The Commitments page on the sandbox: what its views ask for and say, and that every drawn figure has a receipt."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs

import pytest

from components import ids
from components.drawn import Drawn
from components.panels.balances import draw_balances
from components.panels.burn import draw_burn
from components.panels.commitments import draw_commitments
from components.panels.expiring import draw_expiring
from components.panels.obligations import draw_obligations
from data.clock import Clock
from data.errors import BadAnswer, SourceError
from data.filters import Days, Filters
from data.lineage import balance_steps, balances, balances_burn
from data.lineage.value import Figures
from data.metronome.client import MetronomeClient
from data.metronome.limits import Limits
from data.metronome_source import MetronomeSource
from data.money import exact_sum
from data.pages import Page
from data.scope import LOCAL
from data.settings import Secret
from data.source import Ask
from data.views.asking import Question
from data.views.balances import BY_DATE, NO_PACE, balances_view, burn_view, expiring_view, obligations_view
from data.views.commitments import CommitmentsView, commitments_view
from sandbox.catalogue import Customer, accounts
from sandbox.catalogue.guide import STANDSTILL
from sandbox.server import Sandbox, running_sandbox
from tests.conftest import NOW
from tests.generated import source_on as made_up_source
from tests.unit.components.reading import grids_in, props, rows_of, text_of, walk

pytestmark = pytest.mark.thorough

AUTUMN = Days(first=date(2026, 9, 10), last=date(2026, 11, 20))
GUIDES_MONTHS = Days(first=date(2024, 9, 1), last=date(2024, 10, 31))
RECEIPT = re.compile(r"C-[A-Z2-7]{8}")


def commitments_figures(view: CommitmentsView, question: Question) -> Figures:
    """Those of the table and those of the chart."""
    return {**balances.figures(view, question), **balance_steps.figures(view, question)}


PANELS: tuple[tuple[Callable[..., Any], Callable[..., Drawn], Callable[..., Any]], ...] = (
    (burn_view, draw_burn, balances_burn.burn_figures),
    (balances_view, draw_balances, balances.figures),
    (expiring_view, draw_expiring, balances_burn.expiring_figures),
    (obligations_view, draw_obligations, balances.obligation_figures),
    (commitments_view, draw_commitments, commitments_figures),
)
ACCOUNTS = [one for one in Customer if one is not Customer.HOSTILE]


class HurriedClock(Clock):
    """Nobody sleeps between attempts."""

    def sleep(self, seconds: float) -> None:
        del seconds


CLOCK = HurriedClock(datetime.fromisoformat(NOW))


def source_on(sandbox: Sandbox) -> MetronomeSource:
    limits = Limits(clock=CLOCK, rps=1e6, burst=10**6)
    return MetronomeSource(MetronomeClient(base_url=sandbox.url, token=Secret("t"), clock=CLOCK, limits=limits), CLOCK)


@pytest.fixture
def source(sandbox: Sandbox) -> MetronomeSource:
    return source_on(sandbox)


def asked(source: MetronomeSource, customer: str, **chosen: Any) -> Question:
    """The guide's accounts stand still on 15 October 2024, and so does the question."""
    is_guides = str(customer) in {str(one) for one in Customer if one.name.startswith("GUIDE")}
    days, now = (GUIDES_MONTHS, STANDSTILL) if is_guides else (AUTUMN, CLOCK.now())
    filters = Filters(**{"range": days, "tables": frozenset({"burn"}), **chosen})
    return Question(
        source=source, ask=Ask(scope=LOCAL, customer_id=customer), filters=filters, now=now, page=Page.COMMITMENTS
    )


def opened(question: Question) -> Question:
    """All rows of the balances panel open, at most as many as an address can open."""
    idents = balances_view(question).burn.table["id"].tolist()[:20]
    return replace(question, filters=replace(question.filters, open=tuple(idents)))


def receipts_in(drawn: Drawn) -> set[str]:
    parts = [grids_in(one) for one in (drawn.main, drawn.table)]
    marks = [trace.get("customdata") for trace in drawn.figure["data"]]
    words = [props(one).get("data-receipt") for one in walk(drawn.summary)]
    return set(RECEIPT.findall(json.dumps([parts, marks, words])))


def grid_of(tree: Any) -> list[list[str]]:
    (grid,) = grids_in(tree)
    return rows_of(grid)


@pytest.mark.parametrize("customer", ACCOUNTS, ids=lambda one: one.name)
def test_every_drawn_figure_has_a_receipt_that_adds_up(source: MetronomeSource, customer: Customer) -> None:
    for load, draw, figures in PANELS:
        question = opened(asked(source, customer))
        view = load(question)
        made = figures(view, question)
        assert receipts_in(draw(view, question)) <= set(made)
        for ident, make in list(made.items())[:: max(1, len(made) // 150)]:
            receipt = make()
            assert receipt.ident == ident
            assert receipt.adds_up(), (receipt.title, receipt.amount)
            assert receipt.asked, receipt.title


def without_amounts(family: str, row: dict[str, Any]) -> None:
    """Every second entry of a ledger and every second segment says no amount."""
    if family == "balances":
        for one in [*row.get("ledger", [])[::2], *row.get("access_schedule", {}).get("schedule_items", [])[1::2]]:
            one["amount"] = None


@pytest.mark.parametrize("customer", [Customer.FLAGSHIP, Customer.MINIMUM_SPEND])
def test_amounts_that_were_not_sent_are_not_known_and_all_others_have_their_receipt(customer: Customer) -> None:
    (account,) = (one for one in accounts(CLOCK.now()) if one.id == customer)
    source = made_up_source(account, CLOCK.now(), tamper=without_amounts)
    for load, draw, figures in PANELS:
        question = opened(asked(source, customer))
        view = load(question)
        made = figures(view, question)
        drawn = draw(view, question)
        assert receipts_in(drawn) <= set(made)
        assert all(make().adds_up() for make in made.values())
        if draw in (draw_balances, draw_obligations) and drawn.main is not None:
            assert "not known" in json.dumps([rows_of(one) for one in grids_in(drawn.main)])


@pytest.mark.parametrize("customer", ACCOUNTS, ids=lambda one: one.name)
def test_every_path_ends_today_at_the_balance_and_lands_on_its_ledger(
    source: MetronomeSource, customer: Customer
) -> None:
    question = asked(source, customer)
    burn = burn_view(question).burn
    today = (question.now.date() - question.filters.range.first).days  # type: ignore[union-attr]
    assert burn.unplaced == ()
    for ident in {track.account.balance_id for track in burn.tracks}:
        own = [track for track in burn.tracks if track.account.balance_id == ident]
        balance = own[0].account.unit.major(own[0].account.balance["balance"])  # type: ignore[arg-type]
        assert exact_sum(max(track.ends[today] or Decimal(0), Decimal(0)) for track in own) == balance
        assert [one for track in own for one in track.landings_shown if one.is_off or one.gap is None] == []


def test_the_guides_burndown_lands_on_each_entry_and_the_page_has_its_numbers(source: MetronomeSource) -> None:
    question = opened(asked(source, Customer.GUIDE_BALANCES))
    burn = burn_view(question)
    landings = {(track.account.label, one.day, one.drawn, one.ledger) for track in burn.burn.tracks
                for one in track.landings_shown}  # fmt: skip
    assert landings == {
        ("Prepaid Credits", date(2024, 9, 30), 65, 65),
        ("Prepaid Credits", date(2024, 10, 15), 15, 15),
        ("Reward credit", date(2024, 10, 15), 5, 5),
    }
    drawn = draw_burn(burn, question)
    assert [trace["name"] for trace in drawn.figure["data"][:2]] == ["Prepaid Credits", "Reward credit"]
    assert text_of(drawn.summary).startswith("$20.00 of prepaid value held now. Used next: Prepaid Credits, $20.00")
    table = draw_balances(balances_view(question), question).main
    (grid,) = grids_in(table)
    ledgers = [row["detail"]["tables"][1] for group in grid["groups"] for row in group["rows"] if row["detail"]]
    amounts = [[row[3:5] for row in rows_of(ledger)[1:]] for ledger in ledgers]
    assert amounts == [
        [["−$15.00", "$20.00"], ["−$65.00", "$35.00"], ["$100.00", "$100.00"]],
        [["−$5.00", "$0.00"], ["$5.00", "$5.00"]],
    ]


def test_the_breakdowns_of_whole_periods_are_asked_for_and_only_once(source: MetronomeSource, sandbox: Sandbox) -> None:
    days = Days(first=date(2026, 10, 20), last=date(2026, 10, 25))
    burn_view(asked(source, Customer.FLAGSHIP, range=days))
    asked_for = [parse_qs(call["query"]) for call in sandbox.requests.all("breakdowns")]
    spans = sorted((one["starting_on"][0][:10], one["ending_before"][0][:10]) for one in asked_for)
    assert [span[0] for span in spans] == ["2026-10-01", *(end for _, end in spans[:-1])]
    assert spans[-1][1] == "2026-11-01"


def test_the_unit_is_chosen_and_a_wrong_one_falls_back(source: MetronomeSource) -> None:
    view = burn_view(asked(source, Customer.TWO_CONTRACTS))
    assert [one.product for one in view.charts] == ["", "Included scans"]
    assert view.chart == view.charts[0]
    chosen = burn_view(asked(source, Customer.TWO_CONTRACTS, unit=view.charts[1].key))
    drawn = draw_burn(chosen, asked(source, Customer.TWO_CONTRACTS))
    assert drawn.chosen == {ids.BURN_UNIT_SELECT: view.charts[1].key}
    assert [one["label"] for one in drawn.options[ids.BURN_UNIT_SELECT]] == [
        "USD: prepaid value",
        "Included scans: prepaid value",
    ]
    wrong = burn_view(asked(source, Customer.TWO_CONTRACTS, unit="EUR"))
    assert (wrong.chart, len(wrong.notices)) == (wrong.charts[0], 1)


def test_the_pace_is_that_of_the_last_28_days_whatever_the_range(source: MetronomeSource) -> None:
    long_ago = Days(first=date(2026, 1, 1), last=date(2026, 1, 31))
    (one,) = expiring_view(asked(source, Customer.WEEKLY, range=long_ago)).units
    assert one.pace is not None
    assert (one.pace.days, one.pace.first) == (28, date(2026, 10, 23))
    drawn = draw_expiring(expiring_view(asked(source, Customer.WEEKLY)), asked(source, Customer.WEEKLY))
    assert grid_of(drawn.main)[1][0].startswith("Quarterly commitment")


def test_obligations_say_what_is_owed_and_needed(source: MetronomeSource) -> None:
    question = asked(source, Customer.MINIMUM_SPEND)
    drawn = draw_obligations(obligations_view(question), question)
    told = text_of(drawn.summary)
    assert "of $60,000.00 is still owed under Yearly minimum until 28 Feb 2027: " in told
    assert grid_of(drawn.main)[1][0] == "Yearly minimum Active USD"
    other = asked(source, Customer.WEEKLY)
    assert "No postpaid commits" in text_of(draw_obligations(obligations_view(other), other).notices)


def test_a_page_goes_on_without_its_invoices_and_says_so(source: MetronomeSource, sandbox: Sandbox) -> None:
    whole = burn_view(asked(source, Customer.FLAGSHIP))
    sandbox.faults.add("status", family="invoices", status=500)
    question = asked(source_on(sandbox), Customer.FLAGSHIP)
    view = burn_view(question)
    assert view.provenance.unavailable == (BY_DATE,)
    assert [one.ends for one in view.burn.tracks] == [one.ends for one in whole.burn.tracks]
    assert "posted and pending are told by date" in text_of(draw_burn(view, question).notices)


def test_without_breakdowns_there_is_no_burndown_and_no_pace(source: MetronomeSource, sandbox: Sandbox) -> None:
    sandbox.faults.add("status", family="breakdowns", status=500)
    question = asked(source, Customer.WEEKLY)
    with pytest.raises(SourceError):
        burn_view(question)
    view = expiring_view(question)
    assert (view.units[0].pace, view.provenance.unavailable) == (None, (NO_PACE,))
    assert "no pace is known" in text_of(draw_expiring(view, question).summary)
    assert balances_view(question).burn.table["id"].size > 0


def test_accounts_without_balances_say_that_they_pay_as_they_go(source: MetronomeSource) -> None:
    question = asked(source, Customer.GUIDE_SPEND)
    for load, draw, _ in PANELS[:2]:
        assert "pays as it goes" in text_of(draw(load(question), question).notices)
    assert draw_expiring(expiring_view(question), question).main is None


@pytest.fixture(scope="module")
def hostile_sandbox() -> Iterator[Sandbox]:
    with running_sandbox(now=datetime.fromisoformat(NOW), strict=True, hostile=True) as running:
        yield running


def test_hostile_names_are_text_everywhere(hostile_sandbox: Sandbox) -> None:
    question = opened(asked(source_on(hostile_sandbox), Customer.HOSTILE))
    for load, draw, _ in PANELS:
        drawn = draw(load(question), question)
        figure = json.dumps(drawn.figure, default=str)
        assert "<script" not in figure
        assert "<img" not in figure
        told = json.dumps([grids_in(drawn.main), text_of(drawn.summary)], ensure_ascii=False)
        assert "\u202e" not in told
        assert max(map(len, re.findall(r'"([^"]*)"', told))) < 600


def test_an_unreadable_answer_is_an_error_and_not_an_empty_page(source: MetronomeSource, sandbox: Sandbox) -> None:
    sandbox.faults.add("malformed", family="balances")
    with pytest.raises(BadAnswer):
        balances_view(asked(source, Customer.FLAGSHIP))
