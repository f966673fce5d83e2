"""What one viewer may see, decided once per request and handed down as a value (reliability-security design, 4.1)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import Enum, StrEnum
from typing import Final


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


@dataclass(frozen=True, kw_only=True)
class InvoiceLimits:
    """Which invoices an embed shows; what is left out is in no table, file or total. ``statuses`` and ``types`` are the
    API's words, empty for all. ``show_zero``: whether lines without usage show at first."""

    contract_id: str = ""
    types: frozenset[str] = frozenset()
    statuses: frozenset[str] = frozenset()
    show_zero: bool = False


@dataclass(frozen=True, kw_only=True)
class GroupName:
    """How a group key and its values are called in an embed; ``values`` are (raw, shown)."""

    key: str
    name: str = ""
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Locked:
    """What an embed's token fixes beside its account: part of the scope, so that it is part of every cache key too.
    ``panels`` None means every panel; ``colours`` are (Metronome's name, ``#rrggbb``)."""

    panels: frozenset[str] | None = None
    bounds: Bounds = field(default_factory=Bounds)
    invoices: InvoiceLimits = field(default_factory=InvoiceLimits)
    group_names: tuple[GroupName, ...] = ()
    colours: tuple[tuple[str, str], ...] = ()


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

    def covers(self, customer_id: str) -> bool:
        """Whether the account is this viewer's to see. Denials win over everything."""
        return customer_id not in self.denied and (self.customers is ALL or customer_id in self.customers)

    def may(self, right: Right) -> bool:
        return right in self.rights

    def require(self, customer_id: str) -> None:
        """Raise ``AccessDenied`` unless the account is covered."""
        if not self.may(Right.VIEW) or not self.covers(customer_id):
            raise AccessDenied(customer_id)

    def require_right(self, right: Right) -> None:
        if not self.may(right):
            raise AccessDenied(right)

    def require_panel(self, key: str) -> None:
        """Raise ``AccessDenied`` for a panel that an embed's token does not open."""
        if self.locked.panels is not None and key not in self.locked.panels:
            raise AccessDenied(key)


LOCAL: Final = Scope(kind=Kind.LOCAL, subject="local", customers=ALL, rights=frozenset(Right))
