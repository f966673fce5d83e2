"""The account page: three panels, each a loader, a drawing, and the outputs that it fills."""

from __future__ import annotations

from callbacks.panels import Panel, Part, panel_parts
from components import ids
from components.page import BURNDOWN, SPEND, USAGE
from components.panels.commitments import draw_commitments
from components.panels.headline import draw_headline
from components.panels.spend import draw_spend
from components.panels.usage import draw_usage
from data.views.asking import shared
from data.views.commitments import commitments_view
from data.views.headline import headline_view
from data.views.spend import spend_view
from data.views.usage import usage_view

PANELS = (
    Panel(
        key="usage",
        load=shared(usage_view),
        draw=draw_usage,
        parts=panel_parts(
            USAGE,
            selects=(ids.METRIC_SELECT, ids.GROUP_SELECT),
        ),
    ),
    Panel(
        key="spend",
        load=shared(spend_view),
        draw=draw_spend,
        parts=panel_parts(
            SPEND,
            selects=(ids.SPEND_BY_SELECT, ids.CURRENCY_SELECT),
        ),
    ),
    Panel(
        key="burndown",
        load=shared(commitments_view),
        draw=draw_commitments,
        parts=(*panel_parts(BURNDOWN), Part(ids.part("ledger", "csv"), "href", "files")),
    ),
    Panel(
        key="headline",
        load=headline_view,
        draw=draw_headline,
        parts=(Part(ids.KPI_ROW, "children", "notices"),),
    ),
)
