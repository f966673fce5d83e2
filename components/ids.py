"""Every element id. No other module spells one; ``<panel>-<part>``, short where the interfaces document fixes it."""

URL = "url"
ROOT = "app-root"
THEME = "theme-provider"
THEME_SWITCH = "theme-switch"
PAGE_TITLE = "page-title"

ACCOUNTS_PAGE = "accounts-page"
ACCOUNTS_SEARCH = "accounts-search"
ACCOUNTS_TABLE = "accounts-table"
ACCOUNT_PAGE = "account-page"
PAGE_TABS = "page-tabs"
PROOF_MARK = "proof-mark"

ACCOUNT_SELECT = "account-select"
ACCOUNT_FACTS = "account-facts"
ACCOUNT_NOTICE = "account-notice"

DATE_RANGE = "date-range"
DATE_FROM = "date-from"
DATE_TO = "date-to"
DATE_PRESET = "date-preset"
DATE_CALENDAR = "date-calendar"
DATE_EARLIER = "date-earlier"
DATE_LATER = "date-later"
DATE_SUMMARY = "date-summary"
WINDOW_SELECT = "window-select"
RESET = "filters-reset"
FILTER_NOTICE = "filter-notice"

KPI_ROW = "kpi-row"

METRIC_SELECT = "usage-metric"
GROUP_SELECT = "usage-group"
CHART_MODE = "usage-chart-mode"
TOP_SELECT = "usage-top"
SPEND_BY_SELECT = "spend-by"
VIEW_SELECT = "spend-view"
CURRENCY_SELECT = "spend-currency"

USAGE_CHART = "usage-chart"
SPEND_CHART = "spend-chart"
BURNDOWN_CHART = "burndown-chart"
COMMITMENTS_TABLE = "commitments-table"

BURN_CHART = "burn-chart"
BURN_UNIT_SELECT = "burn-unit"
BALANCES_TABLE = "balances-table"
INVOICES_TABLE = "invoices-table"
STATUS_SELECT = "invoices-status"
ZERO_SWITCH = "invoices-zero"
PROOF_TABLE = "proof-table"
DASHBOARD_SELECT = "customer-dashboard"

RECEIPT_DRAWER = "receipt-drawer"
RECEIPT_BODY = "receipt-body"

UPSTREAM_STRIP = "upstream-strip"
UPSTREAM_TICK = "upstream-tick"

RESOLVED = "resolved-choices"
RETRY = "retry"


def address(place: str) -> str:
    """The store that holds the address for the panels of one page, "account" for what all of them share, or
    "receipt"; it changes only while that place is shown."""
    return f"address-{place}"


def sub_page(page: str) -> str:
    """The element that holds the panels of one page of an account."""
    return f"page-{page or 'overview'}"


def part(panel: str, name: str) -> str:
    """The id of one part of a panel: ``section``, ``notice``, ``summary``, ``table``, ``table-toggle``, ``csv``..."""
    return f"{panel}-{name}"


def resolved(control_group: str) -> str:
    """The store in which the server says which values it last put into a group of controls."""
    return f"{RESOLVED}-{control_group}"
