"""What usage costs: tiers, prices that change or were agreed, whole units, metrics that do not add up, and seats."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from sandbox.books import Books
from sandbox.catalogue.metrics import COMPUTE, GUIDE_CALLS, PEAK_MEMORY
from sandbox.catalogue.parts import account, agreement, fixed, flat, prepaid, sold, stream
from sandbox.catalogue.shapes import steady
from sandbox.catalogue.units import USD
from sandbox.contract_terms import overrides, subscription_row
from sandbox.invoices import breakdowns, invoices
from sandbox.model import Account, Balance, Cell, Metric, Stream
from sandbox.moments import DAY, steps, utc
from sandbox.prices import PriceChange, Rate, Subscription, Tier
from sandbox.spend import spend_breakdowns

MARCH, APRIL = utc(2026, 3, 1), utc(2026, 4, 1)
NOW = utc(2026, 4, 20)
CALLS = sold(GUIDE_CALLS)
Row = dict[str, Any]


def ten_a_day(metric: Metric, rate: Rate, *balances: Balance) -> Account:
    given = dict.fromkeys(steps(MARCH, NOW, DAY), (10,))
    sent = Stream(metric=metric, seed="prices", cells=(Cell(()),), start=MARCH, given=given)
    contract = agreement("prices", "Test", MARCH, rates=(rate,))
    return account("prices", "Prices", created_at=MARCH, streams=(sent,), contracts=(contract,), balances=balances)


def march(made: Account) -> Row:
    found = (one for one in invoices(Books(made, NOW)) if one.get("start_timestamp", "").startswith("2026-03"))
    return next(found)


def days_of_march(made: Account) -> list[Row]:
    return breakdowns(Books(made, NOW), MARCH, APRIL, DAY)


def shown(lines: list[Row], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(line.get(name) for name in names) for line in lines]


def test_tiers_are_filled_one_after_another_over_the_whole_period() -> None:
    tiers = (Tier(Decimal(3), Decimal(100)), Tier(Decimal(2), Decimal(150)), Tier(Decimal(1)))
    made = ten_a_day(GUIDE_CALLS, Rate(product=CALLS, unit=USD, prices={(): Decimal(3)}, tiers=tiers))
    invoice = march(made)
    assert shown(invoice["line_items"], "quantity", "unit_price", "total") == [
        (100, 3, 300),
        (150, 2, 300),
        (60, 1, 60),
    ]
    assert [line["tier"] for line in invoice["line_items"]] == [
        {"level": 1, "starting_at": "0", "size": "100"},
        {"level": 2, "starting_at": "100", "size": "150"},
        {"level": 3, "starting_at": "250"},
    ]
    assert invoice["total"] == 660


def test_a_window_begins_the_tiers_anew() -> None:
    tiers = (Tier(Decimal(3), Decimal(4)), Tier(Decimal(2)))
    made = ten_a_day(GUIDE_CALLS, Rate(product=CALLS, unit=USD, prices={(): Decimal(3)}, tiers=tiers))
    windows = days_of_march(made)
    assert [window["total"] for window in windows] == [4 * 3 + 6 * 2] * 31
    assert march(made)["total"] == 4 * 3 + 306 * 2
    (gross,) = spend_breakdowns(Books(made, NOW), MARCH, APRIL, daily=False, keys=(), filters={})
    assert shown(gross["line_items"], "quantity", "total") == [(4, 12), (306, 612)]


def test_no_commit_covers_a_tiered_product() -> None:
    tiers = (Tier(Decimal(3), Decimal(100)), Tier(Decimal(2)))
    rate = Rate(product=CALLS, unit=USD, prices={(): Decimal(3)}, tiers=tiers)
    made = ten_a_day(GUIDE_CALLS, rate, prepaid("prices", "commit", [((MARCH, utc(2026, 9, 1)), 100_000)]))
    assert {line["type"] for line in march(made)["line_items"]} == {"usage"}


def changing(at: datetime) -> Rate:
    change = PriceChange(at=at, prices={(): Decimal(5)}, list_prices={(): Decimal(8)})
    return Rate(product=CALLS, unit=USD, prices={(): Decimal(4)}, changes=(change,))


def test_a_line_is_split_where_its_price_changes_and_shows_the_list_price_where_one_was_agreed() -> None:
    lines = march(ten_a_day(GUIDE_CALLS, changing(MARCH + 10 * DAY)))["line_items"]
    assert shown(lines, "quantity", "unit_price", "starting_at", "ending_before") == [
        (210, 5, "2026-03-11T00:00:00+00:00", "2026-04-01T00:00:00+00:00"),
        (100, 4, "2026-03-01T00:00:00+00:00", "2026-03-11T00:00:00+00:00"),
    ]
    listed = {"rate_type": "FLAT", "price": 8, "credit_type": USD.reference}
    assert [line.get("list_price") for line in lines] == [listed, None]


def test_days_add_up_over_a_price_change_and_each_price_has_its_own_deduction() -> None:
    made = ten_a_day(
        GUIDE_CALLS, changing(MARCH + 10 * DAY), prepaid("prices", "commit", [((MARCH, utc(2026, 9, 1)), 1_200)])
    )
    invoice = march(made)
    assert invoice["total"] == 100 * 4 + 210 * 5 - 1_200 == sum(window["total"] for window in days_of_march(made))
    deductions = [line for line in invoice["line_items"] if line["type"] == "applied_commit_or_credit"]
    assert sorted(shown(deductions, "starting_at", "total")) == [
        ("2026-03-01T00:00:00+00:00", -400),
        ("2026-03-11T00:00:00+00:00", -800),
    ]


def test_a_contract_lists_the_prices_that_it_overrides() -> None:
    contract = agreement("prices", "Test", MARCH, rates=(changing(APRIL), flat(sold(COMPUTE), "3")))
    (row,) = overrides(contract)
    assert (row["overwrite_rate"]["price"], row["starting_at"]) == (5, "2026-04-01T00:00:00+00:00")


def test_whole_units_are_rounded_up_once_over_the_period() -> None:
    """Ten hundredths of an hour a day: 3.1 hours in March are billed as 4, each of its days alone as 1."""
    product = replace(sold(COMPUTE), whole_units=True)
    made = ten_a_day(COMPUTE, Rate(product=product, unit=USD, prices={(): Decimal(2)}))
    assert shown(march(made)["line_items"], "quantity", "total") == [(4, 8)]
    assert sum(window["total"] for window in days_of_march(made)) == 31 * 2


def test_the_peak_of_a_period_is_billed_not_the_sum_of_the_days_peaks() -> None:
    peaks = stream("prices", PEAK_MEMORY, (Cell(()),), MARCH, daily=5_000, shape=steady)
    contract = agreement("prices", "Test", MARCH, rates=(flat(sold(PEAK_MEMORY), "1"),))
    made = account("prices", "Prices", created_at=MARCH, streams=(peaks,), contracts=(contract,))
    (line,) = march(made)["line_items"]
    assert line["quantity"] == max(window["line_items"][0]["quantity"] for window in days_of_march(made))


def seats(now: datetime) -> tuple[list[Row], Row]:
    """The subscription lines of March, and the subscription as the contract shows it."""
    counts = ((MARCH, 10), (MARCH + 15 * DAY, 14), (utc(2026, 5, 1), 12))
    sold_seats = Subscription(id="seats", product=fixed("Seats"), price=Decimal(31), quantities=counts)
    contract = agreement("prices", "Test", MARCH, subscriptions=(sold_seats,))
    made = account("prices", "Prices", created_at=MARCH, contracts=(contract,))
    (invoice, *_) = invoices(Books(made, now))
    return invoice["line_items"], subscription_row(sold_seats, contract, now)


def test_seats_are_billed_for_the_period_and_added_ones_for_the_days_that_are_left() -> None:
    lines, row = seats(NOW)
    assert shown(lines, "quantity", "unit_price", "total", "is_prorated") == [(10, 31, 310, False), (4, 31, 64, True)]
    assert lines[1]["starting_at"] == "2026-03-16T00:00:00+00:00"
    assert [step["quantity"] for step in row["quantity_schedule"]] == [14, 12]


def test_a_change_of_seats_is_not_billed_before_its_day() -> None:
    lines, row = seats(MARCH + 14 * DAY)
    assert shown(lines, "quantity", "total") == [(10, 310)]
    assert [step["quantity"] for step in row["quantity_schedule"]] == [10, 14, 12]
