"""The ways in which numbers and dates are written, a closed list. Words stay English in all of them, month and weekday
names included; where a way would name its months in another language they are numbers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
NARROW, FIXED = "\u202f", "\u00a0"  # spaces at which no line breaks
_WHOLE: Final = re.compile(r"\d[\d,]*")


@dataclass(frozen=True, kw_only=True)
class Locale:
    """One way of writing. Patterns are filled with ``d`` ``dd`` (day), ``m`` ``mm`` (month as a number), ``mon`` (its
    name) and ``y``; ``joined`` is how days of one month are drawn together, None where they are not.

    ``least`` is how many digits a whole number needs before it is grouped; ``symbol_after`` puts the currency's sign
    behind the amount; ``ticks`` is the date of a chart's axis as Plotly takes it.
    """

    code: str
    group: str = ","
    decimal: str = "."
    least: int = 4
    symbol_after: bool = False
    percent: str = "%"
    day: str = "{d} {mon} {y}"
    short_day: str = "{d} {mon}"
    month: str = "{mon} {y}"
    weekday: str = "{name} {day}"
    joined: str | None = "{first}–{last} {mon}"
    joined_year: str | None = "{first}–{last} {mon} {y}"
    year_first: bool = False
    ticks: str = "%-d %b\n%Y"

    @property
    def separators(self) -> str:
        """Those of a chart's axis as Plotly takes them."""
        return self.decimal + self.group

    def number(self, text: str) -> str:
        """A number written as ``1,234.50`` in this way."""
        if (self.group, self.decimal) == (",", "."):
            return text
        found = _WHOLE.search(text)
        if found and "," in found[0] and len(found[0].replace(",", "")) < self.least:
            text = text.replace(",", "")
        return text.translate({ord(","): self.group, ord("."): self.decimal})

    def written(self, pattern: str, day: date | datetime) -> str:
        """``day`` by one of the patterns."""
        numbers = {"d": day.day, "dd": f"{day.day:02}", "m": day.month, "mm": f"{day.month:02}", "y": f"{day.year:04}"}
        return pattern.format(**numbers, mon=MONTHS[day.month - 1])

    def days(self, first: date, last: date) -> str:
        """Days from ``first`` to another one, inclusive, with nothing said twice."""
        if self.joined_year and (first.year, first.month) == (last.year, last.month):
            return self._joined(self.joined_year, first, last)
        whole = self.written(self.day, first), self.written(self.day, last)
        if first.year != last.year:
            return f"{whole[0]} – {whole[1]}"
        if self.year_first:
            return f"{whole[0]} – {self.written(self.short_day, last)}"
        return f"{self.written(self.short_day, first)} – {whole[1]}"

    def short_days(self, first: date, last: date) -> str:
        """The same without a year."""
        if self.joined and first.month == last.month:
            return self._joined(self.joined, first, last)
        return f"{self.written(self.short_day, first)} – {self.written(self.short_day, last)}"

    def _joined(self, pattern: str, first: date, last: date) -> str:
        return pattern.format(first=first.day, last=last.day, mon=MONTHS[last.month - 1], y=last.year)


ENGLISH: Final = Locale(code="en-GB")
_NUMBERED: Final[dict[str, None]] = {"joined": None, "joined_year": None}
_LISTED: Final = (
    ENGLISH,
    Locale(
        code="en-US", day="{mon} {d}, {y}", short_day="{mon} {d}", weekday="{name}, {day}",
        joined="{mon} {first}–{last}", joined_year="{mon} {first}–{last}, {y}", ticks="%b %-d\n%Y",
    ),
    Locale(
        code="de-DE", group=".", decimal=",", symbol_after=True, percent=f"{FIXED}%", day="{dd}.{mm}.{y}",
        short_day="{dd}.{mm}.", month="{mm}.{y}", ticks="%d.%m.\n%Y", **_NUMBERED,
    ),
    Locale(
        code="fr-FR", group=NARROW, decimal=",", symbol_after=True, percent=f"{NARROW}%", day="{dd}/{mm}/{y}",
        short_day="{dd}/{mm}", month="{mm}/{y}", ticks="%d/%m\n%Y", **_NUMBERED,
    ),
    Locale(
        code="es-ES", group=".", decimal=",", least=5, symbol_after=True, percent=f"{FIXED}%", day="{d}/{m}/{y}",
        short_day="{d}/{m}", month="{m}/{y}", ticks="%-d/%-m\n%Y", **_NUMBERED,
    ),
    Locale(
        code="ja-JP", day="{y}/{mm}/{dd}", short_day="{mm}/{dd}", month="{y}/{mm}", year_first=True, ticks="%m/%d\n%Y",
        **_NUMBERED,
    ),
)  # fmt: skip
LOCALES: Final = {one.code: one for one in _LISTED}
_BY_LANGUAGE: Final = {one.code.split("-")[0]: one for one in reversed(_LISTED)}


def locale_of(code: str) -> Locale:
    """The way that ``code`` asks for: itself, else that of its language, else the English one."""
    language = code.split("-", maxsplit=1)[0].lower()
    known = {one.lower(): one for one in LOCALES}
    return LOCALES[known[code.lower()]] if code.lower() in known else _BY_LANGUAGE.get(language, ENGLISH)
