"""What did the account use? One billable metric over time, by one of its group keys."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from data.analytics.gaps import blank_gaps, outside_gaps
from data.analytics.ranking import cumulative
from data.analytics.usage import is_additive, usage_by_group, usage_file
from data.analytics.windows import fetch_window, windows_between
from data.errors import BadQuery, NotFound
from data.filters import ChartMode, Days
from data.lineage.value import Seal
from data.query_values import join_keys, shown
from data.series import Number, SeriesTable
from data.source import Loaded
from data.views.asking import Choice, Provenance, Question, attempt, choose, provenance, together

Keys = tuple[str, ...]


@dataclass(frozen=True)
class Metric:
    """A billable metric as a person picks it."""

    metric_id: str
    name: str
    aggregation: str
    keys: tuple[Keys, ...]
    archived: bool

    @property
    def additive(self) -> bool:
        return is_additive(self.aggregation)


@dataclass(frozen=True)
class UsageView:
    """The chosen metric and key, the rows behind the chart (USAGE, as the API sent them), and the chart's own table.

    Windows that a missing span reaches into are in neither rows nor totals.
    ``metric`` is None when the account has no billable metric; then ``table`` is empty.
    """

    choice: Choice
    metrics: tuple[Metric, ...]
    metric: Metric | None
    keys: Keys
    mode: ChartMode
    rows: pd.DataFrame | None
    table: SeriesTable
    provenance: Provenance
    seal: Seal
    notices: tuple[str, ...] = ()

    @property
    def total(self) -> Number | None:
        """Usage of the range in all, None where adding has no meaning; the cumulative table keeps it too."""
        return self.table.grand_total

    def file(self) -> pd.DataFrame:
        """The rows of usage.csv (interfaces document, Downloads)."""
        if self.metric is None or self.rows is None:
            raise NotFound(sentence="This account has no billable metrics.")
        metric = self.metric
        return usage_file(
            self.rows,
            self.choice.days,
            self.choice.window,
            metric_id=metric.metric_id,
            metric=metric.name,
            keys=self.keys,
            additive=metric.additive,
        )


def usage_view(question: Question) -> UsageView:
    """Load and reduce; raises ``SourceError``. Unknown metrics and keys fall back with a notice on a page and raise
    ``NotFound`` or ``BadQuery`` for a download."""
    choice, listed = together(lambda: choose(question), lambda: question.source.metrics(question.ask))
    metrics = _metrics(listed.value)
    metric, notices = _chosen_metric(question, metrics, choice.days)
    if metric is None:
        origin = provenance(question.now, choice.days, listed)
        mode, nothing = question.filters.chart, SeriesTable((), (), ())
        return UsageView(choice, metrics, None, (), mode, None, nothing, origin, _seal(question, choice), notices)
    keys, key_notices = _chosen_keys(question, metric)
    loaded = _load(question, metric, keys, choice)
    gaps = [(gap.start, gap.end) for gap in loaded.missing]
    rows = outside_gaps(loaded.value, windows_between(choice.days, choice.window), gaps)
    table = usage_by_group(
        rows, choice.days, choice.window, additive=metric.additive, top=question.filters.top, now=question.now,
        names=question.value_names,
    )  # fmt: skip
    table = blank_gaps(table, gaps)
    mode = question.filters.chart if metric.additive else ChartMode.LINE
    table = cumulative(table) if mode is ChartMode.CUMULATIVE else table
    origin = provenance(question.now, choice.days, listed, loaded)
    seal = _seal(question, choice, metric.metric_id, mode, *keys)
    return UsageView(choice, metrics, metric, keys, mode, rows, table, origin, seal, notices + key_notices)


def _seal(question: Question, choice: Choice, *more: str) -> Seal:
    days = choice.days
    state = (days.first.isoformat(), days.last.isoformat(), choice.window.value, str(question.filters.top))
    return question.seal("U", *state, *more)


def _metrics(frame: pd.DataFrame) -> tuple[Metric, ...]:
    rows = zip(
        frame["metric_id"], frame["name"], frame["aggregation"], frame["group_keys"], frame["archived_at"], strict=True
    )
    found = (
        Metric(ident, name, "" if pd.isna(kind) else str(kind), keys, not pd.isna(archived))
        for ident, name, kind, keys, archived in rows
    )
    return tuple(sorted(found, key=lambda metric: (metric.archived, metric.name.casefold(), metric.metric_id)))


def _chosen_metric(
    question: Question, metrics: tuple[Metric, ...], days: Days
) -> tuple[Metric | None, tuple[str, ...]]:
    wanted = question.filters.metric
    if wanted is None:
        _refuse_unknown_keys(question, metrics)
        return _most_used(question, metrics, days), ()
    listed = next((metric for metric in metrics if metric.metric_id == wanted), None)
    if listed is not None:
        return listed, ("This metric is archived.",) if listed.archived else ()
    try:
        (metric,) = _metrics(question.source.metric(question.ask, wanted).value)
        return metric, ("This metric is archived.",) if metric.archived else ()
    except NotFound:
        if question.ask.whole:
            raise NotFound(sentence="There is no metric with this id.") from None
    return _most_used(question, metrics, days), (
        "There is no metric with the id in the address; the default is shown.",
    )


def _refuse_unknown_keys(question: Question, metrics: tuple[Metric, ...]) -> None:
    """For a download a key that no metric has is wrong before any usage is asked for; raises ``BadQuery``."""
    wanted = question.filters.group
    if question.ask.whole and metrics and wanted and not any(wanted in metric.keys for metric in metrics):
        raise BadQuery(f"No metric of this account can be grouped by {join_keys(wanted)}.")


def _most_used(question: Question, metrics: tuple[Metric, ...], days: Days) -> Metric | None:
    """The metric with most usage in the range; the first one where that cannot be told."""
    if len(metrics) <= 1:
        return metrics[0] if metrics else None
    totals, _ = attempt(question, lambda: question.source.metric_totals(question.ask, days.first, days.end_exclusive))
    if totals is None or totals.value.empty:
        return metrics[0]
    used = dict(zip(totals.value["metric_id"], totals.value["value"].fillna(0.0), strict=True))
    return max(metrics, key=lambda metric: used.get(metric.metric_id, 0.0))


def _chosen_keys(question: Question, metric: Metric) -> tuple[Keys, tuple[str, ...]]:
    default = metric.keys[0] if metric.keys else ()
    wanted = question.filters.group
    if wanted is None or wanted in metric.keys:
        return (wanted or default), ()
    sentence = f"{metric.name} cannot be grouped by {shown(join_keys(wanted))}."
    if question.ask.whole:
        raise BadQuery(sentence)
    return default, (f"{sentence} Its default key is shown.",)


def _load(question: Question, metric: Metric, keys: Keys, choice: Choice) -> Loaded[pd.DataFrame]:
    ask, source, days = question.ask, question.source, choice.days
    window = fetch_window(choice.window, metric.additive)
    if window == "none":
        spans = tuple((start.date(), end.date()) for start, end in windows_between(days, choice.window))
        return source.usage_spans(ask, metric.metric_id, spans, keys=keys)
    return source.usage(ask, metric.metric_id, days.first, days.end_exclusive, window=window, keys=keys)
