"""The proof of an account as a page and as files: what is loaded, what cannot be, and what the files say."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from callbacks.mark import mark_for
from components.panels.proof import draw_proof, summary
from components.proof_mark import proof_mark
from data.analytics.proofs.causes import Cause, Status
from data.analytics.proofs.check import Check, CheckName, NotRun
from data.analytics.proofs.net_balance import POSTPAID_LEFT_OUT
from data.analytics.units import units_of
from data.clock import Clock
from data.errors import SourceError
from data.files import to_csv
from data.filters import Days, Filters
from data.lineage.proof import figures
from data.scope import LOCAL
from data.source import Ask
from data.views.asking import Question
from data.views.memo import Memo
from data.views.periods_loaded import MOST_DAYS, compared_periods, covered_days, load_periods
from data.views.proof import (
    PROOF_FILE,
    ProofView,
    distinct,
    json_text,
    light_proof,
    marked_proof,
    proof_file,
    proof_json,
    proof_view,
)
from sandbox.catalogue import Customer, accounts
from sandbox.moments import utc
from tests.generated import Tamper, source_on

pytestmark = pytest.mark.thorough

NOW = utc(2026, 11, 20, 14)
AUTUMN = Days(first=date(2026, 9, 10), last=date(2026, 11, 20))
ACCOUNTS = {one.id: one for one in accounts(NOW.replace(hour=0))}


def asked(customer: Customer, tamper: Tamper | None = None, *, whole: bool = False, days: Days = AUTUMN) -> Question:
    source = source_on(ACCOUNTS[customer], NOW, tamper=tamper)
    ask = Ask(scope=LOCAL, customer_id=customer, whole=whole)
    return Question(source=source, ask=ask, filters=Filters(range=days), now=NOW)


class Moving(Clock):
    """A clock that a test moves."""

    seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds


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
    noted = ("1 invoice carries another account’s id. It counts as it was answered for this one.",)
    october = Days(first=date(2024, 10, 1), last=date(2024, 10, 31))
    view = proof_view(asked(Customer.GUIDE_SPEND, days=october))
    assert view.notes == noted
    assert of(view, CheckName.WINDOWS_INVOICE)
    later = Days(first=date(2024, 12, 1), last=date(2024, 12, 31))
    assert proof_view(asked(Customer.GUIDE_SPEND, days=later)).notes == noted
    assert proof_view(asked(Customer.FLAGSHIP)).notes == ()


def test_every_group_key_is_checked() -> None:
    def off(family: str, row: dict[str, Any]) -> None:
        if family == "usage_groups" and (row.get("group") or {}).get("cluster"):
            row["value"] += 1

    question = asked(Customer.FLAGSHIP)
    listed = question.source.metrics(question.ask).value
    wanted = {
        f"{ident} / {','.join(key)}"
        for ident, keys in zip(listed["metric_id"], listed["group_keys"], strict=True)
        for key in keys
    }
    assert any(one.endswith(" / region,cluster") for one in wanted)
    view = proof_view(asked(Customer.FLAGSHIP, off))
    assert {one.subject for one in of(view, CheckName.GROUPS_TOTAL)} == wanted
    failed = {one.subject.split(" / ")[1] for one in view.checks if one.status is Status.FAILED}
    assert failed
    assert all("cluster" in key for key in failed)
    known = figures(view, question)
    for one in of(view, CheckName.GROUPS_TOTAL):
        keys = {
            value for said in known[view.receipt(one)]().asked for name, value in said.parameters if name == "group_key"
        }
        assert not keys or keys == {one.subject.split(" / ")[1]}


def test_other_months_tell_what_a_renamed_product_bills() -> None:
    """October alone has nothing that equals the metric that counted something else."""

    def off(family: str, row: dict[str, Any]) -> None:
        for line in row["line_items"] if family == "invoices" else ():
            line["name"] = f"Renamed {line['name']}"
        is_it = family == "usage" and row["billable_metric_name"] == "Compute hours"
        if is_it and row["value"] and row["start_timestamp"].startswith("2026-10"):
            row["value"] += 1000

    october = Days(first=date(2026, 10, 1), last=date(2026, 10, 31))
    view = proof_view(asked(Customer.FLAGSHIP, off, days=october))
    differing = [one for one in of(view, CheckName.USAGE_QUANTITY) if one.status is Status.FAILED]
    assert [(one.named, one.difference) for one in differing] == [("Renamed Compute hours", -1000)]


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
    assert list(whole) == ["account", "from", "to", "as_of", "checks", "notes", "not_run"]
    assert (whole["notes"], whole["not_run"]) == ([], [])
    assert (whole["account"], whole["from"], whole["to"]) == (Customer.LATE_USAGE, "2026-09-10", "2026-11-20")
    assert whole["as_of"] == "2026-11-20T14:00:00Z"
    known = figures(view, question)
    for one, row in zip(view.checks, whole["checks"], strict=True):
        assert list(row) == list(PROOF_FILE)
        assert (row["expected"], row["actual"], row["difference"]) == (one.expected, one.actual, one.difference)
        assert known[row["receipt"]]().amount == row["difference"]
    assert to_csv(rows).decode().count("\r\n") == len(rows) + 1


def test_the_json_file_says_what_is_worth_knowing_and_what_was_not_compared() -> None:
    view = proof_view(failing(asked(Customer.GUIDE_SPEND), "net_balances", "metrics"))
    whole = proof_json(view, Customer.GUIDE_SPEND)
    assert whole["notes"] == list(view.notes) != []
    assert (
        whole["not_run"]
        == [{"check": one.check.value, "subject": one.subject, "reason": one.reason} for one in view.not_run]
        != []
    )
    assert json.loads(json_text(whole))["not_run"][0]["check"] == "usage_quantity"


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
    assert summary(view).endswith("passed, 0 explained, 5 failed.")
    failed = [row for row in drawn_rows(view, question) if row["kind"] == "is-failed"]
    assert len(failed) == 5
    name, result, _, _, difference, cause = failed[0]["cells"]
    assert "commitments?" in name["href"]
    assert result["chip"] == ["Does not add up", "chip-bad"]
    assert difference["text"] == "+$0.01"
    assert cause["title"] == "unknown"


def mark_of(view: ProofView) -> tuple[str, str]:
    mark = proof_mark(view, href="/proof")
    assert mark.href == "/proof"
    return mark.children, mark.className.removeprefix("proof-mark is-")


def test_the_mark_claims_no_more_than_was_compared() -> None:
    question = asked(Customer.FLAGSHIP)
    light, full = light_proof(question), proof_view(question)
    assert mark_of(light) == ("Invoices and ledgers agree", "good")
    title = proof_mark(light, href="").title
    assert title.startswith("Compared: windows and invoices, ledgers and balances, net balance,")
    assert "Only the proof compares usage and billed quantity, groups and totals." in title
    assert mark_of(full) == ("Books agree", "good")
    assert "Only the proof" not in proof_mark(full, href="").title
    ledgers = replace(light, checks=tuple(of(light, CheckName.LEDGER_BALANCE)))
    assert mark_of(ledgers) == ("Ledgers agree", "good")
    explained = replace(light, checks=tuple(replace(one, cause=Cause.TIERS) for one in light.checks))
    assert mark_of(explained) == (f"Invoices and ledgers agree, {len(light.checks)} explained", "good")
    assert mark_of(replace(light, checks=())) == ("No invoices or ledgers", "quiet")
    assert mark_of(replace(full, checks=())) == ("Nothing to compare", "quiet")
    groups = replace(full, checks=tuple(one for one in of(full, CheckName.GROUPS_TOTAL) if one.difference is not None))
    assert mark_of(groups) == ("What was compared agrees", "good")


def test_the_mark_is_amber_when_something_fails_or_could_not_be_compared() -> None:
    view = light_proof(asked(Customer.FLAGSHIP))
    lost = (NotRun(CheckName.NET_BALANCE, "", "Lost."), NotRun(CheckName.NET_BALANCE, "EUR", "Lost."))
    failed = tuple(replace(one, cause=Cause.UNKNOWN) for one in view.checks[:2])
    assert mark_of(replace(view, checks=failed[:1])) == ("1 does not add up", "warn")
    assert mark_of(replace(view, checks=failed)) == ("2 do not add up", "warn")
    assert mark_of(replace(view, not_run=lost)) == ("2 not compared", "warn")
    assert mark_of(replace(view, checks=(), not_run=lost)) == ("2 not compared", "warn")
    assert mark_of(replace(view, checks=failed, not_run=lost)) == ("2 do not add up, 2 not compared", "warn")
    assert "Not compared: net balance." in proof_mark(replace(view, not_run=lost), href="").title


def test_what_a_net_balance_leaves_out_is_said_and_leaves_the_mark_green() -> None:
    view = light_proof(asked(Customer.MINIMUM_SPEND))
    assert {one.reason for one in view.not_run} == {POSTPAID_LEFT_OUT}
    assert view.missing == ()
    assert mark_of(view) == ("Invoices and ledgers agree", "good")


def test_a_net_balance_that_is_off_turns_the_mark_amber() -> None:
    def off(family: str, row: dict[str, Any]) -> None:
        if family == "net_balance":
            row["balance"] += 100_000

    assert mark_of(light_proof(asked(Customer.FLAGSHIP, off))) == ("2 do not add up", "warn")


def test_breakdowns_that_cannot_be_read_turn_the_mark_amber() -> None:
    assert mark_of(light_proof(failing(asked(Customer.FLAGSHIP), "breakdowns"))) == ("1 not compared", "warn")


def test_books_that_could_not_be_looked_at_are_not_checked() -> None:
    question = asked(Customer.FLAGSHIP)
    mark = mark_for(failing(question, "invoices", "balances"), href="/proof")
    assert mark is not None
    assert (mark.children, mark.className, mark.href) == ("Not checked", "proof-mark is-quiet", "/proof")
    assert mark.title == "The billing service could not give an answer. Open the proof."


def test_the_mark_of_an_account_is_that_of_its_light_proof_and_there_is_none_without_an_account() -> None:
    question = asked(Customer.FLAGSHIP)
    mark = mark_for(question, href="/proof")
    assert mark is not None
    assert mark.children == "Invoices and ledgers agree"
    unknown = replace(question.ask, customer_id="00000000-0000-4000-8000-000000000000")
    assert mark_for(replace(question, ask=unknown, views=Memo(Clock())), href="/proof") is None


def test_what_is_not_additive_is_counted_apart() -> None:
    view = proof_view(asked(Customer.FLAGSHIP))
    compared = tuple(one for one in view.checks if one.difference is not None)
    apart = len(view.checks) - len(compared)
    assert apart >= 1
    assert view.not_additive == apart
    assert view.counts[Status.EXPLAINED] == 0
    assert (
        summary(view) == f"{len(compared)} checks: {len(compared)} passed, 0 explained, 0 failed. {apart} not additive."
    )
    assert f"{apart} not additive" in proof_mark(view, href="").title


# The view of the mark is kept


class Counting(Failing):
    """A source that counts how often the invoices are asked for."""

    def __init__(self, source: Any) -> None:
        super().__init__(source)
        self.asked = 0

    def invoices(self, ask: Ask) -> Any:
        self.asked += 1
        return self._source.invoices(ask)


def test_the_mark_is_made_once_a_minute_for_the_same_days() -> None:
    question = asked(Customer.FLAGSHIP)
    source, clock = Counting(question.source), Moving()
    question = replace(question, source=source, views=Memo(clock))
    first = marked_proof(question)
    assert not first.is_full
    opened = replace(question, filters=replace(question.filters, open=("x",)))
    assert (marked_proof(opened), source.asked) == (first, 1)
    shorter = Days(first=date(2026, 10, 1), last=date(2026, 10, 31))
    other = replace(question, filters=replace(question.filters, range=shorter))
    assert (marked_proof(other).days, source.asked) == (shorter, 2)
    clock.seconds = 61
    marked_proof(question)
    assert source.asked == 3


def test_the_mark_says_what_the_proof_said_a_moment_ago() -> None:
    clock = Moving()
    question = replace(asked(Customer.FLAGSHIP), views=Memo(clock))
    assert not marked_proof(question).is_full
    full = proof_view(question)
    assert marked_proof(question) is full
    assert proof_view(question) is not full
    clock.seconds = 61
    assert not marked_proof(question).is_full


def test_a_proof_with_gaps_is_not_kept() -> None:
    clock = Moving()
    question = replace(asked(Customer.FLAGSHIP), views=Memo(clock))
    assert marked_proof(failing(question, "breakdowns")).not_run
    clock.seconds = 3
    assert not marked_proof(question).not_run


def test_nothing_to_compare_is_said() -> None:
    question = asked(Customer.FLAGSHIP)
    view = replace(proof_view(question), checks=(), notes=("Note.",))
    drawn = draw_proof(view, question)
    assert drawn.main is None
    assert len(drawn.notices) == 2
    assert drawn.files["proof-json"].startswith(f"{Customer.FLAGSHIP}/proof.json?")


def ledger_of_flagship(tamper: Tamper | None = None) -> tuple[Check | None, list[NotRun]]:
    """What the proof says of the ledger of the annual commitment, of which a segment is over."""
    view = light_proof(asked(Customer.FLAGSHIP, tamper))
    name = CheckName.LEDGER_BALANCE
    blind = [one for one in view.not_run if one.check is name]
    found = [one for one in view.checks if one.check is name and one.named == "Annual commitment"]
    return (found[0] if found else None), blind


def on_ended_segment(*kinds: str, amount: Decimal | None) -> Tamper:
    """Changes, on the oldest segment of the annual commitment, each entry of these kinds: by ``amount``, or to null."""

    def plant(family: str, row: dict[str, Any]) -> None:
        if family != "balances" or row.get("name") != "Annual commitment":
            return
        ended = row["ledger"][0]["segment_id"]
        for kind in kinds:
            one = next(one for one in row["ledger"] if one["type"].endswith(kind) and one.get("segment_id") == ended)
            one["amount"] = None if amount is None else one["amount"] + amount

    return plant


@pytest.mark.parametrize(("kind", "cents", "size"), [("DEDUCTION", 10000, -100), ("SEGMENT_START", 5000, -50)])
def test_a_fault_in_a_segment_that_is_over_is_found_and_sized(kind: str, cents: int, size: int) -> None:
    assert (ledger_of_flagship()[0] or pytest.fail("no check")).status is Status.PASSED
    check, _ = ledger_of_flagship(on_ended_segment(kind, amount=Decimal(cents)))
    assert check is not None
    assert (check.status, check.difference) == (Status.FAILED, size)


def test_amounts_that_were_not_sent_prove_nothing() -> None:
    check, blind = ledger_of_flagship(on_ended_segment("SEGMENT_START", "DEDUCTION", "EXPIRATION", amount=None))
    assert check is None
    assert len(blind) == 1
