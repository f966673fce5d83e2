"""How is spend made up? The SPEND frame as series, totals and currencies. Currencies are never added to each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import chain
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.analytics.exact import Codes, added
from data.analytics.groups import NOT_SET, GroupName, value_name
from data.analytics.groups import UNATTRIBUTED as UNATTRIBUTED_NAME
from data.analytics.ranking import Cells, added_table
from data.analytics.spend_lineage import MEASURES, NET
from data.analytics.windows import positions, windows_between
from data.filters import Days, View, Window
from data.money import exact_sum
from data.series import SeriesTable

AFTER_CREDITS: Final = ("gross", "credits")
VIEW_MEASURES: Final = {View.GROSS: ("gross",), View.CREDITS: ("credits",), View.NET: AFTER_CREDITS}
SUM_NAMES: Final = {
    "gross": "Spend before credits",
    "credits": "Credits and commits applied",
    "after_credits": "Spend after credits",
    "postpaid": "Counted toward a postpaid commit",
    "other": "Other invoice lines",
    "net": "What the invoices total",
    "unbillable": "Not billed",
}
VIEW_NAMES: Final = {
    View.GROSS: SUM_NAMES["gross"],
    View.CREDITS: SUM_NAMES["credits"],
    View.NET: SUM_NAMES["after_credits"],
}
UNATTRIBUTED: Final = "unattributed"
Flags = NDArray[np.bool_]
NO_VALUE_NAMES: Final[Mapping[str, str]] = {}


@dataclass(frozen=True, eq=False)
class Summed:
    """A sum of SPEND: the numbers of its rows (column ``row``), and which of their amounts were added."""

    rows: Codes
    measures: tuple[str, ...]


@dataclass(frozen=True)
class SpendTotals:
    """Sums of the SPEND frame in one currency, in currency units.

    ``net`` = gross + credits + other, what the invoices' windows total. ``after_credits`` is what the net view adds up
    to: gross + credits of invoices that will be billed, without other lines. ``unbillable`` is gross + credits of the
    invoices that will not be billed. ``made_of`` tells it of each sum by its name.
    """

    currency: str
    is_money: bool
    gross: Decimal
    credits: Decimal
    postpaid: Decimal
    other: Decimal
    net: Decimal
    after_credits: Decimal
    unbillable: Decimal
    made_of: Mapping[str, Summed] = field(compare=False, repr=False)


def spend_by_group(
    spend: pd.DataFrame, days: Days, window: Window, *, currency: str, view: View, top: int, now: datetime,
    names: Mapping[str, str] = NO_VALUE_NAMES,
) -> SeriesTable:  # fmt: skip
    """Series by group of one currency: usage before credits, credits applied (negative), or usage after credits.

    "(unattributed)" holds what names no group; lines that are neither usage nor deduction are in none of the views
    (``SpendTotals.other`` names them). The net view leaves out invoices that will not be billed (section 5.1 of the
    Metronome notes). ``made_of`` tells rows by their number; ``names`` is what values are called.
    """
    spans = windows_between(days, window)
    rows = spend[(spend["currency"] == currency) & _VIEW_ROWS[view](spend)]
    pairs = list(zip(rows["group_value"].tolist(), rows["basis"].tolist(), strict=True))
    shown = {pair: _name(*pair, names) for pair in set(pairs)}
    distinct = tuple(sorted(set(shown.values())))
    index = {pair: distinct.index(name) for pair, name in shown.items()}
    group = np.array([index[pair] for pair in pairs], dtype=np.int64)
    values = added(*(rows[name].to_numpy() for name in VIEW_MEASURES[view]))
    cells = Cells(distinct, group, positions(rows["window_start"], spans), values, rows["row"].to_numpy())
    return added_table(cells, spans, top=top, now=now)


def currencies(totals: Sequence[SpendTotals]) -> tuple[str, ...]:
    """The currencies of ``totals``: those with usage first, real money before pricing units, then by gross.

    Usage priced in a pricing unit leaves only conversion lines in real money, which nobody asks for first.
    """
    ordered = sorted(totals, key=lambda one: (not one.gross, not one.is_money, -one.gross, one.currency))
    return tuple(one.currency for one in ordered)


def spend_totals(spend: pd.DataFrame) -> tuple[SpendTotals, ...]:
    """One value per currency, by name."""
    return tuple(_totals(str(currency), rows) for currency, rows in spend.groupby("currency", sort=True))


def _totals(currency: str, rows: pd.DataFrame) -> SpendTotals:
    made_of = _made_of(rows)
    return SpendTotals(
        currency=currency,
        is_money=bool(rows["is_money"].iloc[0]),
        **{name: _sum(rows[chosen], measures) for name, (chosen, measures) in made_of.items()},
        made_of={name: Summed(rows["row"].to_numpy()[chosen], of) for name, (chosen, of) in made_of.items()},
    )


def _made_of(rows: pd.DataFrame) -> dict[str, tuple[Flags, tuple[str, ...]]]:
    """For each sum, by its name: which of ``rows`` and which of their amounts it adds."""
    billed = rows["billable"].to_numpy()
    every = np.ones(len(rows), dtype=bool)
    return {
        **{name: (every, (name,)) for name in MEASURES},
        "net": (every, NET),
        "after_credits": (billed, AFTER_CREDITS),
        "unbillable": (~billed, AFTER_CREDITS),
    }


def _sum(rows: pd.DataFrame, measures: tuple[str, ...]) -> Decimal:
    return exact_sum(chain.from_iterable(rows[name].tolist() for name in measures))


def _name(value: str | None, basis: str, names: Mapping[str, str]) -> GroupName:
    if basis == UNATTRIBUTED:
        return UNATTRIBUTED_NAME
    return NOT_SET if value is None else value_name(names.get(value, value))


def _nonzero(column: pd.Series) -> pd.Series:
    return column != Decimal(0)


_VIEW_ROWS: dict[View, Callable[[pd.DataFrame], pd.Series]] = {
    View.GROSS: lambda spend: spend["usage_lines"] > 0,
    View.CREDITS: lambda spend: _nonzero(spend["credits"]),
    View.NET: lambda spend: spend["billable"] & ((spend["usage_lines"] > 0) | _nonzero(spend["credits"])),
}
