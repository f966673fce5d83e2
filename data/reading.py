"""What the client answers, read to its end and made the tables that the source hands out."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

import pandas as pd

from data.analytics.accounts import Account, accounts_of
from data.frames.balances import to_balances, to_ledger, to_net_balances, to_segments
from data.frames.customers import to_customers
from data.frames.invoices import to_invoices
from data.frames.lines import to_invoice_lines, to_lines, to_windows
from data.keeping import Part
from data.metronome.client import Fetched, MetronomeClient
from data.metronome.deadline import Deadline
from data.metronome.shapes import NetBalance
from data.metronome.spans import PARALLEL
from data.source import BalanceTables, BreakdownTables, InvoiceTables

# Money that is left to spend: postpaid commits are owed, not owned.
LEFT_TO_SPEND = ("PREPAID_COMMIT", "CREDIT")


def read_accounts(client: MetronomeClient, until: Deadline) -> Part[tuple[Account, ...]]:
    """All accounts, active and archived."""
    rows = [row for archived in (False, True) for row in client.iter_customers(until, only_archived=archived)]
    return Part(accounts_of(to_customers(rows)))


def read_balances(client: MetronomeClient, customer_id: str, until: Deadline) -> Part[BalanceTables]:
    rows = list(client.iter_balances(customer_id, until))
    return Part(BalanceTables(to_balances(rows), to_segments(rows), to_ledger(rows)))


def read_invoices(client: MetronomeClient, customer_id: str, until: Deadline) -> Part[InvoiceTables]:
    rows = list(client.iter_invoices(customer_id, until))
    return Part(InvoiceTables(to_invoices(rows), to_invoice_lines(rows)))


def read_net_balances(
    client: MetronomeClient, customer_id: str, calls: Sequence[dict[str, Any]], until: Deadline
) -> Part[pd.DataFrame]:
    """The answers to ``net_balance_calls``, asked side by side."""

    def one(call: dict[str, Any]) -> tuple[str, bool, NetBalance]:
        return call["credit_type_id"], call["finalized_only"], client.net_balance(customer_id, until, **call)

    with ThreadPoolExecutor(PARALLEL, thread_name_prefix="metronome") as pool:
        contexts = [copy_context() for _ in calls]  # each thread tells the log whose request it works for
        return Part(to_net_balances(pool.map(lambda context, call: context.run(one, call), contexts, calls)))


def net_balance_calls(credit_type_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Arguments of ``MetronomeClient.net_balance``: for each credit type with drafts and without them."""
    return [
        {"credit_type_id": unit, "finalized_only": finalized_only, "balance_types": LEFT_TO_SPEND}
        for unit in dict.fromkeys(credit_type_ids)
        for finalized_only in (False, True)
    ]


def breakdown_tables(fetched: Fetched[Any]) -> Part[BreakdownTables]:
    rows = list(fetched.rows)
    return Part(BreakdownTables(to_lines(rows), to_windows(rows)), fetched.missing)
