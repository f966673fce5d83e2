"""The rows that a chart draws, as a table; and the list of accounts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from dash import html
from dash.development.base_component import Component

from components import dates
from components.figures.axes import open_window
from components.figures.hover import SO_FAR, label_of
from components.format import DASH, amount, count
from components.grid import Cell, Group, Head, Row, cell, grid, note
from components.manner import of_files
from components.names import clean
from components.notices import EmptyReason, empty_notice
from components.theme import series_colours
from data.analytics.ranking import window_sums
from data.lineage.value import Seal, series_marks
from data.series import Number, Series, SeriesTable

MAX_CELLS = 4_000
MAX_ROWS = 200
NAME_LIMIT = 60
ALIASES_SHOWN = 3
ACCOUNT_HEADS = (
    Head("Account", "col-name"),
    Head("Aliases"),
    Head("Salesforce id"),
    Head("Account id", "code"),
    Head("Since"),
)


def series_table(
    table: SeriesTable,
    *,
    caption: str,
    unit: str,
    is_money: bool,
    seal: Seal,
    head: str = "Group",
    running: bool = False,
) -> html.Div:
    """``table`` as rows of groups and columns of windows, at most 4,000 cells: of a longer range the latest windows.

    Totals of columns and rows stand only where adding is legal; a ``running`` table is already added up, so its rows
    have no total. Missing values are a dash. Every figure opens its receipt in the view of ``seal``.
    """
    shown, notes = _within_cells(table)
    totals = table.stackable and not running
    marks, first = series_marks(seal, table), len(table.starts) - len(shown.starts)
    said = partial(_figure, unit=unit, is_money=is_money)
    rows = []
    for at, (one, colour) in enumerate(zip(shown.series, series_colours(table.series), strict=False)):
        total = [said(one.total, marks.total(at))] if totals else []
        cells = [said(value, marks.cell(at, first + window)) for window, value in enumerate(one.values)]
        rows.append(Row([_name(one, colour, table.other_count), *total, *cells]))
    if table.stackable and len(table.series) > 1 and len(shown.series) == len(table.series):
        total = [said(table.grand_total, marks.grand())] if totals else []
        sums = [said(value, marks.window(first + window)) for window, value in enumerate(window_sums(shown))]
        rows.append(Row(["All groups", *total, *sums], kind="total-row"))
    heads = [Head(head, "col-name"), *([Head("Total", "num strong")] if totals else []), *_columns(shown)]
    return html.Div([grid(caption=caption, kind="series-table", heads=heads, groups=[Group(rows)]), *notes])


def _within_cells(table: SeriesTable) -> tuple[SeriesTable, list[Component]]:
    series = table.series[:MAX_ROWS]
    windows = len(table.starts)
    kept = min(windows, max(1, MAX_CELLS // max(1, len(series) + 1) - 2))
    notes = []
    if len(series) < len(table.series):
        total = count(len(table.series))
        notes.append(note(f"The first {len(series)} of {total} groups are listed{of_files('; the CSV file has all')}."))
    if kept < windows:
        more = of_files("; the CSV file has all of them")
        notes.append(note(f"The last {kept} of {windows} columns are listed{more}."))
    cut = tuple(replace(one, values=one.values[windows - kept :]) for one in series)
    shown = replace(table, series=cut, starts=table.starts[windows - kept :], ends=table.ends[windows - kept :])
    return shown, notes


def _columns(table: SeriesTable) -> list[Head]:
    """Over two lines where the day stands above the hour, or "so far" below an open window."""
    first_open = open_window(table)
    names = []
    for at, (start, end) in enumerate(zip(table.starts, table.ends, strict=True)):
        above = f"{dates.short_day(start)}\n" if end - start < timedelta(days=1) else ""
        below = f"\n{SO_FAR}" if at == first_open else ""
        names.append(Head(f"{above}{dates.window_head(start, end)}{below}", "num"))
    return names


def _name(one: Series, colour: str, other_count: int) -> Cell:
    return cell(clean(label_of(one, other_count), NAME_LIMIT), dot=colour)


def _figure(value: Number | None, mark: str, *, unit: str, is_money: bool) -> Cell:
    text = amount(value, unit, is_money=is_money)
    return text if value is None else cell(text, receipt=mark)


class AccountRow(Protocol):
    """What the list needs of an account; empty text and None mean not sent."""

    @property
    def customer_id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def aliases(self) -> tuple[str, ...]: ...
    @property
    def salesforce_id(self) -> str: ...
    @property
    def created_at(self) -> datetime | None: ...
    @property
    def archived_at(self) -> datetime | None: ...


class FoundRows(Protocol):
    """Accounts in the order to show, and how many match in all."""

    @property
    def accounts(self) -> tuple[AccountRow, ...]: ...
    @property
    def total(self) -> int: ...


def accounts_table(found: FoundRows, *, links: Mapping[str, str]) -> html.Div:
    """One row per account, its name leading to its page; ``links`` maps customer ids to addresses."""
    if not found.accounts:
        return html.Div(empty_notice(EmptyReason.NO_ACCOUNTS))
    rows = [_account_row(account, links[account.customer_id]) for account in found.accounts]
    left_out = found.total - len(found.accounts)
    more = [note(f"{left_out:,} more match; type more of the name or id to find them.")] if left_out > 0 else []
    return html.Div([grid(caption="Accounts", kind="accounts-table", heads=ACCOUNT_HEADS, groups=[Group(rows)]), *more])


def _account_row(account: AccountRow, href: str) -> Row:
    chip = ("Archived", "chip-muted") if account.archived_at else None
    return Row(
        [
            cell(clean(account.name, NAME_LIMIT), href=href, chip=chip),
            _aliases(account.aliases),
            clean(account.salesforce_id, 40) if account.salesforce_id else DASH,
            clean(account.customer_id, 40),
            dates.day(account.created_at) if account.created_at else DASH,
        ]
    )


def _aliases(aliases: tuple[str, ...]) -> str:
    if not aliases:
        return DASH
    more = f" and {len(aliases) - ALIASES_SHOWN} more" if len(aliases) > ALIASES_SHOWN else ""
    return ", ".join(clean(alias, 40) for alias in aliases[:ALIASES_SHOWN]) + more
