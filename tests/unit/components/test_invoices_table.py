"""The table of invoices and the lines under an opened row, as a reader meets them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest

from components.invoices_table import invoices_table, period_name
from components.panels.invoices import draw_invoices
from data.analytics.invoice_lines import lines_of
from data.analytics.invoices import State, invoice_sums
from data.filters import Filters, InvoiceStatus, Window
from data.lineage.invoices import figures
from data.lineage.value import Seal
from data.pages import Page
from data.scope import LOCAL
from data.source import Ask, Source
from data.views.asking import Choice, Provenance, Question
from data.views.invoices import InvoicesView
from tests.unit.analytics.builders import CPU_ID, at, covered, deduction, lines, units
from tests.unit.analytics.invoice_builders import NOW, OCTOBER, invoice, item, listed, october, scheduled
from tests.unit.components.reading import cell_text, grids_in, rows_of, text_of

TOKENS = {"credit_type_id": CPU_ID, "credit_type": "tokens"}


def question(*opened: str, **chosen: Any) -> Question:
    filters = Filters(range=OCTOBER, open=opened, **chosen)
    ask = Ask(scope=LOCAL, customer_id="acc")
    return Question(source=cast(Source, None), ask=ask, filters=filters, now=NOW, page=Page.INVOICES)


def view(*rows: dict[str, Any], items: tuple[dict[str, Any], ...] = (), named: tuple[str, ...] = ()) -> InvoicesView:
    found = listed(*rows, named=named)
    return InvoicesView(
        choice=Choice(OCTOBER, Window.DAY),
        status=InvoiceStatus.ALL,
        invoices=found,
        sums=invoice_sums(found),
        lines=lines_of(lines(*items), found, units=units(), balance_types={}),
        contracts={"con": "Platform 2024"},
        balances={"C": "Growth commit"},
        elsewhere=0,
        seal=Seal("I", ("acc",)),
        provenance=Provenance(NOW, NOW),
    )


def grid_of(shown: InvoicesView, *opened: str, **chosen: Any) -> dict[str, Any]:
    (grid,) = grids_in(invoices_table(shown, question(*opened, **chosen)))
    return grid


def first_row(*rows: dict[str, Any], **more: Any) -> list[str]:
    return rows_of(grid_of(view(*rows, **more)))[1]


def detail_of(
    *items: dict[str, Any], total: object = 10000, **chosen: Any
) -> tuple[list[str], list[tuple[str, list[list[str]]]]]:
    """Notes, and the groups of the opened invoice's table as (title, rows)."""
    detail = grid_of(view(october(total=total), items=items), "inv", **chosen)["groups"][0]["rows"][0]["detail"]
    (table,) = detail["tables"]
    groups = [
        (one["title"], [[cell_text(cell) for cell in row["cells"]] for row in one["rows"]]) for one in table["groups"]
    ]
    return detail["notes"], groups


def test_a_finalized_invoice_with_its_dates_total_payment_and_contract() -> None:
    row = first_row(october(status="FINALIZED", payment_status="SENT"), items=(item(10000),))
    assert row == [
        "Oct 2024 Usage", "Final", "2 Nov 2024", "2 Dec 2024", "$100.00", "Sent, awaiting payment",
        "Platform 2024", "–", "PDF",
    ]  # fmt: skip


def test_a_draft_says_until_when_it_can_change_and_an_old_one_since_when_it_should_be_final() -> None:
    assert first_row(october(), items=(item(10000),))[1] == "Draft can change until 2 Nov 2024 00:00 UTC"
    old = first_row(october(period_start=at("2024-09-20"), period_end=at("2024-10-10"), issued_at=None))
    assert old[1] == "Draft should be final since 11 Oct 2024 00:00 UTC"
    assert first_row(scheduled(status="DRAFT", issued="2024-10-30"))[1] == "Upcoming"


@pytest.mark.parametrize(
    ("status", "words"), [("VOID", "Void"), ("DRAFT_INCOMPLETE", "Incomplete"), ("<b>", "<b>"), (None, "Not known")]
)
def test_other_states_are_named_or_shown_as_sent(status: str | None, words: str) -> None:
    assert first_row(october(status=status))[1] == words


def test_void_is_struck_and_not_summed() -> None:
    grid = grid_of(view(october(status="VOID"), items=(item(10000),)))
    assert grid["groups"][0]["rows"][0]["kind"] == "is-void"
    assert len(grid["groups"]) == 1


def test_payment_is_told_in_plain_words_with_the_providers_own_behind() -> None:
    grid = grid_of(
        view(october(status="FINALIZED", issued_at=at("2024-10-01"), terms_days=5.0, payment_status="PAYMENT_FAILED"))
    )
    payment = grid["groups"][0]["rows"][0]["cells"][5]
    assert (payment["chip"], payment["below"], payment["title"]) == (
        ["Overdue", "chip-bad"], ["Payment failed"], "PAYMENT_FAILED",
    )  # fmt: skip
    assert first_row(october())[5] == "–"
    assert first_row(october(payment_status="BRAND_NEW"))[5] == "BRAND_NEW"


def test_totals_are_as_sent_and_a_contradiction_stands_beside() -> None:
    assert first_row(october(), items=(item(9990),))[4] == "$100.00 Its lines add up to $99.90"
    assert first_row(october(total=None), items=(item(5),))[4] == "not known"
    assert first_row(october(billable=False), items=(item(10000),))[4] == "$100.00 Will not be billed"
    assert first_row(october(total="9999.6"), items=(item(10000),))[4] == "$100.00"
    assert first_row(october())[4] == "$100.00 It came without lines"
    assert first_row(october(total=0))[4] == "$0.00"


def test_links_lead_to_the_other_invoice_both_ways() -> None:
    shown = view(
        october("bad", status="VOID"), october("good", regenerated_from_id="bad"), scheduled("fix", corrects_id="good")
    )
    rows = {row["toggle"]: row["cells"][7] for row in grid_of(shown)["groups"][0]["rows"]}
    assert rows["fix"]["text"] == "Corrects Oct 2024"
    assert "open=good" in rows["fix"]["href"]
    assert (rows["good"]["text"], rows["good"]["below"]) == ("Corrected by 5 Oct 2024", ["and 1 more below the row"])
    assert rows["bad"]["text"] == "Replaced by Oct 2024"
    (opened,) = [row for row in grid_of(shown, "good")["groups"][0]["rows"] if row["detail"]]
    linked = opened["detail"]["tables"][-1]["groups"][0]["rows"]
    assert [row["cells"][0]["text"] for row in linked] == ["Corrected by 5 Oct 2024", "Replaces Oct 2024"]


def test_a_sum_says_which_of_its_totals_contradict_their_lines_and_is_of_totals_as_sent() -> None:
    rows = october("fine", total=10000), october("odd", total=10100)
    shown = view(*rows, items=(item(10000, invoice_id="fine"), item(10000, invoice_id="odd")))
    assert rows_of(grid_of(shown))[-1][0] == "In drafts so far, USD 2 invoices 1 of these totals contradicts its lines"
    receipt = figures(shown, question())[shown.seal.mark("sum", "USD", State.DRAFT)]()
    assert [(row.words, row.amount) for row in receipt.rows] == [
        ("Total of the invoice", 100),
        ("Total of the invoice", 101),
    ]
    assert (receipt.amount, receipt.adds_up()) == (201, True)
    assert "1 of these totals contradicts its lines" in receipt.rule
    both = view(
        *(row | {"total": 1} for row in rows), items=(item(10000, invoice_id="fine"), item(5, invoice_id="odd"))
    )
    assert rows_of(grid_of(both))[-1][0].endswith("2 of these totals contradict their lines")
    agreed = view(rows[0], items=(item(10000, invoice_id="fine"),))
    assert rows_of(grid_of(agreed))[-1][0] == "In drafts so far, USD 1 invoice"
    (row,) = figures(agreed, question())[agreed.seal.mark("sum", "USD", State.DRAFT)]().rows
    assert row.line == 0


def test_sums_close_the_table_one_per_currency_and_state() -> None:
    charged = item(10000, invoice_id="a"), item(50, invoice_id="b"), item(7, invoice_id="c", **TOKENS)
    rows = october("a"), october("b", total=50), october("c", status="FINALIZED", total=7, **TOKENS)
    shown = view(*rows, items=charged)
    title, rows = grid_of(shown)["groups"][1]["title"], grid_of(shown)["groups"][1]["rows"]
    assert "per currency" in title
    assert [[cell_text(row["cells"][0]), cell_text(row["cells"][4])] for row in rows] == [
        ["In drafts so far, USD 2 invoices", "$100.50"], ["Invoiced, tokens 1 invoice", "7 tokens"],
    ]  # fmt: skip
    told = text_of(list(draw_invoices(shown, question()).summary))
    assert told == "In drafts so far $100.50 on 2 invoices. Invoiced 7 tokens on 1 invoice."


def test_only_opened_rows_have_their_lines_and_all_can_open() -> None:
    shown = view(october("a"), october("b"), items=(item(10000, invoice_id="b"),))
    rows = grid_of(shown, "b")["groups"][0]["rows"]
    assert [(row["toggle"], bool(row["detail"])) for row in rows] == [("a", False), ("b", True)]


def test_lines_stand_by_product_with_the_credits_under_what_they_paid() -> None:
    notes, groups = detail_of(
        covered(6000, "eu", quantity=600, unit_price=10), deduction(-6000),
        item(10000, presentation='{"region":null}', quantity=1000, unit_price="0.00125"),
        total=10000,
    )  # fmt: skip
    assert notes == []
    assert groups == [
        ("Compute", [
            ["region: eu", "600", "$0.10", "$60.00"],
            ["Growth commit applied", "", "", "−$60.00"],
            ["region: (not set)", "1,000", "$0.0000125", "$100.00"],
        ]),
        ("", [["Total of the invoice", "", "", "$100.00"]]),
    ]  # fmt: skip


def test_a_shared_credit_says_for_how_many_lines_and_a_postpaid_one_that_it_is_not_counted() -> None:
    _, groups = detail_of(
        covered(6000, "eu"), covered(4000, "us"), deduction(-10000),
        covered(10000, "eu", commit_id="D"),
        deduction(-10000, commit_id="D", commit_type="PostpaidCommit", name="Floor"),
    )  # fmt: skip
    names = [row[0] for row in groups[0][1]]
    assert names == [
        "region: eu paid by Growth commit", "region: us paid by Growth commit", "region: eu",
        "Counted toward Floor not part of the invoice's total",
        "Growth commit applied for 2 lines",
    ]  # fmt: skip


def test_list_prices_tiers_days_and_kinds_are_told_where_they_differ() -> None:
    _, groups = detail_of(
        item(8000, quantity=1000, unit_price=8, list_price=10, tier="2"),
        item(1000, quantity=100, unit_price=10, list_price=10, line_start=at("2024-10-11")),
        item(900, quantity=1, unit_price=11, list_price=10, line_type="subscription", name="Seats", product_id="F"),
        item(100, unit_price=1, list_price=0),
    )
    compute, seats = groups[0][1], groups[1][1]
    assert compute[0] == ["Compute Tier 2", "1,000", "$0.08 list $0.10, 20% off", "$80.00"]
    assert compute[1] == ["Compute 11–31 Oct 2024", "100", "$0.10", "$10.00"]
    assert compute[2][2] == "$0.01 list $0.00"
    assert seats[0] == ["Seats Recurring fee", "1", "$0.11 list $0.10, 10% above", "$9.00"]


def test_lines_in_another_unit_keep_it_and_are_said_not_to_be_in_the_total() -> None:
    _, groups = detail_of(
        item(2500, quantity=5, unit_price=500, **TOKENS),
        item(10000, line_type="cpu_conversion", product_id=None, name="Conversion to USD", quantity=2500, unit_price=4),
    )
    assert groups[0][1] == [["Compute in tokens, not part of the invoice's total", "5", "500 tokens", "2,500 tokens"]]
    assert groups[1][1][0][0] == "Conversion to USD Conversion into the invoice's currency"


def test_lines_without_usage_are_hidden_and_counted_until_asked_for() -> None:
    idle = item(0, quantity=0, unit_price=5, name="Idle", product_id="Z")
    notes, groups = detail_of(item(10000), idle, idle)
    assert notes == ["2 lines with no usage are hidden."]
    assert [title for title, _ in groups] == ["Compute", ""]
    notes, groups = detail_of(item(10000), idle, zero=True)
    assert notes == []
    assert groups[1] == ("Idle", [["Idle", "0", "$0.05", "$0.00"]])
    assert detail_of(item(10000), idle)[0] == ["1 line with no usage is hidden."]


def test_what_does_not_add_up_is_said_and_shown_as_sent() -> None:
    _, groups = detail_of(item(9990))
    assert groups[-1][1] == [["Total of the invoice", "", "", "$100.00"], ["Its lines add up to", "", "", "$99.90"]]
    notes, groups = detail_of(item("9999.6"))
    ((before, lines, after),) = notes
    assert (before, lines["text"], after) == ("The total is rounded: its lines add up to ", "$99.996", ".")
    assert lines["receipt"]
    assert len(groups[-1][1]) == 1
    notes, _ = detail_of(item(None), item(5))
    assert notes == ["A line came without an amount, so the lines cannot be checked against the total."]


def test_an_invoice_without_lines_says_so() -> None:
    (row,) = grid_of(view(october(total=0)), "inv")["groups"][0]["rows"]
    assert row["detail"] == {"tables": [], "notes": ["The billing service sent no lines for this invoice."]}


def test_every_oddity_at_once_is_drawn() -> None:
    odd = dict.fromkeys(("status", "type", "contract_id", "credit_type_id", "credit_type", "total", "issued_at"))
    shown = view(
        invoice("odd", **odd, period_start=None, period_end=None, terms_days=None),
        items=({"invoice_id": "odd"}, {"invoice_id": "odd", "line_type": "applied_commit_or_credit"}),
        named=("odd",),
    )
    row = rows_of(grid_of(shown, "odd"))[1]
    assert row == [
        "odd Of no stated type Outside the range and status chosen", "Not known", "–", "–", "not known", "–", "–", "–",
        "PDF",
    ]  # fmt: skip


def test_names_from_outside_are_text_and_short() -> None:
    hostile = "\u202e<script>" + "y" * 4096
    items = (item(10000, name=hostile, tier=hostile, presentation='{"<i>":"' + "v" * 500 + '"}'),)
    grid = grid_of(view(october(type=hostile, payment_status=hostile, contract_id=hostile), items=items), "inv")
    detail = grid["groups"][0]["rows"][0]["detail"]["tables"][0]["groups"][0]
    texts = [*rows_of(grid)[1], detail["title"], *(cell_text(cell) for row in detail["rows"] for cell in row["cells"])]
    assert all(len(text) < 300 and "\u202e" not in text for text in texts)


def test_empty_states_say_what_to_try() -> None:
    shown = view()
    assert "no invoice yet" in text_of(draw_invoices(shown, question()).notices)
    some = text_of(draw_invoices(replace(shown, elsewhere=3, status=InvoiceStatus.DRAFT), question()).notices)
    assert "No draft invoices in this range" in some
    assert "3 invoices in all. Try a longer range or another status." in some


def test_files_carry_days_status_and_no_opened_rows() -> None:
    files = draw_invoices(view(october()), question("inv", status=InvoiceStatus.DRAFT)).files
    assert sorted(files) == ["invoices-csv", "line-items-csv"]
    assert all("status=draft" in href and "open" not in href for href in files.values())


def test_periods_are_months_where_they_are_whole_ones() -> None:
    assert period_name(at("2024-10-01"), at("2024-11-01")) == "Oct 2024"
    assert period_name(at("2024-10-15"), at("2024-11-15")) == "15 Oct – 14 Nov 2024"
    assert period_name(at("2024-10-01"), at("2024-12-01")) == "1 Oct – 30 Nov 2024"
    assert period_name(at("2024-10-01T05:00"), at("2024-11-01T05:00")) == "1 Oct – 1 Nov 2024"
