"""The proof of an account as a page and as files: what is loaded, what cannot be, and what the files say."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from components.panels.proof import draw_proof, summary
from components.proof_mark import proof_mark
from data.analytics.proofs.causes import Cause, Status
from data.analytics.proofs.check import Check, CheckName, NotRun
from data.analytics.units import units_of
from data.errors import SourceError
from data.files import to_csv
from data.filters import Days, Filters
from data.lineage.proof import figures
from data.scope import LOCAL
from data.source import Ask
from data.views.asking import Question
from data.views.periods_loaded import MOST_DAYS, compared_periods, covered_days, load_periods
from data.views.proof import PROOF_FILE, ProofView, distinct, json_text, light_proof, proof_file, proof_json, proof_view
from sandbox.catalogue import Customer, accounts
from sandbox.moments import utc
from tests.generated import Tamper, source_on

NOW = utc(2026, 11, 20, 14)
AUTUMN = Days(first=date(2026, 9, 10), last=date(2026, 11, 20))
ACCOUNTS = {one.id: one for one in accounts(NOW.replace(hour=0))}


def asked(customer: Customer, tamper: Tamper | None = None, *, whole: bool = False, days: Days = AUTUMN) -> Question:
    source = source_on(ACCOUNTS[customer], NOW, tamper=tamper)
    ask = Ask(scope=LOCAL, customer_id=customer, whole=whole)
    return Question(source=source, ask=ask, filters=Filters(range=days), now=NOW)


class Failing:
    """A source of which some methods fail."""

    def __init__(self, source: Any, *names: str) -> None:
        self._source, self._names = source, names

    def __getattr__(self, name: str) -> Any:
        if name in self._names:
            return self._fail
        return getattr(self._source, name)

    def _fail(self, *_args: object, **_more: object) -> None:
        raise SourceError("made to fail")


def failing(question: Question, *names: str) -> Question:
    return replace(question, source=Failing(question.source, *names))


def of(view: ProofView, name: CheckName) -> list[Check]:
    return [one for one in view.checks if one.check is name]


def test_every_kind_of_check_runs_in_the_order_of_the_files() -> None:
    view = proof_view(asked(Customer.FLAGSHIP))
    assert list(dict.fromkeys(one.check for one in view.checks)) == list(CheckName)
    assert view.counts[Status.FAILED] == 0
    assert view.not_run == ()
    assert view.names


@pytest.mark.parametrize(
    ("customer", "cause"),
    [
        (Customer.LATE_USAGE, Cause.LATE_USAGE),
        (Customer.TIERED, Cause.TIERS),
        (Customer.SEATS, Cause.NOT_BROKEN_DOWN),
        (Customer.ADJUSTED, Cause.FLOORED),
    ],
)
def test_accounts_differ_by_what_they_show(customer: Customer, cause: Cause) -> None:
    view = light_proof(asked(customer, days=Days(first=date(2026, 5, 1), last=date(2026, 11, 20))))
    assert cause in {one.cause for one in view.checks}
    assert view.counts[Status.FAILED] == 0


def test_rows_of_another_account_are_kept_and_noted() -> None:
    october = Days(first=date(2024, 10, 1), last=date(2024, 10, 31))
    view = proof_view(asked(Customer.GUIDE_SPEND, days=october))
    assert view.notes == ("1 invoice carries another account’s id. They count as they were answered for this one.",)
    assert of(view, CheckName.WINDOWS_INVOICE)
    assert proof_view(asked(Customer.FLAGSHIP)).notes == ()


@pytest.mark.parametrize(
    ("lost", "names"),
    [
        ("breakdowns", {CheckName.WINDOWS_INVOICE}),
        ("balances", {CheckName.LEDGER_BALANCE, CheckName.NET_BALANCE, CheckName.DEDUCTION_LINES}),
        ("metrics", {CheckName.USAGE_QUANTITY, CheckName.GROUPS_TOTAL}),
        ("metric_totals", {CheckName.USAGE_QUANTITY}),
        ("usage", {CheckName.GROUPS_TOTAL}),
        ("net_balances", {CheckName.NET_BALANCE}),
        (
            "invoices",
            {*CheckName} - {CheckName.LEDGER_BALANCE, CheckName.GROUPS_TOTAL},
        ),
    ],
)
def test_what_cannot_be_loaded_is_not_passed_but_said(lost: str, names: set[CheckName]) -> None:
    view = proof_view(failing(asked(Customer.FLAGSHIP), lost))
    assert {one.check for one in view.not_run} == names
    ran = {one.check for one in view.checks if one.difference is not None}
    assert not ran & names
    with pytest.raises(SourceError):
        proof_view(failing(asked(Customer.FLAGSHIP, whole=True), lost))


def test_without_anything_there_is_no_proof() -> None:
    with pytest.raises(SourceError):
        proof_view(failing(asked(Customer.FLAGSHIP), "invoices", "balances"))


def test_the_currencies_are_known_or_amounts_stay_as_sent() -> None:
    view = proof_view(failing(asked(Customer.FLAGSHIP), "credit_types"))
    assert view.counts[Status.FAILED] == 0


# Whole periods


def test_periods_are_loaded_whole_and_no_further_than_tomorrow() -> None:
    calls: list[tuple[date, date]] = []
    question = asked(Customer.FLAGSHIP)

    class Noting(Failing):
        def breakdowns(self, ask: Ask, start: date, end: date, *, window: str) -> Any:
            calls.append((start, end))
            return question.source.breakdowns(ask, start, end, window=window)

    noting = replace(question, source=Noting(question.source))
    invoices = question.source.invoices(question.ask).value.invoices
    assert covered_days(noting, invoices) == (date(2026, 9, 1), date(2026, 12, 1))
    assert load_periods(noting, invoices) is not None
    assert calls == [(date(2026, 9, 1), date(2026, 11, 21))]


def test_no_more_days_are_loaded_than_the_limit() -> None:
    year = Days(first=date(2025, 10, 17), last=date(2026, 11, 20))
    question = asked(Customer.FLAGSHIP, days=year)
    invoices = question.source.invoices(question.ask).value.invoices.copy()
    invoices.loc[invoices["period_start"].notna(), "period_start"] -= timedelta(days=300)
    first, last = covered_days(question, invoices) or (date.min, date.min)
    assert (min(last, date(2026, 11, 21)) - first).days == MOST_DAYS


def test_without_invoices_in_the_range_there_is_nothing_to_load() -> None:
    question = asked(Customer.FLAGSHIP, days=Days(first=date(2020, 1, 1), last=date(2020, 1, 31)))
    loaded = question.source.invoices(question.ask)
    assert load_periods(question, loaded.value.invoices) is None
    view = proof_view(question)
    assert of(view, CheckName.WINDOWS_INVOICE) == []
    assert of(view, CheckName.LEDGER_BALANCE)


def test_an_invoice_is_left_out_when_one_of_its_days_is_missing() -> None:
    question = asked(Customer.FLAGSHIP)

    class Holed(Failing):
        def breakdowns(self, ask: Ask, start: date, end: date, *, window: str) -> Any:
            loaded = question.source.breakdowns(ask, start, end, window=window)
            gap = type("Gap", (), {"start": utc(2026, 10, 5), "end": utc(2026, 10, 7)})()
            return replace(loaded, missing=(gap,))

    holed = replace(question, source=Holed(question.source))
    units = units_of(question.source.credit_types(question.ask).value)
    invoices = question.source.invoices(question.ask)
    found = compared_periods(holed, invoices, units=units)
    assert [one.start.date() for one in found.checks] == [date(2026, 9, 1), date(2026, 11, 1)]
    assert len(found.left_out) == 1


# Files


def test_the_files_hold_every_check_with_its_receipt() -> None:
    question = asked(Customer.LATE_USAGE, whole=True)
    view = proof_view(question)
    rows = proof_file(view)
    assert list(rows.columns) == list(PROOF_FILE)
    assert len(rows) == len(view.checks)
    whole = json.loads(json_text(proof_json(view, Customer.LATE_USAGE)), parse_float=Decimal, parse_int=Decimal)
    assert list(whole) == ["account", "from", "to", "as_of", "checks"]
    assert (whole["account"], whole["from"], whole["to"]) == (Customer.LATE_USAGE, "2026-09-10", "2026-11-20")
    assert whole["as_of"] == "2026-11-20T14:00:00Z"
    known = figures(view, question)
    for one, row in zip(view.checks, whole["checks"], strict=True):
        assert list(row) == list(PROOF_FILE)
        assert (row["expected"], row["actual"], row["difference"]) == (one.expected, one.actual, one.difference)
        assert known[row["receipt"]]().amount == row["difference"]
    assert to_csv(rows).decode().count("\r\n") == len(rows) + 1


def test_json_numbers_keep_every_digit() -> None:
    value = {"a": [Decimal("0.10000000000000000000000001"), Decimal("-0.00"), None, 'x"y'], "b": Decimal("1E+3")}
    assert json_text(value) == '{"a":[0.10000000000000000000000001,0.00,null,"x\\"y"],"b":1000}'


def test_no_two_checks_share_a_receipt() -> None:
    check = proof_view(asked(Customer.NOTHING_USED)).checks[0]
    assert [one.subject for one in distinct([check, check])] == [check.subject, f"{check.subject} (2)"]


# The panel and the mark


def drawn_rows(view: ProofView, question: Question) -> list[dict[str, Any]]:
    table = draw_proof(view, question).main.children[0]
    data = json.loads(getattr(table, "data-grid"))
    return [row for group in data["groups"] for row in group["rows"]]


def test_every_figure_that_is_drawn_has_a_receipt_that_adds_up() -> None:
    question = asked(Customer.LATE_USAGE)
    view = proof_view(question)
    known = figures(view, question)
    marks = [cell["receipt"] for row in drawn_rows(view, question) for cell in row["cells"] if "receipt" in cell]
    assert len(marks) == 3 * sum(1 for one in view.checks if one.difference is not None)
    assert all(known[mark]().adds_up() for mark in marks)


def test_what_fails_stands_first_and_says_by_how_much() -> None:
    def off(family: str, row: dict[str, Any]) -> None:
        if family == "balances":
            row["balance"] += 1

    question = asked(Customer.FLAGSHIP, off)
    view = light_proof(question)
    assert summary(view).endswith("passed, 0 explained, 3 failed.")
    ledgers = [row for row in drawn_rows(view, question) if row["kind"] == "is-failed"]
    assert len(ledgers) == 3
    name, result, _, _, difference, cause = ledgers[0]["cells"]
    assert "commitments?" in name["href"]
    assert result["chip"] == ["Does not add up", "chip-bad"]
    assert difference["text"] == "+$0.01"
    assert cause["title"] == "unknown"


def test_the_mark_says_whether_the_books_agree() -> None:
    view = light_proof(asked(Customer.FLAGSHIP))
    mark = proof_mark(view, href="/proof")
    assert (mark.children, mark.className, mark.href) == ("Books agree", "proof-mark is-good", "/proof")
    failed = replace(view, checks=(replace(view.checks[0], cause=Cause.UNKNOWN),))
    assert proof_mark(failed, href="").children == "1 does not add up"
    assert "is-warn" in proof_mark(failed, href="").className
    explained = replace(view, checks=tuple(replace(one, cause=Cause.TIERS) for one in view.checks[:2]))
    assert proof_mark(explained, href="").children == "Books agree, 2 explained"
    untold = replace(view, not_run=(NotRun(CheckName.NET_BALANCE, "", "Lost."),))
    assert proof_mark(untold, href="").children == "Books agree, 1 not compared"
    assert proof_mark(replace(view, checks=()), href="").children == "Nothing to compare"


def test_nothing_to_compare_is_said() -> None:
    question = asked(Customer.FLAGSHIP)
    view = replace(proof_view(question), checks=(), notes=("Note.",))
    drawn = draw_proof(view, question)
    assert drawn.main is None
    assert len(drawn.notices) == 2
    assert drawn.files["proof-json"].startswith(f"{Customer.FLAGSHIP}/proof.json?")
