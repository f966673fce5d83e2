"""Why do an invoice's windows say something else than the invoice? Section 6.3 of the Metronome notes, made strict.

A cause is only given when it accounts for the whole difference: late usage and tiers need rows that are each priced as
their quantity says, so that an amount that is simply wrong is never excused by them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, localcontext
from operator import attrgetter
from typing import Final, NamedTuple

from data.analytics.proofs.causes import Cause
from data.analytics.proofs.check import rounded
from data.analytics.proofs.moving import has_grown
from data.money import EXACT, TOLERANCE, exact_sum

# Lines that the API need not break down (section 5.2 of the Metronome notes): fees, purchases, conversions, true-ups.
UNBROKEN: Final = frozenset(
    {"subscription", "scheduled", "commit_purchase", "cpu_conversion", "postpaid_trueup", "other"}
)


Growth = Mapping[Hashable, Decimal]  # how much more quantity windows have than the invoice


class Line(NamedTuple):
    """What a line contributes, in the unit as sent; ``ends`` is the end of its window, ``group`` its group values.

    The tier begins at ``tier_start`` units and holds ``tier_size``; None = not sent."""

    total: Decimal
    quantity: Decimal | None
    unit_price: Decimal | None
    tier: str
    ends: datetime | None
    group: Hashable = None
    tier_start: Decimal | None = None
    tier_size: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class Reading:
    """When the two sides were read. A draft that is read twice may have moved in between."""

    invoices: datetime
    windows: datetime


@dataclass(frozen=True, kw_only=True)
class Circumstances:
    """What is known of an invoice: ``settled`` = it can not change any more; ``whole_days`` = its period begins and
    ends at midnight UTC, so that no window is cut off at an edge."""

    settled: bool
    whole_days: bool
    reading: Reading | None = None


@dataclass(frozen=True, kw_only=True)
class Part:
    """The lines of one product and class on an invoice and in its windows. ``half`` is half of the smallest amount.
    ``adds_up`` False: the product bills a metric whose windows do not add up; ``whole_units``: it is rounded up.
    ``counted``: what its metric counted, where it is known; then the windows must say the same."""

    line_type: str
    invoiced: Sequence[Line]
    broken_down: Sequence[Line]
    half: Decimal
    adds_up: bool = True
    whole_units: bool = False
    counted: Decimal | None = None

    @property
    def difference(self) -> Decimal:
        return EXACT.subtract(_total(self.broken_down), _total(self.invoiced))


def cause_of(part: Part, invoice: Circumstances) -> Cause:
    """What explains the difference of ``part``, which is not nothing; ``unknown`` when nothing documented does."""
    if part.line_type in UNBROKEN and not part.broken_down:
        return Cause.NOT_BROKEN_DOWN
    if not invoice.whole_days and _falls_short(part):
        return Cause.EDGE_WINDOW
    if all(_is_priced(line, part.half) for line in (*part.invoiced, *part.broken_down)):
        cause = _of_quantities(part, invoice)
    else:
        cause = rounded(_total(part.invoiced), _total(part.broken_down), part.half) or Cause.UNKNOWN
    return cause


def _of_quantities(part: Part, invoice: Circumstances) -> Cause:
    """Every row is its quantity at its price, so only quantities and prices can make the difference.

    Tiers are prices by how much was used over the period (section 6.3 of the Metronome notes), so they make one where
    windows are priced each alone: of the same quantity in each group, billed in tiers that are filled in order."""
    growth = _growth(part, attrgetter("unit_price"))
    if _is_nothing(growth):
        return Cause.ROUNDING
    if not any(line.tier for line in (*part.invoiced, *part.broken_down)):
        return _of_growth(growth, part, invoice)
    if not _is_in_tiers(part):
        return Cause.UNKNOWN
    growth = _growth(part, attrgetter("group"))
    return Cause.TIERS if _is_nothing(growth) else _of_growth(growth, part, invoice)


def _of_growth(growth: Growth, part: Part, invoice: Circumstances) -> Cause:
    """What explains that quantities differ by ``growth``."""
    total = exact_sum(growth.values())
    if not part.adds_up and total > TOLERANCE:
        return Cause.NON_ADDITIVE
    if _is_rounded_up(part, total):
        return Cause.ROUNDING
    if not invoice.settled:
        return Cause.DRAFT if _has_moved(total, part, invoice.reading) else Cause.UNKNOWN
    is_counted = part.counted is None or abs(EXACT.subtract(_quantity(part), part.counted)) <= TOLERANCE
    return Cause.LATE_USAGE if total > 0 and is_counted and min(growth.values()) >= 0 else Cause.UNKNOWN


def _is_nothing(growth: Growth) -> bool:
    return all(abs(more) <= TOLERANCE for more in growth.values())


def _is_in_tiers(part: Part) -> bool:
    """Whether the invoice fills its tiers in order, in each group or over the whole product, and the windows have the
    prices of the same tiers."""
    billed, broken_down = ([line for line in side if line.quantity] for side in (part.invoiced, part.broken_down))
    prices = {key: {line.unit_price for line in lines} for key, lines in _apart(billed, _place).items()}
    same = all(line.unit_price in prices.get(_place(line), {line.unit_price}) for line in broken_down)
    pools = (_apart(billed, attrgetter("group")), {"": billed})
    return same and any(all(_are_filled(lines) for lines in pool.values()) for pool in pools)


def _place(line: Line) -> Hashable:
    return line.group, line.tier


def _are_filled(lines: Sequence[Line]) -> bool:
    """Whether each tier begins where those before it end, holds no more than fits, and is full before the next."""
    tiers = _apart((line for line in lines if line.tier), attrgetter("tier"))
    filled, room = Decimal(0), Decimal(0)
    for level in sorted(tiers, key=lambda one: (len(str(one)), str(one))):
        held = exact_sum(line.quantity or Decimal(0) for line in tiers[level])
        starts = (filled if line.tier_start is None else line.tier_start for line in tiers[level])
        sizes = {held if line.tier_size is None else line.tier_size for line in tiers[level]}
        if abs(room) > TOLERANCE or any(abs(EXACT.subtract(start, filled)) > TOLERANCE for start in starts):
            return False
        filled, room = EXACT.add(filled, held), EXACT.subtract(min(sizes), held)
        if room < -TOLERANCE:
            return False
    return True


def _apart(lines: Iterable[Line], key: Callable[[Line], Hashable]) -> dict[Hashable, list[Line]]:
    found: dict[Hashable, list[Line]] = {}
    for line in lines:
        found.setdefault(key(line), []).append(line)
    return found


def _is_rounded_up(part: Part, growth: Decimal) -> bool:
    """Whether whole units explain ``growth``: less than one for each row that may have been rounded up."""
    if part.counted is not None and not 0 <= EXACT.subtract(_quantity(part), part.counted) < len(part.broken_down):
        return False
    return part.whole_units and -len(part.invoiced) < growth < len(part.broken_down)


def _quantity(part: Part) -> Decimal:
    """What all windows hold."""
    return exact_sum(line.quantity for line in part.broken_down if line.quantity is not None)


def _has_moved(growth: Decimal, part: Part, reading: Reading | None) -> bool:
    """Whether a draft can have grown by ``growth`` (windows minus invoice) between its two readings: no more than what
    the windows that were open at the first one hold."""
    if reading is None:
        return False
    since = min(reading.invoices, reading.windows)
    still_open = (line.quantity for line in part.broken_down if line.ends is not None and line.ends > since)
    at_most = exact_sum(one for one in still_open if one is not None)
    return has_grown(growth, first=reading.invoices, second=reading.windows, at_most=at_most)


def _growth(part: Part, key: Callable[[Line], Hashable]) -> Growth:
    """By ``key`` of the lines, how much more quantity the windows have than the invoice."""
    found: defaultdict[Hashable, Decimal] = defaultdict(Decimal)
    with localcontext(EXACT):
        for lines, sign in ((part.broken_down, 1), (part.invoiced, -1)):
            for line in lines:
                if line.quantity is not None:
                    found[key(line)] += sign * line.quantity
    return found


def _is_priced(line: Line, half: Decimal) -> bool:
    """Whether the total is quantity times price, rounded at most to the smallest amount."""
    if line.quantity is None or line.unit_price is None:
        return False
    return abs(EXACT.subtract(line.total, EXACT.multiply(line.quantity, line.unit_price))) <= half


def _falls_short(part: Part) -> bool:
    """Whether the windows have a part of the invoice's amount: what is left when an edge is cut off."""
    invoiced, broken_down = _total(part.invoiced), _total(part.broken_down)
    return abs(broken_down) < abs(invoiced) and EXACT.multiply(broken_down, invoiced) >= 0


def _total(lines: Sequence[Line]) -> Decimal:
    return exact_sum(line.total for line in lines)
