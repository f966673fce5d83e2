"""What a viewer's scope leaves of invoices and balances, before anything is listed, added up or written to a file.

An embed's token fixes it (reliability-security design, 4.4); for everybody else all of it stays.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Final

import pandas as pd

from data.analytics.units import QUANTITY_ACCESS
from data.analytics.windows import midnight
from data.source import BalanceTables, InvoiceTables, Loaded
from data.views.asking import Question

# What a balance is called where the names of grants are not for customers.
KIND_NAMES: Final = {"PREPAID": "Prepaid commit", "POSTPAID": "Postpaid commit", "CREDIT": "Credit"}


def allowed_invoices(question: Question, loaded: Loaded[InvoiceTables]) -> Loaded[InvoiceTables]:
    """The invoices of the contract, types, statuses, kind and days that the viewer may see, with their lines."""
    tables = loaded.value
    kept = tables.invoices[_invoice_mask(question, tables.invoices)]
    if len(kept) == len(tables.invoices):
        return loaded
    lines = tables.lines[tables.lines["invoice_id"].isin(set(kept["invoice_id"]))]
    return replace(loaded, value=InvoiceTables(kept.reset_index(drop=True), lines.reset_index(drop=True)))


def allowed_balances(question: Question, loaded: Loaded[BalanceTables]) -> Loaded[BalanceTables]:
    """The balances in the unit that the viewer may see, under their names or without them."""
    limits, tables = question.ask.scope.locked.balances, loaded.value
    balances = named_balances(question, tables.balances)
    if limits.credit_type_id:
        balances = balances[balances["credit_type_id"] == limits.credit_type_id].reset_index(drop=True)
    known = set(balances["balance_id"])
    segments, ledger = (
        one[one["balance_id"].isin(known)].reset_index(drop=True) if len(known) < len(tables.balances) else one
        for one in (tables.segments, tables.ledger)
    )
    return replace(loaded, value=BalanceTables(balances, segments, ledger))


def named_balances(question: Question, balances: pd.DataFrame) -> pd.DataFrame:
    """``balances`` under their own names, or under those of their kinds, told apart by number. A product that is what a
    balance counts stays; one that it was bought as often has the balance's name."""
    if not question.ask.scope.locked.balances.hide_names:
        return balances
    met: Counter[str] = Counter()
    names = []
    for kind in balances["type"].astype(str):
        name = KIND_NAMES.get(kind, "Balance")
        met[name] += 1
        names.append(name if met[name] == 1 else f"{name} {met[name]}")
    products = balances["product"].where(balances["access_type"] == QUANTITY_ACCESS, "")
    return balances.assign(name=pd.Series(names, index=balances.index, dtype="object"), product=products)


def _invoice_mask(question: Question, invoices: pd.DataFrame) -> pd.Series:
    limits = question.ask.scope.locked.invoices
    mask = pd.Series(data=True, index=invoices.index)
    if limits.contract_id:
        mask &= invoices["contract_id"].astype(str) == limits.contract_id
    if limits.types:
        mask &= invoices["type"].astype(str).isin(limits.types)
    if limits.statuses:
        mask &= invoices["status"].astype(str).isin(limits.statuses)
    if limits.billable is not None:
        mask &= invoices["billable"] == limits.billable
    return mask & _within_days(question, invoices)


def _within_days(question: Question, invoices: pd.DataFrame) -> pd.Series:
    """Those whose period, or without one whose issue, reaches into the days that may be asked about."""
    bounds = question.bounds
    start = invoices["period_start"].fillna(invoices["period_end"]).fillna(invoices["issued_at"])
    end = invoices["period_end"].fillna(invoices["period_start"]).fillna(invoices["issued_at"])
    mask = pd.Series(data=True, index=invoices.index)
    if bounds.earliest is not None:
        first = midnight(bounds.earliest)
        mask &= (end > first) | (start >= first)
    if bounds.latest is not None:
        mask &= start < midnight(bounds.latest) + pd.Timedelta(days=1)
    return mask
