"""All accounts at one moment, and what was derived for them so far."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from datetime import datetime
from threading import RLock
from typing import Any, TypeVar

from sandbox.books import Books
from sandbox.catalogue import accounts
from sandbox.catalogue.crowd import crowd
from sandbox.model import Account
from sandbox.moments import hour_floor, midnight
from sandbox.refusals import unknown

T = TypeVar("T")
Row = dict[str, Any]
_BOOKS_KEPT = 512
_ROWS_KEPT = 60_000


class World:
    """``extra``: how many thin customers to add. ``hostile``: whether the account with hostile names exists.

    ``given``: these accounts and no others.
    """

    def __init__(self, *, extra: int = 0, hostile: bool = False, given: Iterable[Account] = ()) -> None:
        self._extra = extra
        self._hostile = hostile
        self._given = tuple(given)
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()
        self._rows: OrderedDict[Hashable, list[Row]] = OrderedDict()
        self._lock = RLock()

    def accounts(self, now: datetime) -> dict[str, Account]:
        """By id, in the order in which they are listed."""
        today = midnight(now)
        return self._keep(("accounts", today), lambda: self._accounts(today))

    def _accounts(self, today: datetime) -> dict[str, Account]:
        everyone = self._given or accounts(today, with_hostile=self._hostile) + crowd(self._extra)
        return {account.id: account for account in everyone}

    def account(self, customer_id: str, now: datetime) -> Account:
        account = self.accounts(now).get(customer_id)
        if account is None:
            raise unknown("Customer")
        return account

    def books(self, customer_id: str, now: datetime) -> Books:
        """The derived books; the account's own clock may stand still earlier than ``now``."""
        account = self.account(customer_id, now)
        moment = account.standstill or now
        return self._keep(("books", customer_id, hour_floor(moment)), lambda: Books(account, moment))

    def rows(self, key: Hashable, build: Callable[[], list[Row]]) -> list[Row]:
        """All rows of a list request, computed once for all of its pages; the last used lists are kept."""
        with self._lock:
            if key not in self._rows:
                self._rows[key] = build()
                while len(self._rows) > 1 and sum(map(len, self._rows.values())) > _ROWS_KEPT:
                    self._rows.popitem(last=False)
            self._rows.move_to_end(key)
            return self._rows[key]

    def _keep(self, key: Hashable, build: Callable[[], T]) -> T:
        """What ``build`` gives, computed once per key and kept among the last used."""
        with self._lock:
            if key not in self._kept:
                self._kept[key] = build()
                while len(self._kept) > _BOOKS_KEPT:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(key)
            found: T = self._kept[key]
            return found
