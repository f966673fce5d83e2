"""What happened to balances between the daily bars: events, the ends of invoices, and paths that go below zero."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from components import dates
from components.figures import axes
from components.figures.stacked_bars import numbers
from components.format import MINUS, money
from components.ledger_words import event_words
from components.names import clean, plain
from components.theme import GREY
from data.analytics.burn_days_charts import (
    BurnChart,
    Place,
    below_place,
    event_place,
    events_place,
    landing_place,
    landings_place,
)
from data.analytics.burn_days_values import Event, Landing, Track
from data.analytics.windows import midnight
from data.money import exact_sum

EVENTS, LANDINGS, GAPS, FLOORED = "Events", "Invoice ends", "Differs from the ledger", "Below zero"
LISTED: Final = 6
LONGEST: Final = 200
_NOON: Final = timedelta(hours=12)
_AMBER: Final = "#b45309"

Mark = Callable[..., str]
Fit = Callable[[object, int], str]
# A sentence in parts: words, and figures each with the place of its receipt.
Part = str | tuple[str, Place]


@dataclass
class _Day:
    """What one marker tells, and the receipt that it opens."""

    receipt: str
    texts: list[str] = field(default_factory=list)


def event_marks(chart: BurnChart, mark: Mark) -> list[dict[str, Any]]:
    """One marker per day on which anything but a draw changed a balance."""
    days: dict[date, _Day] = {}
    for one in chart.series:
        for track, event in one.events:
            day = event.at.date()
            found = days.setdefault(day, _Day(mark(*events_place(chart, day))))
            found.texts.append(text_of(event_parts(track, event, chart), plain))
    return _markers(chart, days, EVENTS, symbol="triangle-down", colour=GREY, rank=1001)


def landing_marks(chart: BurnChart, mark: Mark) -> list[dict[str, Any]]:
    """One marker per day on which an invoice's draws meet the ledger; one of its own where they differ from it."""
    met: dict[date, _Day] = {}
    apart: dict[date, _Day] = {}
    for track, landing in all_landings(chart):
        if chart.days.first <= landing.day <= chart.days.last:
            receipt = mark(*landings_place(chart, landing.day, is_off=landing.is_off))
            found = (apart if landing.is_off else met).setdefault(landing.day, _Day(receipt))
            found.texts.append(text_of(landing_parts(track, landing, chart), plain))
    return [
        *_markers(chart, met, LANDINGS, symbol="diamond-open", colour=GREY, rank=1002),
        *_markers(chart, apart, GAPS, symbol="diamond", colour=_AMBER, rank=1003),
    ]


def floor_marks(chart: BurnChart, mark: Mark) -> list[dict[str, Any]]:
    """One marker where a path goes below zero, from where on it is drawn at zero."""
    days: dict[date, _Day] = {}
    for track in chart.tracks:
        for at, day in enumerate(chart.dates):
            end, before = track.ends[at], track.ends[at - 1] if at else None
            if end is not None and end < 0 and not (before is not None and before < 0):
                said = f"{clean(track.account.label, 60)} goes to {money(end, chart.currency)}: drawn as 0"
                days.setdefault(day, _Day(mark(*below_place(chart, day)))).texts.append(plain(said, LONGEST))
    return _markers(chart, days, FLOORED, symbol="x", colour=_AMBER, rank=1004, at_zero=True)


def all_landings(chart: BurnChart) -> Iterable[tuple[Track, Landing]]:
    return (pair for one in chart.series for pair in one.landings)


def event_parts(track: Track, event: Event, chart: BurnChart) -> list[Part]:
    """What, how much, of which balance, and the reason where one was given."""
    reason = f" ({clean(event.entry.reason, 80)})" if event.entry and event.entry.reason else ""
    signed = (_signed(event.amount, chart), event_place(track, event))
    return [f"{event_words(event)} ", signed, f" · {clean(track.account.label, 60)}{reason}"]


def landing_parts(track: Track, landing: Landing, chart: BurnChart) -> list[Part]:
    """Whether the daily draws of an invoice come to its entry in the ledger, and by how much not."""
    lead = f"{clean(track.account.label, 60)}: {'draft, ' if landing.pending else ''}"
    ledger = (money(landing.ledger, chart.currency), landing_place(landing, "ledger"))
    if landing.gap is None:
        return [lead, ledger, " in the ledger, not known by day"]
    if not landing.is_off:
        return [lead, ledger, " drawn, as the ledger says"]
    drawn = (money(landing.drawn, chart.currency), landing_place(landing, "drawn"))
    off = (_signed(landing.gap, chart), landing_place(landing, "gap"))
    return [lead, drawn, " drawn, ", ledger, " in the ledger, ", off]


def text_of(parts: Iterable[Part], fit: Fit) -> str:
    """The sentence as text; ``fit`` makes it fit where it stands."""
    return fit("".join(one if isinstance(one, str) else one[0] for one in parts), LONGEST)


def _signed(value: Decimal, chart: BurnChart) -> str:
    text = money(value, chart.currency)
    return text if text.startswith(MINUS) else f"+{text}"


def _markers(
    chart: BurnChart, told: Mapping[date, _Day], name: str, *, symbol: str, colour: str, rank: int,
    at_zero: bool = False,
) -> list[dict[str, Any]]:  # fmt: skip
    if not told:
        return []
    days = sorted(told)
    tops = [Decimal(0) if at_zero else _top(chart, day) for day in days]
    return [
        {
            "type": "scatter",
            "mode": "markers",
            "name": name,
            "legendrank": rank,
            "x": [axes.stamp(midnight(day) + _NOON) for day in days],
            "y": numbers(tops),
            "marker": {"symbol": symbol, "size": 9, "color": colour, "line": {"width": 1.5, "color": colour}},
            "cliponaxis": False,
            "hoverinfo": "text",
            "hovertext": [_listed(day, told[day].texts) for day in days],
            "customdata": [told[day].receipt for day in days],
        }
    ]


def _top(chart: BurnChart, day: date) -> Decimal:
    """The height of the stack on ``day``."""
    at = (day - chart.days.first).days
    return exact_sum(held for one in chart.series if (held := one.held[at]) is not None)


def _listed(day: date, lines: list[str]) -> str:
    rest = [f"and {len(lines) - LISTED} more"] if len(lines) > LISTED else []
    return "<br>".join([f"<b>{dates.day(day)}</b>", *lines[:LISTED], *rest])
