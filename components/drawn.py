"""What a panel's callback hands to the page: one value per slot, whatever happened to the load."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from dash import html
from dash.development.base_component import Component

from components.manner import manner
from components.notices import denied_notice, error_notice, footer, partial_notice, stale_notice
from components.panel import BLANK_FIGURE
from components.theme import Figure
from data.errors import SourceError
from data.filters import Filters, to_search
from data.pages import Page
from data.views.asking import Choice, Provenance, Question

SHOW_TABLE, HIDE_TABLE = "Show as table", "Hide table"


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A panel, drawn. ``options``, ``chosen`` and ``files`` go by element id; what has no news keeps what it has."""

    figure: Figure = field(default_factory=lambda: BLANK_FIGURE)
    notices: tuple[Component, ...] = ()
    summary: str | tuple[str | Component, ...] = ""
    main: Component | None = None
    table: Component | None = None
    footer: Component | None = None
    toggle: str = SHOW_TABLE
    files: dict[str, str] = field(default_factory=dict)
    options: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    chosen: dict[str, str] = field(default_factory=dict)


def retry_button() -> html.Button:
    """Presses the one retry button of the page; see assets/url_state.js."""
    return html.Button("Try again", type="button", className="button-quiet", **{"data-retry": "true"})


def drawn_failure(error: Exception, *, reference: str = "") -> Drawn:
    """The state of a panel that could not be loaded: the old chart goes, for it answers another question. ``reference``
    is the id of the request."""
    if isinstance(error, SourceError):
        return Drawn(notices=(error_notice(error, action=retry_button(), reference=reference),))
    return Drawn(notices=(denied_notice(),))


def file_href(question: Question, name: str, filters: Filters | None = None) -> str:
    """The address of one of the account's files with ``filters`` as its query, by default those of the page."""
    asked = question.filters if filters is None else filters
    return _beside(question, name) + to_search(replace(asked, open=(), receipt="", tables=frozenset()))


def page_href(question: Question, page: Page, **changes: Any) -> str:
    """The address of another page of the account for the same days; ``changes`` are fields of ``Filters``. "" in an
    embed, which has no other pages."""
    if manner().embedded:
        return ""
    query = to_search(replace(Filters(range=question.filters.range), **changes))
    if page is Page.OVERVIEW and question.page is not Page.OVERVIEW:
        return f"../{question.ask.customer_id}{query}"
    return (_beside(question, str(page)) if page else question.ask.customer_id) + query


def pdf_href(question: Question, invoice_id: str) -> str:
    """The address of an invoice as a PDF; "" where no files are offered."""
    return _beside(question, f"invoices/{invoice_id}.pdf") if manner().files else ""


def _beside(question: Question, name: str) -> str:
    """``name`` below the account, relative to the page that is shown: the app does not know its prefix here."""
    if manner().embedded:
        return f"../accounts/{question.ask.customer_id}/{name}"
    return name if question.page else f"{question.ask.customer_id}/{name}"


def shown_filters(filters: Filters, choice: Choice) -> Filters:
    """``filters`` for a link to a file, with the days and window as shown where the choice had to be changed."""
    return replace(filters, range=choice.days, window=choice.window) if choice.notices else filters


def origin_notices(origin: Provenance, question: Question) -> tuple[Component, ...]:
    """What is old and what is missing."""
    notices: list[Component] = []
    if origin.stale is not None:
        notices.append(
            stale_notice(origin.stale, fetched_at=origin.fetched_at, now=question.now, action=retry_button())
        )
    if origin.is_partial:
        spans = [(gap.start, gap.end) for gap in origin.missing]
        notices.append(partial_notice(spans, origin.unavailable, action=retry_button()))
    return tuple(notices)


def origin_footer(origin: Provenance, question: Question) -> Component:
    return footer(origin.data_through, origin.fetched_at, question.now, stale=origin.stale is not None)
