"""How many callbacks does the server answer, how soon, and what does one cost the processor?

Viewers of one account with ten regions over 30 days, who ask for their panels one after the other on a connection that
they keep: usage, spend, commitments, from a server with the same workers and threads. Burnboard holds the range
already; the guide's page asks the API each time, without any distance. Then the same while another account waits for
the API, with three in four of the server's threads.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from statistics import median

from benchmarks.bench_range_changes import METRIC
from benchmarks.callback_client import Bodies, Values, bodies_at
from benchmarks.report import Bar, Section, Table
from benchmarks.serving import GUIDE, OURS, Page, asked, running, running_sandbox
from benchmarks.viewers import Served, ask, ask_once, posts
from benchmarks.wide_accounts import account_id
from data.settings import Settings

WIDE, FAULTS = "benchmarks.wide_accounts", "/sandbox/faults"
VIEWERS = (1, 8, 32)
ROUNDS, SECONDS = 2, 2.0
FIRST, LAST = "2026-10-01", "2026-10-30"
WAIT_SECONDS, WAITING = 4.0, Settings().threads * 3 // 4
RATE_LEAST, CPU_MOST, HELD_UP_MOST = 15.0, 3.0, 1.5
PANELS = {
    OURS: ("usage-chart.figure", "spend-chart.figure", "burndown-chart.figure"),
    GUIDE: ("usage.figure", "spend.figure", "commitments.data"),
}


@dataclass(frozen=True)
class Measured:
    """What some viewers got, and the processor milliseconds that each answer cost."""

    served: Served
    cpu: float


def values(name: str, groups: int, first: str = FIRST, last: str = LAST) -> Values:
    """What the callbacks of a page depend on, for an account with so many regions."""
    if name == OURS:
        return {"address-overview.data": {"pathname": f"/accounts/{account_id(groups)}",
                                          "search": f"?from={first}&to={last}", "tries": 0}}  # fmt: skip
    return {"customer.value": account_id(groups), "dates.start_date": first, "dates.end_date": last}


def panels(name: str, page: Page, groups: int, **days: str) -> list[bytes]:
    bodies: Bodies = bodies_at(page.url)
    return posts(page.url, [bodies.request(panel, values(name, groups, **days)) for panel in PANELS[name]])


def measure(page: Page, wanted: list[bytes], viewers: int) -> Measured:
    before = page.processor_seconds()
    served = ask(page.url, wanted, viewers=viewers, seconds=SECONDS)
    return Measured(served, (page.processor_seconds() - before) * 1e3 / len(served.seconds))


@contextmanager
def others_waiting(page: Page, wanted: list[bytes], api: str) -> Iterator[None]:
    """``WAITING`` callbacks of another account under way, each of which the API lets wait."""
    page.forget()
    asked(api, FAULTS, [{"kind": "slow", "containing": account_id(100), "seconds": WAIT_SECONDS}])
    threads = [threading.Thread(target=ask_once, args=(page.url, wanted[number % len(wanted)]))
               for number in range(WAITING)]  # fmt: skip
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        asked(api, FAULTS, [])
        for thread in threads:
            thread.join()


def section() -> Section:
    with ExitStack() as stack:
        api = stack.enter_context(running_sandbox(module=WIDE))
        pages = {name: stack.enter_context(running(name, api, GUIDE_METRIC=METRIC)) for name in (OURS, GUIDE)}
        found = _rates(pages)
        beside = {name: _beside_waiting(name, page, api) for name, page in pages.items()}
    heads = ("viewers", *(f"{what}, {name}" for what in ("per second", "p95 ms", "CPU ms") for name in (OURS, GUIDE)))
    rows = [(str(viewers), *_cells(by_name)) for viewers, by_name in found.items()]
    return Section("Callbacks", __doc__ or "", [Table("", heads, rows), _waiting_table(beside)],
                   bars=[*bars(found), _held_up(beside[OURS])])  # fmt: skip


def _rates(pages: dict[str, Page]) -> dict[int, dict[str, list[Measured]]]:
    wanted = {name: panels(name, page, 10) for name, page in pages.items()}
    for name, page in pages.items():  # what is imported and fetched once, one after the other and then all at once
        for post in wanted[name]:
            ask_once(page.url, post)
        ask(page.url, wanted[name], viewers=8, seconds=1.0)
    found: dict[int, dict[str, list[Measured]]] = {viewers: {OURS: [], GUIDE: []} for viewers in VIEWERS}
    for _ in range(ROUNDS):
        for viewers, by_name in found.items():
            for name, page in pages.items():
                by_name[name].append(measure(page, wanted[name], viewers))
    return found


def _beside_waiting(name: str, page: Page, api: str) -> tuple[Served, Served]:
    """What eight viewers get, and what they get while others wait."""
    wanted, slow = panels(name, page, 10), panels(name, page, 100)
    with others_waiting(page, slow, api):
        for post in wanted:
            ask_once(page.url, post)
        beside = ask(page.url, wanted, viewers=8, seconds=SECONDS)
    return ask(page.url, wanted, viewers=8, seconds=SECONDS), beside


def _cells(by_name: dict[str, list[Measured]]) -> list[str]:
    ours_and_theirs = (by_name[OURS], by_name[GUIDE])
    return [
        *(f"{_rate(ones):,.0f}" for ones in ours_and_theirs),
        *(f"{_p95(ones):,.1f}" for ones in ours_and_theirs),
        *(f"{_cpu(ones):,.2f}" for ones in ours_and_theirs),
    ]


def _rate(ones: list[Measured]) -> float:
    return median(one.served.rate for one in ones)


def _p95(ones: list[Measured]) -> float:
    return median(one.served.percentile(0.95) for one in ones)


def _cpu(ones: list[Measured]) -> float:
    return median(one.cpu for one in ones)


def bars(found: dict[int, dict[str, list[Measured]]]) -> list[Bar]:
    told = []
    for viewers, by_name in found.items():
        ours, theirs = by_name[OURS], by_name[GUIDE]
        times = _rate(ours) / _rate(theirs)
        limit = f"at least {RATE_LEAST:g}x as many, p95 no worse"
        text = f"{times:.1f}x, p95 {_p95(ours):,.1f} against {_p95(theirs):,.1f} ms"
        met = times >= RATE_LEAST and _p95(ours) <= _p95(theirs)
        told.append(Bar(f"callbacks per second, viewers: {viewers}", limit, text, met=met))
    cpu = max(_cpu(by_name[OURS]) for by_name in found.values())
    return [*told, Bar("CPU per warm callback", f"at most {CPU_MOST:g} ms", f"{cpu:.2f} ms", met=cpu <= CPU_MOST)]


def _held_up(served: tuple[Served, Served]) -> Bar:
    alone, beside = (one.percentile(0.95) for one in served)
    limit = f"p95 at most {HELD_UP_MOST:g}x"
    return Bar("callbacks while others wait", limit, f"{beside / alone:.2f}x", met=beside <= HELD_UP_MOST * alone)


def _waiting_table(beside: dict[str, tuple[Served, Served]]) -> Table:
    title = f"8 viewers, beside {WAITING} callbacks of another account that wait ({Settings().threads} threads)"
    heads = ("", "p95 ms alone", "p95 ms beside them", "per second alone", "per second beside them")
    rows = [(name, *(f"{one.percentile(0.95):,.1f}" for one in pair), *(f"{one.rate:,.0f}" for one in pair))
            for name, pair in beside.items()]  # fmt: skip
    return Table(title, heads, rows)
