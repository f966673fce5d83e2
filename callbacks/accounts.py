"""The account list, the type-ahead, and what the page says about the account that it shows."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

from dash import Dash, Input, Output, State, no_update
from dash.development.base_component import Component

from callbacks.addresses import place_in
from callbacks.context import Context, account_in
from components import ids
from components.account import account_facts, account_notice, account_option, accounts_list, page_title
from components.drawn import retry_button
from components.notices import denied_notice, error_notice
from components.page import TABS
from data.analytics.accounts import Account, find_accounts
from data.errors import SourceError
from data.events import REQUEST_ID
from data.pages import Page, account_path
from data.scope import AccessDenied, Right

OPTIONS, ROWS = 30, 100
MAX_SEARCH_CHARS = 200


def register(app: Dash, context: Context) -> None:
    _register_list(app, context)
    _register_search(app, context)
    _register_account(app, context)


def _register_list(app: Dash, context: Context) -> None:
    @app.callback(
        Output(ids.ACCOUNTS_TABLE, "children"),
        Output(ids.ACCOUNTS_SEARCH, "value"),
        Input(ids.address("accounts"), "data"),
        prevent_initial_call=True,
    )
    def list_accounts(address: dict[str, Any] | None) -> tuple[Any, Any]:
        place, search = place_in(address)
        if place is not None:
            return no_update, no_update
        text = _searched(search)
        try:
            found = find_accounts(context.source.accounts(context.ask()).value, text, limit=ROWS)
        except SourceError as error:
            return error_notice(error, action=retry_button(), reference=REQUEST_ID.get()), text
        links = {one.customer_id: app.get_relative_path(account_path(one.customer_id)) for one in found.accounts}
        return accounts_list(found, links=links), text


def _register_search(app: Dash, context: Context) -> None:
    @app.callback(
        Output(ids.ACCOUNT_SELECT, "data"),
        Input(ids.ACCOUNT_SELECT, "searchValue"),
        Input(ids.ACCOUNT_SELECT, "dropdownOpened"),
        State(ids.URL, "pathname"),
        prevent_initial_call=True,
    )
    def suggest(text: str | None, _opened: bool | None, pathname: str | None) -> Any:
        try:
            accounts = context.source.accounts(context.ask()).value
        except SourceError:
            return no_update
        chosen = next((one for one in accounts if one.customer_id == account_in(pathname)), None)
        return _options(accounts, text or "", chosen)


def _register_account(app: Dash, context: Context) -> None:
    @app.callback(
        Output(ids.ACCOUNT_SELECT, "data", allow_duplicate=True),
        Output(ids.PAGE_TITLE, "children"),
        Output(ids.ACCOUNT_FACTS, "children"),
        Output(ids.ACCOUNT_NOTICE, "children"),
        Output(ids.resolved("account"), "data"),
        Output(TABS[Page.CUSTOMER_VIEW], "hidden"),
        Input(ids.address("account"), "data"),
        prevent_initial_call=True,
    )
    def show_account(address: dict[str, Any] | None) -> tuple[Any, ...]:
        place, _ = place_in(address)
        if place is None:
            return no_update, "", None, None, {"account": None}, True
        customer_id = place.customer_id
        try:
            account = context.source.account(context.ask(customer_id)).value
        except (SourceError, AccessDenied) as error:
            return no_update, customer_id, None, _why_not(error, context), {"account": None}, True
        facts = account_facts(account), account_notice(account), {"account": account.customer_id}
        return [account_option(account)], page_title(account), *facts, not context.scope().may(Right.MINT_EMBED)


def _why_not(error: SourceError | AccessDenied, context: Context) -> Component | None:
    """Instead of the account: why there is none to show."""
    if isinstance(error, SourceError):
        return account_notice(error, reference=REQUEST_ID.get())
    context.denied(error)
    return denied_notice()


def _searched(search: str) -> str:
    return (parse_qs(search.removeprefix("?")).get("q") or [""])[0][:MAX_SEARCH_CHARS]


def _options(accounts: tuple[Account, ...], text: str, chosen: Account | None) -> list[dict[str, Any]]:
    """The best matches; behind them the chosen account, whose name keeps showing in the box but not in the list."""
    wanted = "" if chosen is not None and text == account_option(chosen)["label"] else text
    found = find_accounts(accounts, wanted[:MAX_SEARCH_CHARS], limit=OPTIONS).accounts
    options: list[dict[str, Any]] = [account_option(one) for one in found]
    if chosen is not None and chosen not in found:
        options.append({**account_option(chosen), "kept": True})
    return options
