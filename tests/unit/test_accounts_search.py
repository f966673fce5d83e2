"""Which accounts a person means: every way to name one, the best match first, thousands of them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from data.analytics.accounts import Account, accounts_of, find_accounts
from data.frames.customers import to_customers
from data.metronome.shapes import CustomerRow
from sandbox.catalogue.crowd import crowd


def account(name: str, number: int = 1, **more: object) -> Account:
    details: dict[str, object] = {"aliases": (), "salesforce_id": ""} | more
    return Account(f"{number:08x}-0000-4000-8000-000000000000", name, **details)  # type: ignore[arg-type]


HALDEN = account("Halden Robotics", 1, aliases=("halden-prod", "hr-eu"), salesforce_id="001Hal0000000042")
NORTH = account("North Halden Freight", 2)
SHADOW = account("Shadow Games", 3, aliases=("halden",))
STRASSE = account("Straße & Söhne", 4)
ALL = (HALDEN, NORTH, SHADOW, STRASSE)


def names(text: str, accounts: tuple[Account, ...] = ALL, limit: int = 20) -> list[str]:
    return [one.name for one in find_accounts(accounts, text, limit=limit).accounts]


def test_a_name_that_begins_with_the_words_comes_before_a_word_that_does_before_the_rest() -> None:
    assert names("hald") == ["Halden Robotics", "North Halden Freight", "Shadow Games"]


def test_an_exact_name_comes_before_longer_ones() -> None:
    longer, exact = account("Halden Robotics Europe", 5), account("Halden", 6)
    assert names("halden", (longer, exact)) == ["Halden", "Halden Robotics Europe"]


@pytest.mark.parametrize(
    "text", ["001hal0000000042", "HALDEN-PROD", "hr-eu", HALDEN.customer_id, HALDEN.customer_id.upper(), "robot"]
)
def test_an_account_is_found_by_alias_id_and_salesforce_id_in_any_case(text: str) -> None:
    assert names(text)[0] == "Halden Robotics"


def test_an_exact_id_comes_first_even_when_a_name_holds_it() -> None:
    odd = account(f"Copy of {HALDEN.customer_id}", 9)
    assert names(HALDEN.customer_id, (odd, HALDEN)) == ["Halden Robotics", odd.name]


def test_every_word_must_occur_in_any_order_and_place() -> None:
    assert names("robotics halden") == ["Halden Robotics"]
    assert names("halden prod robo") == ["Halden Robotics"]
    assert names("halden bakery") == []


def test_words_do_not_match_across_two_texts_of_an_account() -> None:
    assert names("robotics001hal") == []


def test_case_is_folded_as_people_write() -> None:
    assert names("STRASSE") == ["Straße & Söhne"]
    assert names("söhne") == ["Straße & Söhne"]


@pytest.mark.parametrize("text", ["", "   ", "\t\n"])
def test_no_words_find_everybody_in_the_given_order(text: str) -> None:
    assert names(text) == [one.name for one in ALL]


@pytest.mark.parametrize("text", [".*", "%", "_", "(", "\\", "<script>", "\x00", "\u202e", "x" * 4096])
def test_nothing_that_is_typed_is_a_pattern(text: str) -> None:
    assert names(text) == []


def test_the_limit_cuts_the_list_and_the_total_says_so() -> None:
    found = find_accounts(ALL, "halden", limit=2)
    assert (len(found.accounts), found.total) == (2, 3)
    assert find_accounts(ALL, "", limit=0).total == len(ALL)


def test_archived_accounts_come_last_and_names_are_in_order_whatever_their_case() -> None:
    rows = [
        CustomerRow(id="a", name="zeta"),
        CustomerRow(id="b", name="Alpha", archived_at="2026-01-01T00:00:00Z"),
        CustomerRow(id="c", name="Beta"),
        CustomerRow(id="d", name="alpha"),
    ]
    found = accounts_of(to_customers(rows))
    assert [one.customer_id for one in found] == ["d", "c", "a", "b"]
    assert found[-1].archived_at == datetime(2026, 1, 1, tzinfo=UTC)
    assert [one.archived_at for one in found[:-1]] == [None] * 3
    assert [one.customer_id for one in find_accounts(found, "alpha", limit=5).accounts] == ["d", "b"]


def test_five_thousand_accounts_are_searched_whole() -> None:
    rows = [
        CustomerRow(id=one.id, name=one.name, ingest_aliases=list(one.aliases), created_at=one.created_at.isoformat())
        for one in crowd(5_000)
    ]
    accounts = accounts_of(to_customers(rows))
    assert len(accounts) == 5_000
    for number in (1, 2_500, 5_000):
        wanted = next(one for one in accounts if one.name.endswith(f" {number:05d}"))
        assert find_accounts(accounts, wanted.name, limit=20).accounts == (wanted,)
        assert find_accounts(accounts, f"crowd-{number}", limit=20).accounts[0].aliases[0].startswith(f"crowd-{number}")
        assert find_accounts(accounts, wanted.customer_id, limit=20).accounts == (wanted,)
    many = find_accounts(accounts, "energy", limit=20)
    assert len(many.accounts) == 20
    assert many.total > 300
