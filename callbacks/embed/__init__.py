"""What happens in a frame: the embed app's own callbacks and files. The account is that of the session, never one that
the browser names; every panel and file is held against what the token opens (reliability-security design, 4.4).

``data.scope`` decides, ``data.views`` keeps to its bounds; nothing here reads a header or an address bar.
"""

from __future__ import annotations

from collections.abc import Callable

from dash import Dash

from callbacks.context import Context
from callbacks.embed import controls, days, downloads, panels

CheckQuery = Callable[[str], None]


def register(app: Dash, context: Context, check_query: CheckQuery) -> None:
    """Connect everything. ``check_query`` raises ``BadQuery`` for a query that names what only a token may say."""
    controls.register(app)
    days.register(app, context, check_query)
    panels.register(app, context, check_query)
    downloads.register(app, context)
