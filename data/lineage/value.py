"""A receipt: what a figure was made of, down to the rows that the API sent, and a short id that finds it again.

The id is made of the figure's place (account, days, key, cell), never of its amount: the same place has the same
receipt after new usage arrived, and shows then what it is made of now.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, localcontext
from enum import StrEnum
from functools import cached_property
from hashlib import blake2b
from typing import Final

from data.money import ALL_FLOATS, exact_sum
from data.series import Number, SeriesTable
from data.source import Asked

HASH_BYTES: Final = 5  # eight base-32 letters: forty bits, so that no two figures of a page share an id
MARK: Final = "\x1f"
LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_PAIRS: Final = tuple(first + second for first in LETTERS for second in LETTERS)


class How(StrEnum):
    """How the figure follows from its rows: their sum, one value as sent, or by a rule that the receipt tells."""

    SUM = "sum"
    READ = "read"
    RULE = "rule"


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """One row behind a figure. ``amount`` is its signed part of the figure, in the figure's unit; None = not sent.

    ``quantity`` times ``unit_price`` is how the row was priced, where it was; ``tier`` the level of a tiered price.
    ``product`` is what a formula calls it ("" = as ``words``), for rows of one product and price are told as one term.
    ``paid_by`` names the commit or credit that paid for the row. ``at`` is the instant or the first of the days.
    """

    words: str
    amount: Number | None
    quantity: Decimal | None = None
    unit_price: Decimal | None = None
    at: datetime | None = None
    invoice_id: str = ""
    line: int | None = None
    tier: str = ""
    paid_by: str = ""
    balance_id: str = ""
    product: str = ""


@dataclass(frozen=True)
class Operand:
    """A number in a formula: an amount in the unit of the receipt and what it is, or (``counts``) how many of what."""

    value: Decimal
    name: str
    counts: bool = False


# What follows "figure =": numbers, and between them operators and brackets as they are written, with their spaces.
Formula = tuple[Operand | str, ...]


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """A figure and what it was made of. With ``How.SUM`` the rows add up to ``amount`` exactly.

    ``formula`` is how a figure by a rule is reckoned, where its rows do not tell it. ``window`` is the span of time
    that the figure stands for, end exclusive, where its title does not say it.
    """

    ident: str
    title: str
    amount: Number | None
    unit: str
    is_money: bool
    rows: tuple[Evidence, ...]
    how: How = How.SUM
    rule: str = ""
    asked: tuple[Asked, ...] = ()
    window: tuple[datetime, datetime] | None = None
    formula: Formula = ()

    def adds_up(self) -> bool:
        """Whether the rows give the amount to the last digit; always for a figure that is no sum."""
        if self.how is not How.SUM or self.amount is None:
            return True
        parts = [one.amount for one in self.rows if one.amount is not None]
        if isinstance(self.amount, float):
            with localcontext(ALL_FLOATS):
                return float(sum(map(as_written, parts), Decimal(0))) == self.amount
        return exact_sum(Decimal(part) for part in parts) == self.amount


def as_written(value: Number) -> Decimal:
    """The decimal that a number is written as: 0.1 for the float 0.1."""
    return value if isinstance(value, Decimal) else Decimal(repr(value))


# Receipts by id, each made only when it is opened.
Figures = Mapping[str, Callable[[], Receipt]]


@dataclass(frozen=True)
class Seal:
    """What all figures of one view share: the letter of the view, and whose and which view it is. A ``silent`` one is
    of a view for customers, whose figures open nothing."""

    letter: str
    state: tuple[str, ...]
    silent: bool = False

    def mark(self, *place: object) -> str:
        """The receipt id of the figure at ``place``, such as ``S-4KQ7M2XA``; "" where there is none to open."""
        if self.silent:
            return ""
        hashed = self._hashed.copy()
        hashed.update(MARK.join(map(str, place)).encode())
        return f"{self.letter}-{_letters(int.from_bytes(hashed.digest()))}"

    @cached_property
    def _hashed(self) -> blake2b:
        """The part that all places share, hashed once: a table has thousands of them."""
        return blake2b(MARK.join((self.letter, *self.state, "", "")).encode(), digest_size=HASH_BYTES)


def _letters(number: int) -> str:
    """Forty bits in base 32, two letters at a time: the standard library's way takes longer than the hash."""
    return "".join([_PAIRS[number >> shift & 1023] for shift in (30, 20, 10, 0)])


@dataclass(frozen=True)
class SeriesMarks:
    """The receipt ids of a ``SeriesTable``: its cells, its rows' totals, its windows' totals and the total of all.

    ``places`` names each series by kind, label and how many of the same name come before it; ``starts`` each window.
    """

    seal: Seal
    places: tuple[tuple[str, str, int], ...]
    starts: tuple[str, ...]

    def cell(self, series: int, window: int) -> str:
        return self.seal.mark("cell", *self.places[series], self.starts[window])

    def total(self, series: int) -> str:
        return self.seal.mark("series", *self.places[series])

    def window(self, window: int) -> str:
        return self.seal.mark("window", self.starts[window])

    def grand(self) -> str:
        return self.seal.mark("grand")


def series_marks(seal: Seal, table: SeriesTable) -> SeriesMarks:
    """The marks of ``table`` in the view that ``seal`` is of."""
    met: Counter[tuple[str, str]] = Counter()
    places = []
    for one in table.series:
        name = (one.kind.value, one.label)
        places.append((*name, met[name]))
        met[name] += 1
    return SeriesMarks(seal, tuple(places), tuple(start.isoformat() for start in table.starts))
