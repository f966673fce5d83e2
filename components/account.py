"""One account in words: its option in the selector, its facts under the title, and what is odd about it."""

from __future__ import annotations

from collections.abc import Mapping

from dash import html
from dash.development.base_component import Component

from components.dates import day
from components.drawn import retry_button
from components.names import clean
from components.notices import EmptyReason, NoticeKind, empty_notice, error_notice, notice
from components.tables import accounts_table
from data.analytics.accounts import Account, Found
from data.errors import NotFound, SourceError


def page_title(account: Account) -> str:
    return clean(account.name)


def account_option(account: Account) -> dict[str, str]:
    """The selector's option. Two accounts of one name stay apart by the tail of their ids in the list."""
    archived = " (archived)" if account.archived_at else ""
    return {"value": account.customer_id, "label": f"{clean(account.name)}{archived}"}


def accounts_list(found: Found, *, links: Mapping[str, str]) -> Component:
    """The list page's table, or what to do when nothing matches."""
    if not found.accounts:
        return empty_notice(EmptyReason.NO_ACCOUNTS)
    return accounts_table(found, links=links)


def account_facts(account: Account) -> list[Component]:
    """Aliases, ids and age as a short definition list."""
    facts = [
        ("Customer id", account.customer_id),
        ("Alias", ", ".join(clean(alias) for alias in account.aliases[:3])),
        ("Salesforce", clean(account.salesforce_id) if account.salesforce_id else ""),
        ("Since", day(account.created_at) if account.created_at else ""),
    ]
    return [html.Div([html.Dt(name), html.Dd(text)]) for name, text in facts if text]


def account_notice(subject: Account | SourceError, *, reference: str = "") -> Component | None:
    """Why there is no account to show, or that it is archived; None when all is well. ``reference`` is the id of the
    request, for what went wrong."""
    if isinstance(subject, NotFound):
        return empty_notice(EmptyReason.ACCOUNT_UNKNOWN)
    if isinstance(subject, SourceError):
        return error_notice(subject, action=retry_button(), reference=reference)
    if subject.archived_at is None:
        return None
    return notice(NoticeKind.INFO, f"Archived on {day(subject.archived_at)}", "What it used and spent stays readable.")
