"""What the checks of an account stand on, loaded once: its invoices, its balances, the breakdowns of whole periods."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from data.analytics.entries import Account, accounts_of
from data.analytics.invoices import invoices_of
from data.analytics.units import Units, units_of
from data.filters import Days
from data.schema import CREDIT_TYPES, empty
from data.source import BalanceTables, BreakdownTables, InvoiceTables, Loaded
from data.views.asking import Question, attempt, choose, together
from data.views.periods_loaded import Periods, compared_periods


@dataclass(frozen=True)
class Ground:
    """Parts that could not be loaded are None. ``parts`` are all that were, for the provenance; checks that load more
    add to it."""

    question: Question
    days: Days
    units: Units
    invoices: Loaded[InvoiceTables] | None
    balances: Loaded[BalanceTables] | None
    metrics: Loaded[pd.DataFrame] | None
    periods: Periods | None
    has_units: bool
    parts: list[Loaded[Any]] = field(default_factory=list)

    @cached_property
    def accounts(self) -> list[Account]:
        """Every balance with its ledger; none when they could not be loaded."""
        if self.balances is None:
            return []
        tables, invoices = self.balances.value, self.invoices.value.invoices if self.invoices else None
        frames = (tables.balances, tables.segments, tables.ledger)
        return accounts_of(*frames, invoices=invoices, now=self.question.now, units=self.units)

    @cached_property
    def statuses(self) -> dict[str, str]:
        """The status of every invoice by its id."""
        if self.invoices is None:
            return {}
        frame = self.invoices.value.invoices
        return {
            ident: "" if pd.isna(status) else str(status)
            for ident, status in zip(frame["invoice_id"], frame["status"].astype(object), strict=True)
        }

    @cached_property
    def chosen(self) -> frozenset[str]:
        """The ids of the invoices of the range."""
        if self.invoices is None:
            return frozenset()
        found = invoices_of(self.invoices.value.invoices, self.days, now=self.question.now, units=self.units)
        return frozenset(one.invoice_id for one in found)

    @property
    def unavailable(self) -> tuple[str, ...]:
        """What is missing without being a check of its own."""
        units = () if self.has_units else ("the list of currencies",)
        return (*units, *(self.periods.unavailable if self.periods else ()))

    @property
    def breakdowns(self) -> Loaded[BreakdownTables] | None:
        """The breakdowns of the range's whole billing periods."""
        return self.periods.loaded if self.periods else None


def load_ground(question: Question) -> Ground:
    """Load what there is; raises ``SourceError`` when neither invoices nor balances can be had."""
    source, ask = question.source, question.ask
    choice = choose(question)  # first: a range that a download cannot have costs no other call
    (invoices, failure), (balances, no_balances), (listed, _), (metrics, _) = together(
        lambda: attempt(question, lambda: source.invoices(ask)),
        lambda: attempt(question, lambda: source.balances(ask)),
        lambda: attempt(question, lambda: source.credit_types(ask)),
        lambda: attempt(question, lambda: source.metrics(ask)),
    )
    if failure is not None and no_balances is not None:
        raise failure
    units = units_of(listed.value if listed else empty(CREDIT_TYPES))
    periods, _ = (
        attempt(question, lambda: compared_periods(question, invoices, units=units)) if invoices else (None, None)
    )
    loaded = [part for part in (invoices, balances, listed, metrics, periods.loaded if periods else None) if part]
    return Ground(question, choice.days, units, invoices, balances, metrics, periods, listed is not None, loaded)
