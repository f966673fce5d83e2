"""The figures of a table of series: every cell, row total, window total and the total of all, with the rows of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from data.analytics.exact import Codes
from data.analytics.ranking import window_sums
from data.lineage.value import Figures, Receipt, SeriesMarks
from data.series import CellRows, Number, SeriesKind, SeriesTable

ALL_GROUPS = "All groups"

Span = tuple[datetime, datetime]


@dataclass(frozen=True, eq=False)
class Figure:
    """One figure of a table: what it is called, and the rows that were added up to it."""

    ident: str
    words: str
    amount: Number
    rows: Codes
    window: Span | None


def series_figures(
    table: SeriesTable, marks: SeriesMarks, build: Callable[[Figure], Receipt], *, running: bool = False
) -> Figures:
    """A receipt, made when asked for, for every figure of ``table`` that is known. In a ``running`` one a window's
    figure is made of the rows of all windows up to its end."""
    if table.made_of is None:
        return {}
    found = _Found(table, marks, table.made_of, running=running)
    return {ident: partial(_built, build, make) for ident, make in found.all()}


def _built(build: Callable[[Figure], Receipt], make: Callable[[], Figure]) -> Receipt:
    return build(make())


@dataclass(frozen=True)
class _Found:
    table: SeriesTable
    marks: SeriesMarks
    made_of: CellRows
    running: bool

    def all(self) -> Iterator[tuple[str, Callable[[], Figure]]]:
        marks = self.marks
        for at, one in enumerate(self.table.series):
            words = self._words(at)
            for window, value in enumerate(one.values):
                if value is not None:
                    ident = marks.cell(at, window)
                    yield ident, partial(self._figure, ident, words, value, series=at, window=window)
            if one.total is not None:
                yield marks.total(at), partial(self._figure, marks.total(at), words, one.total, series=at)
        if self.table.stackable:
            yield from self._of_all()

    def _of_all(self) -> Iterator[tuple[str, Callable[[], Figure]]]:
        marks, grand = self.marks, self.table.grand_total
        for window, value in enumerate(window_sums(self.table)):
            if value is not None:
                ident = marks.window(window)
                yield ident, partial(self._figure, ident, ALL_GROUPS, value, window=window)
        if grand is not None:
            yield marks.grand(), partial(self._figure, marks.grand(), ALL_GROUPS, grand)

    def _figure(
        self, ident: str, words: str, amount: Number, *, series: int | None = None, window: int | None = None
    ) -> Figure:
        if window is None:
            windows, span = None, (self.table.starts[0], self.table.ends[-1])
        else:
            first = 0 if self.running else window
            windows, span = range(first, window + 1), (self.table.starts[first], self.table.ends[window])
        return Figure(ident, words, amount, self.made_of.of(series, windows), span)

    def _words(self, series: int) -> str:
        one, count = self.table.series[series], self.table.other_count
        return f"{one.label} ({count} groups)" if one.kind is SeriesKind.OTHER else one.label
