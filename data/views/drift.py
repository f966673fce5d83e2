"""Which finalized invoices would be another sum today, by what their breakdowns say now?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd

from data.analytics.drift import Explained, InvoiceDrift, drift_of, explained_of
from data.filters import InvoiceStatus
from data.lineage.value import Seal
from data.schema import LINES, WINDOWS, empty
from data.source import BreakdownTables
from data.views.asking import Choice, Provenance, Question, provenance
from data.views.invoices import balance_names, compared, load_invoices


@dataclass(frozen=True, eq=False)
class DriftView:
    """Late usage, and differences without a cause, of the finalized invoices whose period overlaps the range, newest
    first. ``explained`` are the differences of these invoices that are no drift.

    ``compared`` counts the finalized invoices that were held against their windows, ``left_out`` those whose windows
    are not all at hand. ``lines`` and ``window_lines`` are the LINES that the drifts' rows are positions in;
    ``balances`` are names by id.
    """

    choice: Choice
    drifts: tuple[InvoiceDrift, ...]
    explained: tuple[Explained, ...]
    compared: int
    left_out: int
    lines: pd.DataFrame
    window_lines: pd.DataFrame
    balances: Mapping[str, str]
    seal: Seal
    provenance: Provenance


def drift_view(question: Question) -> DriftView:
    """Load and compare, whatever status the table shows; raises ``SourceError``."""
    filters = replace(question.filters, status=InvoiceStatus.FINALIZED, open=())
    loaded = load_invoices(replace(question, filters=filters))
    periods, unavailable = compared(question, loaded)
    lines = loaded.tables.value.lines
    windows = periods.loaded.value if periods.loaded else BreakdownTables(empty(LINES), empty(WINDOWS))
    days, finalized = loaded.choice.days, {one.invoice_id for one in loaded.invoices}
    return DriftView(
        choice=loaded.choice,
        drifts=drift_of(periods.checks, loaded.invoices, lines=lines, window_lines=windows.lines),
        explained=explained_of(periods.checks, loaded.invoices),
        compared=sum(one.invoice_id in finalized for one in periods.checks),
        left_out=sum(ident in finalized for ident in periods.left_out),
        lines=lines,
        window_lines=windows.lines,
        balances=balance_names(loaded.balances),
        seal=Seal("D", (question.ask.customer_id, str(days.first), str(days.last))),
        provenance=provenance(
            question.now,
            None,
            *loaded.parts,
            *filter(None, (periods.loaded,)),
            unavailable=(*loaded.unavailable, *unavailable),
        ),
    )
