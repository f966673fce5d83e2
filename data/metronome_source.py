"""The one real source: client, frames and cache, behind the scope that each question carries."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial

import pandas as pd

from data.analytics.accounts import Account, accounts_of
from data.cache import Cache
from data.clock import Clock
from data.dashboards import Dashboard, Framed, framed
from data.errors import NotFound
from data.frames.contracts import to_contracts
from data.frames.customers import to_customers
from data.frames.metrics import to_credit_types, to_metrics
from data.frames.usage import to_metric_totals, to_usage
from data.keeping import LISTS, READINGS, Keeper, Part, Patience
from data.metronome import questions
from data.metronome.answers import Pdf
from data.metronome.client import MetronomeClient
from data.metronome.deadline import Deadline
from data.metronome.question import Question
from data.metronome.spans import fetch_spans
from data.metronome.usage_block import UsageBlock
from data.query_values import is_id
from data.reading import (
    breakdown_tables,
    net_balance_calls,
    read_accounts,
    read_balances,
    read_invoices,
    read_net_balances,
)
from data.scope import ALL, Right
from data.settings import METRONOME_DASHBOARDS
from data.source import Ask, BalanceTables, BreakdownTables, InvoiceTables, Loaded, Span

__all__ = ["MetronomeSource", "Patience"]


@dataclass(frozen=True)
class MetronomeSource:
    """The real source. A frame that it hands out is the caller's own, and shares memory with the cache until written to
    (pandas 3 copies on write)."""

    client: MetronomeClient
    clock: Clock
    patience: Patience = field(default_factory=Patience)
    dashboards_origin: str = METRONOME_DASHBOARDS
    keeper: Keeper = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "keeper", Keeper(self.clock, self.patience))

    @property
    def cache(self) -> Cache:
        return self.keeper.cache

    def check(self, seconds: float) -> None:
        """One cheap question, so that a wrong token or address shows at the start; raises ``SourceError``."""
        next(self.client.iter_credit_types(Deadline(self.clock, seconds)), None)

    def accounts(self, ask: Ask) -> Loaded[tuple[Account, ...]]:
        asked = [questions.customers(only_archived=archived) for archived in (False, True)]
        load = partial(read_accounts, self.client)
        loaded = self.keeper.get(ask, ("", "accounts"), LISTS, load, asked=asked)
        return replace(loaded, value=tuple(one for one in loaded.value if ask.scope.covers(one.customer_id)))

    def account(self, ask: Ask) -> Loaded[Account]:
        customer_id = _account_id(ask)

        def load(until: Deadline) -> Part[Account]:
            row = self.client.customer(customer_id, until)
            return Part(accounts_of(to_customers([row]))[0])

        asked = [questions.customer(customer_id)]
        return self.keeper.get(ask, (customer_id, "account"), LISTS, load, asked=asked)

    def metrics(self, ask: Ask) -> Loaded[pd.DataFrame]:
        customer_id = _account_id(ask)

        def load(until: Deadline) -> Part[pd.DataFrame]:
            return Part(to_metrics(self.client.iter_metrics(customer_id, until)))

        asked = [questions.metrics(customer_id)]
        return self.keeper.get(ask, (customer_id, "metrics"), LISTS, load, asked=asked)

    def metric(self, ask: Ask, metric_id: str) -> Loaded[pd.DataFrame]:
        """One that the account does not list. It may be what another one uses, name and all, so only those who may see
        every account can ask for it."""
        customer_id = _account_id(ask)
        if ask.scope.customers is not ALL or ask.scope.denied:
            raise NotFound(sentence="There is no metric with this id.")

        def load(until: Deadline) -> Part[pd.DataFrame]:
            return Part(to_metrics([self.client.metric(metric_id, until)]))

        asked = [questions.metric(metric_id)]
        return self.keeper.get(ask, (customer_id, "metric", metric_id), LISTS, load, asked=asked)

    def credit_types(self, ask: Ask) -> Loaded[pd.DataFrame]:
        def load(until: Deadline) -> Part[pd.DataFrame]:
            return Part(to_credit_types(self.client.iter_credit_types(until)))

        return self.keeper.get(ask, ("", "credit_types"), LISTS, load, asked=[questions.credit_types()])

    def contracts(self, ask: Ask) -> Loaded[pd.DataFrame]:
        customer_id = _account_id(ask)

        def load(until: Deadline) -> Part[pd.DataFrame]:
            return Part(to_contracts(self.client.iter_contracts(customer_id, until)))

        asked = [questions.contracts(customer_id)]
        return self.keeper.get(ask, (customer_id, "contracts"), LISTS, load, asked=asked)

    def metric_totals(self, ask: Ask, start: date, end: date) -> Loaded[pd.DataFrame]:
        customer_id = _account_id(ask, start, end)

        def load(until: Deadline) -> Part[pd.DataFrame]:
            rows = self.client.usage_totals(customer_id, start, end, deadline=until)
            return Part(to_metric_totals(rows))

        asked = [questions.usage_totals(customer_id, start, end)]
        return self.keeper.get(ask, (customer_id, "metric_totals", start, end), READINGS, load, asked=asked)

    def usage(
        self, ask: Ask, metric_id: str, start: date, end: date, *, window: str, keys: tuple[str, ...]
    ) -> Loaded[pd.DataFrame]:
        customer_id = _account_id(ask, start, end)

        def load(until: Deadline) -> Part[pd.DataFrame]:
            fetched = self.client.usage(
                customer_id, metric_id, start, end, window=window, keys=keys, deadline=until, partial=not ask.whole
            )
            return Part(to_usage(fetched.rows, keys), fetched.missing)

        asked = [questions.usage(customer_id, metric_id, start, end, window=window, keys=keys)]
        key = (customer_id, "usage", metric_id, start, end, window, keys)
        return self.keeper.get(ask, key, READINGS, load, asked=asked)

    def usage_spans(
        self, ask: Ask, metric_id: str, spans: tuple[Span, ...], *, keys: tuple[str, ...]
    ) -> Loaded[pd.DataFrame]:
        customer_id = _account_id(ask, *_hull(spans))

        def load(until: Deadline) -> Part[pd.DataFrame]:
            def one(span: Span, _stop: threading.Event) -> list[UsageBlock]:
                return self.client.usage(customer_id, metric_id, *span, window="none", keys=keys, deadline=until).rows

            fetched = fetch_spans(list(spans), one, partial=not ask.whole)
            return Part(to_usage(fetched.rows, keys), fetched.missing)

        asked = [_of_spans(questions.usage(customer_id, metric_id, *_hull(spans), window="none", keys=keys), spans)]
        return self.keeper.get(ask, (customer_id, "usage_spans", metric_id, spans, keys), READINGS, load, asked=asked)

    def breakdowns(self, ask: Ask, start: date, end: date, *, window: str) -> Loaded[BreakdownTables]:
        customer_id = _account_id(ask, start, end)

        def load(until: Deadline) -> Part[BreakdownTables]:
            return breakdown_tables(
                self.client.breakdowns(customer_id, start, end, window=window, deadline=until, partial=not ask.whole)
            )

        asked = [questions.breakdowns(customer_id, start, end, window=window)]
        return self.keeper.get(ask, (customer_id, "breakdowns", start, end, window), READINGS, load, asked=asked)

    def spend_breakdowns(
        self, ask: Ask, start: date, end: date, *, keys: tuple[str, ...]
    ) -> Loaded[BreakdownTables | None]:
        customer_id = _account_id(ask, start, end)

        def load(until: Deadline) -> Part[BreakdownTables | None]:
            fetched = self.client.spend_breakdowns(
                customer_id, start, end, keys=keys, deadline=until, partial=not ask.whole
            )
            return Part(None) if fetched is None else breakdown_tables(fetched)

        asked = [questions.spend_breakdowns(customer_id, start, end, keys=keys)]
        return self.keeper.get(ask, (customer_id, "spend_breakdowns", start, end, keys), READINGS, load, asked=asked)

    def balances(self, ask: Ask) -> Loaded[BalanceTables]:
        customer_id = _account_id(ask)
        load = partial(read_balances, self.client, customer_id)
        asked = [questions.balances(customer_id)]
        return self.keeper.get(ask, (customer_id, "balances"), READINGS, load, asked=asked)

    def net_balances(self, ask: Ask, credit_type_ids: tuple[str, ...]) -> Loaded[pd.DataFrame]:
        customer_id = _account_id(ask)
        calls = net_balance_calls(credit_type_ids)
        load = partial(read_net_balances, self.client, customer_id, calls)
        asked = [questions.net_balance(customer_id, **call) for call in calls]
        return self.keeper.get(ask, (customer_id, "net_balances", credit_type_ids), READINGS, load, asked=asked)

    def invoices(self, ask: Ask) -> Loaded[InvoiceTables]:
        customer_id = _account_id(ask)
        load = partial(read_invoices, self.client, customer_id)
        asked = [questions.invoices(customer_id)]
        return self.keeper.get(ask, (customer_id, "invoices"), READINGS, load, asked=asked)

    def invoice_pdf(self, ask: Ask, invoice_id: str) -> Pdf:
        customer_id = _account_id(ask)
        if not is_id(invoice_id):
            raise NotFound(sentence="There is no invoice with this id.")
        return self.client.invoice_pdf(customer_id, invoice_id, self.keeper.deadline(whole=True))

    def dashboard(self, ask: Ask, dashboard: Dashboard) -> Framed:
        """Asked anew each time and kept nowhere: the address carries a credential (Metronome notes, 2.13)."""
        customer_id = _account_id(ask)
        ask.scope.require_right(Right.MINT_EMBED)
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
