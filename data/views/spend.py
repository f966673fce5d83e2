"""What did the account spend? Breakdown lines by region or another key, before and after credits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from data.analytics.gaps import blank_gaps, outside_gaps
from data.analytics.spend import Spend, spend_file, spend_rows
from data.analytics.spend_lineage import SpendLineage
from data.analytics.spend_lines import default_spend_key, spend_keys, with_other_lines
from data.analytics.spend_series import SpendTotals, currencies, spend_by_group, spend_totals
from data.analytics.units import Units, units_of
from data.analytics.windows import Span, windows_between
from data.errors import BadQuery, SourceError
from data.filters import Filters, View, Window
from data.lineage.value import Seal
from data.query_values import shown
from data.schema import BALANCES, CREDIT_TYPES, empty
from data.series import SeriesTable
from data.source import BreakdownTables, Loaded
from data.views.asking import Choice, Provenance, Question, attempt, choose, provenance, together
from data.views.limits import allowed_breakdowns, leaves_out


@dataclass(frozen=True)
class SpendView:
    """The SPEND rows of the range by ``key``, and the chart of one currency.

    ``currency`` is "" when nothing was spent. ``totals`` has one value per currency. Windows that a missing span
    reaches into are in neither rows nor totals. ``lineage`` has the invoice lines behind the rows, ``payers`` the names
    of commits and credits by id.
    """

    choice: Choice
    keys: tuple[str, ...]
    key: str
    currencies: tuple[str, ...]
    currency: str
    view: View
    spend: pd.DataFrame
    lineage: SpendLineage
    payers: Mapping[str, str]
    totals: tuple[SpendTotals, ...]
    table: SeriesTable
    provenance: Provenance
    seal: Seal
    notices: tuple[str, ...] = ()

    @property
    def total(self) -> SpendTotals | None:
        """The sums of the chosen currency."""
        return next((one for one in self.totals if one.currency == self.currency), None)

    def file(self) -> pd.DataFrame:
        """The rows of spend.csv (interfaces document, Downloads)."""
        return spend_file(self.spend)


@dataclass(frozen=True)
class _Known:
    """What is known beside the lines: units by credit type, balances by id, and what could not be had."""

    units: Units
    balance_types: dict[str, str]
    payers: dict[str, str]
    unavailable: tuple[str, ...]


@dataclass(frozen=True)
class _Parts:
    """What the view is made from."""

    tables: BreakdownTables
    keys: tuple[str, ...]
    key: str
    loaded: tuple[Loaded[Any], ...]
    notices: tuple[str, ...] = ()
    unavailable: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Ground:
    """What every view of the range by one key is made from, whatever its currency, its measure and its size."""

    choice: Choice
    keys: tuple[str, ...]
    key: str
    spend: pd.DataFrame
    lineage: SpendLineage
    totals: tuple[SpendTotals, ...]
    currencies: tuple[str, ...]
    payers: Mapping[str, str]
    gaps: tuple[Span, ...]
    provenance: Provenance
    notices: tuple[str, ...]


def spend_view(question: Question) -> SpendView:
    """Load and reduce; raises ``SourceError``.

    An unknown key falls back with a notice on a page and raises ``BadQuery`` for a download.
    """
    return _view(question, question.only("range", "window", "spend_by").answer(_ground))


def _ground(question: Question) -> _Ground:
    choice = choose(question)
    breakdowns, known = together(lambda: _breakdowns(question, choice), lambda: _known(question))
    parts = _by_key(question, choice, breakdowns)
    made = spend_rows(
        parts.tables.lines,
        parts.tables.windows,
        choice.days,
        choice.window,
        key=parts.key,
        units=known.units,
        balance_types=known.balance_types,
    )
    unavailable = (*known.unavailable, *parts.unavailable)
    origin = provenance(question.now, choice.days, *parts.loaded, unavailable=unavailable)
    return _grounded(choice, parts, made, known.payers, origin)


def _grounded(choice: Choice, parts: _Parts, made: Spend, payers: Mapping[str, str], origin: Provenance) -> _Ground:
    """Every currency is told of, those too that only windows with a gap have."""
    gaps = tuple((gap.start, gap.end) for gap in origin.missing)
    spend = outside_gaps(made.frame, windows_between(choice.days, choice.window), gaps)
    every = spend_totals(made.frame)
    return _Ground(
        choice=choice,
        keys=parts.keys,
        key=parts.key,
        spend=spend,
        lineage=made.lineage,
        totals=every if spend is made.frame else spend_totals(spend),
        currencies=currencies(every),
        payers=payers,
        gaps=gaps,
        provenance=origin,
        notices=parts.notices,
    )


def _view(question: Question, ground: _Ground) -> SpendView:
    choice, filters, origin = ground.choice, question.filters, ground.provenance
    where = "the loaded part of this range" if origin.missing else "this range"
    currency, notices = _currency(filters, ground.currencies, where)
    table = spend_by_group(
        ground.spend, choice.days, choice.window, currency=currency, view=filters.view, top=filters.top,
        now=question.now, names=question.value_names.get(ground.key, {}),
    )  # fmt: skip
    return SpendView(
        choice=choice,
        keys=ground.keys,
        key=ground.key,
        currencies=ground.currencies,
        currency=currency,
        view=filters.view,
        spend=ground.spend,
        lineage=ground.lineage,
        payers=ground.payers,
        totals=ground.totals,
        table=blank_gaps(table, ground.gaps),
        provenance=origin,
        seal=_seal(question, choice, ground.key, currency),
        notices=ground.notices + notices,
    )


def _seal(question: Question, choice: Choice, key: str, currency: str) -> Seal:
    days, filters = choice.days, question.filters
    state = (days.first.isoformat(), days.last.isoformat(), choice.window.value, str(filters.top))
    return question.seal("S", *state, filters.view.value, currency, key)


def _breakdowns(question: Question, choice: Choice) -> Loaded[BreakdownTables]:
    window = "hour" if choice.window is Window.HOUR else "day"
    days, source = choice.days, question.source
    return allowed_breakdowns(question, source.breakdowns(question.ask, days.first, days.end_exclusive, window=window))


def _known(question: Question) -> _Known:
    """Balance types are for lines that do not name theirs."""
    source, ask = question.source, question.ask
    listed, no_types = attempt(question, lambda: source.credit_types(ask))
    balances, no_balances = attempt(question, lambda: source.balances(ask))
    units = units_of(listed.value if listed else empty(CREDIT_TYPES))
    frame = balances.value.balances if balances else empty(BALANCES)
    types = dict(zip(frame["balance_id"], frame["type"].astype(str), strict=True))
    names = dict(zip(frame["balance_id"], frame["name"], strict=True))
    missing = (("the list of currencies",) if no_types else ()) + (("the balances",) if no_balances else ())
    return _Known(units, types, names, missing)


def _by_key(question: Question, choice: Choice, breakdowns: Loaded[BreakdownTables]) -> _Parts:
    """The lines to group. The breakdowns are the source; spend breakdowns only where their lines lack the key."""
    keys = spend_keys(breakdowns.value.lines)
    wanted = question.filters.spend_by
    if breakdowns.value.lines.empty and wanted is not None:
        keys = tuple(dict.fromkeys((*keys, wanted)))  # nothing was spent, which is so by any key
    if wanted is None or wanted in keys:
        key = wanted or default_spend_key(keys)
        return _Parts(breakdowns.value, keys, key, (breakdowns,))
    gross, error = _spend_breakdowns(question, choice, wanted)
    if gross is not None and gross.value is not None and wanted in spend_keys(gross.value.lines):
        said = f"The invoices do not split their credits by {shown(wanted)}; credits stand under “(unattributed)”."
        lines = with_other_lines(gross.value.lines, breakdowns.value.lines)
        tables = BreakdownTables(lines, breakdowns.value.windows)
        return _Parts(tables, (*keys, wanted), wanted, (breakdowns, gross), (said,))
    default = default_spend_key(keys)
    plain = _Parts(breakdowns.value, keys, default, (breakdowns,))
    if error is not None or breakdowns.missing or (gross is not None and gross.missing):
        return replace(plain, unavailable=(f"the split by {shown(wanted)}, so {default} is shown",))
    none = "None of the lines shown here" if leaves_out(question) else "No line of this range"
    sentence = f"{none} can be split by {shown(wanted)}."
    if question.ask.whole:
        raise BadQuery(sentence)
    return replace(plain, notices=(f"{sentence} It is split by {default}.",))


def _spend_breakdowns(
    question: Question, choice: Choice, key: str
) -> tuple[Loaded[BreakdownTables | None] | None, SourceError | None]:
    """Only for a key that a metric of the account has; never by the hour, which that endpoint does not know, nor where
    invoices are left out, for its lines name none."""
    if choice.window is Window.HOUR or leaves_out(question):
        return None, None
    metrics, error = attempt(question, lambda: question.source.metrics(question.ask))
    known = {one for keys in metrics.value["group_keys"] for group in keys for one in group} if metrics else set()
    if key not in known:
        return None, error
    days = choice.days
    return attempt(
        question, lambda: question.source.spend_breakdowns(question.ask, days.first, days.end_exclusive, keys=(key,))
    )


def _currency(filters: Filters, found: tuple[str, ...], where: str) -> tuple[str, tuple[str, ...]]:
    wanted = filters.currency
    if wanted is None or wanted in found:
        return wanted or (found[0] if found else ""), ()
    return (found[0] if found else ""), (f"Nothing was spent in {shown(wanted)} in {where}.",)
