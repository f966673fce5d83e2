"""The account of the burndown benchmark: a ledger that its lines explain, drawn as bars."""

from __future__ import annotations

import orjson

from benchmarks import bench_burndown
from data.analytics.burn_days_draws import draws_of
from data.analytics.entries import accounts_of


def test_the_ledger_is_what_the_lines_draw() -> None:
    tables = bench_burndown.warm(groups=7)
    accounts = accounts_of(
        tables.balances,
        tables.segments,
        tables.ledger,
        invoices=tables.invoices,
        now=bench_burndown.NOW,
        units=tables.units,
    )
    draws = draws_of(tables.lines, accounts)
    for account in accounts:
        (invoices,) = (by for (ident, _), by in draws.by_track.items() if ident == account.balance_id)
        drawn = {name: sum(one.amount for one in found.days) for name, found in invoices.items()}
        used = {one.invoice_id: -one.amount / 100 for one in account.entries or () if one.category == "used"}
        assert drawn == used


def test_three_commits_over_400_days_are_bars_with_receipts() -> None:
    drawn = orjson.loads(bench_burndown.figure(bench_burndown.warm(groups=3)))
    bars = [trace for trace in drawn["data"] if trace["type"] == "bar"]
    assert [len(trace["y"]) for trace in bars] == [400] * 3
    assert all(all(trace["customdata"]) for trace in bars)
