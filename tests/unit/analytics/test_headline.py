"""The few numbers above everything."""

from __future__ import annotations

from data.analytics.commitments import burndown
from data.analytics.headline import balance_headline
from tests.unit.analytics.builders import (
    EUR_ID,
    at,
    balance,
    guide_account,
    segment,
    tables,
    units,
)

NOW = at("2024-10-15")


def test_settled_less_pending_is_available() -> None:
    found = balance_headline(burndown(*guide_account(), invoices=None, now=NOW, units=units()), now=NOW)
    assert found is not None
    assert (found.currency, found.settled, found.pending, found.available) == ("USD", 40, 20, 20)
    assert found.expiring == 0


def test_the_balance_is_that_of_the_currency_spent_in_where_there_is_one() -> None:
    rows = [
        balance("1", balance=100), balance("2", balance=7, credit_type_id=EUR_ID, credit_type="EUR"),
        balance("3", "POSTPAID", balance=5),
    ]  # fmt: skip
    burn = burndown(*tables(rows, [], []), invoices=None, now=NOW, units=units())
    main, missing = (balance_headline(burn, now=NOW, currency=code) for code in ("USD", "GBP"))
    assert main is not None
    assert missing is not None
    assert (main.currency, main.available, missing.currency) == ("USD", 1, "EUR")


def test_what_is_not_known_has_no_number() -> None:
    unknown = burndown(*tables([balance(has_ledger=False)], [], []), invoices=None, now=NOW, units=units())
    found = balance_headline(unknown, now=NOW)
    assert found is not None
    assert (found.available, found.pending, found.settled, found.expiring) == (None, None, None, None)
    owed = burndown(*tables([balance(kind="POSTPAID")], [], []), invoices=None, now=NOW, units=units())
    assert balance_headline(owed, now=NOW) is None
    assert balance_headline(None, now=NOW) is None


def test_what_is_expired_or_archived_is_not_available_whatever_the_api_says_is_left() -> None:
    rows = [
        balance("over", balance=3600), balance("shelved", balance=500, archived_at="2024-10-01"),
        balance("open", balance=700),
    ]  # fmt: skip
    segments = [
        segment("1", "over", 5000, "2024-01-01", "2024-10-01"),
        segment("2", "shelved", 500, "2024-01-01", "2024-12-01"),
        segment("3", "open", 900, "2024-01-01", "2024-12-01"),
    ]  # fmt: skip
    burn = burndown(*tables(rows, segments, []), invoices=None, now=NOW, units=units())
    found = balance_headline(burn, now=NOW)
    assert found is not None
    assert (found.available, found.settled, found.expiring) == (7, 7, 7)
    assert burn.table["remaining"].tolist() == [36, 5, 7]


def test_only_prepaid_value_on_segments_that_end_within_ninety_days_is_expiring() -> None:
    rows = [
        balance("soon", balance=100), balance("late", balance=200), balance("owed", "POSTPAID", balance=400),
        balance("never", "CREDIT", balance=800),
    ]  # fmt: skip
    ends = {"soon": "2025-01-13", "late": "2025-01-14", "owed": "2024-11-01", "never": None}
    segments = [segment(name, name, 1000, "2024-09-01", end) for name, end in ends.items()]
    found = balance_headline(burndown(*tables(rows, segments, []), invoices=None, now=NOW, units=units()), now=NOW)
    assert found is not None
    assert (found.expiring, [one.balance_id for one in found.ending]) == (1, ["soon"])


def test_an_account_whose_balances_are_all_over_has_nothing_available() -> None:
    later = at("2026-11-20")
    found = balance_headline(burndown(*guide_account(), invoices=None, now=later, units=units()), now=later)
    assert found is not None
    assert (found.currency, found.available, found.pending, found.settled, found.expiring) == ("USD", 0, 0, 0, 0)


def test_what_is_left_of_segments_without_amounts_is_not_known_to_expire() -> None:
    parts = [segment(name, "B", None, "2024-09-01", ends) for name, ends in (("S", "2024-11-01"), ("T", "2026-11-01"))]
    sent = tables([balance(balance=100, has_ledger=False)], parts, [])
    found = balance_headline(burndown(*sent, invoices=None, now=NOW, units=units()), now=NOW)
    assert found is not None
    assert (found.available, found.expiring) == (1, None)
