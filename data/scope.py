"""What one viewer may see, decided once per request and handed down as a value (reliability-security design, 4.1)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import Enum, StrEnum
from typing import Final

_DAY: Final = timedelta(days=1)


class AccessDenied(Exception):
    """The viewer's scope does not cover this. Says nothing about whether the account exists."""

    status = 403
    code = "access"
    sentence = "You do not have access to this account."


class Kind(StrEnum):
    """How the viewer was told apart."""

    LOCAL = "local"
    PROXY = "proxy"
    EMBED = "embed"


class Right(StrEnum):
    VIEW = "view"
    EXPORT = "export"
    MINT_EMBED = "mint_embed"


class All(Enum):
    """Every account: a value of its own, so that nothing empty or missing can come to mean it."""

    ALL = "all"


ALL: Final = All.ALL
Customers = frozenset[str] | All


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """The days that may be asked about, both ends inclusive, and how many at once; None where there is no bound."""

    earliest: date | None = None
    latest: date | None = None
    max_days: int | None = None

    def admits(self, first: date, end: date) -> bool:
        """Whether the days from ``first`` until ``end``, exclusive, may be asked about, however many they are."""
        return self.inside(first, end) == (first, end)

    def inside(self, first: date, end: date) -> tuple[date, date] | None:
        """The part of the days from ``first`` until ``end``, exclusive, that may be asked about; None for nothing."""
        start = max(first, self.earliest or first)
        stop = end if self.latest is None else min(end, self.latest + _DAY)
        return (start, stop) if start < stop else None

    def nearest(self, first: date, last: date) -> tuple[date, date]:
        """The days to show for ``first`` to ``last``, inclusive: those inside; as many beside the bound where none is;
        and of too many the last."""
        low, high = self.earliest or date.min, self.latest or date.max
        if last < low:
            first, last = low, low + (last - first)
        elif first > high:
            first, last = high - (last - first), high
        start, stop = max(first, low), min(last, high)
        most = self.max_days or (stop - start).days + 1
        return max(start, stop - _DAY * (most - 1)), stop


@dataclass(frozen=True, kw_only=True)
class InvoiceLimits:
    """Which invoices an embed shows; what is left out is in no table, file or total. ``statuses`` and ``types`` are the
    API's words, empty for all; ``billable`` None for both kinds. ``show_zero``: whether lines without usage show at
    first."""

    contract_id: str = ""
    types: frozenset[str] = frozenset()
    statuses: frozenset[str] = frozenset()
    billable: bool | None = None
    show_zero: bool = False

    @property
    def leaves_out(self) -> bool:
        """Whether there is any invoice that these would not show."""
        return bool(self.contract_id or self.types or self.statuses or self.billable is not None)


@dataclass(frozen=True, kw_only=True)
class BalanceLimits:
    """Which commits and credits an embed shows: those in one unit (empty for all), and whether under their names."""

    credit_type_id: str = ""
    hide_names: bool = False


@dataclass(frozen=True, kw_only=True)
class GroupName:
    """How a group key and its values are called in an embed; ``values`` are (raw, shown)."""

    key: str
    name: str = ""
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Locked:
    """What an embed's token fixes beside its account: part of the scope, so that it is part of every cache key too.
    ``panels`` None means every panel; ``colours`` are (Metronome's name, ``#rrggbb``); ``locale`` is how numbers and
    dates are written, "" for the way of this app."""

    panels: frozenset[str] | None = None
    bounds: Bounds = field(default_factory=Bounds)
    invoices: InvoiceLimits = field(default_factory=InvoiceLimits)
    balances: BalanceLimits = field(default_factory=BalanceLimits)
    group_names: tuple[GroupName, ...] = ()
    colours: tuple[tuple[str, str], ...] = ()
    locale: str = ""


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Who asks, about whom, and what they may do. ``subject`` is a name for the log, hashed there; ``version``
    names the policy or key that it was decided by."""

    kind: Kind
    subject: str
    customers: Customers
    denied: frozenset[str] = frozenset()
    rights: frozenset[Right] = frozenset({Right.VIEW})
    locked: Locked = field(default_factory=Locked)
    version: str = ""

    @property
    def is_customer(self) -> bool:
        """Whether the viewer is one of the account's own people: they get figures without receipts."""
        return self.kind is Kind.EMBED

    def covers(self, customer_id: str) -> bool:
        """Whether the account is this viewer's to see. Denials win over everything, however the id is spelled: who sees
        every account but some could write those in large letters."""
        return customer_id.lower() not in self.denied and (self.customers is ALL or customer_id in self.customers)

    def may(self, right: Right) -> bool:
        return right in self.rights

    def require(self, customer_id: str) -> None:
        """Raise ``AccessDenied`` unless the account is covered."""
        if not self.may(Right.VIEW) or not self.covers(customer_id):
            raise AccessDenied(customer_id)

    def require_right(self, right: Right) -> None:
        if not self.may(right):
            raise AccessDenied(right)

    def require_days(self, *days: date) -> None:
        """Raise ``AccessDenied`` for days (the first, and the one after the last) outside the bounds."""
        if days and not self.locked.bounds.admits(*days):
            raise AccessDenied("days")

    def require_panel(self, key: str) -> None:
        """Raise ``AccessDenied`` for a panel that an embed's token does not open."""
        if self.locked.panels is not None and key not in self.locked.panels:
            raise AccessDenied(key)


LOCAL: Final = Scope(kind=Kind.LOCAL, subject="local", customers=ALL, rights=frozenset(Right))
