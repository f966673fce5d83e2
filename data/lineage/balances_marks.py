"""Receipts of what happened on a day of the daily burndown: events, the ends of invoices, and paths below zero."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Final

import pandas as pd

from data.analytics.burn_days_charts import (
    BurnChart,
    below_place,
    event_place,
    events_place,
    landing_place,
    landings_place,
)
from data.analytics.burn_days_values import Event, Landing, Track
from data.analytics.entries import Account
from data.lineage.balances import NAMES
from data.lineage.rows import (
    day_name,
    deduction_evidence,
    entry_evidence,
    receipt,
    scheduled_evidence,
    stated_evidence,
    taken_off,
)
from data.lineage.value import Evidence, How, Receipt, Seal
from data.money import exact_sum
from data.source import Asked

IN_LEDGER, DRAWN, GAP = "In the ledger for this invoice", "Drawn by this invoice day by day", "Ledger minus daily draws"
NO_ENTRY: Final = "The ledger has no entry for this invoice, so it is 0."
NO_DRAWS: Final = "No line of this invoice drew on it, so it is 0."
NOT_BY_DAY: Final = "Days of {count} of these invoices are not known; they are left out."
NOTHING_BY_DAY: Final = "Days of these invoices are not known, so their draws cannot be held against the ledger."

Found = Iterator[tuple[str, Callable[[], Receipt]]]
Landed = tuple[Track, Landing]


def mark_figures(chart: BurnChart, lines: pd.DataFrame, seal: Seal, asked: tuple[Asked, ...]) -> Found:
    """By receipt id: every event and landing of ``chart``, those of one day together, and what lies below zero."""
    yield from _Marks(chart, lines, seal, asked).all()


def track_rows(track: Track, day: date, lines: pd.DataFrame) -> Iterator[Evidence]:
    """What the path of ``track`` at the end of ``day`` is the sum of: entries and the schedule, then the deductions by
    invoices that had not ended by then."""
    account = track.account
    drawn: list[int] = []
    for step in track.steps_until(day):
        if step.draw is not None:
            drawn += step.draw.rows
        elif step.landing is not None:
            yield from (entry_evidence(account, one) for one in step.landing.entries)
        elif step.event is not None:
            yield _event_row(account, step.event)
        else:
            yield stated_evidence(account, step.amount)
    yield from deduction_evidence(account.unit, lines, drawn, {account.balance_id: account.label})


def _event_row(account: Account, event: Event) -> Evidence:
    if event.entry is not None:
        return entry_evidence(account, event.entry)
    return scheduled_evidence(account, event.amount, event.at)


@dataclass(frozen=True)
class _Marks:
    """The figures of one chart's days."""

    chart: BurnChart
    lines: pd.DataFrame
    seal: Seal
    asked: tuple[Asked, ...]

    def all(self) -> Found:
        yield from self._events()
        yield from self._landings()
        for at, day in enumerate(self.chart.dates):
            below = [one for one in self.chart.tracks if (end := one.ends[at]) is not None and end < 0]
            if below:
                ident = self.seal.mark(*below_place(self.chart, day))
                yield ident, partial(self._below, ident, below, at=at, day=day)

    def _events(self) -> Found:
        by_day: dict[date, list[tuple[Track, Event]]] = {}
        for track, event in (pair for one in self.chart.series for pair in one.events):
            ident = self.seal.mark(*event_place(track, event))
            title = f"{NAMES.get(event.category, event.category)}, {track.account.label}"
            yield ident, partial(self._happened, ident, [(track, event)], title)
            by_day.setdefault(event.at.date(), []).append((track, event))
        for day, events in by_day.items():
            ident = self.seal.mark(*events_place(self.chart, day))
            yield ident, partial(self._happened, ident, events, f"Events of {day_name(day)}")

    def _happened(self, ident: str, events: Sequence[tuple[Track, Event]], title: str) -> Receipt:
        rows = [_event_row(track.account, event) for track, event in events]
        return self._receipt(ident, title, rows, exact_sum(event.amount for _, event in events))

    def _landings(self) -> Found:
        by_day: dict[tuple[date, bool], list[Landed]] = {}
        for track, landing in (pair for one in self.chart.series for pair in one.landings):
            for part, amount in (("ledger", landing.ledger), ("drawn", landing.drawn), ("gap", landing.gap)):
                if amount is not None:
                    ident = self.seal.mark(*landing_place(landing, part))
                    yield ident, partial(self._landing, ident, (track, landing), part, amount)
            by_day.setdefault((landing.day, landing.is_off), []).append((track, landing))
        for (day, is_off), landed in by_day.items():
            ident = self.seal.mark(*landings_place(self.chart, day, is_off=is_off))
            yield ident, partial(self._landed, ident, landed, day)

    def _landing(self, ident: str, landed: Landed, part: str, amount: Decimal) -> Receipt:
        ledger, drawn = list(_ledger_rows(landed)), list(self._drawn_rows(landed))
        rows, title, empty = {
            "ledger": (ledger, IN_LEDGER, NO_ENTRY),
            "drawn": (list(taken_off(drawn)), DRAWN, NO_DRAWS),
            "gap": ([*ledger, *drawn], GAP, NO_ENTRY),
        }[part]
        return self._receipt(ident, f"{title}, {landed[0].account.label}", rows, amount, rule="" if rows else empty)

    def _landed(self, ident: str, landed: Sequence[Landed], day: date) -> Receipt:
        """All that land on one day together: what the ledger took, and the draws taken off it."""
        known = [pair for pair in landed if pair[1].gap is not None]
        title = f"{GAP}, invoices that end with {day_name(day)}"
        if not known:
            rows = [row for pair in landed for row in _ledger_rows(pair)]
            return self._receipt(ident, title, rows, None, how=How.RULE, rule=NOTHING_BY_DAY)
        rows = [row for pair in known for row in (*_ledger_rows(pair), *self._drawn_rows(pair))]
        amount = exact_sum(one.gap for _, one in known if one.gap is not None)
        left_out = len(landed) - len(known)
        return self._receipt(ident, title, rows, amount, rule=NOT_BY_DAY.format(count=left_out) if left_out else "")

    def _drawn_rows(self, landed: Landed) -> Iterator[Evidence]:
        account, landing = landed[0].account, landed[1]
        rows = [row for draw in landing.draws for row in draw.rows]
        return deduction_evidence(account.unit, self.lines, rows, {account.balance_id: account.label})

    def _below(self, ident: str, tracks: Sequence[Track], *, at: int, day: date) -> Receipt:
        rows = [row for track in tracks for row in track_rows(track, day, self.lines)]
        amount = exact_sum(end for one in tracks if (end := one.ends[at]) is not None)
        return self._receipt(ident, f"Below zero, end of {day_name(day)}", rows, amount)

    def _receipt(
        self, ident: str, title: str, rows: Iterable[Evidence], amount: Decimal | None, *, how: How = How.SUM,
        rule: str = "",
    ) -> Receipt:  # fmt: skip
        account = self.chart.tracks[0].account
        return receipt(account, title, rows, ident=ident, amount=amount, asked=self.asked, how=how, rule=rule)


def _ledger_rows(landed: Landed) -> Iterator[Evidence]:
    """What the ledger says that the invoice took."""
    track, landing = landed
    return (entry_evidence(track.account, one, sign=-1) for one in landing.entries)
