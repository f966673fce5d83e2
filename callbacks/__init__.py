"""What happens: the only room that names Input, Output and State, and the download routes.

May enter: components, views, filters, the source protocol. May not: requests, the Metronome client, frames.
"""

from __future__ import annotations

from dash import Dash

from callbacks import accounts, addresses, days, downloads, embed_link, mark, panels, receipts, title, url_state
from callbacks.context import Context
from callbacks.pages import commitments, customer_view, invoices, overview, proof

PANELS = (*overview.PANELS, *commitments.PANELS, *invoices.PANELS, *proof.PANELS)


def register(app: Dash, context: Context) -> None:
    """Connect everything. After this the app's callback list is complete."""
    addresses.register(app)
    url_state.register(app)
    accounts.register(app, context)
    title.register(app)
    days.register(app, context)
    panels.register(app, context, (*PANELS, customer_view.METRONOME_PANEL, customer_view.own_embed_panel(context)))
    receipts.register(app, context)
    mark.register(app, context)
    downloads.register(app, context)
    embed_link.register(app, context)
