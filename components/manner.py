"""How one viewer is shown things: how numbers and dates are written, in which colours series are drawn, and in which
words failures are told.

Set around the drawing of one answer, and read by formats, colours and notices, which stand too deep in it to be handed
it one by one. A context variable: what one request sets no other request ever sees, on whatever thread it runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Final

from components.locales import ENGLISH, Locale


@dataclass(frozen=True, kw_only=True)
class Manner:
    """``lines`` are colours of series by their number in a chart, {} where a value has its own colour. In an embed
    (``embedded``) words are for customers, and addresses are those beside the frame; ``files`` is whether it offers
    any."""

    locale: Locale = ENGLISH
    lines: Mapping[int, str] = field(default_factory=dict)
    embedded: bool = False
    files: bool = True


PLAIN: Final = Manner()
_MANNER: ContextVar[Manner] = ContextVar("manner", default=PLAIN)


def manner() -> Manner:
    """That of the answer being drawn; the app's own where nothing was set."""
    return _MANNER.get()


def of_files(words: str, otherwise: str = "") -> str:
    """``words`` about a file where the viewer is offered any, else ``otherwise``."""
    return words if manner().files else otherwise


@contextmanager
def in_manner(chosen: Manner) -> Iterator[None]:
    """Everything inside is drawn as ``chosen`` says."""
    token = _MANNER.set(chosen)
    try:
        yield
    finally:
        _MANNER.reset(token)
