"""Whose spend did a deduction pay for? Section 5.3 of the Metronome notes, steps 2 to 5, on coded lines.

Deductions carry no group of their own, so each takes the groups of the usage lines that it covered. Every amount is
placed exactly once: what is placed adds up to the deductions to the last digit.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal, localcontext
from enum import IntEnum
from typing import Final

import numpy as np

from data.analytics.exact import Codes, Numbers, pack, sum_by
from data.analytics.spend_lines import UNATTRIBUTED_GROUP, CodedLines, Flags
from data.money import EXACT, TOLERANCE, exact_sum

SHARE_STEP: Final = Decimal("1e-12")  # allocated shares are cut here; what is cut off goes to the last one


class Basis(IntEnum):
    """How sure the group of an amount is; the names are what spend.csv says."""

    EXACT = 0
    ALLOCATED = 1
    UNATTRIBUTED = 2


@dataclass(frozen=True)
class Postings:
    """``amount[i]`` of a deduction belongs to the invoice, window, product and group of line ``row[i]``.

    It is part of deduction line ``source[i]``, or of that one and others with the same key: ``alike[i]`` in all.
    """

    row: Codes
    source: Codes
    alike: Codes
    amount: Numbers
    basis: Codes
    postpaid: Flags


@dataclass(frozen=True)
class _Pool:
    """Lines that a deduction may have covered, by code: ``rows[starts[i]:ends[i]]`` have code ``codes[i]``."""

    codes: Codes
    starts: Codes
    ends: Codes
    rows: Codes
    sums: Numbers

    def members(self, wanted: dict[int, int]) -> tuple[Codes, Codes]:
        """The rows under the codes that are ``wanted``, and for each of them what its code maps to."""
        chosen = np.isin(self.codes, list(wanted))
        counts = np.where(chosen, self.ends - self.starts, 0)
        places = np.array([wanted.get(code, 0) for code in self.codes.tolist()], dtype=np.int64)
        return self.rows[np.repeat(chosen, self.ends - self.starts)], np.repeat(places, counts)

    def find(self, code: int) -> Codes:
        index = int(np.searchsorted(self.codes, code))
        if index == len(self.codes) or self.codes[index] != code:
            return self.rows[:0]
        return self.rows[self.starts[index] : self.ends[index]]


@dataclass(frozen=True)
class _Demand:
    """Deductions with the same key and class: their first row, how many they are, the sum, and their code at each
    level."""

    row: int
    alike: int
    amount: Decimal
    codes: tuple[int, int, int]


def attribute(lines: CodedLines) -> Postings:
    """Place every deduction of ``lines``; the amounts keep their sign and unit as sent."""
    own = lines.deduction & (lines.group != UNATTRIBUTED_GROUP)
    parts = [_own(lines, own)]
    for postpaid in (False, True):
        wanted = lines.deduction & ~own & (lines.postpaid == postpaid)
        if wanted.any():
            parts.append(_placed(lines, wanted, postpaid))
    return Postings(*(np.concatenate([getattr(part, name) for part in parts]) for name in Postings.__annotations__))


def _own(lines: CodedLines, own: Flags) -> Postings:
    """Deductions that name their group themselves need no covered lines."""
    rows = np.flatnonzero(own)
    single, exact = np.ones(len(rows), dtype=np.int64), np.full(len(rows), int(Basis.EXACT))
    return Postings(rows, rows, single, lines.total[rows], exact, lines.postpaid[rows])


def _placed(lines: CodedLines, wanted: Flags, postpaid: bool) -> Postings:
    levels = _levels(lines)
    # Lines that no commit paid for are in no pool, so a deduction that names no commit finds nothing.
    covered = lines.usage & (lines.commit >= 0)
    pools = [_pool(lines, code, covered) for code in levels]
    fees = [_pool(lines, code, lines.subscription & (lines.commit >= 0)) for code in levels[:2]]
    demands = _demands(lines, levels, wanted)
    done = _paired(pools[0], demands)
    pairs = {demands[at].codes[0]: at for at in range(len(demands)) if done[at]}
    rows, whose = pools[0].members(pairs)
    with localcontext(EXACT):
        negated = np.negative(lines.total[rows])
    exact = np.full(len(rows), int(Basis.EXACT))
    placed = [
        (*share, at)
        for at, demand in enumerate(demands)
        if not done[at]
        for share in _place(lines, demand, pools=pools, fees=fees)
    ]
    return _postings((rows, negated, exact, whose), placed, demands, postpaid=postpaid)


def _postings(
    paired: tuple[Codes, Numbers, Codes, Codes],
    placed: list[tuple[int, Decimal, Basis, int]],
    demands: list[_Demand],
    *,
    postpaid: bool,
) -> Postings:
    """Both kinds of shares as (row, amount, basis, position of the demand)."""
    rows, amounts, bases, whose = zip(*placed, strict=True) if placed else ((), (), (), ())
    demand = np.concatenate([paired[3], np.array(whose, dtype=np.int64)])
    return Postings(
        row=np.concatenate([paired[0], np.array(rows, dtype=np.int64)]),
        source=np.array([one.row for one in demands], dtype=np.int64)[demand],
        alike=np.array([one.alike for one in demands], dtype=np.int64)[demand],
        amount=np.concatenate([paired[1], _objects(list(amounts))]),
        basis=np.concatenate([paired[2], np.array(bases, dtype=np.int64)]),
        postpaid=np.full(len(demand), postpaid),
    )


def _paired(pool: _Pool, demands: list[_Demand]) -> list[bool]:
    """Which demands equal the usage under their own key to the last digit: the common case, placed all at once."""
    sums = dict(zip(pool.codes.tolist(), pool.sums.tolist(), strict=True))
    with localcontext(EXACT):
        return [sums.get(demand.codes[0]) == -demand.amount for demand in demands]


def _objects(amounts: list[Decimal]) -> Numbers:
    values = np.empty(len(amounts), dtype=object)
    values[:] = amounts
    return values


def _levels(lines: CodedLines) -> tuple[Codes, Codes, Codes]:
    """The key of step 2 within an invoice's window, then without the dates, then without the product."""
    loose = pack(lines.invoice, lines.moment, lines.unit, lines.commit, lines.segment)
    return pack(loose, lines.product, lines.period), pack(loose, lines.product), loose


def _pool(lines: CodedLines, code: Codes, members: Flags) -> _Pool:
    rows = np.flatnonzero(members)
    # Within a code by product and group, so that the last share does not depend on the order of rows.
    rows = rows[np.lexsort((lines.group[rows], lines.product[rows], code[rows]))]
    codes, starts, counts = np.unique(code[rows], return_index=True, return_counts=True)
    return _Pool(codes, starts, starts + counts, rows, sum_by(code[rows], lines.total[rows])[1])


def _demands(lines: CodedLines, levels: tuple[Codes, Codes, Codes], wanted: Flags) -> list[_Demand]:
    rows = np.flatnonzero(wanted)
    codes, sums = sum_by(levels[0][rows], lines.total[rows])
    _, sample, counts = np.unique(levels[0][rows], return_index=True, return_counts=True)
    first = rows[sample]
    keys = zip(codes.tolist(), levels[1][first].tolist(), levels[2][first].tolist(), strict=True)
    return [_Demand(*one) for one in zip(first.tolist(), counts.tolist(), sums.tolist(), keys, strict=True)]


def _place(
    lines: CodedLines, demand: _Demand, *, pools: list[_Pool], fees: list[_Pool]
) -> list[tuple[int, Decimal, Basis]]:
    """(row, amount, basis) of one demand: covered usage, else a fee that it paid, else usage under a looser key."""
    # A fee paid by a commit has its own deduction (4.5); without this, it would land on usage of other products.
    choices = ((pools[0], 0), (fees[0], 0), (pools[1], 1), (fees[1], 1), (pools[2], 2))
    for pool, level in choices:
        rows = pool.find(demand.codes[level])
        if len(rows):
            shares, basis = _shares(demand.amount, lines.total[rows].tolist(), strict_key=level == 0)
            if shares:
                return [(row, share, basis) for row, share in zip(rows.tolist(), shares, strict=True)]
    return [(demand.row, demand.amount, Basis.UNATTRIBUTED)]


def _shares(amount: Decimal, totals: list[Decimal], *, strict_key: bool) -> tuple[list[Decimal], Basis]:
    """What each covered line takes of ``amount``; the last one takes what is left, so that nothing is lost."""
    with localcontext(EXACT):
        if strict_key and abs(amount + exact_sum(totals)) <= TOLERANCE:
            shares, basis = [-total for total in totals], Basis.EXACT
        else:
            shares, basis = _in_proportion(amount, totals), Basis.ALLOCATED
        if shares:
            shares[-1] += amount - exact_sum(shares)
    return shares, basis


def _in_proportion(amount: Decimal, totals: list[Decimal]) -> list[Decimal]:
    """Shares of ``amount`` by ``totals``, cut to ``SHARE_STEP``; none when nothing positive was covered."""
    weights = [max(total, Decimal(0)) for total in totals]
    whole = exact_sum(weights)
    if not whole:
        return []
    return [(amount * weight / whole).quantize(SHARE_STEP, rounding=ROUND_DOWN) for weight in weights]
