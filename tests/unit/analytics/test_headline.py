"""The few numbers above everything."""

from __future__ import annotations

from data.analytics.commitments import burndown
from data.analytics.headline import balance_headline
from tests.unit.analytics.builders import (
    EUR_ID,
    at,
    balance,
    guide_account,
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
