"""Which invoices does the account have in a range, and what is on them?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from data.analytics import invoice_files
from data.analytics.invoice_lines import Line, lines_of
from data.analytics.invoice_lines_paid import LineSum, line_sum
from data.analytics.invoices import Invoice, InvoiceSum, invoice_sums, invoices_of
from data.analytics.units import Units, units_of
from data.filters import InvoiceStatus
from data.lineage.value import Seal
from data.schema import BALANCES, CONTRACTS, CREDIT_TYPES, empty
from data.source import InvoiceTables, Loaded
from data.views.asking import Choice, Provenance, Question, attempt, choose, provenance, together
from data.views.limits import allowed_invoices, named_balances
from data.views.periods_loaded import Periods, compared_periods


@dataclass(frozen=True, eq=False)
class InvoicesLoaded:
    """What every view of invoices starts from: the account's invoices as ``tables``, and those of the range as values.

    ``balances`` is BALANCES, empty when it could not be had; ``parts`` and ``unavailable`` are for the provenance.
    """

    choice: Choice
    tables: Loaded[InvoiceTables]
    units: Units
    balances: pd.DataFrame
    invoices: tuple[Invoice, ...]
    parts: tuple[Loaded[Any], ...]
    unavailable: tuple[str, ...]

    @cached_property
    def lines(self) -> Mapping[str, tuple[Line, ...]]:
        """The lines of each of ``invoices`` by its id, in order."""
        types: dict[str, str] = dict(zip(self.balances["balance_id"], self.balances["type"].astype(str), strict=True))
        return lines_of(self.tables.value.lines, self.invoices, units=self.units, balance_types=types)


@dataclass(frozen=True)
class InvoicesView:
    """The invoices of the range and status chosen, newest first, and those that a link names (``Invoice.outside``).

    ``lines`` holds the lines of each by its id, in order. ``contracts`` and ``balances`` are names by id; what is not
    in them has none that is known, or that is shown (``names_hidden``). ``elsewhere`` counts the account's other ones.
    """

    choice: Choice
    status: InvoiceStatus
    invoices: tuple[Invoice, ...]
    sums: tuple[InvoiceSum, ...]
    lines: Mapping[str, tuple[Line, ...]]
    contracts: Mapping[str, str]
    balances: Mapping[str, str]
    elsewhere: int
    seal: Seal
    provenance: Provenance
    names_hidden: bool = False

    @cached_property
    def line_sums(self) -> Mapping[str, LineSum]:
        """What the lines of each invoice come to, by its id."""
        return {one.invoice_id: line_sum(self.lines[one.invoice_id], one) for one in self.invoices}

    def contradicted(self, one: InvoiceSum) -> int:
        """How many of the totals in a sum are not what their lines come to."""
        return sum(self.line_sums[invoice.invoice_id].contradicts for invoice in one.invoices)


@dataclass(frozen=True, eq=False)
class InvoiceFile:
    """The rows of a file and where they come from."""

    rows: pd.DataFrame
    provenance: Provenance


def invoices_view(question: Question) -> InvoicesView:
    """Load and reduce; raises ``SourceError``. Without names or currencies the page goes on and says so."""
    loaded, (contracts, no_names) = together(
        lambda: load_invoices(question),
        lambda: attempt(question, lambda: question.source.contracts(question.ask)),
    )
    days, status = loaded.choice.days, question.filters.status
    missing = (*loaded.unavailable, *(["the contracts' names"] if no_names else ()))
    return InvoicesView(
        choice=loaded.choice,
        status=status,
        invoices=loaded.invoices,
        sums=invoice_sums(loaded.invoices),
        lines=loaded.lines,
        contracts=_contract_names(contracts.value if contracts else empty(CONTRACTS)),
        balances=balance_names(loaded.balances),
        elsewhere=len(loaded.tables.value.invoices) - len(loaded.invoices),
        seal=question.seal("I", str(days.first), str(days.last), status),
        provenance=provenance(
            question.now, None, *loaded.parts, *([contracts] if contracts else ()), unavailable=missing
        ),
        names_hidden=question.ask.scope.locked.balances.hide_names,
    )


def load_invoices(question: Question) -> InvoicesLoaded:
    """The account's invoices, and those of the range, status and links of the filters; raises ``SourceError``."""
    source, ask, filters = question.source, question.ask, question.filters
    choice = choose(question)  # first: a range that a download cannot have costs no invoice or balance call
    loaded, (listed, no_types), (balances, no_balances) = together(
        lambda: allowed_invoices(question, source.invoices(ask)),
        lambda: attempt(question, lambda: source.credit_types(ask)),
        lambda: attempt(question, lambda: source.balances(ask)),
    )
    units = units_of(listed.value if listed else empty(CREDIT_TYPES))
    invoices = invoices_of(
        loaded.value.invoices, choice.days, now=question.now, units=units, status=filters.status, named=filters.open
    )
    return InvoicesLoaded(
        choice=choice,
        tables=loaded,
        units=units,
        balances=named_balances(question, balances.value.balances) if balances else empty(BALANCES),
        invoices=invoices,
        parts=tuple(part for part in (loaded, listed, balances) if part),
        unavailable=(*(["the list of currencies"] if no_types else ()), *(["the commits"] if no_balances else ())),
    )


def invoices_file(question: Question) -> InvoiceFile:
    """The rows of invoices.csv, each held against its breakdown windows; raises ``SourceError``, ``BadQuery``."""
    loaded = load_invoices(question)
    periods, _ = compared(question, loaded)
    rows = invoice_files.invoices_file(loaded.invoices, periods.checks)
    return InvoiceFile(rows, provenance(question.now, None, *loaded.parts, *filter(None, (periods.loaded,))))


def compared(question: Question, loaded: InvoicesLoaded) -> tuple[Periods, tuple[str, ...]]:
    """The invoices of the range held against their windows, and what could not be had; raises ``SourceError``."""
    periods = compared_periods(question, loaded.tables, units=loaded.units)
    return periods, periods.unavailable


def line_items_file(question: Question) -> InvoiceFile:
    """The rows of line_items.csv; raises ``SourceError``, ``BadQuery``."""
    loaded = load_invoices(question)
    rows = invoice_files.line_items_file(loaded.invoices, loaded.lines)
    return InvoiceFile(rows, provenance(question.now, None, *loaded.parts))


def _contract_names(contracts: pd.DataFrame) -> dict[str, str]:
    return {ident: name for ident, name in zip(contracts["contract_id"], contracts["name"], strict=True) if name}


def balance_names(balances: pd.DataFrame) -> dict[str, str]:
    """By id its name, else its product's."""
    rows = zip(balances["balance_id"], balances["name"], balances["product"], strict=True)
    return {ident: name or product for ident, name, product in rows if name or product}
