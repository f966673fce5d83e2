"""How fast do JSON pages become frames, and in how much memory?

Each contender gets the same pages as bytes, in turns within the same run, with the garbage collector as it is in the
app. "bare orjson" only decodes and keeps the result: the floor of any code that makes Python objects. "typed msgspec"
decodes into structs with times and numbers, and keeps those: the floor of any code that looks at what it decodes. Peak
memory is that of a process of its own above its loaded input.
"""

from __future__ import annotations

import gc
import json
import pickle
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import orjson
import pandas as pd
from msgspec.json import Decoder

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.payloads import breakdown_pages, usage_pages
from benchmarks.report import Bar, Section, Table
from data.frames.lines import to_lines, to_windows
from data.frames.usage import to_usage
from data.metronome import client
from data.metronome.invoice_shapes import LineItem
from data.metronome.shapes import Page
from data.metronome.usage_block import UsageBlock

Pages = list[bytes]
Contender = Callable[[Pages], Any]

MOST_TIMES_ORJSON, MOST_TIMES_TYPED, MOST_MB = 1.4, 3.0, 600.0
ORJSON, TYPED, NORMALIZE, MILLION = "bare orjson", "typed msgspec", "json_normalize", "usage 1M"


def our_usage(pages: Pages) -> Any:
    block = UsageBlock()
    for page in pages:
        block.add(client.USAGE.decode(page).data)
    return to_usage([block], ("region",))


def our_breakdowns(pages: Pages) -> Any:
    rows = [row for page in pages for row in client.INVOICES.decode(page).data]
    return to_lines(rows), to_windows(rows)


def bare_orjson(pages: Pages) -> Any:
    return [orjson.loads(page) for page in pages]


class TypedUsageRow(msgspec.Struct):
    starting_on: datetime
    ending_before: datetime
    value: float | None = None
    group_key: str | None = None
    group_value: str | None = None
    group: dict[str, str | None] | None = None


class TypedWindow(msgspec.Struct):
    """Lines with the fields that become columns, as the app has them."""

    id: str
    status: str
    type: str
    total: Decimal
    breakdown_start_timestamp: datetime
    breakdown_end_timestamp: datetime
    line_items: list[LineItem]


def typed_usage(pages: Pages) -> Any:
    return [_USAGE_DECODER.decode(page) for page in pages]


def typed_breakdowns(pages: Pages) -> Any:
    return [_BREAKDOWN_DECODER.decode(page) for page in pages]


_USAGE_DECODER, _BREAKDOWN_DECODER = Decoder(Page[TypedUsageRow]), Decoder(Page[TypedWindow])


def normalized_usage(pages: Pages) -> Any:
    frame = pd.json_normalize([row for page in pages for row in json.loads(page)["data"]])
    return _with_times(frame, "starting_on", "ending_before")


def normalized_breakdowns(pages: Pages) -> Any:
    rows = [row for page in pages for row in json.loads(page)["data"]]
    meta = ["id", "status", "type", "contract_id", "breakdown_start_timestamp", "breakdown_end_timestamp"]
    frame = pd.json_normalize(rows, record_path="line_items", meta=meta, record_prefix="line.")
    return _with_times(frame, *meta[-2:])


def _with_times(frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """Times as times, as our frames have them."""
    return frame.assign(**{name: pd.to_datetime(frame[name], utc=True, format="ISO8601") for name in columns})


def guides_usage(pages: Pages) -> Any:
    """The guide's loop over usage rows, paged, null groups named so that its sort survives."""
    found: dict[str, dict[str, float]] = {}
    for page in pages:
        for item in json.loads(page)["data"]:
            found.setdefault(item["starting_on"], {})[item["group_value"] or ""] = item["value"] or 0
    regions = sorted({region for values in found.values() for region in values})
    chart = []
    for day in sorted(found):
        point: dict[str, Any] = {"date": day}
        running = 0.0
        for region in regions:
            point[f"{region}_start"] = running
            running += found[day].get(region, 0)
            point[f"{region}_end"] = running
        chart.append(point)
    return chart


def guides_breakdowns(pages: Pages) -> Any:
    """The guide's loop over breakdowns, with deduction lines skipped so that it does not stop at the first."""
    found: dict[str, dict[str, float]] = {}
    for page in pages:
        for item in json.loads(page)["data"]:
            day = found.setdefault(item["breakdown_start_timestamp"], {})
            for line in item["line_items"]:
                region = line.get("presentation_group_values", {}).get("region", "")
                day[region] = day.get(region, 0) + line["total"] / 100
    regions = sorted({region for values in found.values() for region in values})
    return [{"date": day, **{region: found[day].get(region, 0) for region in regions}} for day in sorted(found)]


USAGE = {
    "ours": our_usage,
    ORJSON: bare_orjson,
    TYPED: typed_usage,
    "guide's loops": guides_usage,
    NORMALIZE: normalized_usage,
}
BREAKDOWNS = {
    "ours": our_breakdowns,
    ORJSON: bare_orjson,
    TYPED: typed_breakdowns,
    "guide's loops": guides_breakdowns,
    NORMALIZE: normalized_breakdowns,
}
LARGE = {name: contender for name, contender in USAGE.items() if name != NORMALIZE}  # that would take half a minute
# name -> (pages, contenders, rounds, rows)
SCENARIOS: dict[str, tuple[Callable[[], Pages], dict[str, Contender], int, int]] = {
    "usage 100k": (lambda: usage_pages(100_000, with_group=False), USAGE, 5, 100_000),
    "usage 100k, group map": (lambda: usage_pages(100_000, with_group=True), USAGE, 5, 100_000),
    MILLION: (lambda: usage_pages(1_000_000, with_group=False), LARGE, 3, 1_000_000),
    "breakdowns 1000 x 50": (lambda: breakdown_pages(1000, 50), BREAKDOWNS, 5, 50_000),
}


def timed(scenario: str) -> dict[str, list[float]]:
    make, contenders, rounds, _ = SCENARIOS[scenario]
    pages = make()
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, contender in contenders.items():
            gc.collect()
            started = time.perf_counter()
            result = contender(pages)
            seconds[name].append(time.perf_counter() - started)
            del result
    return seconds


def peak_megabytes(scenario: str, name: str) -> float:
    """Measured in a process of its own, which calls back into ``report_peak``."""
    command = [sys.executable, __file__, "--peak", scenario, name]
    pages = pickle.dumps(SCENARIOS[scenario][0]())
    return float(subprocess.run(command, input=pages, check=True, capture_output=True).stdout)  # noqa: S603 - ourselves


def report_peak(scenario: str, name: str) -> None:
    contenders = SCENARIOS[scenario][1]
    pages = pickle.load(sys.stdin.buffer)  # noqa: S301 - from ourselves; making them here would leave free memory behind
    contenders[name](pages[:2])  # imports and caches are not the contender's
    gc.collect()
    before = _peak_rss()
    result = contenders[name](pages)
    print(_peak_rss() - before)
    del result


def _peak_rss() -> float:
    """Megabytes. ``ru_maxrss`` of a child begins with what its parent had on Linux, so the kernel's own count there."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return float(line.split()[1]) * 1024 / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def section() -> Section:
    found = {scenario: timed(scenario) for scenario in SCENARIOS}
    peaks = {scenario: {name: peak_megabytes(scenario, name) for name in one} for scenario, one in found.items()}
    heads = ("", "min ms", "median ms", "times orjson", "ours is", "peak MB")
    rows = [
        (f"{scenario}, {name}", f"{min(times) * 1e3:,.1f}", f"{statistics.median(times) * 1e3:,.1f}",
         f"{min(times) / min(seconds[ORJSON]):.2f}", f"{min(times) / min(seconds['ours']):.1f}x",
         f"{peaks[scenario][name]:,.1f}")
        for scenario, seconds in found.items() for name, times in seconds.items()
    ]  # fmt: skip
    return Section("JSON to frames", __doc__ or "", [Table("", heads, rows)], bars=bars(found, peaks[MILLION]["ours"]))


def bars(found: dict[str, dict[str, list[float]]], peak: float) -> list[Bar]:
    """The worst scenario stands for all."""
    told = []
    for floor, most in ((ORJSON, MOST_TIMES_ORJSON), (TYPED, MOST_TIMES_TYPED)):
        worst = max(min(seconds["ours"]) / min(seconds[floor]) for seconds in found.values())
        told.append(Bar(f"JSON to frames, beside {floor}", f"at most {most:g}x", f"{worst:.2f}x", met=worst <= most))
    limit = f"at most {MOST_MB:,.0f} MB"
    return [*told, Bar("peak memory for 1M usage rows", limit, f"{peak:,.0f} MB", met=peak <= MOST_MB)]


if __name__ == "__main__":
    report_peak(*sys.argv[2:])
