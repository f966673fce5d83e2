"""The one filter bar that everything below obeys: days, typed or picked, presets, and the window."""

from __future__ import annotations

import dash_mantine_components as dmc
from dash import html

from components import ids
from data.filters import MAX_HOUR_DAYS, Days, Preset, Window
from data.query_values import EARLIEST

PRESET_LABELS = {
    Preset.TODAY: "Today",
    Preset.YESTERDAY: "Yesterday",
    Preset.LAST_7D: "Last 7 days",
    Preset.LAST_30D: "Last 30 days",
    Preset.LAST_90D: "Last 90 days",
    Preset.THIS_PERIOD: "This billing period",
    Preset.PREVIOUS_PERIOD: "Previous billing period",
    Preset.MONTH_TO_DATE: "Month to date",
    Preset.LAST_MONTH: "Last month",
    Preset.QUARTER: "Quarter to date",
    Preset.YEAR_TO_DATE: "Year to date",
    Preset.CONTRACT_TO_DATE: "Contract to date",
}
CUSTOM = "custom"
AUTO = "auto"
_CALENDAR_LABELS = {
    "nextMonth": "Next month",
    "previousMonth": "Previous month",
    "nextYear": "Next year",
    "previousYear": "Previous year",
    "nextDecade": "Next decade",
    "previousDecade": "Previous decade",
    "monthLevelControl": "Choose a month",
    "yearLevelControl": "Choose a year",
}
_WINDOW_LABELS = {Window.HOUR: "Hour", Window.DAY: "Day", Window.WEEK: "Week", Window.MONTH: "Month"}


def filter_bar() -> html.Section:
    return html.Section(
        [
            _presets(),
            html.Div([_day_input(ids.DATE_FROM, "From"), _day_input(ids.DATE_TO, "To"), _calendar()], id=ids.DATE_RANGE,
                     className="filter-dates", role="group", **{"aria-label": "Date range, UTC days"}),
            _arrows(),
            _window(),
            dmc.Button("Reset", id=ids.RESET, variant="subtle", size="sm", className="filter-reset"),
            html.P(id=ids.DATE_SUMMARY, className="filter-summary"),
        ],
        className="filter-bar",
        **{"aria-label": "Filters"},
    )  # fmt: skip


def _presets() -> dmc.Select:
    options = [{"value": preset.value, "label": label} for preset, label in PRESET_LABELS.items()]
    return dmc.Select(
        id=ids.DATE_PRESET,
        label="Range",
        data=[*options, {"value": CUSTOM, "label": "Custom days"}],
        allowDeselect=False,
        className="filter-field",
        comboboxProps={"shadow": "md"},
    )


def _day_input(ident: str, label: str) -> dmc.TextInput:
    return dmc.TextInput(
        id=ident,
        label=f"{label} (UTC)",
        placeholder="YYYY-MM-DD",
        debounce=True,
        autoComplete="off",
        className="filter-field filter-day",
    )


def _calendar() -> dmc.Popover:
    """Made anew each time it opens, so that it opens on the month that is shown (``defaultDate``)."""
    opener = dmc.ActionIcon(
        html.Span("▦", **{"aria-hidden": "true"}),
        variant="default",
        size="input-sm",
        **{"aria-label": "Pick days in a calendar", "aria-haspopup": "dialog"},
    )
    return dmc.Popover(
        [dmc.PopoverTarget(opener), dmc.PopoverDropdown(_days())],
        withRoles=False,  # it would put some on a wrapper around the button, where they mean nothing
        attributes={"dropdown": {"role": "dialog", "aria-label": "Pick the first and the last day"}},
        position="bottom-start",
        shadow="md",
        trapFocus=True,
        returnFocus=True,
    )


def _days() -> dmc.DatePicker:
    return dmc.DatePicker(
        id=ids.DATE_CALENDAR,
        type="range",
        allowSingleDateInRange=True,
        numberOfColumns=1,
        minDate=EARLIEST.isoformat(),
        weekendDays=[],  # its red is too faint to read, and billing knows no weekends
        hideOutsideDates=True,
        ariaLabels=_CALENDAR_LABELS,
    )


def _arrows() -> html.Div:
    return html.Div(
        [
            dmc.ActionIcon("‹", id=ids.DATE_EARLIER, variant="default", size="input-sm", n_clicks=0,
                           **{"aria-label": "One range earlier"}),
            dmc.ActionIcon("›", id=ids.DATE_LATER, variant="default", size="input-sm", n_clicks=0,
                           **{"aria-label": "One range later"}),
        ],
        className="filter-arrows",
    )  # fmt: skip


def _window() -> dmc.Select:
    return dmc.Select(
        id=ids.WINDOW_SELECT,
        label="Window",
        data=[{"value": AUTO, "label": "Automatic"}],
        allowDeselect=False,
        className="filter-field filter-window",
        comboboxProps={"shadow": "md"},
    )


def window_options(days: Days, automatic: Window) -> list[dict[str, object]]:
    """The choices for a range; hours are switched off, with the reason, where the range is too long for them."""
    options: list[dict[str, object]] = [{"value": AUTO, "label": f"Automatic ({_WINDOW_LABELS[automatic].lower()})"}]
    for window, label in _WINDOW_LABELS.items():
        too_long = window is Window.HOUR and days.count > MAX_HOUR_DAYS
        why = f" (up to {MAX_HOUR_DAYS} days)" if too_long else ""
        options.append({"value": window.value, "label": label + why, "disabled": too_long})
    return options
