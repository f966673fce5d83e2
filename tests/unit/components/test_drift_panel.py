"""The drift panel: one sentence per invoice, days that are told and days that are not, and its empty states."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, cast

from components.panels.drift import draw_drift
from data.analytics.drift import DriftDay, InvoiceDrift, ProductDrift
from data.filters import Filters, Window
from data.lineage.drift import figures
from data.lineage.value import Seal
from data.money import Unit, UnitKind
from data.pages import Page
from data.schema import LINES, empty
from data.scope import LOCAL
from data.source import Ask, Source
from data.views.asking import Choice, Provenance, Question
from data.views.drift import DriftView
from tests.unit.analytics.invoice_builders import NOW, OCTOBER, invoice, only
from tests.unit.components.reading import cell_text, grids_in, text_of

USD = Unit("usd", "USD", UnitKind.CURRENCY, 100)
TOLD = DriftDay(date(2024, 9, 5), Decimal("1.5"), (0,))
UNTOLD = DriftDay(None, Decimal("0.5"), (1,), (0,))


def product(*days: DriftDay, **more: Any) -> ProductDrift:
    amount = sum((day.amount for day in days), Decimal(0))
    parts: dict[str, Any] = {
        "product": "Compute", "product_id": "P", "kind": "usage", "unit": USD, "counts": True, "invoiced": Decimal(100),
        "now": Decimal(100) + amount, "amount": amount, "plus": (), "minus": (), "days": days,
    }  # fmt: skip
    return ProductDrift(**parts | more)


def drift(*products: ProductDrift, **more: Any) -> InvoiceDrift:
    return InvoiceDrift(only(invoice(**more)), products)


def view(*drifts: InvoiceDrift, compared: int = 3, left_out: int = 0) -> DriftView:
    return DriftView(
        choice=Choice(OCTOBER, Window.DAY), drifts=drifts, compared=compared, left_out=left_out, lines=empty(LINES),
        window_lines=empty(LINES), balances={}, seal=Seal("D", ("acc",)), provenance=Provenance(NOW, NOW),
    )  # fmt: skip


def question() -> Question:
    ask = Ask(scope=LOCAL, customer_id="acc")
    return Question(source=cast(Source, None), ask=ask, filters=Filters(), now=NOW, page=Page.INVOICES)


def summary(shown: DriftView) -> str:
    return text_of(list(draw_drift(shown, question()).summary)).strip()


def rows(shown: DriftView) -> list[list[str]]:
    (grid,) = grids_in(draw_drift(shown, question()).main)
    return [[cell_text(cell) for cell in row["cells"]] for group in grid["groups"] for row in group["rows"]]


def test_the_sentence_says_what_was_invoiced_and_what_it_would_be() -> None:
    assert summary(view(drift(product(TOLD)))) == (
        "Sep 2024 was invoiced at $100.00; usage that arrived later would make it $101.50: 1 day, 1 product."
    )


def test_days_that_are_not_told_make_it_at_least_and_stand_in_a_row_of_their_own() -> None:
    shown = view(drift(product(TOLD, UNTOLD), product(TOLD, product="Storage", product_id="S")))
    assert summary(shown).endswith("would make it $103.50: at least 1 day, 2 products.")
    assert rows(shown) == [
        ["Compute", "$100.00", "$102.00", "$2.00"],
        ["Thu 5 Sep 2024", "–", "–", "$1.50"],
        ["On days that the API does not tell", "–", "–", "$0.50"],
        ["Storage", "$100.00", "$101.50", "$1.50"],
        ["Thu 5 Sep 2024", "–", "–", "$1.50"],
        ["Total of the invoice", "$100.00", "$103.50", "$3.50"],
    ]
    assert summary(view(drift(product(UNTOLD)))).endswith("would make it $100.50: 1 product.")


def test_a_conversion_follows_from_usage_and_is_no_product_of_its_own() -> None:
    shown = view(drift(product(TOLD), product(UNTOLD, kind="cpu_conversion", product="Conversion", product_id="")))
    assert summary(shown).endswith("would make it $102.00: 1 day, 1 product.")
    assert rows(shown)[2][0] == "Conversion conversion"
    assert summary(view(drift(product(UNTOLD, kind="cpu_conversion")))).endswith("$100.50: 1 product.")


def test_what_is_in_another_unit_changes_no_total_and_says_so() -> None:
    tokens = Unit("t", "tokens", UnitKind.CUSTOM)
    shown = view(drift(product(TOLD), product(TOLD, unit=tokens, counts=False, product="Tokens", product_id="T")))
    found = rows(shown)
    assert found[2] == ["Tokens not part of the invoice's total", "100 tokens", "101.5 tokens", "1.5 tokens"]
    assert found[-1] == ["Total of the invoice", "$100.00", "$101.50", "$1.50"]


def test_an_invoice_without_a_total_says_what_arrived() -> None:
    shown = view(drift(product(TOLD), total=None))
    assert summary(shown) == "Sep 2024 has no known total; usage worth $1.50 arrived later: 1 day, 1 product."
    assert rows(shown)[-1] == ["Total of the invoice", "not known", "not known", "$1.50"]


def test_three_invoices_have_a_sentence_and_the_others_are_counted() -> None:
    shown = view(*(drift(product(TOLD), invoice_id=str(number)) for number in range(5)))
    assert summary(shown).count("was invoiced at") == 3
    assert summary(shown).endswith("And 2 more invoices.")


def test_every_figure_has_a_receipt_of_its_own() -> None:
    shown = view(drift(product(TOLD, UNTOLD), product(TOLD, kind="cpu_conversion")))
    drawn = draw_drift(shown, question())
    (grid,) = grids_in(drawn.main)
    marks = [
        cell["receipt"]
        for group in grid["groups"]
        for row in group["rows"]
        for cell in row["cells"]
        if isinstance(cell, dict) and "receipt" in cell
    ]
    assert len(marks) == len(set(marks)) == 3 + 2 + 3 + 1 + 3
    assert set(marks) <= set(figures(shown, question()))


def test_the_states_without_drift_say_which_of_them_it_is() -> None:
    def told(**more: int) -> str:
        return text_of(draw_drift(view(**more), question()).notices)

    assert told(compared=1).endswith("as they are now: 1 finalized invoice of these days.")
    assert "nothing could arrive late" in told(compared=0)
    assert "2 finalized invoices could not be compared" in told(compared=0, left_out=2)
    assert "nothing could arrive late" not in told(compared=0, left_out=2)
