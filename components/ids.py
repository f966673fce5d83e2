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

RESOLVED = "resolved-choices"
RETRY = "retry"


def part(panel: str, name: str) -> str:
    """The id of one part of a panel: ``section``, ``notice``, ``summary``, ``table``, ``table-toggle``, ``csv``..."""
    return f"{panel}-{name}"


def resolved(control_group: str) -> str:
    """The store in which the server says which values it last put into a group of controls."""
    return f"{RESOLVED}-{control_group}"
