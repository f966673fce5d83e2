"""What a person chose, as one frozen value, and its two-way codec with the query string (interfaces: "Pages and their
query"). The URL is the state: defaults are left out, relative ranges stay relative.

Twin of ``assets/url_state.js``, which writes the same keys in the browser; a test keeps the two lists equal.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from urllib.parse import urlencode

from data.dashboards import Dashboard
from data.errors import BadQuery
from data.query_values import (
    checked_text,
    join_keys,
    pairs_of,
    parse_choice,
    parse_day,
    parse_flag,
    parse_id,
    parse_ids,
    parse_member,
    parse_names,
    parse_receipt,
    shown,
    split_keys,
)

MAX_DAYS = 400
MAX_HOUR_DAYS = 31


class Window(StrEnum):
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class View(StrEnum):
    GROSS = "gross"
    CREDITS = "credits"
    NET = "net"


class ChartMode(StrEnum):
    STACKED = "stacked"
    LINE = "line"
    CUMULATIVE = "cumulative"


class InvoiceStatus(StrEnum):
    ALL = "all"
    DRAFT = "draft"
    FINALIZED = "finalized"
    VOID = "void"


class Preset(StrEnum):
    TODAY = "today"
    YESTERDAY = "yesterday"
    LAST_7D = "last7d"
    LAST_30D = "last30d"
    LAST_90D = "last90d"
    THIS_PERIOD = "this_period"
    PREVIOUS_PERIOD = "previous_period"
    MONTH_TO_DATE = "mtd"
    LAST_MONTH = "last_month"
    QUARTER = "quarter"
    YEAR_TO_DATE = "ytd"
    CONTRACT_TO_DATE = "contract"


DEFAULT_PRESET = Preset.MONTH_TO_DATE
TOP_CHOICES = (3, 5, 8, 10, 15)
DEFAULT_TOP = 8
TABLES = ("usage", "spend", "burndown", "burn")


@dataclass(frozen=True, kw_only=True)
class Days:
    """Inclusive UTC days, as typed and shown; ``end_exclusive`` is what the API wants."""

    first: date
    last: date

    @property
    def count(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def end_exclusive(self) -> date:
        return self.last + timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Filters:
    """One page state. ``range`` is a preset or fixed days; None fields mean "the default, which the data decides"."""

    range: Preset | Days = DEFAULT_PRESET
    window: Window | None = None
    metric: str | None = None
    group: tuple[str, ...] | None = None
    spend_by: str | None = None
    currency: str | None = None
    view: View = View.GROSS
    chart: ChartMode = ChartMode.STACKED
    top: int = DEFAULT_TOP
    tables: frozenset[str] = field(default_factory=frozenset)
    unit: str | None = None
    status: InvoiceStatus = InvoiceStatus.ALL
    zero: bool = False
    dashboard: Dashboard = Dashboard.USAGE
    open: tuple[str, ...] = ()
    receipt: str = ""


@dataclass(frozen=True)
class Parsed:
    """Filters with everything usable taken, and one sentence for each thing that was not."""

    filters: Filters
    problems: tuple[str, ...] = ()


KEYS = (
    "range", "from", "to", "window", "metric", "group", "spend_by", "currency", "view", "chart", "top", "table",
    "unit", "status", "zero", "dashboard", "open", "receipt",
)  # fmt: skip


def from_search(search: str | None) -> Parsed:
    """The page's reading of a query string: unknown keys ignored, wrong values replaced by defaults with a notice."""
    pairs, problems = pairs_of(search or "", KEYS)
    parts: dict[str, object] = {}
    for key, parse in _PARSERS.items():
        if key not in pairs:
            continue
        try:
            parts[_FIELDS.get(key, key)] = parse(pairs[key])
        except ValueError as wrong:
            problems.append(str(wrong))
    try:
        span = _parse_days(pairs)
        if span is not None:
            parts["range"] = span
    except ValueError as wrong:
        problems.append(str(wrong))
    filters = Filters(**parts)  # type: ignore[arg-type]  # each parser returns its field's type
    return _within_limits(filters, problems)


def from_search_strict(search: str | None) -> Filters:
    """A download's reading: an unknown key or a wrong value raises ``BadQuery`` (400) before any call upstream."""
    pairs, repeated = pairs_of(search or "", KEYS)
    unknown = [key for key in pairs if key not in KEYS]
    if unknown:
        raise BadQuery(f"The query has a key that is not known here: {shown(unknown[0])}.")
    parsed = from_search(search)
    if repeated or parsed.problems:
        raise BadQuery((repeated + list(parsed.problems))[0])
    return parsed.filters


def to_search(filters: Filters) -> str:
    """The query string of ``filters`` ("" or "?..."), defaults left out; ``from_search`` reads it back exactly."""
    pairs: list[tuple[str, str]] = []
    if isinstance(filters.range, Days):
        pairs += [("from", filters.range.first.isoformat()), ("to", filters.range.last.isoformat())]
    elif filters.range is not DEFAULT_PRESET:
        pairs.append(("range", filters.range.value))
    pairs += [(key, value) for key, value in _optional_pairs(filters) if value is not None]
    return "?" + urlencode(pairs) if pairs else ""


def _optional_pairs(filters: Filters) -> list[tuple[str, str | None]]:
    plain = Filters()
    return [
        ("window", filters.window),
        ("metric", filters.metric),
        ("group", join_keys(filters.group) if filters.group else None),
        ("spend_by", filters.spend_by),
        ("currency", filters.currency),
        ("view", filters.view if filters.view is not plain.view else None),
        ("chart", filters.chart if filters.chart is not plain.chart else None),
        ("top", str(filters.top) if filters.top != plain.top else None),
        ("table", ",".join(name for name in TABLES if name in filters.tables) or None),
        ("unit", filters.unit),
        ("status", filters.status if filters.status is not plain.status else None),
        ("zero", "show" if filters.zero else None),
        ("dashboard", filters.dashboard if filters.dashboard is not plain.dashboard else None),
        ("open", ",".join(filters.open) or None),
        ("receipt", filters.receipt or None),
    ]


def _within_limits(filters: Filters, problems: list[str]) -> Parsed:
    hours_too_long = (
        filters.window is Window.HOUR and isinstance(filters.range, Days) and filters.range.count > MAX_HOUR_DAYS
    )
    if hours_too_long:
        problems.append(f"Hours can be shown for at most {MAX_HOUR_DAYS} days.")
        filters = replace(filters, window=None)
    return Parsed(filters, tuple(problems))


def _parse_days(pairs: dict[str, str]) -> Days | None:
    if "from" not in pairs and "to" not in pairs:
        return None
    if "range" in pairs:
        raise ValueError("The query names both a range and days; it can name one of them.")
    if "from" not in pairs or "to" not in pairs:
        raise ValueError("A range by days needs both “from” and “to”.")
    return checked_days(parse_day(pairs["from"]), parse_day(pairs["to"]))


def checked_days(first: date, last: date) -> Days:
    """``Days`` when in order and at most 400 long; raises ``ValueError`` with a sentence otherwise."""
    if last < first:
        raise ValueError("The range ends before it begins.")
    days = Days(first=first, last=last)
    if days.count > MAX_DAYS:
        raise ValueError(f"A range can be at most {MAX_DAYS} days long.")
    return days


_PARSERS: dict[str, Callable[[str], object]] = {
    "range": lambda text: parse_member(Preset, "range", text),
    "window": lambda text: parse_member(Window, "window", text),
    "metric": parse_id,
    "group": split_keys,
    "spend_by": lambda text: checked_text(text, "spend key"),
    "currency": lambda text: checked_text(text, "currency"),
    "view": lambda text: parse_member(View, "view", text),
    "chart": lambda text: parse_member(ChartMode, "chart", text),
    "top": lambda text: parse_choice(TOP_CHOICES, text),
    "table": lambda text: parse_names(TABLES, text),
    "unit": lambda text: checked_text(text, "unit"),
    "status": lambda text: parse_member(InvoiceStatus, "invoice status", text),
    "zero": lambda text: parse_flag("zero", "show", text),
    "dashboard": lambda text: parse_member(Dashboard, "dashboard", text),
    "open": parse_ids,
    "receipt": parse_receipt,
}
_FIELDS = {"table": "tables"}
