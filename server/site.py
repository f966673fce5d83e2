"""The whole site from its parts: who is let in, the pages, the embeds, what counts and limits, and the front of all."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from access.setup import Access, open_access
from data.clock import Clock
from data.settings import BadSetting, Settings
from data.waiting import Room
from server.front import Front, Site
from server.health import Health
from server.limits import LIMITER, open_limiter
from server.logs import set_up_logs
from server.metrics import count_here
from server.tracing import open_tracing
from server.worker import Worker

log = logging.getLogger("burnboard")


@dataclass(frozen=True, kw_only=True)
class Builders:
    """How the two sites are made; only the app itself knows."""

    pages: Callable[[Access], Flask]
    embeds: Callable[[Access], Flask]
    look: Callable[[], object] = lambda: None  # at what is only noticed by looking


def build_site(settings: Settings, builders: Builders, *, worker: Worker | None = None) -> Front:
    """The site, ready for its first request; raises ``BadSetting``."""
    open_tracing(settings)
    front, access = _closed_front(settings, worker or Worker())
    return _opened(front, settings, access, builders)


def build_in_worker(read: Callable[[], Settings], builders: Callable[[Settings], Builders], folder: Path) -> Front:
    """The site in a worker of ``server.run``: it listens at once, and says so itself when it is ready. What cannot be
    built ends the process; its parent knows what to do."""
    worker = Worker(folder)
    worker.obey()
    try:
        settings = read()
        set_up_logs(settings)
        open_tracing(settings)
        front, access = _closed_front(settings, worker)
        made = builders(settings)
    except BadSetting as wrong:
        log.error("this worker cannot start: %s", wrong)
        sys.exit(1)
    count_here(folder, lambda: (access.problems(), made.look()))
    threading.Thread(target=_open_or_end, args=(front, settings, access, made, worker), daemon=True).start()
    return front


def _closed_front(settings: Settings, worker: Worker) -> tuple[Front, Access]:
    clock = Clock()  # it runs even where ``BURNBOARD_NOW`` stands: tokens and sessions have to end
    access = open_access(settings, clock)
    health = Health(leaving=lambda: worker.leaving, problems=access.problems)
    return Front(settings.path_prefix, health, clock, Room(settings.threads)), access


def _opened(front: Front, settings: Settings, access: Access, builders: Builders) -> Front:
    pages = builders.pages(access) if access.gate is not None else None
    embeds = builders.embeds(access) if access.embed is not None else None
    limiter = open_limiter(settings)
    for server in (pages, embeds):
        if server is not None and limiter is not None:
            server.extensions[LIMITER] = limiter
    own_mode = "proxy" if settings.auth.has_proxy else "local"
    return front.open(
        Site(pages.wsgi_app, own_mode) if pages else None,
        Site(embeds.wsgi_app, "embed") if embeds else None,
    )


def _open_or_end(front: Front, settings: Settings, access: Access, builders: Builders, worker: Worker) -> None:
    try:
        _opened(front, settings, access, builders)
        worker.serves()
    except BaseException:
        log.exception("this worker cannot start")
        worker.end()
