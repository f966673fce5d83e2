"""What happens: the only room that names Input, Output and State, and the download routes.

May enter: components, views, filters, the source protocol. May not: requests, the Metronome client, frames.
"""

from __future__ import annotations

from dash import Dash

from callbacks import accounts, days, downloads, panels, title, url_state
from callbacks.context import Context
from callbacks.pages.account import PANELS


def register(app: Dash, context: Context) -> None:
    """Connect everything. After this the app's callback list is complete."""
    url_state.register(app)
    accounts.register(app, context)
    title.register(app)
    days.register(app, context)
    panels.register(app, context, PANELS)
    downloads.register(app, context)
