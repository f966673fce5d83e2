"""The layout of every page, and which slots and controls each panel of the account page has."""

from __future__ import annotations

import dash_mantine_components as dmc
from dash import dcc, html

from components import ids
from components.filter_bar import filter_bar
from components.kpi import kpi_row
from components.panel import PanelIds, panel
from components.shell import shell
from data.filters import TOP_CHOICES, ChartMode, View

CHART_MODES = {ChartMode.STACKED: "Stacked", ChartMode.LINE: "Lines", ChartMode.CUMULATIVE: "Cumulative"}
VIEWS = {View.GROSS: "Before credits", View.CREDITS: "Credits applied", View.NET: "After credits"}
TOP_OPTIONS = [{"value": str(count), "label": f"Top {count}"} for count in TOP_CHOICES]
RESOLVED_GROUPS = ("account", "range", "usage", "spend")


def slots(key: str, graph: str, *, toggle: bool = True) -> PanelIds:
    """The ids of one panel's slots."""
    return PanelIds(
        key=key,
        section=ids.part(key, "panel"),
        graph=graph,
        notice=ids.part(key, "notice"),
        summary=ids.part(key, "summary"),
        table=ids.part(key, "table"),
        main=ids.part(key, "main"),
        csv=ids.part(key, "csv"),
        footer=ids.part(key, "footer"),
        toggle=ids.part(key, "table-toggle") if toggle else None,
    )


USAGE = slots("usage", ids.USAGE_CHART)
SPEND = slots("spend", ids.SPEND_CHART)
BURNDOWN = slots("burndown", ids.BURNDOWN_CHART)


def layout(*, home: str, sandbox: bool) -> dmc.MantineProvider:
    return shell(home=home, sandbox=sandbox, pages=[accounts_page(), account_page(), *_stores()])


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
    return html.Div(
        [
            html.Div(
                [html.H1(id=ids.PAGE_TITLE), html.Dl(id=ids.ACCOUNT_FACTS, className="account-facts")],
                className="page-head",
            ),
            html.Div(id=ids.ACCOUNT_NOTICE),
            filter_bar(),
            html.Div(id=ids.FILTER_NOTICE),
            kpi_row(ids.KPI_ROW),
            _usage_panel(),
            _spend_panel(),
            _commitments_panel(),
        ],
        id=ids.ACCOUNT_PAGE,
        className="page-hidden",
    )


def _stores() -> list[dcc.Store | html.Button]:
    """What the server last put into the controls, and the one button behind every "Try again"."""
    retry = html.Button(id=ids.RETRY, n_clicks=0, hidden=True, type="button", **{"aria-label": "Try again"})
    return [*(dcc.Store(id=ids.resolved(group)) for group in RESOLVED_GROUPS), retry]


def _usage_panel() -> html.Section:
    return panel(
        USAGE,
        title="Usage",
        help_text="Units of one billable metric, by one of its group keys.",
        controls=[
            _select(ids.METRIC_SELECT, "Metric", "control-wide"),
            _select(ids.GROUP_SELECT, "Group by"),
            _select(ids.TOP_SELECT, "Groups", "control-narrow", data=TOP_OPTIONS),
            _segments(ids.CHART_MODE, "Chart", CHART_MODES),
        ],
    )


def _spend_panel() -> html.Section:
    return panel(
        SPEND,
        title="Spend",
        help_text="Money by invoice lines. Credits are shown on their own, never silently taken off.",
        controls=[
            _select(ids.SPEND_BY_SELECT, "Spend by"),
            _select(ids.CURRENCY_SELECT, "Currency"),
            _segments(ids.VIEW_SELECT, "Amounts", VIEWS),
        ],
    )


def _commitments_panel() -> html.Section:
    return panel(
        BURNDOWN,
        title="Commitments",
        help_text="Every commit and credit as of now, whatever the range above, and what remained over time.",
        files={BURNDOWN.csv: "Commitments CSV", ids.part("ledger", "csv"): "Ledger CSV"},
    )


def _select(ident: str, label: str, extra: str = "", data: list[dict[str, str]] | None = None) -> dmc.Select:
    return dmc.Select(
        id=ident,
        label=label,
        data=data or [],
        allowDeselect=False,
        searchable=False,
        className=f"control {extra}".strip(),
        comboboxProps={"shadow": "md"},
    )


def _segments(ident: str, label: str, names: dict[ChartMode, str] | dict[View, str]) -> html.Div:
    options = [{"value": str(value), "label": name} for value, name in names.items()]
    return html.Div(
        [
            html.Span(label, className="control-label", **{"aria-hidden": "true"}),
            dmc.SegmentedControl(id=ident, data=options, size="sm", value=options[0]["value"]),
        ],
        className="control",
        role="group",
        **{"aria-label": label},
    )
