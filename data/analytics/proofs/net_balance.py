"""Is the net balance the sum of the balances, with the drafts and without them? Section 2.8 of the Metronome notes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Final

import pandas as pd

from data.analytics.commitments import Side, side_of
from data.analytics.entries import PENDING, USED, Account, Entry
from data.analytics.proofs.causes import Cause
from data.analytics.proofs.check import Check, CheckName, Item, NotRun, Outcome, half_minor, judged, rounded
from data.analytics.proofs.ledger_balance import balance_item, entry_item, ident_of
from data.analytics.proofs.moving import Readings
from data.analytics.records import Record, decimal_of, records, text_of
from data.money import EXACT, TOLERANCE, UnitKind, exact_sum

NAME: Final = CheckName.NET_BALANCE
POSTPAID_LEFT_OUT: Final = "It is a postpaid commit, which is owed; the net balance counts what can be spent."
QUANTITY_LEFT_OUT: Final = (
    "QUANTITY balances are counted in units of their product; the net balance of money leaves them out."
)
TYPE_NOT_KNOWN: Final = "Its type is not known, so it cannot be told whether the net balance counts it."
NO_UNIT: Final = "It names no unit, so there is no net balance to hold it against."


def netted(accounts: Sequence[Account]) -> dict[str, list[Account]]:
    """By credit type id, the balances that a net balance counts: prepaid commits and credits that are not archived and
    are not counted in units of a product."""
    found: defaultdict[str, list[Account]] = defaultdict(list)
    for one in accounts:
        if one.balance["archived_at"] is None and _why_left_out(one) is None:
            found[str(one.balance["credit_type_id"])].append(one)
    return dict(found)


def left_out(accounts: Sequence[Account]) -> tuple[NotRun, ...]:
    """The balances that no net balance counts, and why. What is archived holds nothing that could be spent."""
    reasons = [(one, _why_left_out(one)) for one in accounts if one.balance["archived_at"] is None]
    return tuple(NotRun(NAME, ident_of(one), reason) for one, reason in reasons if reason is not None)


def _why_left_out(account: Account) -> str | None:
    side = side_of(account)
    if side is not Side.PREPAID:
        return POSTPAID_LEFT_OUT if side is Side.POSTPAID else TYPE_NOT_KNOWN
    if account.unit.kind is UnitKind.QUANTITY:
        return QUANTITY_LEFT_OUT
    return None if account.balance["credit_type_id"] else NO_UNIT


def net_checks(
    accounts: Sequence[Account], net: pd.DataFrame, *, now: datetime, read: Readings | None = None
) -> Outcome:
    """NET_BALANCES against the sum of ``balance``, in currency units: one check with drafts, and one without them, for
    which the deductions that drafts hold on open segments are put back.

    ``floored``: Metronome counts a segment that is overdrawn as 0. ``draft``: a draft drew on between two readings.
    """
    members = netted(accounts)
    found = [
        _compared(row, members[ident], now, read)
        for row in records(net)
        if (ident := text_of(row["credit_type_id"])) in members
    ]
    not_run = (*(one for one in found if isinstance(one, NotRun)), *left_out(accounts))
    return Outcome(tuple(one for one in found if isinstance(one, Check)), not_run)


@dataclass(frozen=True)
class _Held:
    """One balance; ``put_back`` are the deductions of drafts that a net balance without drafts does not have."""

    account: Account
    now: datetime
    put_back: tuple[Entry, ...]

    @property
    def plain(self) -> Decimal:
        """What it holds, as sent."""
        balance = decimal_of(self.account.balance["balance"]) or Decimal(0)
        return exact_sum((balance, *(EXACT.minus(one.effect) for one in self.put_back)))

    @property
    def overdrawn(self) -> tuple[Decimal, Decimal]:
        """By how much its open segments are overdrawn, as sent: with drafts, and without those that are put back."""
        counted = [one for one in self.account.entries or () if one.counts]
        opened = {one.segment_id for one in self.account.segments if one.holds(self.now)}
        put_back = {one.position for one in self.put_back}
        without = [one for one in counted if one.position not in put_back]
        return _below_zero(counted, opened), _below_zero(without, opened)

    def items(self) -> tuple[Item, ...]:
        balance = balance_item(self.account, decimal_of(self.account.balance["balance"]) or Decimal(0))
        entries = (entry_item(self.account, one) for one in self.put_back)
        return balance, *(replace(one, amount=EXACT.minus(one.amount)) for one in entries)


def _readings(members: Sequence[Account], finalized: bool, now: datetime) -> Iterator[list[_Held]]:
    """What a net balance may be the sum of. Without drafts: their deductions from segments that are open now are put
    back, or, where Metronome still counts a segment that is over, those from all segments."""
    for only_open in (True, False):
        held = []
        for one in members:
            opened = {segment.segment_id for segment in one.segments if segment.holds(now)}
            drafts = (entry for entry in one.entries or () if entry.category == USED and entry.state == PENDING)
            put_back = (entry for entry in drafts if not only_open or entry.segment in opened)
            held.append(_Held(one, now, tuple(put_back) if finalized else ()))
        yield held


def _compared(row: Record, members: list[Account], now: datetime, read: Readings | None) -> Check | NotRun:
    finalized, sent, unit = row["finalized_only"], decimal_of(row["balance"]), members[0].unit
    subject = f"{unit.label} {'without' if finalized else 'with'} drafts"
    blind = any(one.balance["balance"] is None or (finalized and one.entries is None) for one in members)
    if sent is None or blind:
        return NotRun(NAME, subject, "A balance, an amount of its ledger or the net balance was not sent.")
    found = [(exact_sum(one.plain for one in held), held) for held in _readings(members, finalized, now)]
    plain, held = min(found, key=lambda one: abs(EXACT.subtract(sent, one[0])) > TOLERANCE)
    cause = judged(EXACT.subtract(sent, plain), _cause(sent, plain, held, None if finalized else read))
    return Check(
        check=NAME,
        subject=subject,
        named=subject,
        cause=cause,
        expected=unit.major(plain),
        actual=unit.major(sent),
        currency=unit.label,
        is_money=unit.is_money,
        expected_rows=lambda: tuple(item for one in held for item in one.items()),
        actual_rows=lambda: (Item(words="Net balance as sent", amount=unit.major(sent)),),
    )


def _cause(sent: Decimal, plain: Decimal, held: Sequence[_Held], read: Readings | None) -> Cause | None:
    """``floored``: what is overdrawn without drafts counts as 0 in the net balance, and what was overdrawn with them
    may have counted as 0 in the balances already."""
    before, after = (exact_sum(amounts) for amounts in zip(*(one.overdrawn for one in held), strict=True))
    floored = (EXACT.add(plain, after), EXACT.add(plain, EXACT.subtract(after, before)))
    if any(abs(EXACT.subtract(sent, one)) <= TOLERANCE for one in floored):
        return Cause.FLOORED
    if read is not None and read.explains(EXACT.subtract(plain, sent), [ident_of(one.account) for one in held]):
        return Cause.DRAFT
    return rounded(sent, plain, half_minor(held[0].account.unit))


def _below_zero(entries: Sequence[Entry], segments: Collection[str]) -> Decimal:
    """The sum of what each segment is overdrawn by."""
    effects: dict[str, list[Decimal]] = {ident: [] for ident in segments}
    for one in entries:
        if one.segment in effects:
            effects[one.segment].append(one.effect)
    left = (exact_sum(own) for own in effects.values())
    return exact_sum(EXACT.minus(min(amount, Decimal(0))) for amount in left)
