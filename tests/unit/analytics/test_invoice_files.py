"""invoices.csv and line_items.csv: the documented columns, every row, nothing rounded and nothing guessed."""

from __future__ import annotations

import json
from decimal import Decimal

from data.analytics.invoice_files import INVOICES_FILE, LINE_ITEMS_FILE, invoices_file, line_items_file
from data.analytics.invoice_lines import lines_of
from data.analytics.proofs.windows_invoice import check_invoices
from data.files import to_csv
from tests.unit.analytics.builders import USD, at, covered, deduction, lines, units, windows
from tests.unit.analytics.invoice_builders import OCTOBER, invoice, item, listed, october, scheduled, table

COVERED = (at("2024-09-01").date(), at("2024-11-01").date())


def text_of(frame: object) -> list[str]:
    return to_csv(frame).decode().splitlines()  # type: ignore[arg-type]


def test_an_invoice_is_one_row_with_what_its_windows_sum_to() -> None:
    rows = [
        october("a", status="FINALIZED", total="7310000.5", payment_status="SENT", external_id="in_1", terms_days=14.0),
        scheduled("b", corrects_id="a", billable=False, total=-250),
    ]
    day = {"window_start": at("2024-10-01"), "window_end": at("2024-10-02")}
    window = {"invoice_id": "a", "total": "7310000.5", "credit_type_id": USD, "credit_type": "USD (cents)", **day}
    checks = check_invoices(
        table(*rows), lines(item("7310000.5", invoice_id="a")), lines(item("7310000.5", invoice_id="a")),
        windows(window), units=units(), covered=COVERED,
    )  # fmt: skip
    head, first, second = text_of(invoices_file(listed(*rows), checks))
    assert head == ",".join(INVOICES_FILE)
    assert first == (
        "a,FINALIZED,USAGE,con,USD,2024-10-01T00:00:00Z,2024-11-01T00:00:00Z,2024-11-02T00:00:00Z,2024-11-16T00:00:00Z,"
        "73100.005,true,SENT,in_1,,,73100.005,0.000,"
    )
    assert second == ("b,FINALIZED,SCHEDULED,con,USD,,,2024-10-05T00:00:00Z,2024-11-04T00:00:00Z,-2.5,false,,,a,,,,")


def test_a_difference_goes_into_the_file_with_its_cause() -> None:
    priced = {"invoice_id": "inv", "quantity": 10, "unit_price": 10}
    rows = [invoice(total=100)]
    day = {"window_start": at("2024-09-03"), "window_end": at("2024-09-04")}
    late = [item(100, **priced | day), item(50, **priced | day | {"quantity": 5})]
    window = {"invoice_id": "inv", "total": 150, "credit_type_id": USD, "credit_type": "USD (cents)", **day}
    checks = check_invoices(
        table(*rows), lines(item(100, **priced)), lines(*late), windows(window), units=units(), covered=COVERED
    )
    frame = invoices_file(listed(*rows, days=OCTOBER, named=()), checks)
    assert len(frame) == 0  # the invoice of September is not of this range
    days = type(OCTOBER)(first=at("2024-09-01").date(), last=at("2024-09-30").date())
    (row,) = invoices_file(listed(*rows, days=days), checks).to_dict("records")
    assert [row[name] for name in ("total", "windows_sum", "difference", "cause")] == [
        Decimal(1), Decimal("1.5"), Decimal("0.5"), "late_usage",
    ]  # fmt: skip


def test_files_hold_the_range_alone_and_every_line_of_it() -> None:
    rows = [october("a"), invoice("far")]
    found = listed(*rows, named=("far",))
    made = lines(
        covered("12.5", invoice_id="a", quantity=5, unit_price="2.5", tier="2", presentation='{"region":null,"z":"1"}'),
        deduction("-12.5", invoice_id="a"),
        item(0, invoice_id="a", quantity=0, name="=Idle", product_id="Z"),
        item(7, invoice_id="far"),
    )
    frame = line_items_file(found, lines_of(made, found, units=units(), balance_types={}))
    head, first, second, third = text_of(frame)
    assert head == ",".join(LINE_ITEMS_FILE)
    assert first == (
        'a,0,usage,P,Compute,"{""region"":null,""z"":""1""}",5,0.025,0.125,USD,C,S,2024-10-01T00:00:00Z,'
        "2024-11-01T00:00:00Z,2"
    )
    assert second.startswith("a,1,applied_commit_or_credit,P,Compute,,,,-0.125,USD,C,S,")
    assert third.startswith("a,2,usage,Z,'=Idle,,0,,0,USD,,,")
    assert [one.invoice_id for one in found] == ["a", "far"]
    assert len(invoices_file(found, ())) == 1


def test_groups_are_json_that_reads_back_and_no_rows_are_still_a_file() -> None:
    group = '{"a\\"b":"x,y","é":null}'
    found = listed(october("a"))
    frame = line_items_file(found, lines_of(lines(item(1, invoice_id="a", presentation=group)), found, units=units(),
                                            balance_types={}))  # fmt: skip
    assert json.loads(frame["group"][0]) == json.loads(group)
    assert text_of(line_items_file((), {})) == [",".join(LINE_ITEMS_FILE)]
    assert text_of(invoices_file((), ())) == [",".join(INVOICES_FILE)]
