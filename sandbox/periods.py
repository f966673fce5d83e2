"""Billing periods: the stretches that usage invoices cover, and where an invoice stands in its life (section 5.1)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from sandbox.ids import ident
from sandbox.model import Contract, Frequency
from sandbox.moments import DAY, WEEK, add_months

GRACE = DAY


class Period(NamedTuple):
    start: datetime
    end: datetime

    @property
    def issued_at(self) -> datetime:
        return self.end + GRACE

    def status(self, now: datetime) -> str:
        """DRAFT until the grace period after its end is over."""
        return "FINALIZED" if self.issued_at <= now else "DRAFT"


def periods(contract: Contract, now: datetime) -> Iterator[Period]:
    """The contract's periods that have begun, oldest first, anchored at its start and cut at its end."""
    number, start = 0, contract.start
    last = min(now, contract.end) if contract.end else now
    while start < last or start == contract.start <= now:
        number += 1
        end = _boundary(contract, number)
        yield Period(start, min(end, contract.end) if contract.end else end)
        start = end


def _boundary(contract: Contract, number: int) -> datetime:
    if contract.frequency is Frequency.WEEKLY:
        return contract.start + number * WEEK
    return add_months(contract.start, number)


def invoice_id(contract: Contract, period: Period) -> str:
    """The id of the usage invoice that counts for a period (the regenerated one, where the first was voided)."""
    return contract.invoice_ids.get(period.start) or ident("invoice", contract.id, period.start.isoformat())
