"""Does each ledger take off what the invoice's lines say that the balance paid? Sections 4.4 and 5.3 of the Metronome
notes, in both directions: a deduction without lines differs, and so do lines without a deduction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, NamedTuple

import numpy as np
import pandas as pd

from data.analytics.entries import USED, Account, Entry
from data.analytics.proofs.causes import Cause
from data.analytics.proofs.check import Check, CheckName, Item, NotRun, Outcome, half_minor, judged, rounded
from data.analytics.proofs.ledger_balance import entry_item, ident_of, name_of
from data.analytics.proofs.moving import Readings
from data.analytics.records import Record, decimal_of, records, text_of
from data.analytics.spend_lines import DEDUCTION_LINE
from data.money import EXACT, UnitKind, exact_sum

NAME: Final = CheckName.DEDUCTION_LINES
VOID: Final = "VOID"
_GIVEN_BACK: Final = ("credited", "canceled")
_COLUMNS: Final = ("invoice_id", "name", "commit_id", "segment_id", "total", "consumed", "line", "credit_type_id")


class Place(NamedTuple):
    """What a deduction is told by; ``segment`` is "" where one of the sides does not name it."""

    balance_id: str
    invoice_id: str
    segment: str = ""


@dataclass
class Pair:
    """What the ledger and the invoice say of one place."""

    entries: list[Entry] = field(default_factory=list)
    lines: list[Record] = field(default_factory=list)


@dataclass(frozen=True)
class Listed:
    """The invoices of the account by id, with their status, and those of them that are looked at."""

    statuses: Mapping[str, str]
    chosen: frozenset[str]

    def concerns(self, entry: Entry) -> bool:
        """Whether the entry is a deduction by an invoice that is looked at, or by one that is not listed at all. What
        was given back counts with the deduction of a void invoice, whose lines are worth nothing."""
        is_void = self.statuses.get(entry.invoice_id) == VOID
        counts = entry.category == USED or (is_void and entry.category in _GIVEN_BACK)
        return counts and (entry.invoice_id in self.chosen or entry.invoice_id not in self.statuses)


def deduction_checks(
    accounts: Sequence[Account], lines: pd.DataFrame, listed: Listed, *, read: Readings | None = None
) -> Outcome:
    """One check per balance, segment and invoice, in the unit of the balance: ``expected`` is what the ledger takes
    off, ``actual`` what the deduction lines (LINES of invoices) do, both negative. ``draft``: a draft drew on between
    two readings."""
    by_id = {ident_of(one): one for one in accounts if one.entries is not None}
    unknown: dict[str, NotRun] = {}
    pairs: defaultdict[tuple[str, str], Pair] = defaultdict(Pair)
    for ident, entry in _deductions(by_id, listed):
        if entry.invoice_id:
            pairs[ident, entry.invoice_id].entries.append(entry)
        else:
            unknown[ident] = NotRun(NAME, ident, "One of its deductions names no invoice.")
    for row in _deduction_lines(lines, listed):
        ident, invoice = text_of(row["commit_id"]), text_of(row["invoice_id"])
        if ident in by_id:
            pairs[ident, invoice].lines.append(row)
        else:
            unknown[ident] = NotRun(NAME, ident, "Invoices apply it, but its ledger, or an amount of it, was not sent.")
    places = [(Place(*key, segment), part) for key, pair in pairs.items() for segment, part in _by_segment(pair)]
    found = [_compared(place, pair, by_id[place.balance_id], listed=listed, read=read) for place, pair in places]
    not_run = (*unknown.values(), *(one for one in found if isinstance(one, NotRun)))
    return Outcome(tuple(one for one in found if isinstance(one, Check)), not_run)


def _deductions(by_id: Mapping[str, Account], listed: Listed) -> Iterator[tuple[str, Entry]]:
    return (
        (ident, entry) for ident, account in by_id.items() for entry in account.entries or () if listed.concerns(entry)
    )


def _deduction_lines(lines: pd.DataFrame, listed: Listed) -> list[Record]:
    settled = {ident for ident in listed.chosen if listed.statuses[ident] != VOID}
    wanted = (lines["line_type"] == DEDUCTION_LINE) & lines["invoice_id"].isin(settled) & lines["commit_id"].notna()
    return records(lines.loc[wanted.to_numpy(dtype=np.bool_), list(_COLUMNS)])


def _by_segment(pair: Pair) -> Iterator[tuple[str, Pair]]:
    """Per segment where both sides name it throughout."""
    segments = [one.segment_id for one in pair.entries] + [text_of(row["segment_id"]) for row in pair.lines]
    if not all(segments):
        yield "", pair
        return
    for segment in dict.fromkeys(segments):
        entries = [one for one in pair.entries if one.segment_id == segment]
        yield segment, Pair(entries, [row for row in pair.lines if row["segment_id"] == segment])


def _compared(place: Place, pair: Pair, account: Account, *, listed: Listed, read: Readings | None) -> Check | NotRun:
    unit, subject = account.unit, " / ".join(part for part in place if part)
    lines = [(row, _taken(row, account)) for row in pair.lines]
    if any(amount is None for _, amount in lines):
        return NotRun(NAME, subject, "A line does not say how much of the balance it took, or says it in another unit.")
    items = [_item(row, unit.major(amount), place) for row, amount in lines if amount is not None]
    expected = exact_sum(one.effect for one in pair.entries)
    actual = exact_sum(amount for _, amount in lines if amount is not None)
    is_draft = listed.statuses.get(place.invoice_id, "").startswith("DRAFT")
    drawn = read if is_draft else None
    cause = judged(EXACT.subtract(actual, expected), _cause(expected, actual, account, drawn))
    return Check(
        check=NAME,
        subject=subject,
        named=name_of(account),
        cause=cause,
        expected=unit.major(expected),
        actual=unit.major(actual),
        currency=unit.label,
        is_money=unit.is_money,
        invoice_id=place.invoice_id,
        balance_id=place.balance_id,
        expected_rows=lambda: tuple(entry_item(account, one) for one in pair.entries),
        actual_rows=lambda: tuple(items),
    )


def _cause(expected: Decimal, actual: Decimal, account: Account, read: Readings | None) -> Cause | None:
    """What explains the difference; ``read`` is None where nothing can have moved."""
    if read is not None and read.explains(EXACT.subtract(expected, actual), [ident_of(account)]):
        return Cause.DRAFT
    return rounded(actual, expected, half_minor(account.unit))


def _taken(row: Record, account: Account) -> Decimal | None:
    """What a deduction line takes off, negative, in the unit of the balance as sent; None = it does not say."""
    if account.unit.kind is UnitKind.QUANTITY:
        consumed = decimal_of(row["consumed"])
        return None if consumed is None else EXACT.minus(consumed.copy_abs())
    same = text_of(row["credit_type_id"]) == str(account.balance["credit_type_id"])
    return decimal_of(row["total"]) if same else None


def _item(row: Record, amount: Decimal, place: Place) -> Item:
    return Item(
        words=text_of(row["name"]),
        amount=amount,
        invoice_id=place.invoice_id,
        line=row["line"],
        balance_id=place.balance_id,
    )
