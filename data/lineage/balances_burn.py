"""Receipts of the daily burndown and of what expires: ledger entries, the schedule, and the breakdowns' deduction lines
of invoices that have not ended yet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Final

import pandas as pd

from data.analytics.burn_days_charts import BurnChart, BurnSeries, day_place, held_place
from data.analytics.expiring import HORIZONS, Expiring, Lot, Pace
from data.lineage.balances import lot_receipt
from data.lineage.balances_marks import mark_figures, track_rows
from data.lineage.rows import (
    OVERDRAWN,
    asked_for,
    day_name,
    deduction_evidence,
    receipt,
    sum_of,
    taken_off,
    told,
)
from data.lineage.value import Evidence, Figures, Formula, How, Operand, Receipt
from data.money import EXACT, exact_sum
from data.source import Asked
from data.views.asking import Question
from data.views.balances import BurnView, ExpiringView

FAMILIES: Final = ("balances", "invoices", "breakdowns")
NOTHING: Final = "Nothing was held and nothing happened until then."
PACE: Final = "What was drawn on complete days with something to use, the first {first}, divided by their number."
UNUSED: Final = (
    "What is left now, minus what today's pace draws on it until it ends. Balances before it in the order of use are "
    "drawn on first."
)
# Amounts that differ by less than this part of them are the same: a pace can have more digits than are kept.
SAME: Final = Decimal("1e-40")
_DAY: Final = timedelta(days=1)
_MICROSECOND: Final = timedelta(microseconds=1)

Made = Callable[[], Receipt]


def burn_figures(view: BurnView, question: Question) -> Figures:  # noqa: ARG001  # one signature for all views
    """By receipt id: what each balance of each chart held at the end of each day, all of a chart together, what
    happened on it, and what is left on the segments that are used next."""
    asked = asked_for(view.provenance, *FAMILIES)
    found: dict[str, Made] = {}
    for chart in view.charts:
        found.update(_of_chart(view, chart, asked))
        found.update(mark_figures(chart, view.lines, view.seal, asked))
    for turn in (turn for queue in view.queues for turn in queue.turns):
        ident = view.seal.mark("lot", turn.account.balance_id, turn.lot.segment_id)
        found[ident] = partial(lot_receipt, ident, turn.account, turn.lot, asked)
    return found


def expiring_figures(view: ExpiringView, question: Question) -> Figures:
    """By receipt id: what ends soon, the pace, and what it would leave unused."""
    asked = asked_for(view.provenance, *FAMILIES)
    found: dict[str, Made] = {}
    for unit in view.units:
        for lot in unit.lots:
            place = (lot.account.balance_id, lot.segment_id)
            ident = view.seal.mark("lot", *place)
            found[ident] = partial(lot_receipt, ident, lot.account, lot.held, asked)
            if lot.unused is not None and unit.pace is not None:
                ident = view.seal.mark("unused", *place)
                found[ident] = partial(_unused, ident, lot, unit.pace, now=question.now, asked=asked)
        found.update(_of_unit(view, unit, asked))
    return found


def _of_chart(view: BurnView, chart: BurnChart, asked: tuple[Asked, ...]) -> Iterator[tuple[str, Made]]:
    for at, day in enumerate(chart.dates):
        for one in chart.series:
            if one.held[at] is not None:
                ident = view.seal.mark(*day_place(chart, one, day))
                yield ident, partial(_held, ident, view.lines, [one], at=at, day=day, title=_title(one), asked=asked)
        if all(one.held[at] is not None for one in chart.series):
            ident = view.seal.mark(*held_place(chart, day))
            title = f"Held in all, {chart.product or chart.currency}"
            yield ident, partial(_held, ident, view.lines, chart.series, at=at, day=day, title=title, asked=asked)


def _title(one: BurnSeries) -> str:
    others = len(one.tracks) - 1
    return f"Held by {one.tracks[0].account.label}" + (f" and {others} more" if others else "")


def _held(
    ident: str, lines: pd.DataFrame, series: Iterable[BurnSeries], *, at: int, day: date, title: str,
    asked: tuple[Asked, ...],
) -> Receipt:  # fmt: skip
    """What several paths hold at the end of ``day``: each the sum of its steps, none below zero."""
    shown = list(series)
    tracks = [track for one in shown for track in one.tracks]
    rows = [row for track in tracks for row in track_rows(track, day, lines)]
    amount = exact_sum(held for one in shown if (held := one.held[at]) is not None)
    floored = any(one.is_floored(at) for one in shown)
    account = tracks[0].account
    rule = OVERDRAWN.format(sum=told(sum_of(rows), account.unit.label)) if floored else "" if rows else NOTHING
    how = How.RULE if floored else How.SUM
    named = f"{title}, end of {day_name(day)}"
    return receipt(account, named, rows, ident=ident, amount=amount, asked=asked, how=how, rule=rule)


def _of_unit(view: ExpiringView, unit: Expiring, asked: tuple[Asked, ...]) -> Iterator[tuple[str, Made]]:
    if not unit.lots:
        return
    for days in HORIZONS:
        place = (unit.currency, unit.product, days)
        ident = view.seal.mark("ending", *place)
        yield ident, partial(_ending, ident, unit, days, asked=asked, unused=False)
        if unit.unused(days) is not None:
            ident = view.seal.mark("ending-unused", *place)
            yield ident, partial(_ending, ident, unit, days, asked=asked, unused=True)
    if unit.pace is not None:
        ident = view.seal.mark("pace", unit.currency, unit.product)
        yield ident, partial(_pace, ident, view.lines, unit, unit.pace, asked=asked)


def _ending(ident: str, unit: Expiring, days: int, *, asked: tuple[Asked, ...], unused: bool) -> Receipt:
    lots = unit.ending_within(days)
    rows = [Evidence(words=lot.account.label, amount=lot.unused if unused else lot.left, at=lot.ends_at,
                     balance_id=lot.account.balance_id) for lot in lots]  # fmt: skip
    amount = unit.unused(days) if unused else unit.left(days)
    title = f"{'Unused at the pace of today, of what ends' if unused else 'Ends'} within {days} days"
    account = unit.lots[0].account
    rule = "" if rows else f"Nothing ends within {days} days."
    return receipt(account, title, rows, ident=ident, amount=amount, asked=asked, rule=rule)


def _unused(ident: str, lot: Lot, pace: Pace, *, now: datetime, asked: tuple[Asked, ...]) -> Receipt:
    rows = [Evidence(words=f"{lot.account.label}: left now", amount=lot.left, at=lot.ends_at)]
    title = f"Unused at today's pace, {lot.account.label}"
    formula = _until_end(lot, pace, lot.unused or Decimal(0), now)
    return receipt(
        lot.account, title, rows, ident=ident, amount=lot.unused, asked=asked, how=How.RULE, rule=UNUSED,
        formula=formula,
    )  # fmt: skip


def _until_end(lot: Lot, pace: Pace, unused: Decimal, now: datetime) -> Formula:
    """What is held, minus the draws until the end. As long as something is left, whatever is not drawn on this balance
    is drawn on those before it."""
    days = EXACT.divide(Decimal((lot.ends_at - now) // _MICROSECOND), Decimal(_DAY // _MICROSECOND))
    per_day = max(pace.per_day, Decimal(0))
    draws = (Operand(per_day, "a day"), " × ", Operand(days, "days", counts=True))
    held, taken, drawn = Operand(lot.left, "left now"), EXACT.subtract(lot.left, unused), EXACT.multiply(per_day, days)
    if not unused:
        return (held, " − ", Operand(taken, "of"), " ", *draws)
    before = EXACT.subtract(drawn, taken)
    if before <= EXACT.multiply(drawn, SAME):
        return (held, " − ", *draws)
    return (held, " − (", *draws, " − ", Operand(before, "on balances before it"), ")")


def _pace(ident: str, lines: pd.DataFrame, unit: Expiring, pace: Pace, *, asked: tuple[Asked, ...]) -> Receipt:
    account = unit.lots[0].account
    payers = {one.balance_id: one.label for one in unit.accounts}
    rows = taken_off(deduction_evidence(account.unit, lines, pace.rows, payers))
    title = f"Today's pace, {unit.product or unit.currency} a day"
    formula = (Operand(pace.drawn, "drawn"), " ÷ ", Operand(Decimal(pace.days), "days", counts=True))
    return receipt(
        account, title, rows, ident=ident, amount=pace.per_day, asked=asked, how=How.RULE,
        rule=PACE.format(first=day_name(pace.first)), formula=formula,
    )  # fmt: skip
