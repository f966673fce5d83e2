"""The customer's view: Metronome's own dashboard and this app's embed of the same, each with its own failures."""

from __future__ import annotations

from callbacks.context import Context
from callbacks.panels import Panel, Part
from components import ids
from components.panel import PanelIds
from components.panels.customer_view import draw_metronome, draw_own_embed
from components.slots import METRONOME, OWN_EMBED
from data.dashboards import EmbedLink, NoKey
from data.pages import Page
from data.scope import Right
from data.views.asking import Question
from data.views.customer_view import metronome_dashboard


def _parts(slots: PanelIds) -> tuple[Part, ...]:
    return (
        Part(slots.notice, "children", "notices"),
        Part(slots.main, "children", "main"),
        Part(slots.footer, "children", "footer"),
    )


METRONOME_PANEL = Panel(
    page=Page.CUSTOMER_VIEW,
    key="metronome",
    load=metronome_dashboard,
    draw=draw_metronome,
    parts=_parts(METRONOME),
    anew=True,
)


def own_embed_panel(context: Context) -> Panel:
    """Signs a link for the frame each time that it is shown, as any page that embeds it does."""

    def load(question: Question) -> EmbedLink | NoKey | None:
        scope, customer_id = question.ask.scope, question.ask.customer_id
        scope.require(customer_id)
        scope.require_right(Right.MINT_EMBED)
        try:
            return context.mint(scope, customer_id, question.filters.dashboard) if context.mint else None
        except NoKey as none:
            return none

    parts = (*_parts(OWN_EMBED), Part(ids.resolved(OWN_EMBED.key), "data", "resolved"))
    return Panel(page=Page.CUSTOMER_VIEW, key=OWN_EMBED.key, load=load, draw=draw_own_embed, parts=parts, anew=True)
