"""What the client answers, read to its end and made the frames that the cache keeps, each row with its day."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

import numpy as np
import pandas as pd

from data.frames.balances import to_balances, to_ledger, to_net_balances, to_segments
from data.frames.contracts import to_contracts
from data.frames.customers import to_customers
from data.frames.invoices import to_invoices
from data.frames.lines import to_breakdowns, to_invoice_lines
from data.frames.metrics import to_credit_types, to_metrics
from data.frames.usage import to_metric_totals, to_usage
from data.metronome.client import MetronomeClient
from data.metronome.deadline import Deadline
from data.metronome.invoice_shapes import InvoiceRow
from data.metronome.shapes import NetBalance
from data.source import BalanceTables, BreakdownTables, InvoiceTables, Span
from data.window_cache.entry import Tables
from data.window_cache.parallel import all_of
from data.window_cache.wanted import Fetch, Fetched, days_of

# Money that is left to spend: postpaid commits are owed, not owned.
LEFT_TO_SPEND: Final = ("PREPAID_COMMIT", "CREDIT")
# Nothing about these invoices changes any more.
_FINAL: Final = ("FINALIZED", "VOID")


class Reading:
    """By question how the rows of some days, or of a list, are fetched. Every ``Fetch`` raises ``SourceError``."""

    def __init__(self, client: MetronomeClient) -> None:
        self._client = client

    def accounts(self) -> Fetch:
        """All accounts, active and archived."""
        return _list("customers", lambda until: to_customers(
            row for archived in (False, True) for row in self._client.iter_customers(until, only_archived=archived)
        ))  # fmt: skip

    def account(self, customer_id: str) -> Fetch:
        return _list("customers", lambda until: to_customers([self._client.customer(customer_id, until)]))

    def metrics(self, customer_id: str) -> Fetch:
        return _list("metrics", lambda until: to_metrics(self._client.iter_metrics(customer_id, until)))

    def metric(self, metric_id: str) -> Fetch:
        return _list("metrics", lambda until: to_metrics([self._client.metric(metric_id, until)]))

    def credit_types(self) -> Fetch:
        return _list("credit_types", lambda until: to_credit_types(self._client.iter_credit_types(until)))

    def contracts(self, customer_id: str) -> Fetch:
        return _list("contracts", lambda until: to_contracts(self._client.iter_contracts(customer_id, until)))

    def metric_totals(self, customer_id: str) -> Fetch:
        return lambda span, until: Fetched({
            "metric_totals": to_metric_totals(self._client.usage_totals(customer_id, *_days(span), deadline=until))
        })  # fmt: skip

    def usage(self, customer_id: str, metric_id: str, *, window: str, keys: tuple[str, ...]) -> Fetch:
        def fetch(span: Span | None, until: Deadline) -> Fetched:
            block = self._client.usage(customer_id, metric_id, *_days(span), window=window, keys=keys, deadline=until)
            usage = to_usage([block], keys)
            return Fetched({"usage": usage}, {"usage": days_of(usage["window_start"])})

        return fetch

    def breakdowns(self, customer_id: str, *, window: str) -> Fetch:
        return lambda span, until: _broken_down(
            self._client.breakdowns(customer_id, *_days(span), window=window, deadline=until)
        )

    def spend_breakdowns(self, customer_id: str, *, keys: tuple[str, ...]) -> Fetch:
        """Without tables where this is not offered."""

        def fetch(span: Span | None, until: Deadline) -> Fetched:
            rows = self._client.spend_breakdowns(customer_id, *_days(span), keys=keys, deadline=until)
            return Fetched({}) if rows is None else _broken_down(rows)

        return fetch

    def balances(self, customer_id: str) -> Fetch:
        def fetch(_span: Span | None, until: Deadline) -> Fetched:
            rows = list(self._client.iter_balances(customer_id, until))
            return Fetched({"balances": to_balances(rows), "segments": to_segments(rows), "ledger": to_ledger(rows)})

        return fetch

    def net_balances(self, customer_id: str, calls: Sequence[dict[str, Any]]) -> Fetch:
        """The answers to ``net_balance_calls``, asked side by side."""

        def one(call: dict[str, Any], until: Deadline) -> tuple[str, bool, NetBalance]:
            return call["credit_type_id"], call["finalized_only"], self._client.net_balance(customer_id, until, **call)

        def fetch(_span: Span | None, until: Deadline) -> Fetched:
            asks = {number: partial(one, call, until) for number, call in enumerate(calls)}
            return Fetched({"net_balances": to_net_balances(all_of(asks))})

        return fetch

    def invoices(self, customer_id: str) -> Fetch:
        def fetch(_span: Span | None, until: Deadline) -> Fetched:
            rows = list(self._client.iter_invoices(customer_id, until))
            return Fetched({"invoices": to_invoices(rows), "lines": to_invoice_lines(rows)})

        return fetch


def net_balance_calls(credit_type_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Arguments of ``MetronomeClient.net_balance``: for each credit type with drafts and without them."""
    return [
        {"credit_type_id": unit, "finalized_only": finalized_only, "balance_types": LEFT_TO_SPEND}
        for unit in dict.fromkeys(credit_type_ids)
        for finalized_only in (False, True)
    ]


def balance_tables(tables: Tables) -> BalanceTables:
    return BalanceTables(tables["balances"], tables["segments"], tables["ledger"])


def invoice_tables(tables: Tables) -> InvoiceTables:
    return InvoiceTables(tables["invoices"], tables["lines"])


def breakdown_tables(tables: Tables) -> BreakdownTables | None:
    """None where this is not offered."""
    return BreakdownTables(tables["lines"], tables["windows"]) if tables else None


def _list(name: str, load: Callable[[Deadline], pd.DataFrame]) -> Fetch:
    return lambda _span, until: Fetched({name: load(until)})


def _broken_down(rows: list[InvoiceRow]) -> Fetched:
    lines, windows, window_of = to_breakdowns(rows)
    days = days_of(windows["window_start"])
    moving = np.unique(days[~windows["invoice_status"].isin(_FINAL).to_numpy()])
    return Fetched(
        {"lines": lines, "windows": windows}, {"lines": days[window_of], "windows": days}, frozenset(moving.tolist())
    )


def _days(span: Span | None) -> Span:
    """What is asked by day always has a span."""
    assert span is not None  # noqa: S101  # for the type checker
    return span
