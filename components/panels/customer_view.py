"""Frames for the customer's view. Addresses with credentials in them go into a frame's ``src`` and nowhere else."""

from __future__ import annotations

from hashlib import blake2b

from dash import html

from components import ids
from components.drawn import Drawn, retry_button
from components.notices import NoticeKind, notice
from components.pages.customer_view import DASHBOARDS
from data.dashboards import EmbedLink, Framed, NoKey
from data.views.asking import Question

# Metronome's page keeps its own origin, and may not lead this one away. This app's own frame has none: it has this very
# origin, from which a sandbox keeps nothing back.
SANDBOX = "allow-scripts allow-same-origin allow-downloads allow-forms allow-popups allow-popups-to-escape-sandbox"

NO_ADDRESS = "Metronome gave no dashboard", "It answered without an address. Try again in a moment."
EMBEDS_OFF = (
    "Embeds are off",
    "Set BURNBOARD_AUTH to proxy+embed, and BURNBOARD_EMBED_KEYS_FILE to a key ring, to show this account in your own "
    "pages. docs/how-to/embed-it.md leads there step by step.",
)
NOT_HERE = "It cannot be shown here"


def draw_metronome(framed: Framed, question: Question) -> Drawn:
    if framed.url is None:
        return Drawn(notices=(notice(NoticeKind.ERROR, *NO_ADDRESS, action=retry_button()),))
    title = f"Metronome's own dashboard: {_words(question)}"
    return Drawn(main=_frame(framed.url.reveal(), title, sandbox=SANDBOX))


def draw_own_embed(link: EmbedLink | NoKey | None, question: Question) -> Drawn:
    """The frame and the button that copies a link of its own, or why there is none."""
    chosen = {ids.DASHBOARD_SELECT: question.filters.dashboard.value}
    if link is None:
        return Drawn(notices=(notice(NoticeKind.INFO, *EMBEDS_OFF),), chosen=chosen)
    if isinstance(link, NoKey):
        said = notice(NoticeKind.INFO, NOT_HERE, link.sentence)
        return Drawn(notices=(said,), chosen=chosen)
    frame = _frame(link.url.reveal(), f"Burnboard's embed: {_words(question)}")
    return Drawn(main=frame, footer=_copy_link(question), chosen=chosen)


def _frame(url: str, title: str, **more: str) -> html.Iframe:
    """``key`` makes each address a frame of its own: the same path with another token would not be loaded anew."""
    return html.Iframe(
        src=url,
        key=blake2b(url.encode(), digest_size=8).hexdigest(),
        title=title,
        referrerPolicy="no-referrer",
        className="dashboard-frame",
        **more,
    )


def _copy_link(question: Question) -> html.Div:
    """Works in the browser; see assets/customer_view.js."""
    dashboard = question.filters.dashboard.value
    button = html.Button("Copy embed link", type="button", className="button-quiet", **{"data-embed-link": dashboard})
    return html.Div(
        [button, html.Div(className="embed-link-said", role="status")], className="embed-link", key=dashboard
    )


def _words(question: Question) -> str:
    return DASHBOARDS[question.filters.dashboard]
