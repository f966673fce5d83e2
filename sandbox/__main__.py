"""``python -m sandbox``: the server as its own process. Prints one line that ends in its address."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from datetime import UTC, datetime
from threading import Event, Thread

from sandbox.server import start


def _instant(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="sandbox", description="A local Metronome API with made-up accounts.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 (default): any free port")
    parser.add_argument("--now", type=_instant, help="stand the clock still at this RFC 3339 instant")
    parser.add_argument("--strict", action="store_true", help="accept only what the official SDK sends")
    parser.add_argument("--page-size", type=int, default=20, help="rows per page when no limit is sent")
    parser.add_argument("--customers", type=int, default=0, help="how many thin extra customers to list")
    parser.add_argument("--hostile", action="store_true", help="add the account with hostile names")
    parser.add_argument(
        "--legacy", action=argparse.BooleanOptionalAction, help="older shapes for every account, or none"
    )
    parser.add_argument("--token", help="accept only this token")
    parser.add_argument("--until-stdin-closes", action="store_true", help="end when whoever started it has ended")
    return parser.parse_args(argv)


def _wait_for_parent(ended: Event) -> None:
    """Nothing is ever written to standard input; reading it ends when its other end is gone."""
    while os.read(0, 1024):
        continue
    ended.set()


def main(argv: list[str]) -> int:
    options = vars(arguments(argv))
    watch = options.pop("until_stdin_closes")
    sandbox = start(**options)
    ended = Event()
    if watch:
        Thread(target=_wait_for_parent, args=(ended,), daemon=True).start()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    print(f"Sandbox at {sandbox.url}", flush=True)  # noqa: T201  # whoever started it reads the address here
    ended.wait()
    sandbox.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
