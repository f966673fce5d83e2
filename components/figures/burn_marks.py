"""What happened to balances between the daily bars: events, the ends of invoices, and paths that go below zero."""

from __future__ import annotations

from collections.abc import Callable, Iterable
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
from data.analytics.burn_days_charts import BurnChart
from data.analytics.burn_days_values import Event, Landing, Track
from data.analytics.windows import midnight
from data.money import exact_sum

EVENTS, LANDINGS, GAPS, FLOORED = "Events", "Invoice ends", "Differs from the ledger", "Below zero"
LISTED: Final = 6
LONGEST: Final = 200
_NOON: Final = timedelta(hours=12)
_AMBER: Final = "#b45309"

Texts = dict[date, list[str]]
Fit = Callable[[object, int], str]


def event_marks(chart: BurnChart) -> list[dict[str, Any]]:
    """One marker per day on which anything but a draw changed a balance."""
    texts: Texts = {}
    for one in chart.series:
        for track, event in one.events:
            texts.setdefault(event.at.date(), []).append(event_text(track, event, chart))
    return _markers(chart, texts, EVENTS, symbol="triangle-down", colour=GREY, rank=1001)


def landing_marks(chart: BurnChart) -> list[dict[str, Any]]:
    """One marker per day on which an invoice's draws meet the ledger; one of its own where they differ from it."""
    met: Texts = {}
    apart: Texts = {}
    for track, landing in all_landings(chart):
        if chart.days.first <= landing.day <= chart.days.last:
            (apart if landing.is_off else met).setdefault(landing.day, []).append(landing_text(track, landing, chart))
    return [
        *_markers(chart, met, LANDINGS, symbol="diamond-open", colour=GREY, rank=1002),
        *_markers(chart, apart, GAPS, symbol="diamond", colour=_AMBER, rank=1003),
    ]


def floor_marks(chart: BurnChart) -> list[dict[str, Any]]:
    """One marker where a path goes below zero, from where on it is drawn at zero."""
    texts: Texts = {}
    for track in chart.tracks:
        for at, day in enumerate(chart.dates):
            end, before = track.ends[at], track.ends[at - 1] if at else None
            if end is not None and end < 0 and not (before is not None and before < 0):
                said = f"{clean(track.account.label, 60)} goes to {money(end, chart.currency)}: drawn as 0"
                texts.setdefault(day, []).append(plain(said, LONGEST))
    return _markers(chart, texts, FLOORED, symbol="x", colour=_AMBER, rank=1004, at_zero=True)


def all_landings(chart: BurnChart) -> Iterable[tuple[Track, Landing]]:
    return (pair for one in chart.series for pair in one.landings)


def event_text(track: Track, event: Event, chart: BurnChart, fit: Fit = plain) -> str:
    """What, how much, of which balance, and the reason where one was given; ``fit`` makes it fit where it stands."""
    reason = f" ({clean(event.entry.reason, 80)})" if event.entry and event.entry.reason else ""
    signed = _signed(event.amount, chart)
    return fit(f"{event_words(event)} {signed} · {clean(track.account.label, 60)}{reason}", LONGEST)


def landing_text(track: Track, landing: Landing, chart: BurnChart, fit: Fit = plain) -> str:
    """Whether the daily draws of an invoice come to its entry in the ledger, and by how much not."""
    name, ledger = clean(track.account.label, 60), money(landing.ledger, chart.currency)
    draft = "draft, " if landing.pending else ""
    if landing.gap is None:
        return fit(f"{name}: {draft}{ledger} in the ledger, not known by day", LONGEST)
    if not landing.is_off:
        return fit(f"{name}: {draft}{ledger} drawn, as the ledger says", LONGEST)
    drawn, off = money(landing.drawn, chart.currency), _signed(landing.gap, chart)
    return fit(f"{name}: {draft}{drawn} drawn, {ledger} in the ledger, {off}", LONGEST)


def _signed(value: Decimal, chart: BurnChart) -> str:
    text = money(value, chart.currency)
    return text if text.startswith(MINUS) else f"+{text}"


def _markers(
    chart: BurnChart, texts: Texts, name: str, *, symbol: str, colour: str, rank: int, at_zero: bool = False
) -> list[dict[str, Any]]:
    if not texts:
        return []
    days = sorted(texts)
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
            "hovertext": [_listed(day, texts[day]) for day in days],
        }
    ]


def _top(chart: BurnChart, day: date) -> Decimal:
    """The height of the stack on ``day``."""
    at = (day - chart.days.first).days
    return exact_sum(held for one in chart.series if (held := one.held[at]) is not None)


def _listed(day: date, lines: list[str]) -> str:
    rest = [f"and {len(lines) - LISTED} more"] if len(lines) > LISTED else []
    return "<br>".join([f"<b>{dates.day(day)}</b>", *lines[:LISTED], *rest])
