"""What one viewer may see, decided once per request and handed down as a value."""

from __future__ import annotations

from dataclasses import dataclass


class AccessDenied(Exception):
    """The viewer's scope does not cover this account. Says nothing about whether the account exists."""

    status = 403
    code = "access"
    sentence = "You do not have access to this account."


@dataclass(frozen=True, kw_only=True)
class Scope:
    """``customers`` None means every account, which only local mode grants."""

    subject: str
    customers: frozenset[str] | None

    def covers(self, customer_id: str) -> bool:
        return self.customers is None or customer_id in self.customers

    def require(self, customer_id: str) -> None:
        if not self.covers(customer_id):
            raise AccessDenied(customer_id)


LOCAL = Scope(subject="local", customers=None)
