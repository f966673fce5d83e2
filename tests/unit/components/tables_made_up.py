"""Small made-up tables for the tests of components."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from data.lineage.value import Seal
from data.series import Number, Series, SeriesKind, SeriesTable

SEAL = Seal("S", ("account", "2024-10-01"))
FIRST = datetime(2024, 10, 1, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def one_series(label: str, values: Sequence[Number | None], kind: SeriesKind = SeriesKind.VALUE) -> Series:
    present = [value for value in values if value is not None]
    return Series(label, kind, tuple(values), sum(present[1:], present[0]) if present else None)


def table_of(
    *series: Series,
    step: timedelta = DAY,
    stackable: bool = True,
    open_at: int | None = None,
    other_count: int = 0,
    grand_total: Number | None = None,
) -> SeriesTable:
    count = len(series[0].values) if series else 0
    starts = tuple(FIRST + step * at for at in range(count))
    return SeriesTable(
        starts=starts,
        ends=tuple(start + step for start in starts),
        series=series,
        stackable=stackable,
        other_count=other_count,
        open_from=None if open_at is None else starts[open_at],
        grand_total=grand_total,
    )


def guide_table() -> SeriesTable:
    """The guide's October 2024 usage by region: 37, 24 and 12 on the first day, 91 on the second."""
    return table_of(
        one_series("ap-south-1", (37.0, 91.0)),
        one_series("us-east-1", (24.0, 0.0)),
        one_series("us-east-2", (12.0, 0.0)),
        grand_total=164.0,
    )


def wide_table(groups: int, windows: int, step: timedelta = HOUR) -> SeriesTable:
    series = [one_series(f"group-{at}", [Decimal(at + 1)] * windows) for at in range(groups)]
    return table_of(*series, step=step, grand_total=sum((one.total for one in series), Decimal(0)))  # type: ignore[misc]
