"""How fast do JSON pages become frames, and in how much memory?

Each contender gets the same pages as bytes, in turns within the same run, with the garbage collector as it is in the
app. "bare orjson" only decodes and keeps the result: the floor of any code that makes Python objects. Peak memory is
that of a process of its own above its loaded input. Prints one table; nothing is written.

The bar: at most 1.6 x bare orjson, at most 60 MB per 100,000 usage rows, at least 6 x faster than json_normalize.
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
from pathlib import Path
from typing import Any

import orjson
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.payloads import breakdown_pages, usage_pages
from data.frames.lines import to_lines, to_windows
from data.frames.usage import to_usage
from data.metronome import client
from data.metronome.usage_block import UsageBlock

Pages = list[bytes]
Contender = Callable[[Pages], Any]

MOST_TIMES_ORJSON, LEAST_TIMES_FASTER, MOST_MB_PER_100K = 1.6, 6.0, 60.0


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
    "bare orjson": bare_orjson,
    "guide's loops": guides_usage,
    "json_normalize": normalized_usage,
}
BREAKDOWNS = {
    "ours": our_breakdowns,
    "bare orjson": bare_orjson,
    "guide's loops": guides_breakdowns,
    "json_normalize": normalized_breakdowns,
}
# name -> (pages, contenders, rounds, rows)
SCENARIOS: dict[str, tuple[Callable[[], Pages], dict[str, Contender], int, int]] = {
    "usage 100k": (lambda: usage_pages(100_000, with_group=False), USAGE, 7, 100_000),
    "usage 100k, group map": (lambda: usage_pages(100_000, with_group=True), USAGE, 5, 100_000),
    "usage 1M": (lambda: usage_pages(1_000_000, with_group=False), USAGE, 3, 1_000_000),
    "breakdowns 1000 x 50": (lambda: breakdown_pages(1000, 50), BREAKDOWNS, 5, 50_000),
}
ONE_ROUND = "json_normalize"  # the slowest; once is enough to see it, and the run stays short


def timed(scenario: str) -> dict[str, list[float]]:
    make, contenders, rounds, _ = SCENARIOS[scenario]
    pages = make()
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for number in range(rounds):
        for name, contender in contenders.items():
            if name == ONE_ROUND and number > 0:
                continue
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


def main() -> None:
    header = (
        f"{'':24}{'contender':16}{'min ms':>9}{'median':>9}{'x orjson':>9}{'ours is':>10}{'peak MB':>9}{'/100k':>8}"
    )
    print(header)
    for scenario, (_, contenders, _, rows) in SCENARIOS.items():
        seconds = timed(scenario)
        floor, ours = min(seconds["bare orjson"]), min(seconds["ours"])
        for name in contenders:
            best, middle = min(seconds[name]), statistics.median(seconds[name])
            peak = peak_megabytes(scenario, name)
            print(
                f"{scenario:24}{name:16}{best * 1e3:10.1f}{middle * 1e3:10.1f}{best / floor:10.2f}"
                f"{best / ours:9.1f}x{peak:10.1f}{peak * 1e5 / rows:10.1f}"
            )
    print(
        f"bar for ours: at most {MOST_TIMES_ORJSON} x orjson, {MOST_MB_PER_100K:.0f} MB per 100k rows,"
        f" json_normalize at least {LEAST_TIMES_FASTER:.0f}x slower"
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--peak"]:
        report_peak(*sys.argv[2:])
    else:
        main()
