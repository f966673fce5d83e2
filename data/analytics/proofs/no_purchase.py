"""Is no purchase of a commit counted as usage? It would count twice: when it is bought and when it is used (section 5.2
of the Metronome notes)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.analytics.proofs.check import Check, CheckName, Item, Outcome, judged
from data.analytics.records import Record, records, text_of
from data.analytics.spend_lines import USAGE_LINE
from data.analytics.units import Units
from data.money import EXACT, Unit, exact_sum

NAME: Final = CheckName.NO_PURCHASE
_FIXED_PRODUCT: Final = "FixedProductListItem"
_SCHEDULED: Final = "SCHEDULED"
_COLUMNS: Final = ("invoice_id", "invoice_type", "line", "name", "product_id", "product_type", "commit_id", "total",
                   "credit_type_id", "credit_type", "window_start")  # fmt: skip


@dataclass(frozen=True)
class Counted:
    """LINES that are looked through, and where they stand, in words."""

    lines: pd.DataFrame
    where: str


def purchase_checks(counted: tuple[Counted, ...], *, bought: frozenset[str], units: Units) -> Outcome:
    """One check per place and unit: what counts as usage there and has the signs of a purchase must come to nothing.

    ``bought`` holds the products of commits and credits. Void invoices do not count.
    """
    return Outcome(tuple(check for one in counted for check in _checks(one, bought, units)))


def _checks(counted: Counted, bought: frozenset[str], units: Units) -> Iterator[Check]:
    lines = counted.lines
    usage = lines[((lines["line_type"] == USAGE_LINE) & (lines["invoice_status"] != "VOID")).to_numpy(dtype=np.bool_)]
    pairs = [_pair(row) for row in records(usage[["credit_type_id", "credit_type"]].drop_duplicates())]
    resolved = units.resolve(pairs)
    purchases: defaultdict[str, list[Item]] = defaultdict(list)
    for row in records(usage.loc[_looks_bought(usage, bought), list(_COLUMNS)]):
        if row["total"] is not None and row["total"] > 0:
            purchases[resolved[_pair(row)].label].append(_item(row, resolved[_pair(row)]))
    for unit in sorted({one.label: one for one in resolved.values()}.values(), key=lambda one: one.label):
        yield _check(unit, tuple(purchases[unit.label]), counted.where)


def _looks_bought(usage: pd.DataFrame, bought: frozenset[str]) -> npt.NDArray[np.bool_]:
    """Which lines have the signs of a purchase other than its type: a charge for a fixed product that pays into a
    commit, for what a balance was bought as, or on an invoice that is not for usage. Told by column, as lines are many
    and hardly any of them is one."""
    pays = (usage["product_type"] == _FIXED_PRODUCT) & usage["commit_id"].notna()
    signs = pays | usage["product_id"].isin(bought) | (usage["invoice_type"] == _SCHEDULED)
    return signs.to_numpy(dtype=np.bool_)


def _check(unit: Unit, items: tuple[Item, ...], where: str) -> Check:
    actual = exact_sum(one.amount for one in items)
    cause = judged(EXACT.multiply(actual, Decimal(unit.minor_per_major)), None)
    return Check(
        check=NAME,
        subject=f"{unit.label} {where}",
        named=f"{unit.label} {where}",
        cause=cause,
        expected=Decimal(0),
        actual=actual,
        currency=unit.label,
        is_money=unit.is_money,
        actual_rows=lambda: items,
    )


def _item(row: Record, unit: Unit) -> Item:
    return Item(
        words=text_of(row["name"]),
        amount=unit.major(row["total"]),
        at=row["window_start"],
        invoice_id=text_of(row["invoice_id"]),
        line=row["line"],
        balance_id=text_of(row["commit_id"]),
    )


def _pair(row: Record) -> tuple[str, str]:
    return text_of(row["credit_type_id"]), text_of(row["credit_type"])
