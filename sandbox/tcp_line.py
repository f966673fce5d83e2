"""How a TCP connection misbehaves, as a value and as the words that a person types. See ``sandbox.tcp_faults``."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum


class Way(StrEnum):
    """What becomes of a connection, on the whole."""

    RELAY = "relay"  # bytes go on, as the rest of the line says
    DOWN = "down"  # nobody listens: new connections are refused, open ones are closed
    BLACK_HOLE = "black_hole"  # accepted, and never answered: whatever comes is swallowed
    NEVER_ACCEPT = "never_accept"  # the queue of those who want to connect is full; open ones are closed
    RESET = "reset"  # reset as soon as something is asked


@dataclass(frozen=True, kw_only=True)
class Line:
    """Everything at rest is a plain relay. Seconds, and bytes of the answers; questions are never held up.

    ``latency`` and ``jitter`` (up to so much more or less) come before the first byte of each answer. ``slice`` bytes
    go at a time, ``every`` so many seconds. ``limit``: the connection closes after so many bytes. ``bandwidth``: bytes
    per second. ``slow_close``: how long after the server's end the client's is closed. ``share``: the part of the
    connections that this is for, drawn for each from the seed and its number; the others are plain.
    """

    way: Way = Way.RELAY
    latency: float = 0.0
    jitter: float = 0.0
    slice: int = 0
    every: float = 0.0
    limit: int = 0
    bandwidth: int = 0
    slow_close: float = 0.0
    share: float = 1.0


PLAIN = Line()
_KINDS = {one.name: type(one.default) for one in fields(Line) if one.name != "way"}
HELP = f"{', '.join(Way)}, or any of " + " ".join(f"{name}=…" for name in _KINDS)


def parse_line(text: str) -> Line:
    """``black_hole share=0.5``, ``latency=0.2 jitter=0.1``; nothing at all is a plain relay. Raises ``ValueError``."""
    line: dict[str, Way | float] = {}
    for word in text.split():
        name, _, value = word.partition("=")
        if word in set(Way):
            line["way"] = Way(word)
        elif name in _KINDS and value:
            line[name] = _number(name, value)
        else:
            raise ValueError(f"{word!r} is not known. Known: {HELP}")
    return Line(**line)  # type: ignore[arg-type]  # each is of its field's kind


def _number(name: str, value: str) -> float:
    try:
        number = _KINDS[name](value)
    except ValueError:
        raise ValueError(f"{name} is a number, and {value!r} is none") from None
    if not 0 <= number < float("inf"):
        raise ValueError(f"{name} is a number from 0 on")
    return float(number) if _KINDS[name] is float else number
