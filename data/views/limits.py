"""What a viewer's scope leaves of invoices and balances, before anything is listed, added up or written to a file.

An embed's token fixes it (reliability-security design, 4.4); for everybody else all of it stays.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

import pandas as pd

from data.analytics.entries import Account
from data.analytics.units import QUANTITY_ACCESS
from data.analytics.windows import midnight
from data.scope import InvoiceLimits
from data.source import BalanceTables, BreakdownTables, InvoiceTables, Loaded
from data.views.asking import Question

# What a balance is called where the names of grants are not for customers.
KIND_NAMES: Final = {"PREPAID": "Prepaid commit", "POSTPAID": "Postpaid commit", "CREDIT": "Credit"}
# Where one invoice names another.
LINKS: Final = ("corrects_id", "regenerated_from_id")


def allowed_invoices(question: Question, loaded: Loaded[InvoiceTables]) -> Loaded[InvoiceTables]:
    """The invoices of the contract, types, statuses, kind and days that the viewer may see, with their lines."""
    tables = loaded.value
    kept = tables.invoices[_invoice_mask(question, tables.invoices)]
    if len(kept) == len(tables.invoices):
        return loaded
    if leaves_out(question):
        name = _name_of(kept)
        kept = kept.assign(**{link: kept[link].map(name).astype(object) for link in LINKS})
    lines = tables.lines[tables.lines["invoice_id"].isin(set(kept["invoice_id"]))]
    return replace(loaded, value=InvoiceTables(kept.reset_index(drop=True), lines.reset_index(drop=True)))


def leaves_out(question: Question) -> bool:
    """Whether invoices can be left out, so that figures made of their lines need to know which."""
    return question.ask.scope.locked.invoices.leaves_out


def allowed_breakdowns(question: Question, loaded: Loaded[BreakdownTables]) -> Loaded[BreakdownTables]:
    """The windows of the invoices that the viewer may see, with their lines; raises ``SourceError`` where the invoices
    cannot be had, for then nobody can tell. Asks for them only where some are left out."""
    if not leaves_out(question):
        return loaded
    invoices = allowed_invoices(question, question.source.invoices(question.ask))
    windows = loaded.value.windows
    # The two answers are not of one moment: what a window says of itself counts too.
    changed = set(windows.loc[_is_contradicted(question.ask.scope.locked.invoices, windows), "invoice_id"])
    kept = set(invoices.value.invoices["invoice_id"]) - changed
    lines, windows = (_of_invoices(one, kept) for one in (loaded.value.lines, windows))
    return replace(
        loaded,
        value=BreakdownTables(lines, windows),
        fetched_at=min(loaded.fetched_at, invoices.fetched_at),
        stale=loaded.stale or invoices.stale,
        asked=(*loaded.asked, *invoices.asked),
    )


def listed_invoices(question: Question, loaded: Loaded[InvoiceTables] | None) -> pd.DataFrame | None:
    """INVOICES that a view of balances may name; None when they could not be had."""
    if loaded is None:
        return None
    return (allowed_invoices(question, loaded) if leaves_out(question) else loaded).value.invoices


def unnamed_rows(question: Question, ledger: pd.DataFrame, listed: pd.DataFrame | None) -> pd.DataFrame:
    """Rows of a ledger, without the ids of invoices that are not in ``listed``. Their amounts stay: without them the
    rest would not come to what is left."""
    if not leaves_out(question):
        return ledger
    return ledger.assign(invoice_id=ledger["invoice_id"].map(_name_of(listed)).astype(object))


def unnamed_entries(
    question: Question, accounts: Iterable[Account], listed: pd.DataFrame | None
) -> tuple[Account, ...]:
    """``unnamed_rows`` for ledgers as values."""
    if not leaves_out(question):
        return tuple(accounts)
    name = _name_of(listed)
    return tuple(
        one
        if one.ledger is None
        else replace(one, ledger=tuple(replace(entry, invoice_id=name(entry.invoice_id)) for entry in one.ledger))
        for one in accounts
    )


def _name_of(listed: pd.DataFrame | None) -> Callable[[str], str]:
    known = frozenset() if listed is None else frozenset(listed["invoice_id"])
    return lambda ident: ident if ident in known else ""


def _of_invoices(frame: pd.DataFrame, kept: set[str]) -> pd.DataFrame:
    return frame[frame["invoice_id"].isin(kept)].reset_index(drop=True)


def _is_contradicted(limits: InvoiceLimits, windows: pd.DataFrame) -> pd.Series:
    """Where WINDOWS says of its invoice what is not to be shown; what it does not say contradicts nothing."""
    contracts = frozenset({limits.contract_id} - {""})
    mask = pd.Series(data=False, index=windows.index)
    for name, words in (
        ("contract_id", contracts), ("invoice_type", limits.types), ("invoice_status", limits.statuses),
    ):  # fmt: skip
        if words:
            mask |= windows[name].notna() & ~windows[name].astype(str).isin(words)
    return mask if limits.billable is None else mask | (windows["billable"] != limits.billable)


def allowed_balances(question: Question, loaded: Loaded[BalanceTables]) -> Loaded[BalanceTables]:
    """The balances in the unit and of the contract that the viewer may see, under their names or without them."""
    locked, tables = question.ask.scope.locked, loaded.value
    balances = named_balances(question, tables.balances)
    if locked.balances.credit_type_id:
        balances = balances[balances["credit_type_id"] == locked.balances.credit_type_id].reset_index(drop=True)
    if locked.invoices.contract_id:
        balances = balances[_is_for(balances, locked.invoices.contract_id)].reset_index(drop=True)
    known = set(balances["balance_id"])
    segments, ledger = (
        one[one["balance_id"].isin(known)].reset_index(drop=True) if len(known) < len(tables.balances) else one
        for one in (tables.segments, tables.ledger)
    )
    return replace(loaded, value=BalanceTables(balances, segments, ledger))


def _is_for(balances: pd.DataFrame, contract_id: str) -> pd.Series:
    """Which balances are of the contract or can pay for it: those of the account that name no contract pay for all."""
    pairs = zip(balances["contract_id"], balances["contract_ids"], strict=True)
    found = [own == contract_id or contract_id in named or not (own or named) for own, named in pairs]
    return pd.Series(found, index=balances.index, dtype=bool)


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
