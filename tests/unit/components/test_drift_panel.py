"""The drift panel: one sentence per invoice, days that are told and days that are not, and its empty states."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, cast

from components.panels.drift import draw_drift
from data.analytics.drift import Explained, InvoiceDrift, ProductDrift, Standing
from data.analytics.drift_days import DriftDay
from data.analytics.proofs.causes import Cause
from data.analytics.proofs.invoice_parts import PartCheck
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
        "product": "Compute", "product_id": "P", "kind": "usage", "unit": USD, "counts": True,
        "standing": Standing.LATE, "invoiced": Decimal(100),
        "now": Decimal(100) + amount, "amount": amount, "plus": (), "minus": (), "days": days,
    }  # fmt: skip
    return ProductDrift(**parts | more)


def drift(*products: ProductDrift, **more: Any) -> InvoiceDrift:
    return InvoiceDrift(only(invoice(**more)), products)


def view(
    *drifts: InvoiceDrift, compared: int = 3, left_out: int = 0, explained: tuple[Explained, ...] = ()
) -> DriftView:
    return DriftView(
        choice=Choice(OCTOBER, Window.DAY), drifts=drifts, explained=explained,
        compared=compared, left_out=left_out, lines=empty(LINES),
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


UNEXPLAINED: dict[str, Any] = {
    "standing": Standing.UNEXPLAINED, "product": "Pages", "product_id": "G", "now": Decimal(50), "amount": Decimal(-50),
}  # fmt: skip


def test_what_is_not_explained_is_never_called_usage_that_arrived() -> None:
    lost = product(UNTOLD, **UNEXPLAINED)
    assert summary(view(drift(product(TOLD), lost))) == (
        "Sep 2024 was invoiced at $100.00; by its breakdowns it would now be $51.50: "
        "$1.50 arrived later (1 day, 1 product), −$50.00 is not explained, see the proof."
    )
    alone = view(drift(lost))
    assert summary(alone) == (
        "Sep 2024 was invoiced at $100.00; by its breakdowns it would now be $50.00: −$50.00 is not explained, "
        "see the proof."
    )
    assert rows(alone)[0] == ["Pages not explained: see the proof", "$100.00", "$50.00", "−$50.00"]
    (grid,) = grids_in(draw_drift(alone, question()).main)
    assert grid["groups"][0]["rows"][0]["cells"][0]["below"][0][1]["href"].startswith("proof")
    assert summary(view(drift(lost, total=None))).startswith(
        "Sep 2024 has no known total; by its breakdowns it would now be −$50.00 more: "
    )
    apart = product(UNTOLD, **UNEXPLAINED | {"counts": False})
    assert summary(view(drift(apart))).endswith(
        "$100.00: a difference beside its total is not explained, see the proof."
    )


def test_late_usage_in_tiers_is_listed_and_not_priced() -> None:
    steps = product(UNTOLD, standing=Standing.IN_TIERS, product="Parcels", product_id="T")
    assert summary(view(drift(steps))) == (
        "Sep 2024 was invoiced at $100.00; usage arrived later in tiers, and what it would cost is not told: 1 product."
    )
    shown = view(drift(product(TOLD), steps))
    assert summary(shown).endswith(
        "would make it $101.50: at least 1 day, 2 products. "
        "Usage in tiers arrived later as well; what it would cost is not told."
    )
    assert rows(shown)[-1] == ["Total of the invoice", "$100.00", "$101.50", "$1.50"]


def explained(amount: object, unit: Unit = USD) -> Explained:
    part = PartCheck(
        invoice_id="inv", product="Seats", product_id="S", line_type="subscription", postpaid=False, unit=unit,
        expected=Decimal(0), actual=Decimal(str(amount)), cause=Cause.NOT_BROKEN_DOWN, expected_rows=(), actual_rows=(),
    )  # fmt: skip
    return Explained(unit, (part,))


def test_what_comes_from_how_windows_are_priced_is_left_out_and_said() -> None:
    tokens = Unit("t", "tokens", UnitKind.CUSTOM)
    shown = view(explained=(explained(-40), explained(7, tokens)))
    assert summary(shown) == "Differences that come from how windows are priced are left out: −$40.00, 7 tokens."
    found = figures(shown, question())
    built = found[shown.seal.mark("left_out", "USD")]()
    assert ([row.words for row in built.rows], built.amount) == (["Seats: not broken down into windows"], -40)
    assert all(build().adds_up() for build in found.values())
    told = text_of(draw_drift(shown, question()).notices)
    assert "No usage arrived" not in told
    assert "Nothing differs but how windows are priced" in told


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
