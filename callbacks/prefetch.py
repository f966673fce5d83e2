"""What the panels of a page will ask is begun while its HTML is on the way to the browser: what they ask later joins
what is under way or finds it made, so that it costs Metronome nothing more (docs/decisions/0015-first-paint.md)."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from contextvars import copy_context
from dataclasses import replace

from callbacks.context import Context
from callbacks.panels import Panel, Show
from data.errors import SourceError
from data.filters import from_search
from data.pages import place_at
from data.scope import AccessDenied
from data.views.asking import Question
from data.waiting import begin_waiting

AT_ONCE = 12  # panels of all pages that are opened at a time; what comes beyond is asked when the browser asks it

log = logging.getLogger("burnboard")


class Prefetch:
    """Begins the panels of a page on threads of their own. What fails is told when the panel itself asks."""

    def __init__(self, context: Context, shows: Sequence[tuple[Panel, Show]]) -> None:
        self._context, self._shows = context, [(panel, show) for panel, show in shows if not panel.anew]
        self._free = threading.BoundedSemaphore(AT_ONCE)

    def begin(self, path: str, search: str) -> None:
        """For the page at ``path`` (with its leading slash) and its query, where the viewer may see the account."""
        place = place_at(path)
        if place is None or not self._context.scope().covers(place.customer_id):
            return
        filters = replace(from_search(search).filters, receipt="")
        for panel, show in self._shows:
            if panel.page is place.page and self._free.acquire(blocking=False):
                asked = filters if panel.opens else replace(filters, open=())
                question = self._context.question(place.customer_id, asked, page=place.page)
                threading.Thread(target=copy_context().run, args=(self._make, show, question), daemon=True).start()

    def _make(self, show: Show, question: Question) -> None:
        begin_waiting()  # the page that began this does not wait for it
        try:
            show(question)
        except (SourceError, AccessDenied):
            return
        except Exception:
            log.exception("unforeseen error in what was begun early")
        finally:
            self._free.release()
