"""Facts that reach the API late: what every reader sees by now, what invoices counted, and what came after them.

A finalized invoice is frozen (section 5.1): what arrives afterwards shows in usage and in breakdowns, never on it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from sandbox.facts import Feed
from sandbox.model import Account, Late, Stream
from sandbox.moments import DAY
from sandbox.periods import periods

Feeds = dict[str, Feed]


class Arrivals(NamedTuple):
    """Facts by metric id. ``seen``: all that has arrived. ``counted``: what invoices hold. ``after``: the rest."""

    seen: Feeds
    counted: Feeds
    after: Feeds


def _final_at(account: Account, stream: Stream, day: datetime) -> datetime | None:
    """When the invoice that bills ``day`` is frozen; None where no contract bills it."""
    for contract in account.contracts:
        if any(rate.product.metric_id == stream.metric.id for rate in contract.rates):
            for period in periods(contract, day + DAY):
                if period.start <= day < period.end:
                    return period.issued_at
    return None


def _in_time(account: Account, stream: Stream, late: Late) -> bool:
    final_at = _final_at(account, stream, late.day)
    return final_at is None or late.arrives_at <= final_at


def arrivals(account: Account, through: datetime) -> Arrivals:
    """The account's facts as they stand at ``through`` (a full hour)."""
    found = Arrivals({}, {}, {})
    for stream in account.streams:
        name = stream.metric.id
        come = [late for late in stream.late if late.arrives_at <= through]
        missed = [late for late in come if not _in_time(account, stream, late)]
        found.seen[name] = found.counted[name] = Feed(stream, through, come)
        if missed:
            found.counted[name] = Feed(stream, through, [late for late in come if late not in missed])
            found.after[name] = Feed(replace(stream, given={}), through, missed)
    return found
