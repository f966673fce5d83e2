"""Which metric does a product bill, and how? The API does not say, so names, quantities and group keys have to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Final

import pandas as pd

from data.analytics.groups import group_values
from data.analytics.records import Record, decimal_of, records, text_of
from data.analytics.spend_lines import USAGE_LINE
from data.analytics.usage import is_additive
from data.money import EXACT, exact_sum

Period = tuple[datetime, datetime]
# By period and metric id what was counted: in all, and as the sum of groups where a metric does not add up.
Used = Mapping[Period, Mapping[str, tuple[Decimal, ...]]]
Fits = Callable[["Billed", Decimal], bool]
_COLUMNS: Final = ("invoice_id", "line", "name", "product_id", "quantity", "tier", "presentation", "pricing")


@dataclass(frozen=True, kw_only=True)
class Meter:
    """A billable metric."""

    metric_id: str
    name: str
    additive: bool
    keys: frozenset[frozenset[str]]


@dataclass(frozen=True, kw_only=True)
class Billed:
    """The usage lines of one product on one invoice."""

    invoice: Record
    product_id: str
    rows: list[Record] = field(default_factory=list)

    @property
    def period(self) -> Period:
        return self.invoice["period_start"], self.invoice["period_end"]

    @property
    def quantity(self) -> Decimal:
        return exact_sum(decimal_of(row["quantity"]) or Decimal(0) for row in self.rows)

    @property
    def name(self) -> str:
        return min(text_of(row["name"]) for row in self.rows) or self.product_id

    @property
    def keys(self) -> frozenset[str]:
        """What its lines are grouped by."""
        texts = {row[name] for row in self.rows for name in ("presentation", "pricing") if row[name]}
        return frozenset(key for text in texts for key in group_values(text))

    def is_whole(self) -> bool:
        """Whether every line bills whole units."""
        return all((one := decimal_of(row["quantity"]) or Decimal(0)) == one.to_integral_value() for row in self.rows)

    def is_rounded_up(self, counted: Decimal) -> bool:
        """Whether this can be ``counted``, each line rounded up to whole units."""
        return self.is_whole() and 0 < self.quantity - counted < len(self.rows)


@dataclass(frozen=True, kw_only=True)
class Habits:
    """Ids of products whose windows are not meant to add up: ``non_additive`` ones bill a metric that does not,
    ``whole_units`` ones are rounded up, over a day as over the period. ``counted``: by invoice and product id, what the
    metric counted in the period, where it is known."""

    non_additive: frozenset[str] = frozenset()
    whole_units: frozenset[str] = frozenset()
    counted: Mapping[tuple[str, str], Decimal] = field(default_factory=dict)


def meters_of(metrics: pd.DataFrame) -> tuple[Meter, ...]:
    """The METRICS rows."""
    return tuple(
        Meter(
            metric_id=row["metric_id"],
            name=row["name"],
            additive=is_additive(text_of(row["aggregation"])),
            keys=frozenset(frozenset(key) for key in row["group_keys"]),
        )
        for row in records(metrics)
    )


def billed_by(invoices: Sequence[Record], lines: pd.DataFrame) -> list[Billed]:
    """The usage LINES of ``invoices`` (INVOICES rows) by invoice and product."""
    by_id = {one["invoice_id"]: one for one in invoices}
    wanted = (lines["line_type"] == USAGE_LINE) & lines["invoice_id"].isin(by_id) & lines["product_id"].notna()
    found: dict[tuple[str, str], Billed] = {}
    for row in records(lines.loc[wanted.to_numpy(), list(_COLUMNS)]):
        invoice_id, product_id = row["invoice_id"], row["product_id"]
        one = found.setdefault((invoice_id, product_id), Billed(invoice=by_id[invoice_id], product_id=product_id))
        one.rows.append(row)
    return list(found.values())


def metrics_of(billed: Sequence[Billed], meters: Sequence[Meter], used: Used) -> dict[str, Meter]:
    """The metric of each product, by product id: the one of its name; else the one that counted what was billed in most
    periods, exactly or rounded up; else the only one left, if it has the keys of its lines or ever counted what was
    billed. A product that fits none, or several alike, is left out."""
    products = _by_product(billed)
    found: dict[str, Meter] = {}
    for ident, bills in products.items():
        names = {one.name.casefold() for one in bills}
        _take(found, ident, (one for one in meters if one.name.casefold() in names))
    for fits in (_counted_all, _rounded_up):
        for ident, bills in products.items():
            _take(found, ident, _most(bills, meters, used, fits))
    for ident, bills in products.items():
        left = _left(bills, meters, found)
        is_told = any(one.keys for one in bills) or any(_hits(bills, one, used, _counted_all) for one in left)
        _take(found, ident, left if is_told else ())
    return found


def habits_of(billed: Sequence[Billed], meters: Sequence[Meter], used: Used) -> Habits:
    """What is known of products by their metric; also where only metrics that do not add up are left for one."""
    found = metrics_of(billed, meters, used)
    uneven: set[str] = set()
    for ident, bills in _by_product(billed).items():
        candidates = [found[ident]] if ident in found else _left(bills, meters, found)
        if candidates and not any(one.additive for one in candidates):
            uneven.add(ident)
    told = [(one, counted_for(one, found[one.product_id], used)) for one in billed if one.product_id in found]
    known = [(one, figure) for one, figure in told if figure is not None]
    return Habits(
        non_additive=frozenset(uneven),
        whole_units=frozenset(one.product_id for one, figure in known if one.is_rounded_up(figure)),
        counted={(one.invoice["invoice_id"], one.product_id): figure for one, figure in known},
    )


def counted_for(bill: Billed, meter: Meter, used: Used) -> Decimal | None:
    """What the metric counted in the period; of a metric that does not add up the figure that is nearest, as an invoice
    bills either the whole or each group. No usage is 0 where it adds up, unknown elsewhere (section 2.4 of the
    Metronome notes)."""
    if bill.period not in used:
        return None
    found = used[bill.period].get(meter.metric_id, (Decimal(0),) if meter.additive else ())
    return min(found, key=lambda figure: abs(EXACT.subtract(figure, bill.quantity)), default=None)


def _by_product(billed: Iterable[Billed]) -> dict[str, list[Billed]]:
    found: defaultdict[str, list[Billed]] = defaultdict(list)
    for one in billed:
        found[one.product_id].append(one)
    return found


def _take(found: dict[str, Meter], product_id: str, fitting: Iterable[Meter]) -> None:
    """Only one that stands alone is an answer."""
    candidates = list(fitting)
    if product_id not in found and len(candidates) == 1:
        found[product_id] = candidates[0]


def _left(bills: Sequence[Billed], meters: Sequence[Meter], found: Mapping[str, Meter]) -> list[Meter]:
    """The metrics of no other product that have the keys of these lines."""
    keys = frozenset().union(*(one.keys for one in bills))
    taken = list(found.values())
    return [one for one in meters if one not in taken and keys <= frozenset().union(*one.keys)]


def _most(bills: Sequence[Billed], meters: Sequence[Meter], used: Used, fits: Fits) -> list[Meter]:
    """The metrics that fit the most invoices, if that is half of those that can tell: a few hits are chance."""
    told = sum(1 for one in bills if one.period in used and one.quantity)
    counts = [_hits(bills, meter, used, fits) for meter in meters]
    most = max(counts, default=0)
    return [meter for meter, count in zip(meters, counts, strict=True) if count == most > 0 and 2 * most >= told]


def _hits(bills: Sequence[Billed], meter: Meter, used: Used, fits: Fits) -> int:
    """On how many invoices the metric fits."""
    return sum(any(fits(bill, one) for one in used.get(bill.period, {}).get(meter.metric_id, ())) for bill in bills)


def _counted_all(bill: Billed, counted: Decimal) -> bool:
    return bool(counted) and bill.quantity == counted


def _rounded_up(bill: Billed, counted: Decimal) -> bool:
    return bill.is_rounded_up(counted)
