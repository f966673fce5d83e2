"""From the command line to a process that serves: whatever stands against it is one sentence on standard error."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from access.setup import open_access
from data.clock import Clock
from data.settings import AuthMode, BadSetting, Settings, hand_down_start_token
from server.logs import set_up_logs
from server.run import serve
from server.start import cannot_ask, cannot_listen
from server.tracing import check_tracing

UNTIL_STDIN_CLOSES = "--until-stdin-closes"
Check = Callable[[float], None]


def begin(
    *,
    read: Callable[[], Settings],
    check: Callable[[Settings], Check],
    create: Callable[[Path], Any],
    arguments: list[str],
) -> int:
    """Serve what ``create`` makes in each worker. ``check`` gives one cheap question to Metronome.

    On one's own machine the question is asked, since a person waits for the answer. Behind a proxy it is not: a
    replica has to come up on a day on which Metronome is down (R36).
    """
    logging.getLogger("data").addHandler(logging.NullHandler())  # what goes wrong before serving is told in a sentence
    logging.getLogger("burnboard").addHandler(logging.NullHandler())
    try:
        settings = read()
        check_tracing(settings)
        access, question = open_access(settings, Clock()), check(settings)
    except BadSetting as wrong:
        return _told(str(wrong), 2)
    reason = cannot_listen(settings)
    if reason is None and settings.auth is AuthMode.LOCAL:
        reason = cannot_ask(settings, question)
    if reason:
        return _told(reason, 1)
    if access.start_token is not None:
        hand_down_start_token(access.start_token)
    set_up_logs(settings)
    open_at = access.start_url if settings.socket is None else f"unix:{settings.socket}"
    return serve(settings, create, open_at=open_at, until_stdin_closes=UNTIL_STDIN_CLOSES in arguments)


def _told(sentence: str, status: int) -> int:
    print(sentence, file=sys.stderr)  # noqa: T201  # the one sentence that a person gets
    return status
