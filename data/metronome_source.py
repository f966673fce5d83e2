"""The one real source: client, frames and cache, behind the scope that each question carries."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Generic, TypeVar

import pandas as pd

from data.analytics.accounts import Account, accounts_of
from data.cache import Cache, Keep, Kept
from data.clock import Clock
from data.errors import BadAnswer, NotFound
from data.frames import balances as balance_frames
from data.frames import contracts as contract_frames
from data.frames import customers as customer_frames
from data.frames import invoices as invoice_frames
from data.frames import lines as line_frames
from data.frames import metrics as metric_frames
from data.frames import usage as usage_frames
from data.metronome.client import Fetched, MetronomeClient, Missing
from data.metronome.deadline import Deadline
from data.metronome.spans import fetch_spans
from data.metronome.usage_block import UsageBlock
from data.query_values import is_id
from data.source import Ask, BalanceTables, BreakdownTables, Loaded, Span

T = TypeVar("T")

LISTS = Keep(fresh=300.0)
READINGS = Keep(fresh=60.0)


@dataclass(frozen=True, kw_only=True)
class Patience:
    """Seconds that a question may take: a page's in all, a download's in all and without progress."""

    page: float = 10.0
    download: float = 120.0
    idle: float = 10.0


@dataclass(frozen=True)
class _Part(Generic[T]):
    """What the cache keeps: the value and its gaps."""

    value: T
    missing: tuple[Missing, ...] = ()

    @property
    def whole(self) -> bool:
        return not self.missing


@dataclass(frozen=True)
class MetronomeSource:
    """The real source. A frame that it hands out is the caller's own, and shares memory with the cache until written to
    (pandas 3 copies on write)."""

    client: MetronomeClient
    clock: Clock
    patience: Patience = Patience()
    cache: Cache = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "cache", Cache(self.clock))

    def check(self, seconds: float) -> None:
        """One cheap question, so that a wrong token or address shows at the start; raises ``SourceError``."""
        next(self.client.iter_credit_types(Deadline(self.clock, seconds)), None)

    def accounts(self, ask: Ask) -> Loaded[tuple[Account, ...]]:
        loaded = self._kept(ask, ("", "accounts"), LISTS, self._load_accounts)
        visible = tuple(one for one in loaded.value if ask.scope.covers(one.customer_id))
        return Loaded(visible, loaded.fetched_at, loaded.stale)

    def account(self, ask: Ask) -> Loaded[Account]:
        customer_id = _account_id(ask)
        return self._kept(ask, (customer_id, "account"), LISTS, lambda until: _Part(self._load_account(ask, until)))

    def metrics(self, ask: Ask) -> Loaded[pd.DataFrame]:
        customer_id = _account_id(ask)

        def load(until: Deadline) -> _Part[pd.DataFrame]:
            return _Part(metric_frames.to_metrics(self.client.iter_metrics(customer_id, until)))

        return self._kept(ask, (customer_id, "metrics"), LISTS, load)

    def metric(self, ask: Ask, metric_id: str) -> Loaded[pd.DataFrame]:
        customer_id = _account_id(ask)

        def load(until: Deadline) -> _Part[pd.DataFrame]:
            return _Part(metric_frames.to_metrics([self.client.metric(metric_id, until)]))

        return self._kept(ask, (customer_id, "metric", metric_id), LISTS, load)

    def credit_types(self, ask: Ask) -> Loaded[pd.DataFrame]:
        def load(until: Deadline) -> _Part[pd.DataFrame]:
            return _Part(metric_frames.to_credit_types(self.client.iter_credit_types(until)))

        return self._kept(ask, ("", "credit_types"), LISTS, load)

    def contracts(self, ask: Ask) -> Loaded[pd.DataFrame]:
        customer_id = _account_id(ask)

        def load(until: Deadline) -> _Part[pd.DataFrame]:
            return _Part(contract_frames.to_contracts(self.client.iter_contracts(customer_id, until)))

        return self._kept(ask, (customer_id, "contracts"), LISTS, load)

    def metric_totals(self, ask: Ask, start: date, end: date) -> Loaded[pd.DataFrame]:
        customer_id = _account_id(ask)

        def load(until: Deadline) -> _Part[pd.DataFrame]:
            rows = self.client.usage_totals(customer_id, start, end, deadline=until)
            return _Part(usage_frames.to_metric_totals(rows))

        return self._kept(ask, (customer_id, "metric_totals", start, end), READINGS, load)

    def usage(
        self, ask: Ask, metric_id: str, start: date, end: date, *, window: str, keys: tuple[str, ...]
    ) -> Loaded[pd.DataFrame]:
        customer_id = _account_id(ask)

        def load(until: Deadline) -> _Part[pd.DataFrame]:
            fetched = self.client.usage(
                customer_id, metric_id, start, end, window=window, keys=keys, deadline=until, partial=not ask.whole
            )
            return _Part(usage_frames.to_usage(fetched.rows, keys), fetched.missing)

        return self._kept(ask, (customer_id, "usage", metric_id, start, end, window, keys), READINGS, load)

    def usage_spans(
        self, ask: Ask, metric_id: str, spans: tuple[Span, ...], *, keys: tuple[str, ...]
    ) -> Loaded[pd.DataFrame]:
        customer_id = _account_id(ask)

        def load(until: Deadline) -> _Part[pd.DataFrame]:
            def one(span: Span, _stop: threading.Event) -> list[UsageBlock]:
                asked = self.client.usage(customer_id, metric_id, *span, window="none", keys=keys, deadline=until)
                return asked.rows

            fetched = fetch_spans(list(spans), one, partial=not ask.whole)
            return _Part(usage_frames.to_usage(fetched.rows, keys), fetched.missing)

        return self._kept(ask, (customer_id, "usage_spans", metric_id, spans, keys), READINGS, load)

    def breakdowns(self, ask: Ask, start: date, end: date, *, window: str) -> Loaded[BreakdownTables]:
        customer_id = _account_id(ask)

        def load(until: Deadline) -> _Part[BreakdownTables]:
            return _tables(
                self.client.breakdowns(customer_id, start, end, window=window, deadline=until, partial=not ask.whole)
            )

        return self._kept(ask, (customer_id, "breakdowns", start, end, window), READINGS, load)

    def spend_breakdowns(
        self, ask: Ask, start: date, end: date, *, keys: tuple[str, ...]
    ) -> Loaded[BreakdownTables | None]:
        customer_id = _account_id(ask)

        def load(until: Deadline) -> _Part[BreakdownTables] | _Part[None]:
            fetched = self.client.spend_breakdowns(
                customer_id, start, end, keys=keys, deadline=until, partial=not ask.whole
            )
            return _Part(None) if fetched is None else _tables(fetched)

        return self._kept(ask, (customer_id, "spend_breakdowns", start, end, keys), READINGS, load)

    def balances(self, ask: Ask) -> Loaded[BalanceTables]:
        customer_id = _account_id(ask)

        def load(until: Deadline) -> _Part[BalanceTables]:
            rows = list(self.client.iter_balances(customer_id, until))
            return _Part(
                BalanceTables(
                    balance_frames.to_balances(rows), balance_frames.to_segments(rows), balance_frames.to_ledger(rows)
                )
            )

        return self._kept(ask, (customer_id, "balances"), READINGS, load)

    def invoices(self, ask: Ask) -> Loaded[pd.DataFrame]:
        customer_id = _account_id(ask)

        def load(until: Deadline) -> _Part[pd.DataFrame]:
            return _Part(invoice_frames.to_invoices(self.client.iter_invoices(customer_id, until)))

        return self._kept(ask, (customer_id, "invoices"), READINGS, load)

    def _load_accounts(self, until: Deadline) -> _Part[tuple[Account, ...]]:
        rows = [
            row
            for only_archived in (False, True)
            for row in self.client.iter_customers(until, only_archived=only_archived)
        ]
        return _Part(accounts_of(customer_frames.to_customers(rows)))

    def _load_account(self, ask: Ask, until: Deadline) -> Account:
        row = self.client.customer(ask.customer_id, until)
        return accounts_of(customer_frames.to_customers([row]))[0]

    def _kept(
        self, ask: Ask, key: tuple[Hashable, ...], keep: Keep, load: Callable[[Deadline], _Part[Any]]
    ) -> Loaded[Any]:
        """``load`` through the cache. A whole answer to a page serves a download too; never the other way round.

        A download has looked up its account and metric before it asks for figures: "not found" is no answer to that.
        """
        found: Kept[_Part[Any]] | None = self.cache.peek(key, keep) if ask.whole else None
        if found is None or not found.value.whole:
            own_key = (*key, "whole") if ask.whole else key
            try:
                found = self.cache.get(own_key, lambda: load(self._deadline(ask)), keep)
            except NotFound as error:
                if not ask.whole or keep is not READINGS:
                    raise
                raise BadAnswer(f"figures of a known account: {error.detail}") from error
        return Loaded(_own(found.value.value), found.fetched_at, found.error, found.value.missing)

    def _deadline(self, ask: Ask) -> Deadline:
        if ask.whole:
            return Deadline(self.clock, self.patience.download, idle=self.patience.idle)
        return Deadline(self.clock, self.patience.page)


def _account_id(ask: Ask) -> str:
    ask.scope.require(ask.customer_id)
    if not is_id(ask.customer_id):
        raise NotFound(sentence="There is no account with this id.")
    return ask.customer_id


def _own(value: Any) -> Any:
    """``value`` with frames that can be written to without reaching the cache's."""
    if isinstance(value, pd.DataFrame):
        return value.copy(deep=False)
    if isinstance(value, BalanceTables | BreakdownTables):
        return replace(value, **{name: _own(frame) for name, frame in vars(value).items()})
    return value


def _tables(fetched: Fetched[Any]) -> _Part[BreakdownTables]:
    rows = list(fetched.rows)
    return _Part(BreakdownTables(line_frames.to_lines(rows), line_frames.to_windows(rows)), fetched.missing)
