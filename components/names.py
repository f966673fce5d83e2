"""Names from outside, made fit to show: no control characters, no direction tricks, no markup, no 4 KB labels.

React escapes what it renders, so HTML needs ``clean`` only. Plotly reads a small HTML dialect in every text it draws
(links, bold, entities), so whatever goes into a figure passes through ``plain``.
"""

from __future__ import annotations

import re
import unicodedata

CELL_LIMIT = 120
CHART_LIMIT = 60
EMPTY_NAME = "(empty)"

_KEPT_FORMAT_CHARACTERS = {"\u200c", "\u200d"}  # joiners: Persian, Indic scripts and emoji are written with them
_DROPPED_CATEGORIES = {"Cc", "Cf", "Cs", "Cn", "Co"}
_ENTITY = re.compile(r"&(?=#?\w+;)")
_READ_AT_MOST = 4096


def clean(text: object, limit: int = CELL_LIMIT) -> str:
    """``text`` on one line, printable, at most ``limit`` characters, shortened in the middle; "(empty)" for nothing.

    Bidirectional overrides and isolates go (they can make a name read as another); right-to-left letters stay.
    """
    spaced = " ".join(str(text)[:_READ_AT_MOST].split())
    kept = "".join(char for char in spaced if _is_shown(char))
    return _shortened(" ".join(kept.split()), limit) or EMPTY_NAME


def plain(text: object, limit: int = CHART_LIMIT) -> str:
    """``text`` as Plotly must be given it to draw exactly these characters: no tag, no link, no entity."""
    escaped = _ENTITY.sub("&amp;", clean(text, limit))
    return escaped.replace("<", "&lt;").replace(">", "&gt;")


def _is_shown(char: str) -> bool:
    return unicodedata.category(char) not in _DROPPED_CATEGORIES or char in _KEPT_FORMAT_CHARACTERS


def _shortened(text: str, limit: int) -> str:
    """The middle goes: ids and paths that differ only at their end stay different."""
    if len(text) <= limit:
        return text
    tail = limit // 3
    return f"{text[: limit - tail - 1].rstrip()}…{text[-tail:].lstrip()}"
