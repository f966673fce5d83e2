"""Which accounts does a person mean? Search over the whole list, as the API has none (Metronome notes, 2.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import pandas as pd


@dataclass(frozen=True)
class Account:
    """One account as people look for it. Empty text = not sent."""

    customer_id: str
    name: str
    aliases: tuple[str, ...]
    salesforce_id: str
    created_at: datetime | None = None
    archived_at: datetime | None = None

    @cached_property
    def searched(self) -> str:
        """All that a search looks at, without regard to case, a line each; made once, as every keystroke reads it."""
        return "\n".join((self.name, self.customer_id, self.salesforce_id, *self.aliases)).casefold()


@dataclass(frozen=True)
class Found:
    """The best matches in order, and how many there are in all."""

    accounts: tuple[Account, ...]
    total: int


def accounts_of(customers: pd.DataFrame) -> tuple[Account, ...]:
    """CUSTOMERS rows as values, active before archived, each by name without regard to case."""
    columns = [customers[name].tolist() for name in ("customer_id", "name", "aliases", "salesforce_id")]
    times = [_times(customers[name]) for name in ("created_at", "archived_at")]
    accounts = [Account(*row) for row in zip(*columns, *times, strict=True)]
    return tuple(sorted(accounts, key=lambda one: (one.archived_at is not None, one.name.casefold(), one.customer_id)))


def _times(column: pd.Series) -> list[datetime | None]:
    return [None if pd.isna(moment) else moment.to_pydatetime() for moment in column]


def find_accounts(accounts: tuple[Account, ...], text: str, *, limit: int) -> Found:
    """Accounts whose name, alias, id or Salesforce id contains every word of ``text``; names that begin with it first.

    An empty text finds all. Order within a rank is the order given.
    """
    words = text.casefold().split()
    wanted = " ".join(words)
    hits = [one for one in accounts if all(word in one.searched for word in words)]
    ranked = sorted(hits, key=lambda one: _rank(one, wanted)) if words else hits
    return Found(tuple(ranked[:limit]), len(hits))


def _rank(account: Account, wanted: str) -> int:
    name = account.name.casefold()
    exact = wanted in {name, account.customer_id.casefold(), account.salesforce_id.casefold()}
    if exact:
        return 0
    if name.startswith(wanted):
        return 1
    return 2 if any(part.startswith(wanted) for part in name.split()) else 3
