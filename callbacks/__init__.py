"""What happens: the only room that names Input, Output and State, and the download routes.

May enter: components, views, filters, the source protocol. May not: requests, the Metronome client, frames.
"""

from __future__ import annotations

from dash import Dash

from callbacks import (
    accounts,
    addresses,
    days,
    downloads,
    embed_link,
    mark,
    panels,
    receipts,
    title,
    upstream,
    url_state,
)
from callbacks.context import Context
from callbacks.pages import commitments, customer_view, invoices, overview, proof
from callbacks.prefetch import Prefetch

PANELS = (*overview.PANELS, *commitments.PANELS, *invoices.PANELS, *proof.PANELS)


def register(app: Dash, context: Context) -> Prefetch:
    """Connect everything. After this the app's callback list is complete; what comes back begins a page's panels."""
    addresses.register(app)
    url_state.register(app)
    accounts.register(app, context)
    title.register(app)
    upstream.register(app, context)
    days.register(app, context)
    every_panel = (*PANELS, customer_view.METRONOME_PANEL, customer_view.own_embed_panel(context))
    prefetch = Prefetch(context, panels.register(app, context, every_panel))
    receipts.register(app, context)
    mark.register(app, context)
    downloads.register(app, context)
    embed_link.register(app, context)
    return prefetch
