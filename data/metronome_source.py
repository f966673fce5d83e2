"""The one real source: client, frames and cache, behind the scope that each question carries."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

import pandas as pd

from data.analytics.accounts import Account, accounts_of
from data.clock import Clock
from data.dashboards import Dashboard, Framed, framed
from data.errors import NotFound
from data.keeping import READINGS, Keeper, Patience, Sought
from data.metronome import questions
from data.metronome.answers import Pdf
from data.metronome.client import MetronomeClient
from data.metronome.deadline import Deadline
from data.metronome.question import Question
from data.query_values import is_id
from data.reading import Reading, balance_tables, breakdown_tables, invoice_tables, net_balance_calls
from data.scope import ALL, Right
from data.settings import METRONOME_DASHBOARDS
from data.source import Ask, BalanceTables, BreakdownTables, InvoiceTables, Loaded, Span
from data.upstream_state import UpstreamState
from data.waiting import take_place
from data.window_cache.reader import WindowCache
from data.window_cache.store import MemoryStore

__all__ = ["MetronomeSource", "Patience"]

# Days that are kept, and asked for, together: a month, and of hours as many as a page or two hold.
USAGE_BLOCKS: Final = {"day": 31, "hour": 4}
BREAKDOWN_BLOCKS: Final = {"day": 31, "hour": 1}


@dataclass(frozen=True)
class MetronomeSource:
    """The real source. A frame that it hands out is the caller's own, and shares memory with the cache until written to
    (pandas 3 copies on write). Without a ``window_cache`` it has a small one of its own."""

    client: MetronomeClient
    clock: Clock
    patience: Patience = field(default_factory=Patience)
    dashboards_origin: str = METRONOME_DASHBOARDS
    window_cache: WindowCache | None = None
    keeper: Keeper = field(init=False)
    reading: Reading = field(init=False)

    def __post_init__(self) -> None:
        cache = self.window_cache or WindowCache(MemoryStore(64 << 20, self.clock), self.clock)
        object.__setattr__(self, "keeper", Keeper(cache, self.clock, self.patience))
        object.__setattr__(self, "reading", Reading(self.client))

    @property
    def cache(self) -> WindowCache:
        return self.keeper.cache

    def check(self, seconds: float) -> None:
        """One cheap question, so that a wrong token or address shows at the start; raises ``SourceError``."""
        next(self.client.iter_credit_types(Deadline(self.clock, seconds)), None)

    def upstream(self) -> UpstreamState:
        return self.client.upstream()

    def accounts(self, ask: Ask) -> Loaded[tuple[Account, ...]]:
        asked = [questions.customers(only_archived=archived) for archived in (False, True)]
        sought = Sought(
            name=("", "accounts"),
            asked=asked,
            fetch=self.reading.accounts(),
            shape=lambda tables: accounts_of(tables["customers"]),
        )
        loaded = self.keeper.list(ask, sought)
        return replace(loaded, value=tuple(one for one in loaded.value if ask.scope.covers(one.customer_id)))

    def account(self, ask: Ask) -> Loaded[Account]:
        customer_id = _account_id(ask)
        sought = Sought(
            name=(customer_id, "account"),
            asked=[questions.customer(customer_id)],
            fetch=self.reading.account(customer_id),
            shape=lambda tables: accounts_of(tables["customers"])[0],
        )
        return self.keeper.list(ask, sought)

    def metrics(self, ask: Ask) -> Loaded[pd.DataFrame]:
        customer_id = _account_id(ask)
        asked, fetch = [questions.metrics(customer_id)], self.reading.metrics(customer_id)
        return self.keeper.list(ask, Sought(name=(customer_id, "metrics"), asked=asked, fetch=fetch))

    def metric(self, ask: Ask, metric_id: str) -> Loaded[pd.DataFrame]:
        """One that the account does not list. It may be what another one uses, name and all, so only those who may see
        every account can ask for it."""
        customer_id = _account_id(ask)
        if ask.scope.customers is not ALL or ask.scope.denied:
            raise NotFound(sentence="There is no metric with this id.")
        asked, fetch = [questions.metric(metric_id)], self.reading.metric(metric_id)
        return self.keeper.list(ask, Sought(name=(customer_id, "metric", metric_id), asked=asked, fetch=fetch))

    def credit_types(self, ask: Ask) -> Loaded[pd.DataFrame]:
        asked, fetch = [questions.credit_types()], self.reading.credit_types()
        return self.keeper.list(ask, Sought(name=("", "credit_types"), asked=asked, fetch=fetch))

    def contracts(self, ask: Ask) -> Loaded[pd.DataFrame]:
        customer_id = _account_id(ask)
        asked, fetch = [questions.contracts(customer_id)], self.reading.contracts(customer_id)
        return self.keeper.list(ask, Sought(name=(customer_id, "contracts"), asked=asked, fetch=fetch))

    def metric_totals(self, ask: Ask, start: date, end: date) -> Loaded[pd.DataFrame]:
        customer_id = _account_id(ask, start, end)
        asked = [questions.usage_totals(customer_id, start, end)]
        fetch = self.reading.metric_totals(customer_id)
        sought = Sought(name=(customer_id, "metric_totals"), asked=asked, fetch=fetch)
        return self.keeper.spans(ask, sought, (start, end))

    def usage(
        self, ask: Ask, metric_id: str, start: date, end: date, *, window: str, keys: tuple[str, ...]
    ) -> Loaded[pd.DataFrame]:
        customer_id = _account_id(ask, start, end)
        asked = [questions.usage(customer_id, metric_id, start, end, window=window, keys=keys)]
        fetch = self.reading.usage(customer_id, metric_id, window=window, keys=keys)
        name = customer_id, "usage", metric_id, window, keys
        sought = Sought(name=name, asked=asked, fetch=fetch, tables=("usage",))
        if window in USAGE_BLOCKS:
            return self.keeper.days(ask, sought, start, end, size=USAGE_BLOCKS[window])
        return self.keeper.spans(ask, sought, (start, end))

    def usage_spans(
        self, ask: Ask, metric_id: str, spans: tuple[Span, ...], *, keys: tuple[str, ...]
    ) -> Loaded[pd.DataFrame]:
        customer_id = _account_id(ask, *_hull(spans))
        asked = [_of_spans(questions.usage(customer_id, metric_id, *_hull(spans), window="none", keys=keys), spans)]
        fetch = self.reading.usage(customer_id, metric_id, window="none", keys=keys)
        sought = Sought(name=(customer_id, "usage_spans", metric_id, keys), asked=asked, fetch=fetch)
        return self.keeper.spans(ask, sought, *spans)

    def breakdowns(self, ask: Ask, start: date, end: date, *, window: str) -> Loaded[BreakdownTables]:
        customer_id = _account_id(ask, start, end)
        sought = Sought(
            name=(customer_id, "breakdowns", window),
            asked=[questions.breakdowns(customer_id, start, end, window=window)],
            fetch=self.reading.breakdowns(customer_id, window=window),
            shape=breakdown_tables,
            tables=("lines", "windows"),
        )
        return self.keeper.days(ask, sought, start, end, size=BREAKDOWN_BLOCKS[window])

    def spend_breakdowns(
        self, ask: Ask, start: date, end: date, *, keys: tuple[str, ...]
    ) -> Loaded[BreakdownTables | None]:
        customer_id = _account_id(ask, start, end)
        sought = Sought(
            name=(customer_id, "spend_breakdowns", keys),
            asked=[questions.spend_breakdowns(customer_id, start, end, keys=keys)],
            fetch=self.reading.spend_breakdowns(customer_id, keys=keys),
            shape=breakdown_tables,
            tables=("lines", "windows"),
        )
        return self.keeper.days(ask, sought, start, end, size=BREAKDOWN_BLOCKS["day"])

    def balances(self, ask: Ask) -> Loaded[BalanceTables]:
        customer_id = _account_id(ask)
        asked, fetch = [questions.balances(customer_id)], self.reading.balances(customer_id)
        sought = Sought(name=(customer_id, "balances"), asked=asked, fetch=fetch, shape=balance_tables)
        return self.keeper.list(ask, sought, lasts=READINGS)

    def net_balances(self, ask: Ask, credit_type_ids: tuple[str, ...]) -> Loaded[pd.DataFrame]:
        customer_id = _account_id(ask)
        calls = net_balance_calls(credit_type_ids)
        asked = [questions.net_balance(customer_id, **call) for call in calls]
        fetch = self.reading.net_balances(customer_id, calls)
        sought = Sought(name=(customer_id, "net_balances", credit_type_ids), asked=asked, fetch=fetch)
        return self.keeper.list(ask, sought, lasts=READINGS)

    def invoices(self, ask: Ask) -> Loaded[InvoiceTables]:
        customer_id = _account_id(ask)
        asked, fetch = [questions.invoices(customer_id)], self.reading.invoices(customer_id)
        sought = Sought(name=(customer_id, "invoices"), asked=asked, fetch=fetch, shape=invoice_tables)
        return self.keeper.list(ask, sought, lasts=READINGS)

    def invoice_pdf(self, ask: Ask, invoice_id: str) -> Pdf:
        customer_id = _account_id(ask)
        if not is_id(invoice_id):
            raise NotFound(sentence="There is no invoice with this id.")
        take_place()
        return self.client.invoice_pdf(customer_id, invoice_id, self.keeper.deadline(whole=True))

    def dashboard(self, ask: Ask, dashboard: Dashboard) -> Framed:
        """Asked anew each time and kept nowhere: the address carries a credential (Metronome notes, 2.13)."""
        customer_id = _account_id(ask)
        ask.scope.require_right(Right.MINT_EMBED)
        take_place()
        url = self.client.embeddable_url(customer_id, dashboard, self.keeper.deadline(whole=False))
        return framed(url, self.dashboards_origin)


def _account_id(ask: Ask, *days: date) -> str:
    """The account that ``ask`` is about, for the days from the first of ``days`` until the second, if any; raises
    ``AccessDenied`` for an account or days that are not the viewer's."""
    ask.scope.require(ask.customer_id)
    ask.scope.require_days(*days)
    if not is_id(ask.customer_id):
        raise NotFound(sentence="There is no account with this id.")
    return ask.customer_id


def _hull(spans: tuple[Span, ...]) -> Span:
    return min(start for start, _ in spans), max(end for _, end in spans)


def _of_spans(question: Question, spans: tuple[Span, ...]) -> Question:
    """``question`` about the whole range as it is told on receipts: each span was asked for by itself, and the whole at
    once would give another figure, so their number stands with it."""
    return replace(question, query=(*question.query, ("spans", str(len(spans)))))
