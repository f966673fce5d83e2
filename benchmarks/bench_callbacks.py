"""How much of the server does each part of the account page take, when its data is in the cache?

Each callback as the browser calls it, through the whole server, for the account with the richest page; the answer's
size is that of its body before compression. The year to date is drawn by day.
"""

from __future__ import annotations

import statistics
import time

from app import create_app, create_source
from benchmarks.callback_client import CallbackClient
from benchmarks.report import Section, Table
from benchmarks.serving import running_sandbox, settings_for

ROUNDS = 15
ACCOUNT = "/accounts/71541854-d3c9-52d2-a2ed-a13241d738b0"  # Halden Robotics, the account that a demo opens on
CALLBACKS = {
    "account head": "page-title.children",
    "days": "date-summary.children",
    "key figures": "kpi-row.children",
    "usage panel": "usage-chart.figure",
    "spend panel": "spend-chart.figure",
    "commitments panel": "burndown-chart.figure",
    "account selector": "account-select.data",
}
SEARCHES = {"default page": "", "year to date": "?range=ytd&window=day", "tables open": "?table=usage,spend,burndown"}


def section() -> Section:
    with running_sandbox() as api:
        settings = settings_for(api)
        client = CallbackClient(create_app(settings, create_source(settings)))
        found = {search: measured(client, text) for search, text in SEARCHES.items()}
    heads = ("median ms (body kB)", *SEARCHES)
    rows = [(name, *(f"{found[one][name][0]:,.1f} ({found[one][name][1]:,.1f})" for one in SEARCHES))
            for name in CALLBACKS]  # fmt: skip
    return Section("Callbacks", __doc__ or "", [Table(f"{ROUNDS} calls each, in turns", heads, rows)])


def measured(client: CallbackClient, search: str, rounds: int = ROUNDS) -> dict[str, tuple[float, float]]:
    """(median milliseconds, kilobytes) per callback; the first call of each, which fills the cache, is not counted."""
    address = {"pathname": ACCOUNT, "search": search}
    values = {"address-overview.data": address, "address-days.data": address, "address-account.data": address}
    bodies = {name: client.call(output, values) for name, output in CALLBACKS.items()}
    seconds: dict[str, list[float]] = {name: [] for name in CALLBACKS}
    for _ in range(rounds):
        for name, output in CALLBACKS.items():
            begun = time.perf_counter()
            client.call(output, values)
            seconds[name].append(time.perf_counter() - begun)
    return {name: (statistics.median(seconds[name]) * 1e3, len(bodies[name]) / 1e3) for name in CALLBACKS}
