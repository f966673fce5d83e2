"""The layout: every page stands in it from the start, and the address decides which one shows."""

from __future__ import annotations

import dash_mantine_components as dmc
from dash import dcc, html

from components import ids
from components.filter_bar import filter_bar
from components.pages.commitments import commitments_page
from components.pages.customer_view import customer_view_page
from components.pages.invoices import invoices_page
from components.pages.overview import overview_page
from components.pages.proof import proof_page
from components.receipt import receipt_drawer
from components.shell import shell
from data.pages import Page

RESOLVED_GROUPS = ("account", "range", "usage", "spend", "burn", "invoices", "own-embed")
SUB_PAGES = tuple(Page)
TABS = {page: ids.part("tab", page or "overview") for page in SUB_PAGES}
TAB_WORDS = {
    Page.OVERVIEW: "Overview",
    Page.COMMITMENTS: "Commitments",
    Page.INVOICES: "Invoices",
    Page.PROOF: "Proof",
    Page.CUSTOMER_VIEW: "Customer's view",
}
HIDDEN = {Page.CUSTOMER_VIEW}
# What listens to the address: the list of accounts, the account itself, its days, what needs no hurry, an open receipt,
# the panels of each page, and those of them whose rows open.
PLACES = ("accounts", "account", "days", "mark", "receipt", "overview", "commitments", "invoices", "proof",
          "customer-view", "commitments-rows", "invoices-rows")  # fmt: skip


def layout(*, home: str, sandbox: bool, local: bool = False) -> dmc.MantineProvider:
    pages = [accounts_page(), account_page(), receipt_drawer(), *_stores()]
    return shell(home=home, sandbox=sandbox, local=local, pages=pages)


def accounts_page() -> html.Div:
    return html.Div(
        [
            html.H1("Accounts"),
            dmc.TextInput(
                id=ids.ACCOUNTS_SEARCH,
                placeholder="Name, alias, id or Salesforce id",
                debounce=250,
                className="accounts-search",
                **{"aria-label": "Search accounts"},
            ),
            html.Div(id=ids.ACCOUNTS_TABLE),
        ],
        id=ids.ACCOUNTS_PAGE,
        className="page-hidden",
    )


def account_page() -> html.Div:
    """What every page of an account shows, and under it the panels of each, one page at a time."""
    panels = {
        Page.OVERVIEW: overview_page(),
        Page.COMMITMENTS: commitments_page(),
        Page.INVOICES: invoices_page(),
        Page.PROOF: proof_page(),
        Page.CUSTOMER_VIEW: customer_view_page(),
    }
    return html.Div(
        [
            _head(),
            html.Div(id=ids.ACCOUNT_NOTICE),
            _tabs(),
            filter_bar(),
            html.Div(id=ids.FILTER_NOTICE),
            *(html.Div(panels[page], id=ids.sub_page(page), className="sub-page page-hidden") for page in SUB_PAGES),
        ],
        id=ids.ACCOUNT_PAGE,
        className="page-hidden",
    )


def _head() -> html.Div:
    title = html.Div([html.H1(id=ids.PAGE_TITLE), html.Div(id=ids.PROOF_MARK)], className="page-title")
    return html.Div([title, html.Dl(id=ids.ACCOUNT_FACTS, className="account-facts")], className="page-head")


def _tabs() -> html.Nav:
    """One of them shows once the account is known and its viewer may make embed links."""
    links = [
        html.A(words, id=TABS[page], href="", className="page-tab", hidden=page in HIDDEN, **{"data-page-link": "true"})
        for page, words in TAB_WORDS.items()
    ]
    return html.Nav(links, id=ids.PAGE_TABS, className="page-tabs", **{"aria-label": "Pages of this account"})


def _stores() -> list[dcc.Store | html.Button]:
    """Parts of the address, what the server last put into the controls, and the one button behind every "Try again"."""
    retry = html.Button(id=ids.RETRY, n_clicks=0, hidden=True, type="button", **{"aria-label": "Try again"})
    names = (*map(ids.address, PLACES), *map(ids.resolved, RESOLVED_GROUPS))
    return [*(dcc.Store(id=name) for name in names), retry]
