"""The frame around every page: brand, marks, account picker, theme switch, skip link, and the page slots."""

from __future__ import annotations

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from components import ids
from components.status_strip import strip_slot
from components.theme import MANTINE

SANDBOX_MARK = "Sandbox data"
SANDBOX_HELP = "Made-up accounts from the local sandbox. Nothing here is a real customer."
LOCAL_MARK = "Local mode"
LOCAL_HELP = (
    "Only this machine can reach this app. There is no login: whoever opened its start address sees every account."
)


def shell(*, home: str, sandbox: bool, local: bool, pages: list[Component]) -> dmc.MantineProvider:
    """The whole layout. Every page is in it from the start and shown by address, so ids are checked at start-up and
    the first view needs no second trip for its layout. ``local``: nobody else can reach this app, nobody signs in."""
    return dmc.MantineProvider(
        html.Div(
            [
                html.A("Skip to content", href="#main", className="skip-link"),
                dcc.Location(id=ids.URL, refresh=False),
                _header(home, sandbox, local),
                *strip_slot(),
                html.Main(pages, id="main", className="page", tabIndex=-1),
            ],
            id=ids.ROOT,
        ),
        id=ids.THEME,
        theme=MANTINE,
        defaultColorScheme="auto",
    )


def _header(home: str, sandbox: bool, local: bool) -> html.Header:
    marks = [
        *([html.Span(SANDBOX_MARK, className="sandbox-mark", title=SANDBOX_HELP)] if sandbox else []),
        *([html.Span(LOCAL_MARK, className="local-mark", title=LOCAL_HELP)] if local else []),
    ]
    return html.Header(
        [
            dcc.Link([html.Span(className="brand-flame"), "Burnboard"], href=home, className="brand"),
            *marks,
            account_select(),
            dmc.ColorSchemeToggle(
                id=ids.THEME_SWITCH,
                variant="default",
                size="lg",
                lightIcon="☀",
                darkIcon="☾",
                **{"aria-label": "Switch between light and dark"},
            ),
        ],
        className="app-header",
    )


def account_select() -> dmc.Select:
    """Type-ahead over name, alias, id and Salesforce id; the server searches, so the browser's own filter is off."""
    return dmc.Select(
        id=ids.ACCOUNT_SELECT,
        data=[],
        searchable=True,
        searchValue="",
        allowDeselect=False,
        placeholder="Find an account",
        nothingFoundMessage="No account matches",
        className="account-select",
        filter={"function": "keepServerOrder"},
        comboboxProps={"shadow": "md", "withinPortal": True},
        **{"aria-label": "Account"},
    )
