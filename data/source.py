"""What panels and downloads may ask about an account, and the values that come back. ``data.metronome_source`` answers.

Every method takes an ``Ask`` first. Its scope is checked before the cache and before the network; an id that is not
written like one is ``NotFound`` without a call.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Generic, Protocol, TypeVar

import pandas as pd

from data.analytics.accounts import Account
from data.dashboards import Dashboard, Framed
from data.errors import Missing, SourceError
from data.metronome.answers import Pdf
from data.scope import Scope
from data.upstream_state import UpstreamState

T = TypeVar("T")
Span = tuple[date, date]


@dataclass(frozen=True, kw_only=True)
class Ask:
    """Who asks for which account. ``whole`` asks for all or nothing, with a download's patience."""

    scope: Scope
    customer_id: str = ""
    whole: bool = False


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One question as it was put to the API, for receipts. ``family`` names the endpoint in one word; the pages and
    spans of one question count as one. ``parameters`` are those of query and body, without cursors. ``is_old``: the
    answer is an older copy, as the question failed when it was asked again."""

    family: str
    method: str
    path: str
    parameters: tuple[tuple[str, str], ...]
    fetched_at: datetime
    is_old: bool = False


@dataclass(frozen=True)
class Loaded(Generic[T]):
    """A value, when it was fetched, why it is an old copy if it is one, which spans are missing from it, and what was
    asked for it. Equal versions of one question: equal values, marks and gaps; () says nothing."""

    value: T
    fetched_at: datetime
    stale: SourceError | None = None
    missing: tuple[Missing, ...] = ()
    asked: tuple[Asked, ...] = ()
    version: Hashable = ()


@dataclass(frozen=True)
class BalanceTables:
    """BALANCES, SEGMENTS and LEDGER of one account."""

    balances: pd.DataFrame
    segments: pd.DataFrame
    ledger: pd.DataFrame


@dataclass(frozen=True)
class InvoiceTables:
    """INVOICES of one account, and the LINES of each as it stands (window = the invoice's period)."""

    invoices: pd.DataFrame
    lines: pd.DataFrame


@dataclass(frozen=True)
class BreakdownTables:
    """LINES and WINDOWS of one account over a range."""

    lines: pd.DataFrame
    windows: pd.DataFrame


class Source(Protocol):
    """What panels and downloads may ask. All raise ``SourceError`` or ``AccessDenied``; days are UTC, end exclusive."""

    def upstream(self) -> UpstreamState:
        """How the service is doing, as far as is known; asks nothing, and is about nobody."""
        ...

    def accounts(self, ask: Ask) -> Loaded[tuple[Account, ...]]: ...
    def account(self, ask: Ask) -> Loaded[Account]: ...
    def metrics(self, ask: Ask) -> Loaded[pd.DataFrame]: ...
    def metric(self, ask: Ask, metric_id: str) -> Loaded[pd.DataFrame]: ...
    def credit_types(self, ask: Ask) -> Loaded[pd.DataFrame]: ...
    def contracts(self, ask: Ask) -> Loaded[pd.DataFrame]: ...
    def metric_totals(self, ask: Ask, start: date, end: date) -> Loaded[pd.DataFrame]: ...
    def usage(
        self, ask: Ask, metric_id: str, start: date, end: date, *, window: str, keys: tuple[str, ...]
    ) -> Loaded[pd.DataFrame]: ...
    def usage_spans(
        self, ask: Ask, metric_id: str, spans: tuple[Span, ...], *, keys: tuple[str, ...]
    ) -> Loaded[pd.DataFrame]: ...
    def breakdowns(self, ask: Ask, start: date, end: date, *, window: str) -> Loaded[BreakdownTables]: ...
    def spend_breakdowns(
        self, ask: Ask, start: date, end: date, *, keys: tuple[str, ...]
    ) -> Loaded[BreakdownTables | None]: ...
    def balances(self, ask: Ask) -> Loaded[BalanceTables]: ...
    def net_balances(self, ask: Ask, credit_type_ids: tuple[str, ...]) -> Loaded[pd.DataFrame]: ...
    def invoices(self, ask: Ask) -> Loaded[InvoiceTables]: ...
    def invoice_pdf(self, ask: Ask, invoice_id: str) -> Pdf: ...
    def dashboard(self, ask: Ask, dashboard: Dashboard) -> Framed: ...
