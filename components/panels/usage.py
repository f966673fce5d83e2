"""The usage panel."""

from __future__ import annotations

from dataclasses import replace

from components import ids
from components.drawn import HIDE_TABLE, SHOW_TABLE, Drawn, file_href, origin_footer, origin_notices, shown_filters
from components.figures.stacked_bars import stacked_bars
from components.figures.summary import chart_summary
from components.kpi import told
from components.names import clean
from components.notices import EmptyReason, NoticeKind, empty_notice, notice
from components.panel import BLANK_FIGURE
from components.tables import series_table
from data.filters import ChartMode
from data.query_values import join_keys
from data.views.asking import Question
from data.views.usage import Metric, UsageView

UNGROUPED = {"value": "", "label": "No group keys"}


def draw_usage(view: UsageView, question: Question) -> Drawn:
    running = view.mode is ChartMode.CUMULATIVE
    opened = "usage" in question.filters.tables
    unit, name = _unit(view.metric), clean(view.metric.name) if view.metric else ""
    table, empty = view.table, view.table.is_empty
    return Drawn(
        figure=BLANK_FIGURE
        if empty else stacked_bars(table, unit=unit, is_money=False, mode=view.mode, seal=view.seal),
        notices=(*_notices(view), *origin_notices(view.provenance, question)),
        summary="" if empty else told(
            chart_summary(table, unit="", is_money=False, what=name, cumulative=running), table, view.seal
        ),
        table=series_table(
            table, caption=f"{name} by group", unit=unit, is_money=False, seal=view.seal, running=running
        )
        if opened and not empty else None,
        footer=origin_footer(view.provenance, question),
        toggle=HIDE_TABLE if opened else SHOW_TABLE,
        files={ids.part("usage", "csv"): _file(view, question)},
        options=_options(view, question),
        chosen=_chosen(view, question),
    )  # fmt: skip


def _unit(metric: Metric | None) -> str:
    """The API names no unit for a metric, so its own name stands for it on the axis."""
    return clean(metric.name, 40) if metric else ""


def _notices(view: UsageView) -> tuple[object, ...]:
    said = tuple(notice(NoticeKind.INFO, text) for text in view.notices)
    if view.metric is None:
        return (*said, empty_notice(EmptyReason.NO_METRICS))
    if view.table.is_empty and not view.provenance.missing:
        return (*said, empty_notice(EmptyReason.NO_USAGE))
    if not view.metric.additive:
        kind = view.metric.aggregation or "A metric of its own kind"
        text = "Its groups and windows do not add up, so they are drawn as lines, without a total or an “Other”."
        return (*said, notice(NoticeKind.INFO, f"{kind} metric", text))
    if view.mode is ChartMode.CUMULATIVE and view.provenance.missing:
        text = "What was used until any later window is not known."
        return (*said, notice(NoticeKind.INFO, "The running total ends before the first missing window", text))
    return said


def _options(view: UsageView, question: Question) -> dict[str, list[dict[str, object]]]:
    metrics = [{"value": one.metric_id, "label": _metric_label(one)} for one in _listed(view)]
    keys = view.metric.keys if view.metric else ()
    shown = [" + ".join(clean(question.key_name(part), 40) for part in key) for key in keys]
    groups = [{"value": join_keys(key), "label": label} for key, label in zip(keys, shown, strict=True)]
    return {ids.METRIC_SELECT: metrics, ids.GROUP_SELECT: groups or [UNGROUPED]}


def _listed(view: UsageView) -> tuple[Metric, ...]:
    extra = (view.metric,) if view.metric and view.metric not in view.metrics else ()
    return (*view.metrics, *extra)


def _metric_label(metric: Metric) -> str:
    return clean(metric.name, 60) + (" (archived)" if metric.archived else "")


def _chosen(view: UsageView, question: Question) -> dict[str, str]:
    return {
        ids.METRIC_SELECT: view.metric.metric_id if view.metric else "",
        ids.GROUP_SELECT: join_keys(view.keys),
        ids.TOP_SELECT: str(question.filters.top),
        ids.CHART_MODE: question.filters.chart.value,
    }


def _file(view: UsageView, question: Question) -> str:
    """Beside the page, with what the panel shows written out."""
    metric = view.metric.metric_id if view.metric else None
    filters = shown_filters(question.filters, view.choice)
    shown = replace(filters, metric=metric, group=view.keys or None, spend_by=None, currency=None)
    return file_href(question, "usage.csv", shown)
