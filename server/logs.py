"""One line per event on standard error, as JSON or as text: with the request that it belongs to, without secrets, and
without anything that could pass for another line (reliability-security design, section 5, S19, S22, R32)."""

from __future__ import annotations

import base64
import json
import logging
import re
import sys
import threading
from collections.abc import Mapping, MutableMapping
from typing import Any
from urllib.parse import quote

import structlog
from structlog.stdlib import ProcessorFormatter
from structlog.typing import Processor

from data.events import REQUEST_ID
from data.settings import AuthMode, LogForm, Secret, Settings
from server.told import TRACE_ID

Event = MutableMapping[str, Any]

HIDDEN = "[hidden]"
SHORTEST_TOKEN = 8
MOST_TEXT = 6000  # of one value: a line is written in one go, so that lines of several processes do not mix
_SECRETS = re.compile(
    r"""(?ix) (?: \b eyJ[\w-]{4,} (?: \.[\w-]* ){0,4}     # a JSON web token, or the beginning of one
              | (?<= bearer\ ) \s* [^\s"',]+
              | (?<= \#t= ) [^\s"'<>]+ )"""
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def set_up_logs(settings: Settings) -> None:
    """Every logger of this process, ours and others', from here on. On one's own machine only what needs attention is
    written, unless ``BURNBOARD_LOG`` asks for all."""
    local = settings.auth is AuthMode.LOCAL
    form = settings.log or (LogForm.TEXT if local else LogForm.JSON)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter(form, settings.token))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("burnboard").setLevel(logging.WARNING if local and settings.log is None else logging.INFO)
    logging.captureWarnings(True)
    logging.raiseExceptions = False  # a line that cannot be written is lost, rather than written in another form
    sys.excepthook = _uncaught
    threading.excepthook = lambda died: _uncaught(died.exc_type, died.exc_value, died.exc_traceback)


def _uncaught(kind: type[BaseException], error: BaseException | None, trace: Any) -> None:
    """What would be printed by the interpreter, in the form of everything else."""
    if error is not None and not issubclass(kind, KeyboardInterrupt):
        logging.getLogger("burnboard").error("uncaught error", exc_info=(kind, error, trace))


def formatter(form: LogForm, token: Secret | None = None) -> logging.Formatter:
    """From records of any logger to one line each."""
    last: Processor = _json if form is LogForm.JSON else _text
    return ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.add_log_level, _channel, _fields],
        processors=[
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            ProcessorFormatter.remove_processors_meta,
            _Redactor(token),
            last,
        ],
    )


def _channel(_: object, __: str, event: Event) -> Event:
    record: logging.LogRecord = event["_record"]
    event["channel"] = record.name
    return event


def _fields(_: object, __: str, event: Event) -> Event:
    """What ``data.events`` gave along, and the request under way."""
    record: logging.LogRecord = event["_record"]
    event.update(getattr(record, "fields", {}))
    event["request_id"] = event.get("request_id") or REQUEST_ID.get()
    if TRACE_ID.get():
        event["trace_id"] = TRACE_ID.get()
    return event


class _Redactor:
    """Hides what must not be in a log, wherever it turns up: tokens by their form, and the API's by its value."""

    def __init__(self, token: Secret | None) -> None:
        self._known = _spellings(token.reveal()) if token else ()

    def __call__(self, _: object, __: str, event: Event) -> Event:
        return {name: self._clean(value) for name, value in event.items()}

    def _clean(self, value: Any) -> Any:
        if value is None or isinstance(value, bool | int | float):
            return value
        text = str(value)
        for known in self._known:
            text = text.replace(known, HIDDEN)
        text = _SECRETS.sub(HIDDEN, text)
        return text if len(text) <= MOST_TEXT else f"{text[:1000]} ... {text[1000 - MOST_TEXT :]}"


def _spellings(token: str) -> tuple[str, ...]:
    """The token as it stands, quoted for an address, and the ways in which it can be inside base64. One so short that
    it is part of words is left to its place after "Bearer"."""
    if len(token) < SHORTEST_TOKEN:
        return ()
    raw = token.encode()
    shifted = [base64.b64encode(b"\0" * shift + raw).decode().rstrip("=")[:-1] for shift in range(3)]
    inside = {text[4 if shift else 0 :] for shift, text in enumerate(shifted)}  # what does not depend on what is around
    return tuple(sorted({token, quote(token, safe=""), *inside}, key=len, reverse=True))


def _json(_: object, __: str, event: Mapping[str, Any]) -> str:
    """ASCII only, so that nothing in it moves a terminal's cursor or ends a line."""
    first = {name: event[name] for name in ("timestamp", "level", "channel", "event", "request_id") if name in event}
    return json.dumps(first | dict(event), ensure_ascii=True, default=str)


def _text(_: object, __: str, event: Mapping[str, Any]) -> str:
    """For people. A trace goes on in lines that are set in, so that no line begins with something from outside."""
    rest = dict(event)
    at, level, channel = (rest.pop(name, "") for name in ("timestamp", "level", "channel"))
    what, trace = rest.pop("event", ""), str(rest.pop("exception", ""))
    pairs = " ".join(f"{name}={_shown(value)}" for name, value in rest.items() if value not in (None, ""))
    line = f"{at} {level.upper():7} {channel} {_escaped(str(what))} {pairs}".rstrip()
    return "\n    | ".join([line, *(_escaped(one) for one in trace.splitlines())])


def _shown(value: Any) -> str:
    text = _escaped(str(value))
    return f'"{text}"' if " " in text else text


def _escaped(text: str) -> str:
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
