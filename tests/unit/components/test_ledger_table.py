"""An opened balance: its ledger newest first, in plain words, as it was sent."""

from __future__ import annotations

from typing import Any

import pytest

from components.grid import Detail
from components.ledger_table import MAX_ROWS, NO_AMOUNT, NO_ENTRIES, NO_LEDGER, ledger_detail
from components.ledger_words import entry_words
from data.analytics.commitments import burndown
from data.filters import Days, Filters
from data.pages import Page
from data.scope import LOCAL
from data.source import Ask
from data.views.asking import Question
from tests.unit.analytics.builders import at, balance, entry, invoices, segment, tables, units
from tests.unit.components.reading import cell_text

NOW = at("2024-10-15T12:00")
INVOICE = "3f13f349-c1a6-5e98-81ce-fd3743904e6f"
OCTOBER = Days(first=at("2024-10-01").date(), last=at("2024-10-31").date())
ONE = [segment("S", "B", 10000, "2024-09-01", "2025-09-01")]
START = entry("B", "granted", 10000, "2024-09-01", segment_id="S", type="PREPAID_COMMIT_SEGMENT_START")


def asking() -> Question:
    source: Any = None
    filters = Filters(range=OCTOBER)
    return Question(source=source, ask=Ask(scope=LOCAL, customer_id="a"), filters=filters, now=NOW,
                    page=Page.COMMITMENTS)  # fmt: skip


def detail(*entries: dict[str, Any], **more: Any) -> Detail:
    known = invoices(draft="DRAFT")
    burn = burndown(*tables([balance(**more)], ONE, list(entries)), invoices=known, now=NOW, units=units())
    return ledger_detail(burn.notes[0], asking(), lambda *place: "C-" + "-".join(map(str, place)))


def ledger(*entries: dict[str, Any], **more: Any) -> list[list[Any]]:
    return [list(row.cells) for row in detail(*entries, **more).tables[1].groups[0].rows]


def test_the_ledger_runs_newest_first_with_state_invoice_and_reason() -> None:
    used = {"type": "PREPAID_COMMIT_AUTOMATED_INVOICE_DEDUCTION", "segment_id": "S"}
    manual = entry("B", "adjusted", -300, "2024-10-02T10:00", reason="Booking\ncorrected", type="PREPAID_COMMIT_MANUAL")
    rows = ledger(START, entry("B", "used", -6500, "2024-10-01", invoice_id=INVOICE, **used), manual,
                  entry("B", "used", -1500, "2024-11-01", invoice_id="draft", **used))  # fmt: skip
    assert [[cell_text(cell) for cell in row] for row in rows] == [
        ["1 Nov 2024 00:00 UTC", "Used", "Pending", "−$15.00", "$17.00", "draft", "–"],
        ["2 Oct 2024 10:00 UTC", "Adjusted by hand", "Posted", "−$3.00", "$32.00", "–", "Booking corrected"],
        ["1 Oct 2024 00:00 UTC", "Used", "Posted", "−$65.00", "$35.00", "3f13f349…4e6f", "–"],
        ["1 Sep 2024 00:00 UTC", "Granted", "Posted", "$100.00", "$100.00", "–", "–"],
    ]
    assert rows[2][1]["title"] == "PREPAID_COMMIT_AUTOMATED_INVOICE_DEDUCTION"
    assert rows[2][5]["href"] == f"invoices?from=2024-10-01&to=2024-10-31&open={INVOICE}"
    assert "href" not in rows[0][5]
    assert (rows[2][3]["receipt"], rows[2][4]["receipt"]) == ("C-entry-B-1", "C-running-B-1")


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("CREDIT_EXPIRATION", "Expired unused"),
        ("POSTPAID_COMMIT_TRUEUP", "Trued up: the shortfall was billed"),
        ("POSTPAID_COMMIT_AUTOMATED_INVOICE_DEDUCTION", "Fulfilled by usage"),
        ("CREDIT_SEAT_BASED_ADJUSTMENT", "Granted for seats"),
        ("PREPAID_COMMIT_BOOST", "PREPAID_COMMIT_BOOST"),
        ("SEGMENT_START", "SEGMENT_START"),
        ("", "(empty)"),
    ],
)
def test_entry_kinds_are_told_in_words_and_unknown_ones_as_themselves(kind: str, words: str) -> None:
    burn = burndown(*tables([balance()], ONE, [START | {"type": kind}]), invoices=None, now=NOW, units=units())
    account = burn.notes[0].account
    assert account is not None
    assert account.entries is not None
    assert entry_words(account.entries[0]) == words


def test_a_deduction_of_the_wrong_sign_is_shown_as_sent_and_marked() -> None:
    wrong = ledger(START, entry("B", "used", 700, "2024-10-01", segment_id="S"))[0][3]
    assert cell_text(wrong) == "$7.00 counted as −$7.00, by its type"


def test_a_ledger_that_contradicts_its_balance_says_by_how_much() -> None:
    notes = detail(START, balance=9000).notes
    assert any("Its ledger does not explain its balance" in note for note in notes)
    assert not any("minus the balance" in note for note in detail(START, balance=10_000).notes)


def test_what_was_not_sent_is_told_and_never_zero() -> None:
    bare = detail(has_ledger=False, balance=4000)
    assert (list(bare.notes), len(bare.tables)) == ([NO_LEDGER], 1)
    assert list(detail().notes) == [NO_ENTRIES]
    undated = ledger(START | {"timestamp": None})[0][0]
    assert undated == "–"


def test_a_long_ledger_is_cut_and_says_so() -> None:
    many = [entry("B", "adjusted", 1, "2024-09-02") for _ in range(MAX_ROWS + 5)]
    assert len(ledger(START, *many)) == MAX_ROWS
    assert any("6 older entries" in note for note in detail(START, *many).notes)


def test_segments_say_what_they_still_hold() -> None:
    table = detail(START, balance=10_000).tables[0]
    assert [[cell_text(cell) for cell in row.cells] for row in table.groups[0].rows] == [
        ["From 1 Sep 2024", "31 Aug 2025", "$100.00", "$100.00"]
    ]


def test_an_amount_that_was_not_sent_is_not_known_and_neither_is_what_follows() -> None:
    rows = ledger(START, entry("B", "used", None, "2024-10-01"), entry("B", "adjusted", 100, "2024-10-02"), balance=1)
    assert [[cell_text(cell) for cell in row[3:5]] for row in rows] == [
        ["$1.00", "not known"], ["not known", "not known"], ["$100.00", "$100.00"],
    ]  # fmt: skip
    assert NO_AMOUNT in detail(START, entry("B", "used", None, "2024-10-01")).notes


def test_a_segment_without_an_amount_says_so() -> None:
    unknown = [segment("S", "B", None, "2024-09-01", "2025-09-01")]
    burn = burndown(*tables([balance(balance=1)], unknown, [START]), invoices=None, now=NOW, units=units())
    shown = ledger_detail(burn.notes[0], asking(), lambda *_place: "")
    assert cell_text(next(iter(shown.tables[0].groups[0].rows)).cells[2]) == "not known"
