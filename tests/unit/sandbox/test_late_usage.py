"""Usage that arrives late: seen in usage at once, on the invoice only if that was not final, else in its breakdowns."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from sandbox.books import Books
from sandbox.catalogue.metrics import GUIDE_CALLS
from sandbox.catalogue.parts import account, agreement, flat, prepaid, sold
from sandbox.invoices import breakdowns, invoices
from sandbox.ledgers import ledger
from sandbox.model import Account, Cell, Late, Stream
from sandbox.moments import DAY, HOUR, steps, utc
from sandbox.spend import spend_breakdowns
from sandbox.usage import readings

MARCH, APRIL = utc(2026, 3, 1), utc(2026, 4, 1)
FINAL = APRIL + DAY
DAY_OF_USAGE = MARCH + 4 * DAY
COMMIT = prepaid("late", "commit", [((MARCH, utc(2026, 9, 1)), 100_000)])
Row = dict[str, Any]


def made(arrives_at: datetime) -> Account:
    """24 calls a day at 10 cents, all covered; 500 more on the fifth of March arrive later."""
    parts = tuple(Cell((("region", name),)) for name in ("eu", "us"))
    given = dict.fromkeys(steps(MARCH, APRIL, DAY), (24, 0))
    late = (Late(DAY_OF_USAGE, 1, 500, arrives_at),)
    calls = Stream(metric=GUIDE_CALLS, seed="late", cells=parts, start=MARCH, given=given, late=late)
    contract = agreement("late", "Test", MARCH, rates=(flat(sold(GUIDE_CALLS, by=("region",)), "10"),))
    return account("late", "Late", created_at=MARCH, streams=(calls,), contracts=(contract,), balances=(COMMIT,))


def march(books: Books) -> Row:
    return next(one for one in invoices(books) if one.get("start_timestamp", "").startswith("2026-03"))


def day(books: Books, step: timedelta = DAY) -> list[Row]:
    return breakdowns(books, DAY_OF_USAGE, DAY_OF_USAGE + DAY, step)


def calls_of_the_day(books: Books) -> Decimal | None:
    (row,) = readings(books.feeds[GUIDE_CALLS.id], (), DAY_OF_USAGE, DAY_OF_USAGE + DAY, "day")
    return row.value


def test_nothing_shows_before_it_arrives() -> None:
    books = Books(made(FINAL + 5 * DAY), FINAL + 4 * DAY)
    assert calls_of_the_day(books) == 24
    assert [one["total"] for one in day(books)] == [0]


@pytest.mark.parametrize("arrives_at", [MARCH + 9 * DAY, FINAL])
def test_what_arrives_before_the_invoice_is_final_is_usage_like_any_other(arrives_at: datetime) -> None:
    books = Books(made(arrives_at), FINAL + 9 * DAY)
    (window,) = day(books)
    assert (march(books)["total"], window["total"]) == (0, 0)
    assert sum(line["quantity"] for line in window["line_items"] if line["type"] == "usage") == 524
    assert {line["commit_id"] for line in window["line_items"]} == {COMMIT.id}


def test_a_final_invoice_and_its_ledger_never_change() -> None:
    before, after = (Books(made(FINAL + 5 * DAY), FINAL + ago * DAY) for ago in (1, 9))
    assert march(before) == march(after)
    assert ledger(before, COMMIT) == ledger(after, COMMIT)


def test_after_that_it_stands_behind_the_frozen_lines_of_its_window_uncovered_and_in_the_total() -> None:
    books = Books(made(FINAL + 5 * DAY), FINAL + 9 * DAY)
    (window,) = day(books)
    frozen, late = window["line_items"][:-1], window["line_items"][-1]
    assert {line["commit_id"] for line in frozen} == {COMMIT.id}
    assert (late["quantity"], late["total"], late["presentation_group_values"]) == (500, 5000, {"region": "us"})
    assert "commit_id" not in late
    assert window["total"] == 5000
    assert calls_of_the_day(books) == 524


def test_its_hours_make_up_its_day() -> None:
    books = Books(made(FINAL + 5 * DAY), FINAL + 9 * DAY)
    assert sum(one["total"] for one in day(books, HOUR)) == 5000
    assert sum(line["total"] for one in day(books, HOUR) for line in one["line_items"] if "commit_id" in line) == 0


def test_gross_spend_has_it() -> None:
    books = Books(made(FINAL + 5 * DAY), FINAL + 9 * DAY)
    (window,) = spend_breakdowns(books, DAY_OF_USAGE, DAY_OF_USAGE + DAY, daily=True, keys=(), filters={})
    assert sum(line["total"] for line in window["line_items"]) == 5240


def test_a_day_without_other_usage_gets_a_window_for_it() -> None:
    late = (Late(APRIL + 2 * DAY, 0, 7, utc(2026, 5, 9)),)
    calls = Stream(metric=GUIDE_CALLS, seed="late", cells=(Cell(()),), start=MARCH, given={}, late=late)
    contract = agreement("late", "Test", MARCH, rates=(flat(sold(GUIDE_CALLS), "10"),))
    books = Books(account("late", "L", created_at=MARCH, streams=(calls,), contracts=(contract,)), utc(2026, 5, 20))
    (window,) = breakdowns(books, MARCH, utc(2026, 5, 20), DAY)
    assert (window["breakdown_start_timestamp"], window["total"]) == ("2026-04-03T00:00:00.000Z", 70)
