"""What a token says about looks and words, as the manner in which its frame is drawn."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from components.locales import locale_of
from components.manner import Manner, manner
from components.theme import Figure

LINE: Final = "UsageLine_"


def embed_manner(*, locale: str, colours: Iterable[tuple[str, str]], files: bool) -> Manner:
    """``colours`` are (Metronome's name, ``#rrggbb``); those that are no series are set in the browser."""
    lines = {int(name.removeprefix(LINE)): value for name, value in colours if name.startswith(LINE)}
    return Manner(locale=locale_of(locale), lines=lines, embedded=True, files=files)


def with_separators(figure: Figure) -> Figure:
    """``figure`` with the numbers on its axes written as everything else is."""
    separators = manner().locale.separators
    return {**figure, "layout": {**figure.get("layout", {}), "separators": separators}}
