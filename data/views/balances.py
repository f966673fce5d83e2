"""How do the balances burn down, what is in their ledgers, what ends soon, and what is still owed? Four panels that
share what they load."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd

from data.analytics.balance_totals import BalanceTotal, balance_totals
from data.analytics.burn_days import Burn, burn_days
from data.analytics.burn_days_charts import BurnChart, burn_charts
from data.analytics.burn_days_draws import draws_of
from data.analytics.burn_days_landings import invoice_periods
from data.analytics.burn_days_values import Extent
from data.analytics.commitments import Burndown, burndown_of
from data.analytics.entries import Account, accounts_of
from data.analytics.expiring import PACE_DAYS, Expiring, expiring
from data.analytics.obligations import Obligation, obligations
from data.analytics.units import Units, units_of
from data.analytics.use_order import Queue, use_queues
from data.filters import Days
from data.lineage.value import Seal
from data.query_values import shown
from data.schema import CREDIT_TYPES, LINES, WINDOWS, empty
from data.source import BreakdownTables, Loaded
from data.views.asking import Choice, Provenance, Question, attempt, choose, provenance, together
from data.views.commitments import BY_DATE, NO_TYPES, balances_seal
from data.views.limits import allowed_balances, allowed_breakdowns, listed_invoices, unnamed_entries
from data.views.periods_loaded import covered_days, load_periods

NO_PACE = "the daily breakdowns, so no pace is known"
_DAY = timedelta(days=1)
# Without the invoices their periods are not known beforehand; most are months.
_USUAL_PERIOD = timedelta(days=31)


@dataclass(frozen=True)
class Ground:
    """The balances of an account as all four panels need them. ``invoices`` are those that the viewer may see, None
    when they could not be loaded."""

    accounts: tuple[Account, ...]
    invoices: pd.DataFrame | None
    units: Units
    loaded: tuple[Loaded[Any], ...]
    unavailable: tuple[str, ...]


@dataclass(frozen=True)
class BurnView:
    """``charts`` has one value per unit and side with anything to show, ``chart`` is the chosen one. ``lines`` are the
    breakdown LINES that draws point into; ``queues`` say what is used next."""

    choice: Choice
    burn: Burn
    charts: tuple[BurnChart, ...]
    chart: BurnChart | None
    queues: tuple[Queue, ...]
    lines: pd.DataFrame
    has_balances: bool
    seal: Seal
    provenance: Provenance
    notices: tuple[str, ...] = ()

    @property
    def queue(self) -> Queue | None:
        """What is used next in the unit of the chart."""
        unit = (self.chart.currency, self.chart.product) if self.chart else None
        return next((one for one in self.queues if (one.currency, one.product) == unit), None)


@dataclass(frozen=True)
class BalancesView:
    """The burndown of every balance with totals per unit and side; each note has the balance with its ledger."""

    burn: Burndown
    totals: tuple[BalanceTotal, ...]
    seal: Seal
    provenance: Provenance


@dataclass(frozen=True)
class ExpiringView:
    """What of each unit ends within 90 days. ``lines`` are the breakdown LINES that the pace points into."""

    units: tuple[Expiring, ...]
    lines: pd.DataFrame
    seal: Seal
    provenance: Provenance


@dataclass(frozen=True)
class ObligationsView:
    obligations: tuple[Obligation, ...]
    seal: Seal
    provenance: Provenance


def balances_ground(question: Question) -> Ground:
    """Load; raises ``SourceError``. Without the invoices or the currencies the page goes on and says so."""
    source, ask, now = question.source, question.ask, question.now
    balances, (invoices, no_invoices), (listed, no_types) = together(
        lambda: allowed_balances(question, source.balances(ask)),
        lambda: attempt(question, lambda: source.invoices(ask)),
        lambda: attempt(question, lambda: source.credit_types(ask)),
    )
    tables, units = balances.value, units_of(listed.value if listed else empty(CREDIT_TYPES))
    known = invoices.value.invoices if invoices else None
    every = accounts_of(tables.balances, tables.segments, tables.ledger, invoices=known, now=now, units=units)
    shown = listed_invoices(question, invoices)
    accounts = unnamed_entries(question, every, shown)
    unavailable = (*([BY_DATE] if no_invoices else ()), *([NO_TYPES] if no_types else ()))
    return Ground(accounts, shown, units, (balances, *filter(None, (invoices, listed))), unavailable)


def burn_view(question: Question) -> BurnView:
    """Load and reduce; raises ``SourceError``. An unknown unit in the address falls back with a notice."""
    choice, ground = choose(question), question.answer(balances_ground)
    extent, loaded = _breakdowns(question, choice.days, ground)
    tables = loaded.value if loaded else BreakdownTables(empty(LINES), empty(WINDOWS))
    periods = invoice_periods(ground.invoices, tables.windows)
    burn = burn_days(ground.accounts, tables.lines, choice.days, periods=periods, extent=extent, now=question.now)
    charts = burn_charts(burn.tracks, choice.days)
    chart, notices = _chosen(question, charts)
    parts = (*ground.loaded, *([loaded] if loaded else []))
    return BurnView(
        choice=choice,
        burn=burn,
        charts=charts,
        chart=chart,
        queues=use_queues(ground.accounts, question.now),
        lines=tables.lines,
        has_balances=bool(ground.accounts),
        seal=balances_seal(question),
        provenance=provenance(question.now, choice.days, *parts, unavailable=ground.unavailable),
        notices=notices,
    )


def balances_view(question: Question) -> BalancesView:
    """Load and reduce; raises ``SourceError``."""
    ground = question.answer(balances_ground)
    burn = burndown_of(ground.accounts, question.now)
    return BalancesView(burn, balance_totals(burn), balances_seal(question), _origin(question, ground))


def expiring_view(question: Question) -> ExpiringView:
    """Load and reduce; raises ``SourceError``. The pace is that of the last 28 complete days, whatever the range; when
    they cannot be loaded there is none."""
    ground, today = question.answer(balances_ground), question.now.date()
    span = question.bounds.inside(today - PACE_DAYS * _DAY, today) or (today, today)
    loaded, failed = attempt(question, lambda: _paces(question, *span))
    lines = loaded.value.lines if loaded else empty(LINES)
    extent = _extent(span[0] if loaded else span[1], span[1], loaded)
    parts = (*ground.loaded, *([loaded] if loaded else []))
    unavailable = (*ground.unavailable, *([NO_PACE] if failed else ()))
    return ExpiringView(
        expiring(ground.accounts, draws_of(lines, ground.accounts), extent, question.now),
        lines,
        balances_seal(question),
        provenance(question.now, None, *parts, unavailable=unavailable),
    )


def obligations_view(question: Question) -> ObligationsView:
    """Load and reduce; raises ``SourceError``."""
    ground = question.answer(balances_ground)
    found = obligations(ground.accounts, question.now)
    return ObligationsView(found, balances_seal(question), _origin(question, ground))


def _origin(question: Question, ground: Ground) -> Provenance:
    return provenance(question.now, None, *ground.loaded, unavailable=ground.unavailable)


def _breakdowns(question: Question, days: Days, ground: Ground) -> tuple[Extent, Loaded[BreakdownTables] | None]:
    """The breakdowns by the day of every invoice that overlaps ``days``, from its first day to its last or to today."""
    tomorrow = question.now.date() + _DAY
    if ground.invoices is not None:
        span, periods = covered_days(question, ground.invoices), load_periods(question, ground.invoices)
        first, end = span or (tomorrow, tomorrow)
        return _extent(first, min(end, tomorrow), periods), allowed_breakdowns(question, periods) if periods else None
    most = (days.first - _USUAL_PERIOD, min(days.end_exclusive + _USUAL_PERIOD, tomorrow))
    first, end = question.bounds.inside(*most) or (tomorrow, tomorrow)
    if first >= end:
        return _extent(first, first, None), None
    loaded = _days(question, first, end)
    return _extent(first, end, loaded), loaded


def _paces(question: Question, first: date, end: date) -> Loaded[BreakdownTables] | None:
    return _days(question, first, end) if first < end else None


def _days(question: Question, first: date, end: date) -> Loaded[BreakdownTables]:
    return allowed_breakdowns(question, question.source.breakdowns(question.ask, first, end, window="day"))


def _extent(first: date, end: date, loaded: Loaded[BreakdownTables] | None) -> Extent:
    return Extent(first, end, tuple((gap.start, gap.end) for gap in loaded.missing) if loaded else ())


def _chosen(question: Question, charts: tuple[BurnChart, ...]) -> tuple[BurnChart | None, tuple[str, ...]]:
    """The chart of the chosen unit; else the first that holds something, which is money and prepaid value."""
    default = min(charts, key=lambda one: not one.is_held, default=None)
    wanted = question.filters.unit
    if wanted is None or wanted in {one.key for one in charts}:
        return next((one for one in charts if one.key == wanted), default), ()
    return default, (f"No balance in {shown(wanted)} holds anything in this range.",)
