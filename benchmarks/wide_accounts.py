"""``python -m benchmarks.wide_accounts``: a sandbox whose accounts have from ten to 400 regions, for 460 days."""

from __future__ import annotations

import signal
import sys
from datetime import datetime
from threading import Event

from sandbox import world
from sandbox.__main__ import arguments
from sandbox.application import Application
from sandbox.asking import Options
from sandbox.catalogue.crowd import crowd
from sandbox.catalogue.metrics import GUIDE_CPU_HOURS
from sandbox.catalogue.parts import account, agreement, cells, customer_id, flat, prepaid, sold, stream
from sandbox.catalogue.shapes import office_week
from sandbox.model import Account
from sandbox.moments import DAY
from sandbox.server import Sandbox

GROUPS = (10, 100, 400)
DAYS = 460
ROWS_KEPT = 1_000_000  # or the sandbox would make its rows anew for each page


def wide(groups: int, now: datetime) -> Account:
    """Some use in every region on every day, under one commit."""
    key = _key(groups)
    begin = now.replace(hour=0, minute=0, second=0, microsecond=0) - DAYS * DAY
    regions = cells(region={f"region-{number:03d}": 1 + number % 7 for number in range(groups)})
    contract = agreement(key, "Main", begin, rates=(flat(sold(GUIDE_CPU_HOURS, by=("region",)), "0.8"),))
    commit = prepaid(key, "Commit", [((begin, begin + 3 * DAYS * DAY), 90_000_000)], contract_id=contract.id)
    usage = stream(key, GUIDE_CPU_HOURS, regions, begin, daily=groups * 40_000, shape=office_week)
    return account(
        key, f"{groups} regions", created_at=begin, streams=(usage,), contracts=(contract,), balances=(commit,)
    )


def account_id(groups: int) -> str:
    return customer_id(_key(groups))


def _key(groups: int) -> str:
    return f"wide-{groups}"


def main(argv: list[str]) -> int:
    options = arguments(argv)
    world._ROWS_KEPT = ROWS_KEPT
    given = [*(wide(groups, options.now) for groups in GROUPS), *crowd(options.customers)]
    application = Application(world.World(given=given), Options(), lambda: options.now)
    sandbox = Sandbox(application, options.host, options.port)
    ended = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    print(f"Sandbox at {sandbox.url}", flush=True)
    ended.wait()
    sandbox.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
