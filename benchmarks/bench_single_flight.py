"""How often is the API asked when 50 readers open a view that nobody holds, all at once?

All panels of the account with ten regions over 90 days, at 50 ms until the API answers; every call is counted, and how
often the one that was asked most was asked: once per block, whoever else waits for it. Two processes share a Redis.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from benchmarks.bench_callbacks import WIDE, panels
from benchmarks.bench_range_changes import METRIC
from benchmarks.report import Bar, Section, Table
from benchmarks.serving import GUIDE, OURS, running, running_redis, running_sandbox
from benchmarks.upstream import Upstream, far_away, most_alike
from benchmarks.viewers import ask_once

READERS = 50
DELAY = 0.05
FIRST, LAST = "2026-08-01", "2026-10-29"


@dataclass(frozen=True)
class Flight:
    """Calls of the API for one reader, and for all at once; the most for one and the same question; seconds."""

    alone: int
    calls: int
    alike: int
    seconds: float


def flight(name: str, api: str, upstream: Upstream, processes: int, **settings: str) -> Flight:
    """``READERS`` of one cold view, spread over so many processes."""
    with ExitStack() as stack:
        pages = [stack.enter_context(running(name, api, GUIDE_METRIC=METRIC, BURNBOARD_WORKERS="1", **settings))
                 for _ in range(processes)]  # fmt: skip
        wanted = [(page.url, post) for page in pages for post in panels(name, page, 10, first=FIRST, last=LAST)]
        counts = []
        for readers in (1, READERS):
            for page in pages:
                page.forget()
            upstream.taken()
            begun = time.monotonic()
            _all_at_once([wanted[number % len(wanted)] for number in range(max(readers, len(wanted) // processes))])
            counts.append((upstream.taken(), time.monotonic() - begun))
    (alone, _), (calls, seconds) = counts
    return Flight(len(alone), len(calls), most_alike(calls), seconds)


def _all_at_once(wanted: Sequence[tuple[str, bytes]]) -> None:
    threads = [threading.Thread(target=ask_once, args=one) for one in wanted]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def section() -> Section:
    with ExitStack() as stack:
        api, upstream = stack.enter_context(far_away(stack.enter_context(running_sandbox(module=WIDE))))
        upstream.delay = DELAY
        redis = stack.enter_context(running_redis())
        found = {
            f"{OURS}, one process": flight(OURS, api, upstream, 1),
            f"{OURS}, two processes and Redis": flight(OURS, api, upstream, 2, BURNBOARD_CACHE_URL=redis),
            GUIDE: flight(GUIDE, api, upstream, 1),
        }
    heads = ("", "calls for one reader", f"calls for {READERS}", "most alike", "seconds")
    rows = [(name, str(one.alone), str(one.calls), str(one.alike), f"{one.seconds:.2f}") for name, one in found.items()]
    return Section("Single flight", __doc__ or "", [Table("", heads, rows)], bars=bars(found))


def bars(found: dict[str, Flight]) -> list[Bar]:
    return [
        Bar(f"{READERS} readers of a cold view, {name.partition(', ')[2]}", "1 call per block", f"{one.alike}",
            met=one.alike == 1)
        for name, one in found.items() if name != GUIDE
    ]  # fmt: skip
