"""Every figure on every page opens a receipt: it is found again by its id, its rows add up, and it is the amount that
the page shows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import pytest
from dash.development.base_component import Component

from callbacks import PANELS
from callbacks.panels import Panel
from components.drawn import Drawn
from components.format import amount, compact_money, compact_quantity, money, quantity, rate, share
from data.clock import Clock
from data.filters import TABLES, Days, Filters, Window
from data.lineage.find import VIEWS, receipt_of
from data.lineage.value import Figures, Receipt
from data.metronome_source import MetronomeSource
from data.pages import Page
from data.scope import LOCAL
from data.source import Ask
from data.views.asking import Question
from data.views.memo import Memo
from sandbox.catalogue import Customer, accounts
from sandbox.catalogue.guide import STANDSTILL
from sandbox.model import Account
from sandbox.moments import midnight
from tests.conftest import NOW
from tests.generated import source_on
from tests.unit.components.reading import grids_in, props, text_of, walk

pytestmark = pytest.mark.thorough

AUTUMN = Days(first=date(2026, 10, 20), last=date(2026, 11, 20))
GUIDES_MONTHS = Days(first=date(2024, 9, 20), last=date(2024, 10, 20))
OPENED = 20
# Columns of figures that are no amounts and follow from nothing.
PLAIN_COLUMNS = {"Priority": "the order that was given to a balance, as sent"}
MONEY = re.compile(r"[$€£]\s?\d")


@dataclass(frozen=True)
class Shown:
    """A figure that opens a receipt: the texts that stand for it, or the height of its mark in a chart."""

    ident: str
    texts: tuple[str, ...] = ()
    height: float | None = None


def account_of(customer: Customer, now: datetime) -> Account:
    (account,) = [one for one in accounts(midnight(now), with_hostile=True) if one.id == customer]
    return account


@lru_cache(maxsize=1)
def source_of(customer: Customer, now: datetime) -> MetronomeSource:
    """One for all pages of an account, so that each answer is made once."""
    return source_on(account_of(customer, now), now)


def asked(customer: Customer, page: Page) -> Question:
    """A page with every table open; the guide's accounts stand still in October 2024, and so does the question."""
    is_guides = customer.name.startswith("GUIDE")
    days, now = (GUIDES_MONTHS, STANDSTILL) if is_guides else (AUTUMN, datetime.fromisoformat(NOW))
    filters = Filters(range=days, window=Window.WEEK, tables=frozenset(TABLES), zero=True, top=3)
    return Question(
        source=source_of(customer, now), ask=Ask(scope=LOCAL, customer_id=customer), filters=filters, now=now,
        page=page, views=Memo(Clock(now)),
    )  # fmt: skip


def opened(question: Question) -> Question:
    """The first rows of the page open, and on the invoices page the account's oldest invoice, which the range may not
    have."""
    loaded = question.source
    if question.page is Page.COMMITMENTS:
        idents = loaded.balances(question.ask).value.balances["balance_id"].tolist()[:OPENED]
    elif question.page is Page.INVOICES:
        idents = loaded.invoices(question.ask).value.invoices.sort_values("issued_at")["invoice_id"].tolist()
        idents = [*idents[:1], *idents[-OPENED + 1 :]]
    else:
        idents = []
    return replace(question, filters=replace(question.filters, open=tuple(dict.fromkeys(idents))))


def shown_in(drawn: Drawn) -> Iterator[Shown]:
    """Every figure of a panel that opens a receipt."""
    for part in (drawn.notices, drawn.summary, drawn.main, drawn.table):
        yield from (
            Shown(props(one)["data-receipt"], texts_in(one)) for one in walk(part) if "data-receipt" in props(one)
        )
        for table in tables_in(grids_in(part)):
            yield from (Shown(cell["receipt"], (cell["text"],)) for cell in cells_of(table) if "receipt" in cell)
    for trace in drawn.figure["data"]:
        yield from points_of(trace)


def texts_in(button: Any) -> tuple[str, ...]:
    parts = button.children if isinstance(button.children, list) else [button.children]
    return tuple(text_of(part) for part in parts)


def tables_in(found: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The tables, and those that stand under their rows."""
    for table in found:
        yield table
        rows = (row for group in table["groups"] for row in group["rows"])
        yield from tables_in(one for row in rows if row["detail"] for one in row["detail"]["tables"])


def cells_of(table: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """All cells that are more than text, those of the lines below others too."""
    for cell in (cell for group in table["groups"] for row in group["rows"] for cell in row["cells"]):
        if isinstance(cell, dict):
            yield cell
            lines = (line for line in cell.get("below", []) if isinstance(line, list))
            yield from (part for line in lines for part in line if isinstance(part, dict))


def points_of(trace: dict[str, Any]) -> Iterator[Shown]:
    """Points of a chart that a click opens; a bar is as high as its amount."""
    for at, ident in enumerate(trace.get("customdata", ())):
        if ident:
            yield Shown(ident, height=trace["y"][at] if trace["type"] == "bar" else None)


def without_receipt(drawn: Drawn) -> Iterator[str]:
    """Figures that open nothing: of a column of figures, amounts of money in any words, and points of a chart that say
    something."""
    for part in (drawn.notices, drawn.summary, drawn.main, drawn.table):
        yield from (text for text in words_in(part) if MONEY.search(text))
        for table in tables_in(grids_in(part)):
            yield from figures_without(table)
    for trace in drawn.figure["data"]:
        texts, marks = trace.get("hovertext", ()), trace.get("customdata", ())
        for at, value in enumerate(trace["y"]):
            says = trace["type"] == "bar" or (at < len(texts) and texts[at])
            if value is not None and says and not (at < len(marks) and marks[at]):
                yield f"{trace['name']}: point {at}"


def words_in(tree: Any) -> Iterator[str]:
    """The texts outside of tables, without those that open a receipt."""
    if isinstance(tree, (list, tuple)):
        for part in tree:
            yield from words_in(part)
    elif isinstance(tree, Component):
        yield from () if "data-receipt" in props(tree) else words_in(getattr(tree, "children", None))
    elif tree is not None:
        yield str(tree)


def figures_without(table: dict[str, Any]) -> Iterator[str]:
    heads = table["heads"]
    for row in (row for group in table["groups"] for row in group["rows"]):
        for head, cell in zip(heads, row["cells"], strict=False):
            is_figure = "num" in head["kind"].split() and head["text"] not in PLAIN_COLUMNS
            said = cell if isinstance(cell, str) else cell["text"]
            has_receipt = isinstance(cell, dict) and "receipt" in cell
            if not has_receipt and (re.search(r"\d", said) if is_figure else MONEY.search(said)):
                yield f"{table['kind']}: {head['text']}: {said}"
            for text in plain_words(cell):
                if MONEY.search(text):
                    yield f"{table['kind']}: {head['text']}: below: {text}"


def plain_words(cell: Any) -> Iterator[str]:
    """What a cell says beside its text, without what opens a receipt."""
    if isinstance(cell, dict):
        yield from (cell.get("warning", ""), *cell.get("chip", ())[:1])
        for line in cell.get("below", []):
            parts = [line] if isinstance(line, str) else line
            yield from (part for part in parts if isinstance(part, str))


def figures_of(question: Question, letters: set[str]) -> Figures:
    """What ``receipt_of`` searches for ids of ``letters``."""
    filters = replace(question.filters, open=question.filters.open if "I" in letters else ())
    plain = replace(question, filters=filters)
    return {
        ident: make
        for letter in letters
        for views in VIEWS[letter]
        for ident, make in views.figures(plain.answer(views.load), plain).items()
    }


def sayings(receipt: Receipt) -> set[str]:
    """The amount as any place on a page may write it."""
    value, unit = receipt.amount, receipt.unit
    if unit == "%":
        return {share(value, 100)}
    said = {
        amount(value, unit, is_money=receipt.is_money),
        money(value, unit),
        money(value, unit, named=False),
        compact_money(value, unit),
        compact_quantity(value),
        quantity(value),
        quantity(value, unit),
        rate(value, unit),
    }
    return said | {f"+{text}" for text in said} | {f"{text} drawn" for text in said}


def check(shown: Shown, receipt: Receipt) -> None:
    assert receipt.ident == shown.ident
    assert receipt.adds_up(), (receipt.title, receipt.amount)
    assert receipt.asked, receipt.title
    assert receipt.rows or receipt.rule, receipt.title
    assert set(shown.texts) <= sayings(receipt), (receipt.title, shown.texts, receipt.amount)
    if shown.height is not None:
        assert receipt.amount is not None
        assert float(receipt.amount) == shown.height, receipt.title


def drawn_panels(question: Question) -> dict[str, Drawn]:
    panels: list[Panel] = [one for one in PANELS if one.page is question.page]
    return {one.key: one.draw(one.load(question), question) for one in panels}


@pytest.mark.parametrize("page", list(Page), ids=lambda one: one.name.lower())
@pytest.mark.parametrize("customer", list(Customer), ids=lambda one: one.name)
def test_every_figure_opens_a_receipt_that_adds_up_to_it(customer: Customer, page: Page) -> None:
    check_page(opened(asked(customer, page)))


def contradict(family: str, row: dict[str, Any]) -> None:
    """A balance that is not what its ledger says; deductions of the wrong sign that miss the lines of their invoices;
    an entry by hand."""
    if family == "balances":
        row["balance"] += 700
        for entry in row["ledger"]:
            entry["amount"] = abs(entry["amount"]) + (100 if "DEDUCTION" in entry["type"] else 0)
        by_hand = {
            "type": "PREPAID_COMMIT_MANUAL",
            "timestamp": "2026-11-05T00:00:00Z",
            "amount": 500,
            "reason": "Outage",
        }
        row["ledger"].append(by_hand)


def test_figures_that_contradict_each_other_open_their_receipts() -> None:
    whole = asked(Customer.ROLLOVER, Page.COMMITMENTS)
    source = source_on(account_of(Customer.ROLLOVER, whole.now), whole.now, tamper=contradict)
    question = opened(replace(whole, source=source))
    check_page(question)
    said = json.dumps([grids_in([one.main, one.table]) for one in drawn_panels(question).values()])
    for words in ("counted as ", "its ledger adds up to ", "Adjusted by hand ", " drawn, "):
        assert words in said


def check_page(question: Question) -> None:
    panels = drawn_panels(question)
    assert [said for one in panels.values() for said in without_receipt(one)] == []
    shown = {one: None for drawn in panels.values() for one in shown_in(drawn)}
    figures = figures_of(question, {one.ident[0] for one in shown})
    assert {one.ident for one in shown} <= set(figures)
    for one in shown:
        check(one, figures[one.ident]())
    for one in list(shown)[:: max(1, len(shown) // 2)]:
        assert receipt_of(question, one.ident) == figures[one.ident]()
