"""What does it take to hold a year of an account?

The overview of one account after the other, each over 365 days by day: usage by its first group key, spend, and what
else the page asks. Held are the encoded blocks, as the app counts them itself; beside it, by how much the process grew
with all that Python and pandas keep around it. Then the same under a small bound.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from contextlib import ExitStack

from benchmarks.callback_client import bodies_at
from benchmarks.report import Bar, Section, Table
from benchmarks.serving import OURS, Page, asked, free_port, running, running_sandbox
from benchmarks.viewers import ask_once, posts

YEAR = "?from=2025-11-21&to=2026-11-20&window=day"
PANELS = ("usage-chart.figure", "spend-chart.figure", "burndown-chart.figure", "kpi-row.children")
SMALL_MB, ACCOUNTS = 1, 12
GAUGE = re.compile(r"^\w*cache_bytes(?:\{[^}]*\})? (\S+)$", re.MULTILINE)
MEGABYTE = 1 << 20


class Holding:
    """A server with one worker that is asked for years, and says what it holds."""

    def __init__(self, page: Page, metrics_port: int) -> None:
        self.page = page
        self._metrics = f"http://127.0.0.1:{metrics_port}"
        self._bodies = bodies_at(page.url)

    def load(self, account: str) -> None:
        address = {"address-overview.data": {"pathname": f"/accounts/{account}", "search": YEAR, "tries": 0}}
        for post in posts(self.page.url, [self._bodies.request(panel, address) for panel in PANELS]):
            ask_once(self.page.url, post)

    def encoded(self) -> float:
        """Megabytes of encoded blocks."""
        return sum(map(float, GAUGE.findall(asked(self._metrics, "/metrics").decode()))) / MEGABYTE


def accounts(api: str) -> list[str]:
    return [row["id"] for row in json.loads(asked(api, "/v1/customers?limit=100"))["data"]]


def section() -> Section:
    rows, bounded = [], 0.0
    with ExitStack() as stack:
        api = stack.enter_context(running_sandbox())
        years = accounts(api)[:ACCOUNTS]
        for name, cache_mb in (("as it comes", 128), (f"BURNBOARD_CACHE_MB={SMALL_MB}", SMALL_MB)):
            row, held = _measured(api, years, cache_mb)
            rows.append((name, *row))
            bounded = held
    heads = ("", "account-years", "kB each, encoded", "MB encoded", "MB resident before", "MB after", "MB per year")
    limit = f"at most {SMALL_MB} MB under BURNBOARD_CACHE_MB={SMALL_MB}"
    bar = Bar("memory of encoded blocks", limit, f"{bounded:.2f} MB", met=0 < bounded <= SMALL_MB)
    return Section("Memory per account-year", __doc__ or "", [Table("", heads, rows)], bars=[bar])


def _measured(api: str, years: Sequence[str], cache_mb: int) -> tuple[tuple[str, ...], float]:
    """The cells of one row, and the most megabytes that were held. The first account is loaded before anything is
    measured: what is imported then is not its own."""
    port = str(free_port())
    settings = {"BURNBOARD_WORKERS": "1", "BURNBOARD_CACHE_MB": str(cache_mb), "BURNBOARD_METRICS_PORT": port}
    with running(OURS, api, **settings) as page:
        holding = Holding(page, int(port))
        holding.load(years[0])
        before, first, most = page.resident_megabytes(), holding.encoded(), 0.0
        for account in years[1:]:
            holding.load(account)
            most = max(most, holding.encoded())
        after, encoded, count = page.resident_megabytes(), holding.encoded(), len(years) - 1
    each = (encoded - first) * 1024 / count
    cells = (str(count + 1), f"{each:,.0f}", f"{encoded:.2f}", f"{before:,.0f}", f"{after:,.0f}",
             f"{(after - before) / count:.2f}")  # fmt: skip
    return cells, most
