"""What is left of what the account committed to? Balances as of now, their ledger, and their way over time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from data.analytics.balance_steps import BalanceChart, balance_steps
from data.analytics.balance_totals import BalanceTotal, balance_totals
from data.analytics.commitments import Burndown, burndown
from data.analytics.folding import folded
from data.analytics.ledger import ledger_rows
from data.analytics.units import units_of
from data.lineage.value import Seal
from data.schema import CREDIT_TYPES, empty
from data.source import BalanceTables
from data.views.asking import Provenance, Question, attempt, provenance, together
from data.views.limits import allowed_balances, listed_invoices, unnamed_rows

AHEAD = timedelta(days=30)
BY_DATE = "the invoices, so posted and pending are told by date"
NO_TYPES = "the list of currencies"


@dataclass(frozen=True)
class CommitmentsView:
    """The burndown of every balance, totals per unit and side, one chart per unit and side, and all ledger entries.

    ``start`` and ``end`` are the days that the charts cover: the life of the balances, at least until today.
    """

    burn: Burndown
    totals: tuple[BalanceTotal, ...]
    charts: tuple[BalanceChart, ...]
    ledger: pd.DataFrame
    start: datetime
    end: datetime
    seal: Seal
    provenance: Provenance


def balances_seal(question: Question) -> Seal:
    """Balances are as of now, whatever the range: their figures are told apart by the account alone."""
    return question.seal("C")


def commitments_view(question: Question) -> CommitmentsView:
    """Load and reduce; raises ``SourceError``. Without the invoices or the currencies the page goes on and says so."""
    source, ask, now = question.source, question.ask, question.now
    balances, (invoices, no_invoices), (listed, no_types) = together(
        lambda: allowed_balances(question, source.balances(ask)),
        lambda: attempt(question, lambda: source.invoices(ask)),
        lambda: attempt(question, lambda: source.credit_types(ask)),
    )
    tables: BalanceTables = balances.value
    units = units_of(listed.value if listed else empty(CREDIT_TYPES))
    known: dict[str, Any] = {"invoices": invoices.value.invoices if invoices else None, "now": now, "units": units}
    frames = (tables.balances, tables.segments, tables.ledger)
    start, end = _life(tables.segments, now)
    burn = burndown(*frames, **known)
    ledger = ledger_rows(tables.ledger, tables.balances, segments=tables.segments, **known)
    unavailable = (*([BY_DATE] if no_invoices else ()), *([NO_TYPES] if no_types else ()))
    return CommitmentsView(
        burn=burn,
        totals=balance_totals(burn),
        charts=tuple(folded(chart) for chart in balance_steps(*frames, until=end, **known)),
        ledger=unnamed_rows(question, ledger, listed_invoices(question, invoices)),
        start=start,
        end=end,
        seal=balances_seal(question),
        provenance=provenance(now, None, balances, *filter(None, (invoices, listed)), unavailable=unavailable),
    )


def _life(segments: pd.DataFrame, now: datetime) -> tuple[datetime, datetime]:
    """From the first day that any balance was open to the last one, today with a margin at least."""
    starts, ends = segments["starts_at"].dropna(), segments["ends_at"].dropna()
    first = min(starts.min().to_pydatetime(), now) if len(starts) else now - AHEAD
    last = max(ends.max().to_pydatetime(), now) if len(ends) else now + AHEAD
    return first, last
