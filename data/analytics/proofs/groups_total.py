"""Do the groups of a metric, "(not set)" among them, make its ungrouped total, whatever it is grouped by? Section 2.3
of the Metronome notes: only where the metric adds up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pandas as pd

from data.analytics.groups import group_name, group_values
from data.analytics.proofs.causes import Cause
from data.analytics.proofs.check import Check, CheckName, Item, exactly, is_float_noise, judged
from data.analytics.records import records, text_of
from data.money import EXACT, QUANTITY, exact_sum

NAME: Final = CheckName.GROUPS_TOTAL


@dataclass(frozen=True, kw_only=True)
class Grouped:
    """One metric over a range: USAGE of the whole range, ungrouped (``whole``) and by ``keys`` (``groups``).

    ``moving``: the range holds the day that is still open, the two were read at different instants, and they agree
    without that day."""

    metric_id: str
    name: str
    keys: tuple[str, ...]
    whole: pd.DataFrame
    groups: pd.DataFrame
    moving: bool = False


def group_check(read: Grouped) -> Check:
    """``expected`` is the ungrouped figure, ``actual`` the sum of the groups, in the metric's unit."""
    whole, groups = _items(read.whole), _items(read.groups)
    expected, actual = (exact_sum(one.amount for one in items) for items in (whole, groups))
    gap = EXACT.subtract(actual, expected)
    cause = Cause.ROUNDING if is_float_noise(gap, expected) else Cause.DRAFT if read.moving else None
    cause = judged(gap, cause)
    return Check(
        check=NAME,
        subject=subject_of(read.metric_id, read.keys),
        named=_named(read.name, read.keys),
        cause=cause,
        expected=expected,
        actual=actual,
        currency=QUANTITY,
        is_money=False,
        expected_rows=lambda: whole,
        actual_rows=lambda: groups,
    )


def non_additive_check(metric_id: str, name: str, keys: tuple[str, ...]) -> Check:
    """A metric whose groups are not meant to add up (a maximum, a count of distinct values): nothing is compared."""
    return Check(
        check=NAME,
        subject=subject_of(metric_id, keys),
        named=_named(name, keys),
        cause=Cause.NON_ADDITIVE,
        expected=None,
        actual=None,
        currency=QUANTITY,
        is_money=False,
    )


def differs(whole: pd.DataFrame, groups: pd.DataFrame) -> bool:
    """Whether two USAGE frames have different sums."""
    return exact_sum(one.amount for one in _items(whole)) != exact_sum(one.amount for one in _items(groups))


def _items(usage: pd.DataFrame) -> tuple[Item, ...]:
    """Null is no usage (section 2.4 of the Metronome notes)."""
    return tuple(
        Item(
            words=group_name(group_values(text_of(row["group"]))).label,
            amount=exactly(row["value"]),
            at=row["window_start"],
        )
        for row in records(usage)
        if row["value"] is not None
    )


def subject_of(metric_id: str, keys: tuple[str, ...]) -> str:
    """What the files call the comparison of one metric by one key."""
    return f"{metric_id} / {','.join(keys)}"


def _named(name: str, keys: tuple[str, ...]) -> str:
    return f"{name} by {', '.join(keys)}"
