"""What the drawer says of a receipt: the formula, the rows, the source, the id."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from components import ids
from components.receipt import draw_receipt, receipt_drawer
from components.receipt_formula import formula
from components.receipt_rows import MAX_ROWS
from data.filters import Days, Filters, Preset, from_search, from_search_strict
from data.lineage.value import Evidence, How, Operand, Receipt
from data.pages import Page
from data.scope import LOCAL
from data.source import Ask, Asked
from data.views.asking import Question
from tests.unit.components.reading import grids_in, of_type, props, rows_of, text_of, walk

NOW = datetime(2024, 11, 5, 14, 30, tzinfo=UTC)
FIRST = datetime(2024, 10, 1, tzinfo=UTC)
OCTOBER = Days(first=date(2024, 10, 1), last=date(2024, 10, 31))
ACCOUNT = "d0000000-0000-4000-8000-000000000001"
INVOICE = "a0000000-0000-4000-8000-000000000001"
HOSTILE = '<img src=x onerror=alert(1)>\u202e"; DROP\n' + "x" * 4000


def question(**chosen: Any) -> Question:
    filters = Filters(**{"range": OCTOBER, **chosen})
    return Question(source=None, ask=Ask(scope=LOCAL, customer_id=ACCOUNT), filters=filters, now=NOW)  # type: ignore[arg-type]


DAYS_LEFT = Operand(Decimal("16.25"), "days", counts=True)


def line(amount: str, hours: str | None = None, price: str | None = None, **more: Any) -> Evidence:
    given = {"words": "GPU hours · eu", "product": "GPU hours", "at": FIRST, "invoice_id": INVOICE, "line": 0}
    numbers = {
        name: None if text is None else Decimal(text) for name, text in (("quantity", hours), ("unit_price", price))
    }
    return Evidence(amount=Decimal(amount), **{**given, **numbers, **more})


def receipt(*rows: Evidence, **more: Any) -> Receipt:
    total = sum((one.amount for one in rows if isinstance(one.amount, Decimal)), Decimal(0))
    given = {"title": "Spend before credits · eu", "amount": total, "unit": "USD", "is_money": True}
    return Receipt(**{"ident": "S-4KQ7M2XA", "rows": rows, **given, **more})


GUIDE = receipt(
    line("4000", "1000000", "0.004"), line("812.60", "203150", "0.004", words="GPU hours · us", paid_by="Year one"),
    line("12.5", words="Seats", product="Seats", tier="2"),
)  # fmt: skip


def table(tree: Any) -> list[list[str]]:
    (grid,) = grids_in(tree)
    return rows_of(grid)


def test_rows_of_one_product_and_price_are_told_as_one_term() -> None:
    assert formula(GUIDE) == "$4,825.10 = 3 lines: 1,203,150 GPU hours × $0.004 + $12.50 Seats"


def test_one_line_is_not_many() -> None:
    assert formula(receipt(line("5", "10", "0.5"))) == "$5.00 = 1 line: 10 GPU hours × $0.50"


def test_a_price_that_does_not_give_the_amount_is_not_claimed_to() -> None:
    assert formula(receipt(line("7", "10", "0.5"))) == "$7.00 = 1 line: $7.00 GPU hours"


def test_what_is_taken_off_has_its_sign_between_the_terms() -> None:
    rows = (line("10", "20", "0.5"), line("-4", words="Commit", product="Commit"))
    assert formula(receipt(*rows)) == "$6.00 = 2 lines: 20 GPU hours × $0.50 − $4.00 Commit"
    assert formula(receipt(line("-4", product="Commit"))) == "−$4.00 = 1 line: −$4.00 Commit"


def test_at_most_six_terms_are_told() -> None:
    rows = [line(str(at), words=f"P{at}", product=f"P{at}") for at in range(1, 10)]
    text = formula(receipt(*rows))
    assert text.startswith("$45.00 = 9 lines: $9.00 P9 + $8.00 P8")
    assert text.endswith("$4.00 P4 + 3 more")


def test_usage_is_told_by_group() -> None:
    rows = tuple(
        Evidence(words=group, amount=value, at=FIRST) for group, value in (("eu", 1.5), ("us", 2.0), ("eu", 3.0))
    )
    usage = Receipt(ident="U-4KQ7M2XA", title="Usage", amount=6.5, unit="GPU", is_money=False, rows=rows)
    assert formula(usage) == "6.5 = 3 rows: 4.5 eu + 2 us"


def test_a_figure_that_is_no_sum_says_so() -> None:
    assert formula(replace(GUIDE, how=How.READ)) == "$4,825.10, as the source sent it"
    assert formula(replace(GUIDE, how=How.RULE, rule="By a rule")) == ""
    assert formula(receipt(how=How.SUM, rule="Nothing falls in here")) == ""


def test_a_figure_by_a_rule_shows_the_price_that_gives_it() -> None:
    priced = receipt(line("5", "10", "0.5"), how=How.RULE, rule="Quantity times unit price.")
    assert formula(priced) == "$5.00 = 10 GPU hours × $0.50"
    assert formula(replace(priced, amount=Decimal(6))) == ""


def test_a_figure_by_a_rule_is_reckoned_with_its_numbers() -> None:
    held, draws = Operand(Decimal(100), "left now"), (Operand(Decimal("2.5"), "a day"), " × ", DAYS_LEFT)
    unused = receipt(amount=Decimal(60), how=How.RULE, rule="At the pace.", formula=(held, " − (", *draws, ")"))
    assert formula(unused) == "$60.00 = $100.00 left now − ($2.50 a day × 16.25 days)"
    assert formula(replace(unused, unit="GPU", is_money=False)) == "60 = 100 left now − (2.5 a day × 16.25 days)"


def test_the_rows_have_only_columns_that_are_filled_and_the_sum_last() -> None:
    rows = table(draw_receipt(GUIDE, question()))
    assert rows[0] == ["What", "Amount", "Quantity", "Unit price", "Tier", "When (UTC)", "Invoice", "Line", "Paid by"]
    assert rows[2][:5] == ["GPU hours · us", "$812.60", "203,150", "$0.004", ""]
    assert rows[2][-1] == "Year one"
    assert rows[3][4] == "2"
    assert rows[-1][:2] == ["Sum of 3 rows adds up", "$4,825.10"]
    plain = table(draw_receipt(receipt(Evidence(words="x", amount=Decimal(1))), question()))
    assert plain[0] == ["What", "Amount"]


def test_amounts_keep_every_digit_so_that_they_add_up_on_paper() -> None:
    rows = table(draw_receipt(receipt(line("-0.333333333333"), line("-0.666666666667")), question()))
    assert [row[1] for row in rows[1:]] == ["−$0.333333333333", "−$0.666666666667", "−$1.00"]


def test_a_sum_that_is_not_the_figure_says_so() -> None:
    rows = table(draw_receipt(replace(GUIDE, amount=Decimal("4825.11")), question()))
    assert rows[-1][0] == "Sum of 3 rows does not add up"


def test_a_long_receipt_is_cut_and_says_how_much_is_left_out() -> None:
    tree = draw_receipt(receipt(*(line("1") for _ in range(MAX_ROWS + 7))), question())
    assert len(table(tree)) == MAX_ROWS + 2
    assert f"The first {MAX_ROWS} of {MAX_ROWS + 7} rows." in text_of(tree)
    assert table(tree)[-1][0] == f"Sum of {MAX_ROWS + 7} rows adds up"


@pytest.mark.parametrize(("page", "place"), [(Page.OVERVIEW, f"{ACCOUNT}/"), (Page.INVOICES, "")])
@pytest.mark.parametrize("opened", [(), (INVOICE,)])
def test_all_rows_can_be_had_as_a_file_of_this_state_of_the_page(
    page: Page, place: str, opened: tuple[str, ...]
) -> None:
    shown = replace(question(top=3, open=opened, tables=frozenset({"usage"}), range=Preset.LAST_MONTH), page=page)
    (link,) = [one for one in of_type(draw_receipt(GUIDE, shown), "A") if "CSV" in text_of(one)]
    path, _, search = props(link)["href"].partition("?")
    filters = from_search_strict(search)
    assert (text_of(link).strip(), path) == ("All 3 rows as CSV", f"{place}receipt.csv")
    assert (filters.receipt, filters.range, filters.top, filters.open) == ("S-4KQ7M2XA", OCTOBER, 3, opened)


def test_a_receipt_without_rows_has_no_file() -> None:
    assert "CSV" not in text_of(draw_receipt(receipt(), question()))


def test_what_was_not_sent_is_no_zero() -> None:
    unknown = replace(line("1"), amount=None)
    assert table(draw_receipt(receipt(unknown, line("2")), question()))[1][1] == "not sent"


def test_an_invoice_leads_to_its_page() -> None:
    (grid,) = grids_in(draw_receipt(GUIDE, question()))
    cells = [cell for cell in grid["groups"][0]["rows"][0]["cells"] if isinstance(cell, dict)]
    assert [cell["href"] for cell in cells if "href" in cell] == [
        f"{ACCOUNT}/invoices?from=2024-10-01&to=2024-10-31&open={INVOICE}"
    ]


def test_the_source_is_told_with_its_parameters_and_its_age() -> None:
    asked = Asked(
        family="breakdowns", method="GET", path="/v1/customers/x/invoices/breakdowns",
        parameters=(("window_size", "DAY"),), fetched_at=NOW - timedelta(minutes=3),
    )  # fmt: skip
    text = text_of(draw_receipt(replace(GUIDE, asked=(asked,)), question()))
    assert "GET /v1/customers/x/invoices/breakdowns" in text
    assert "window_sizeDAY" in text
    assert "14:27 UTC, 3 min ago" in text


def test_the_id_can_be_copied_and_its_link_says_the_days() -> None:
    tree = draw_receipt(GUIDE, question(top=3))
    (button,) = [one for one in of_type(tree, "Button") if "data-copy" in props(one)]
    assert props(button)["data-copy"] == "S-4KQ7M2XA"
    (link,) = [one for one in of_type(tree, "A") if "Link" in text_of(one)]
    filters = from_search(props(link)["href"]).filters
    assert (filters.receipt, filters.range, filters.top) == ("S-4KQ7M2XA", OCTOBER, 3)


def test_the_window_is_told_in_words() -> None:
    tree = draw_receipt(replace(GUIDE, window=(FIRST, FIRST + timedelta(days=1))), question())
    assert "Tue 1 Oct 2024 (UTC)" in text_of(tree)


@pytest.mark.parametrize("is_money", [True, False])
def test_hostile_names_stay_short_plain_text(is_money: bool) -> None:
    row = line("1", "2", "0.5", words=HOSTILE, product=HOSTILE, paid_by=HOSTILE, tier=HOSTILE, invoice_id=HOSTILE)
    asked = Asked(family="x", method=HOSTILE, path=HOSTILE, parameters=((HOSTILE, HOSTILE),), fetched_at=NOW)
    shown = receipt(row, title=HOSTILE, rule=HOSTILE, unit=HOSTILE, is_money=is_money, asked=(asked,))
    tree = draw_receipt(shown, question())
    texts = [text_of(one) for one in walk(tree) if isinstance(getattr(one, "children", None), str)]
    texts += [cell for cells in table(tree) for cell in cells]
    assert not [text for text in texts if "\u202e" in text or "\n" in text or len(text) > 500]


def test_the_drawer_is_a_named_dialog_with_a_heading_that_takes_the_focus() -> None:
    (dialog,) = of_type(receipt_drawer(), "Dialog")
    (heading,) = of_type(dialog, "H2")
    assert props(dialog)["id"] == ids.RECEIPT_DRAWER
    assert props(dialog)["aria-labelledby"] == heading.id
    assert heading.tabIndex == -1
    (close,) = [one for one in of_type(dialog, "Button") if "data-receipt-close" in props(one)]
    assert props(close)["aria-label"] == "Close the receipt"


def test_the_script_knows_the_drawer_by_the_ids_of_the_page() -> None:
    script = (Path(__file__).resolve().parents[3] / "assets" / "receipt.js").read_text()
    (heading,) = of_type(receipt_drawer(), "H2")
    named = dict(re.findall(r"var (\w+) = '([\w-]+)';", script))
    assert named == {"DRAWER": ids.RECEIPT_DRAWER, "BODY": ids.RECEIPT_BODY, "TITLE": heading.id}
