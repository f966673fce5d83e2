"""The overview of an account: three panels and the key figures, each a loader, a drawing, and the outputs it fills."""

from __future__ import annotations

from callbacks.panels import Panel, Part, panel_parts
from components import ids
from components.panels.commitments import draw_commitments
from components.panels.headline import draw_headline
from components.panels.spend import draw_spend
from components.panels.usage import draw_usage
from components.slots import BURNDOWN, SPEND, USAGE
from data.pages import Page
from data.views.asking import shared
from data.views.commitments import commitments_view
from data.views.headline import headline_view
from data.views.spend import spend_view
from data.views.usage import usage_view

PANELS = (
    Panel(
        page=Page.OVERVIEW,
        key="usage",
        load=shared(usage_view),
        draw=draw_usage,
        parts=panel_parts(
            USAGE,
            selects=(ids.METRIC_SELECT, ids.GROUP_SELECT),
            files=(USAGE.csv,),
        ),
    ),
    Panel(
        page=Page.OVERVIEW,
        key="spend",
        load=shared(spend_view),
        draw=draw_spend,
        parts=panel_parts(
            SPEND,
            selects=(ids.SPEND_BY_SELECT, ids.CURRENCY_SELECT),
            files=(SPEND.csv,),
        ),
    ),
    Panel(
        page=Page.OVERVIEW,
        key="burndown",
        load=shared(commitments_view),
        draw=draw_commitments,
        parts=panel_parts(BURNDOWN, files=(BURNDOWN.csv, ids.part("ledger", "csv"))),
    ),
    Panel(
        page=Page.OVERVIEW,
        key="headline",
        load=headline_view,
        draw=draw_headline,
        parts=(Part(ids.KPI_ROW, "children", "notices"),),
    ),
)
