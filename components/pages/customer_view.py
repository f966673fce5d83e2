"""The customer's view: Metronome's own dashboard, and beside it what this app shows of the same in a frame."""

from __future__ import annotations

from dash import html

from components import ids
from components.controls import segments
from components.panel import PanelIds
from components.slots import METRONOME, OWN_EMBED
from data.dashboards import Dashboard

DASHBOARDS = {
    Dashboard.USAGE: "Usage",
    Dashboard.INVOICES: "Invoices",
    Dashboard.COMMITS_AND_CREDITS: "Commits and credits",
}


def customer_view_page() -> list[html.Div]:
    choice = html.Div(segments(ids.DASHBOARD_SELECT, "Dashboard", DASHBOARDS), className="frames-choice")
    theirs = _framed(
        METRONOME, "Metronome's own", "The dashboard that Metronome embeds, with its own days and figures."
    )
    ours = _framed(OWN_EMBED, "Burnboard's embed", "The same, as your own pages can show it.")
    return [choice, html.Div([theirs, ours], className="frames")]


def _framed(slots: PanelIds, title: str, help_text: str) -> html.Section:
    words = html.Div([html.H2(title), html.P(help_text, className="panel-help")], className="panel-title")
    return html.Section(
        [
            html.Div([words, html.Div(id=slots.footer, className="frame-actions")], className="panel-head"),
            html.Div(id=slots.notice, className="panel-notice"),
            html.Div(html.Div(className="skeleton frame-skeleton"), id=slots.main, className="frame-slot"),
        ],
        id=slots.section,
        className="panel",
        **{"aria-label": title},
    )
