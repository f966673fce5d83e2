"""How soon does the account selector answer a keystroke, and the list open, when there are 5,000 accounts?

The API has no search: the list is read page by page (100 accounts each), kept, and searched here. Cold is the whole
list read from a sandbox on this machine; warm is the server's time for one keystroke, callback and all,
without a network.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from app import create_app, create_source
from benchmarks.callback_client import CallbackClient
from benchmarks.report import Section, Table
from benchmarks.serving import running_sandbox, settings_for
from data.metronome_source import MetronomeSource

ACCOUNTS = 5_000
COLD_ROUNDS, KEYSTROKE_ROUNDS = 3, 5
TYPED = ("harbor systems 0421", "amber", "001Cr000000", "crowd-49", "zzz no such account", "halden")
SELECTOR, LIST = "account-select.data", "accounts-table.children"


def section() -> Section:
    with running_sandbox("--customers", str(ACCOUNTS)) as api:
        settings = settings_for(api)
        source = create_source(settings)
        client = CallbackClient(create_app(settings, source))
        rows = [
            ("list, cold", *spread(list(_cold(client, source)))),
            ("list, warm", *spread(list(_repeated(client, LIST, "")))),
            ("selector opened", *spread(list(_repeated(client, SELECTOR, "")))),
            ("selector, per keystroke", *spread(list(_keystrokes(client)))),
        ]
    return Section("Account search", __doc__ or "", [Table("", ("", "p50 ms", "p95 ms", "worst", "times"), rows)])


def prefixes(texts: tuple[str, ...]) -> list[str]:
    """What the server is asked while each text is typed letter by letter."""
    return [text[:length] for text in texts for length in range(1, len(text) + 1)]


def percentile(values: list[float], share: float) -> float:
    """The smallest value that at least ``share`` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -int(-share * len(ordered) // 1) - 1)]


def spread(seconds: list[float]) -> tuple[str, str, str, str]:
    p50, p95, worst = (percentile(seconds, share) * 1e3 for share in (0.5, 0.95, 1.0))
    return f"{p50:,.1f}", f"{p95:,.1f}", f"{worst:,.1f}", str(len(seconds))


def _cold(client: CallbackClient, source: MetronomeSource) -> Iterator[float]:
    for _ in range(COLD_ROUNDS):
        source.cache.clear()
        yield _timed(client, LIST, "")


def _repeated(client: CallbackClient, output: str, text: str) -> Iterator[float]:
    for _ in range(40):
        yield _timed(client, output, text)


def _keystrokes(client: CallbackClient) -> Iterator[float]:
    for _ in range(KEYSTROKE_ROUNDS):
        for text in prefixes(TYPED):
            yield _timed(client, SELECTOR, text)


def _timed(client: CallbackClient, output: str, text: str) -> float:
    values: dict[str, Any] = {"url.pathname": "/", "account-select.searchValue": text}
    begun = time.perf_counter()
    client.call(output, values)
    return time.perf_counter() - begun
