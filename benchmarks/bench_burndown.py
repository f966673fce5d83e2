"""How long does the server take from warm tables to the daily burndown of a large account?

Three commits, 400 days, 50 groups, one deduction line behind each covered usage line: 40,000 lines. Timed is what a
request does once everything is in the cache: ledgers read, draws summed from the lines, paths, landings, the chart in
the order of use, and the figure as JSON, with a receipt id on every bar.
"""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import numpy as np
import orjson
import pandas as pd

from benchmarks.report import Bar, Section, Table
from components.figures.daily_burndown import daily_burndown
from data import schema
from data.analytics.burn_days import burn_days
from data.analytics.burn_days_charts import burn_charts
from data.analytics.burn_days_landings import invoice_periods
from data.analytics.burn_days_values import Extent
from data.analytics.entries import accounts_of
from data.analytics.units import Units, units_of
from data.analytics.use_order import use_queues
from data.analytics.windows import midnight
from data.filters import Days
from data.lineage.value import Seal
from data.money import USD_CENTS_ID

FIRST: Final = date(2025, 1, 1)
DAYS: Final = Days(first=FIRST, last=FIRST + timedelta(days=399))
NOW: Final = midnight(DAYS.end_exclusive) - timedelta(hours=6)
COMMITS, GROUPS, ROUNDS, MOST_MS = 3, 50, 15, 300.0
EACH: Final = Decimal(7)
_PERIOD: Final = timedelta(days=31)
Frame = pd.DataFrame
Row = dict[str, Any]


@dataclass(frozen=True)
class Warm:
    """The frames of one account as the cache keeps them."""

    balances: Frame
    segments: Frame
    ledger: Frame
    invoices: Frame
    lines: Frame
    units: Units


def warm(commits: int = COMMITS, groups: int = GROUPS) -> Warm:
    """Every day each group draws on one of the commits; the ledger has what that comes to per invoice."""
    days = np.arange(DAYS.count)
    balances = [{"balance_id": f"commit-{at}", "type": "PREPAID", "name": f"Commit {at}", "priority": float(at),
                 "credit_type_id": USD_CENTS_ID, "credit_type": "USD (cents)", "has_ledger": True,
                 "product_ids": (), "contract_ids": (), "paid": True} for at in range(commits)]  # fmt: skip
    grant = EACH * DAYS.count * groups
    segments = [{"balance_id": one["balance_id"], "segment_id": f"{one['balance_id']}-s", "amount": grant,
                 "starts_at": midnight(FIRST), "ends_at": midnight(DAYS.end_exclusive) + 90 * timedelta(days=1)}
                for one in balances]  # fmt: skip
    return Warm(
        frame(schema.BALANCES, balances),
        frame(schema.SEGMENTS, segments),
        frame(schema.LEDGER, [entry for one in segments for entry in _entries(one, len(days), commits, groups)]),
        frame(schema.INVOICES, [_invoice(number) for number in range(_invoices())]),
        _lines(commits, groups),
        units_of(frame(schema.CREDIT_TYPES, [{"credit_type_id": USD_CENTS_ID, "name": "USD (cents)",
                                               "is_currency": True}])),
    )  # fmt: skip


def figure(tables: Warm) -> bytes:
    """What is timed."""
    accounts = accounts_of(tables.balances, tables.segments, tables.ledger, invoices=tables.invoices, now=NOW,
                           units=tables.units)  # fmt: skip
    extent = Extent(FIRST, DAYS.end_exclusive)
    periods = invoice_periods(tables.invoices)
    burn = burn_days(accounts, tables.lines, DAYS, periods=periods, extent=extent, now=NOW)
    use_queues(accounts, NOW)
    (chart,) = burn_charts(burn.tracks, DAYS)
    return orjson.dumps(daily_burndown(chart, now=NOW, mark=Seal("C", ("benchmark",)).mark))


def section() -> Section:
    tables = warm()
    seconds, sizes = [], []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        sizes.append(len(figure(tables)))
        seconds.append(time.perf_counter() - begun)
    middle, worst = statistics.median(seconds) * 1e3, max(seconds) * 1e3
    heads = ("", "lines", "median ms", "slowest ms", "figure kB")
    name = f"{COMMITS} commits, {DAYS.count} days, {GROUPS} groups"
    row = (name, f"{len(tables.lines):,}", f"{middle:,.0f}", f"{worst:,.0f}", f"{sizes[-1] / 1e3:,.0f}")
    table = Table(f"{ROUNDS} rounds", heads, [row])
    bar = Bar("daily burndown of 40,000 lines", f"at most {MOST_MS:.0f} ms", f"{middle:,.0f} ms", met=middle <= MOST_MS)
    return Section("Daily burndown", __doc__ or "", [table], bars=[bar])


def frame(columns: schema.Columns, rows: list[Row]) -> Frame:
    """A checked frame; what a row leaves out is missing, or ``""``, 0 and False."""
    blanks = {"flag": False, "count": 0, "object": ""}
    kinds = {
        name: "category" if kind == "text" else schema.empty(columns)[name].dtype for name, kind in columns.items()
    }
    data = {name: pd.Series([row.get(name, blanks.get(kind)) for row in rows], dtype=kinds[name])
            for name, kind in columns.items()}  # fmt: skip
    return schema.check(pd.DataFrame(data), columns)


def _invoices() -> int:
    return -(-DAYS.count // _PERIOD.days)


def _span(number: int) -> tuple[datetime, datetime]:
    start = datetime.combine(FIRST, datetime.min.time(), UTC) + number * _PERIOD
    return start, start + _PERIOD


def _invoice(number: int) -> Row:
    start, end = _span(number)
    status = "FINALIZED" if end <= NOW else "DRAFT"
    return {"invoice_id": f"invoice-{number}", "status": status, "type": "USAGE", "period_start": start,
            "period_end": end, "billable": True}  # fmt: skip


def _entries(segment: Row, days: int, commits: int, groups: int) -> list[Row]:
    owner = {"balance_id": segment["balance_id"], "segment_id": segment["segment_id"]}
    mine = sum(group % commits == int(segment["balance_id"][-1]) for group in range(groups))
    used = [
        {**owner, "entry": number + 1, "timestamp": _span(number)[1], "invoice_id": f"invoice-{number}",
         "type": "PREPAID_COMMIT_AUTOMATED_INVOICE_DEDUCTION", "category": "used",
         "amount": -EACH * mine * min(_PERIOD.days, days - number * _PERIOD.days)}
        for number in range(_invoices())
    ]  # fmt: skip
    granted = {"type": "PREPAID_COMMIT_SEGMENT_START", "category": "granted"}
    return [{**owner, "timestamp": segment["starts_at"], "amount": segment["amount"], **granted}, *used]


def _lines(commits: int, groups: int) -> Frame:
    """Usage and its deduction in turn, day by day; 400 days of ``groups`` pairs."""
    day, group, kind = (grid.ravel() for grid in np.meshgrid(np.arange(DAYS.count), np.arange(groups), [0, 1],
                                                             indexing="ij"))  # fmt: skip
    starts = pd.Series(pd.to_datetime([midnight(one) for one in _all_days()], utc=True)).astype("datetime64[us, UTC]")
    texts = {
        "invoice_id": (day // _PERIOD.days, [f"invoice-{number}" for number in range(_invoices())]),
        "invoice_status": (np.zeros_like(day), ["FINALIZED"]),
        "invoice_type": (np.zeros_like(day), ["USAGE"]),
        "line_type": (kind, ["usage", "applied_commit_or_credit"]),
        "commit_id": (group % commits, [f"commit-{at}" for at in range(commits)]),
        "segment_id": (group % commits, [f"commit-{at}-s" for at in range(commits)]),
        "credit_type_id": (np.zeros_like(day), [USD_CENTS_ID]),
    }
    amounts = np.array([EACH, -EACH], dtype=object)[kind]
    columns = schema.empty(schema.LINES).reindex(range(len(day)))
    filled = {
        name: pd.Categorical.from_codes(codes, pd.Index(names, dtype=object)) for name, (codes, names) in texts.items()
    }
    windows = {"window_start": starts.take(day).reset_index(drop=True)}
    windows["window_end"] = windows["window_start"] + timedelta(days=1)
    whole = columns.assign(line=(group * 2 + kind).astype(np.int64), total=amounts, **filled, **windows)
    return schema.check(whole, schema.LINES)


def _all_days() -> list[date]:
    return [FIRST + timedelta(days=at) for at in range(DAYS.count)]
