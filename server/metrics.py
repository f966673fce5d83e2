"""Numbers for Prometheus: written by every worker into files of its own, added up and shown by their parent on a
loopback port, so that no visitor's request can reach them (reliability-security design, section 5).
"""

from __future__ import annotations

import platform
import threading
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

from data.events import listen
from data.settings import hand_to_libraries

SAMPLE_SECONDS = 5.0
LOOPBACK = "127.0.0.1"
_FOLDER = "metrics"
_BUILD = ("dash", "granian")


class Exporter:
    """The parent's part. Without a port there are no numbers, and nothing of this costs anything."""

    def __init__(self, port: int | None, folder: Path) -> None:
        self._port, self._folder = port, folder / _FOLDER
        if port is not None:
            self._folder.mkdir()
            hand_to_libraries("PROMETHEUS_MULTIPROC_DIR", str(self._folder))  # read when the library is imported

    def start(self, alive: Callable[[], int]) -> None:
        """Answer scrapes from now on; ``alive`` counts the workers that serve."""
        if self._port is None:
            return
        from prometheus_client import CollectorRegistry, start_http_server  # noqa: PLC0415  # not before its folder is known
        from prometheus_client.multiprocess import MultiProcessCollector  # noqa: PLC0415

        registry = CollectorRegistry()
        MultiProcessCollector(registry, str(self._folder))
        registry.register(_Own(alive))
        start_http_server(self._port, LOOPBACK, registry)

    def forget(self, pid: int) -> None:
        """A worker is gone: what it counted stays, what it measured at the moment goes."""
        if self._port is None:
            return
        from prometheus_client.multiprocess import mark_process_dead  # noqa: PLC0415

        mark_process_dead(pid, str(self._folder))


class _Own:
    """What only the parent knows."""

    def __init__(self, alive: Callable[[], int]) -> None:
        self._alive = alive

    def collect(self) -> Iterator[Any]:
        from prometheus_client.core import GaugeMetricFamily  # noqa: PLC0415

        yield GaugeMetricFamily("burnboard_workers", "Workers that serve.", value=self._alive())
        names = ["python", *_BUILD]
        build = GaugeMetricFamily("burnboard_build_info", "Versions of what runs here.", labels=names)
        build.add_metric([platform.python_version(), *(version(name) for name in _BUILD)], 1)
        yield build


def count_here(folder: Path | None, sample: Callable[[], object]) -> None:
    """A worker's part: count its events from now on, if ``folder`` is one where they are added up. ``sample`` is called
    now and then, so that what is only noticed by looking is noticed without visitors too."""
    if folder is None or not (folder / _FOLDER).is_dir():
        return
    from prometheus_client import CollectorRegistry  # noqa: PLC0415

    from server.numbers import Numbers  # noqa: PLC0415

    listen(Numbers(CollectorRegistry()).hear)
    threading.Thread(target=_sample, args=(sample,), daemon=True).start()


def _sample(sample: Callable[[], object]) -> None:
    while True:
        sample()
        time.sleep(SAMPLE_SECONDS)
