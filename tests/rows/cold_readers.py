"""Many readers of one cold view: every question that an overview puts to the source, asked by all of them at once.

Run as a program it is a process of its own: ``python -m tests.rows.cold_readers <sandbox> <cache url> <how many>``
waits for a line, asks, and prints what came of it, one line for each reader."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from hashlib import blake2b
from threading import Barrier

from data.clock import Clock
from data.connect import open_source
from data.filters import Filters
from data.metronome_source import MetronomeSource
from data.scope import LOCAL
from data.settings import Settings
from data.source import Ask
from data.views.asking import Question
from data.views.commitments import commitments_view
from data.views.spend import spend_view
from data.views.usage import usage_view
from sandbox.catalogue import Customer
from tests.conftest import NOW
from tests.rows.questions import text_of

NOW_AT = datetime.fromisoformat(NOW)


def source_on(sandbox: str, cache_url: str) -> MetronomeSource:
    settings = {
        "METRONOME_BEARER_TOKEN": "made-up",
        "METRONOME_BASE_URL": sandbox,
        "BURNBOARD_CACHE_URL": cache_url,
        "BURNBOARD_UPSTREAM_RPS": "1000",
        "BURNBOARD_UPSTREAM_BURST": "1000",
        "BURNBOARD_UPSTREAM_CONCURRENCY": "32",
    }
    return open_source(Settings.from_env(settings), Clock(NOW_AT))


def read(source: MetronomeSource) -> str:
    """A digest of the panels of the overview. A question of its own for each reader: no view is shared."""
    question = Question(
        source=source, ask=Ask(scope=LOCAL, customer_id=Customer.FLAGSHIP), filters=Filters(), now=NOW_AT
    )
    used, spent, left = usage_view(question), spend_view(question), commitments_view(question)
    assert not any(view.provenance.is_partial for view in (used, spent, left))
    told = [text_of(part) for part in (used.rows, used.table, spent.spend, spent.table, left.burn)]
    return blake2b(repr(told).encode(), digest_size=8).hexdigest()


def read_at_once(source: MetronomeSource, readers: int) -> list[str]:
    ready = Barrier(readers)

    def one(_: int) -> str:
        ready.wait(60)
        return read(source)

    with ThreadPoolExecutor(readers) as pool:
        return list(pool.map(one, range(readers)))


def main() -> None:
    sandbox, cache_url, readers = sys.argv[1:]
    source = source_on(sandbox, cache_url)
    print("ready", flush=True)  # noqa: T201
    sys.stdin.readline()
    print("\n".join(read_at_once(source, int(readers))), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
