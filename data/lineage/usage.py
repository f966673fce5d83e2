"""Receipts of usage: the rows that the API answered, one per window and group, behind every figure of the panel."""

from __future__ import annotations

from decimal import Decimal, localcontext
from functools import partial

import pandas as pd

from data.analytics.groups import group_name, group_values
from data.filters import ChartMode
from data.lineage.series import Figure, series_figures
from data.lineage.value import Evidence, Figures, How, Receipt, as_written, series_marks
from data.money import ALL_FLOATS
from data.series import Number
from data.views.asking import Question
from data.views.usage import UsageView

NO_ROWS = "No usage was reported here, which counts as 0."
AS_ANSWERED = "As the API answered for this window: values of this metric do not add up."
ROUNDING = "Rounding: a number holds seventeen digits"
FAMILY = "usage"


def figures(view: UsageView, question: Question) -> Figures:  # noqa: ARG001  # one signature for all views
    """By receipt id, the figures of the chart, the table under it, the sentence and the tile."""
    build = partial(_receipt, view)
    marks = series_marks(view.seal, view.table)
    return series_figures(view.table, marks, build, running=view.mode is ChartMode.CUMULATIVE)


def _receipt(view: UsageView, figure: Figure) -> Receipt:
    rows = _evidence(view.rows, figure) if view.rows is not None else ()
    additive = view.table.stackable
    return Receipt(
        ident=figure.ident,
        title=f"Usage · {figure.words}",
        amount=figure.amount,
        unit=view.metric.name if view.metric else "",
        is_money=False,
        rows=(*rows, *_rounding(rows, figure.amount)) if additive else rows,
        how=How.SUM if additive else How.READ,
        rule=AS_ANSWERED if not additive else "" if rows else NO_ROWS,
        asked=tuple(one for one in view.provenance.asked if one.family == FAMILY),
        window=figure.window,
    )


def _evidence(usage: pd.DataFrame, figure: Figure) -> tuple[Evidence, ...]:
    """The rows by time and group; what was sent as null has no amount."""
    rows = usage.iloc[figure.rows].sort_values(["window_start", "group"], kind="stable")
    names = {text: group_name(group_values(text)).label for text in rows["group"].unique()}
    columns = zip(rows["window_start"], rows["group"], rows["value"].tolist(), strict=True)
    return tuple(
        Evidence(words=names[group], amount=None if pd.isna(value) else value, at=start.to_pydatetime())
        for start, group, value in columns
    )


def _rounding(rows: tuple[Evidence, ...], amount: Number) -> tuple[Evidence, ...]:
    """A sum of sums may differ from the sum of the rows in the last digit that a float has; then it says so, with a
    decimal, as no float may hold the difference either."""
    with localcontext(ALL_FLOATS):
        together = sum((as_written(one.amount) for one in rows if one.amount is not None), Decimal(0))
        rest = as_written(amount) - together
    return () if float(together) == amount else (Evidence(words=ROUNDING, amount=rest),)
