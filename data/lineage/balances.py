"""Receipts of balances: the ledger entries and segments behind every amount of the burndown table, its totals, the
ledgers, and the obligations."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from typing import Final

from data.analytics.balance_totals import BalanceTotal
from data.analytics.commitments import AMOUNTS, BalanceNote, Burndown, Part, Side
from data.analytics.entries import Account, Entry, Segment
from data.analytics.ledger import running_balances
from data.analytics.obligations import COLUMNS, OTHER_CHANGES, Obligation
from data.analytics.segments import SegmentLeft
from data.lineage.rows import asked_for, entry_evidence, receipt, segment_evidence, sum_of, told
from data.lineage.value import Evidence, Figures, Formula, How, Operand, Receipt, Seal
from data.money import EXACT
from data.source import Asked
from data.views.asking import Question
from data.views.balances import BalancesView, ObligationsView
from data.views.commitments import CommitmentsView

NAMES: Final = {
    "granted": "Granted",
    "upcoming": "Upcoming",
    "used_posted": "Used (posted)",
    "used_pending": "Used (pending)",
    "expired": "Expired",
    "rolled_over": "Rolled over",
    "trued_up": "Trued up",
    "adjusted": "Adjusted",
    "credited": "Credited",
    "canceled": "Canceled",
    "other": "Other entries",
    OTHER_CHANGES: "Other changes",
    "ledger_balance": "Ledger balance",
    "remaining": "Remaining",
    "rolled_in": "Rolled in",
}
SIDES: Final = {Side.PREPAID: "prepaid value", Side.POSTPAID: "postpaid commits", Side.OTHER: "other balances"}
AS_SENT: Final = "Taken from the balance as it was sent."
NOT_EXPLAINED: Final = "Taken from the balance as it was sent; its ledger entries come to {sum} instead."
FLOORED: Final = "Its ledger entries come to {sum}; a balance never stands below 0."
ENTRY_AS_SENT: Final = "Taken from the ledger as it was sent, where its type is {type}."
BY_TYPE: Final = "Entries of type {type} take from a balance, whatever the sign that they are sent with."
BY_BALANCE: Final = "What the balance says is left; of several open segments, those that end last hold it first."
NO_ENTRIES: Final = "Neither the ledger nor the schedule has any of this, so it is 0."
NO_BALANCE: Final = "None of these balances has any, so it is 0."
NEEDED: Final = "The shortfall so far, divided by the days that are left."
NEEDED_TODAY: Final = "Less than a day is left, so all of the shortfall so far."

Found = Iterator[tuple[str, Callable[[], Receipt]]]


def figures(view: BalancesView | CommitmentsView, question: Question) -> Figures:  # noqa: ARG001  # one signature for all
    """By receipt id: every amount of the burndown table and its totals, and every amount of every ledger."""
    found: dict[str, Callable[[], Receipt]] = {}
    asked = asked_for(view.provenance, "balances", "invoices")
    for note in view.burn.notes:
        if note.account is not None:
            found.update(_of_balance(note.account, note, view.seal, asked))
            found.update(_of_ledger(note.account, note, view.seal, asked))
    for total in view.totals:
        found.update(_of_total(view.burn, total, view.seal, asked))
    return found


def obligation_figures(view: ObligationsView, question: Question) -> Figures:  # noqa: ARG001  # one signature for all
    """By receipt id: what was promised, fulfilled and is still owed, and what is needed per day."""
    found: dict[str, Callable[[], Receipt]] = {}
    asked = asked_for(view.provenance, "balances", "invoices")
    for one in view.obligations:
        for name in COLUMNS:
            if one.parts[name].amount is not None:
                ident = view.seal.mark("balance", one.account.balance_id, name)
                backing = one.parts["ledger_balance" if name == "remaining" else name]
                found[ident] = partial(
                    _of_part, ident, one.account, name, amount=one.parts[name], backing=backing, asked=asked
                )
        if one.per_day is not None:
            ident = view.seal.mark("needed", one.account.balance_id)
            found[ident] = partial(_needed, ident, one, asked)
    return found


def lot_receipt(ident: str, account: Account, lot: SegmentLeft, asked: tuple[Asked, ...]) -> Receipt:
    """What one open segment still holds: its entries, or what the balance says where they tell something else."""
    rows = [entry_evidence(account, one) for one in lot.entries]
    is_sum = bool(rows) and sum_of(rows) == lot.left
    how, rule = (How.SUM, "") if is_sum else (How.RULE, BY_BALANCE)
    title = f"Left on {account.label}"
    return receipt(account, title, rows, ident=ident, amount=lot.left, asked=asked, how=how, rule=rule)


def _of_balance(account: Account, note: BalanceNote, seal: Seal, asked: tuple[Asked, ...]) -> Found:
    for name in AMOUNTS:
        if note.parts[name].amount is not None:
            ident = seal.mark("balance", account.balance_id, name)
            backing = note.parts["ledger_balance"] if name == "remaining" else note.parts[name]
            yield ident, partial(_of_part, ident, account, name, amount=note.parts[name], backing=backing, asked=asked)
    if note.parts["granted"].amount and note.parts["remaining"].amount is not None:
        ident = seal.mark("balance", account.balance_id, "share")
        yield ident, partial(_share, ident, account, note, asked)


def _of_part(
    ident: str, account: Account, name: str, *, amount: Part, backing: Part, asked: tuple[Asked, ...]
) -> Receipt:
    """``amount`` with the rows of ``backing``; what is left is as sent where the ledger comes to something else."""
    rows = (
        *(entry_evidence(account, one, backing.sign) for one in backing.entries),
        *(segment_evidence(account, one) for one in backing.segments),
    )
    shown, summed = account.unit.major(amount.amount or Decimal(0)), sum_of(rows)
    title = f"{NAMES[name]}, {account.label}"
    if summed == shown and backing.amount is not None:
        return receipt(account, title, rows, ident=ident, amount=shown, asked=asked, rule="" if rows else NO_ENTRIES)
    rule = AS_SENT if not rows else FLOORED if summed < 0 and not shown else NOT_EXPLAINED
    rule = rule.format(sum=told(summed, account.unit.label))
    return receipt(account, title, rows, ident=ident, amount=shown, asked=asked, how=How.READ, rule=rule)


def _share(ident: str, account: Account, note: BalanceNote, asked: tuple[Asked, ...]) -> Receipt:
    left, granted = (account.unit.major(note.parts[name].amount or Decimal(0)) for name in ("remaining", "granted"))
    unit = account.unit.label
    return Receipt(
        ident=ident,
        title=f"Left of what was granted, {account.label}",
        amount=EXACT.divide(EXACT.multiply(left, Decimal(100)), granted),
        unit="%",
        is_money=False,
        rows=(),
        how=How.RULE,
        rule=f"Remaining ({told(left, unit)}) divided by granted ({told(granted, unit)}).",
        asked=asked,
    )


def _of_ledger(account: Account, note: BalanceNote, seal: Seal, asked: tuple[Asked, ...]) -> Found:
    entries = account.ledger or ()
    for at, (entry, running) in enumerate(zip(entries, running_balances(account), strict=True)):
        place = (account.balance_id, entry.position)
        if entry.amount is not None:
            ident = seal.mark("entry", *place)
            yield ident, partial(_entry, ident, account, entry, amount=entry.amount, asked=asked)
            if entry.effect != entry.amount:
                ident = seal.mark("effect", *place)
                yield ident, partial(_effect, ident, account, entry, asked)
        if running is not None:
            ident = seal.mark("running", *place)
            yield ident, partial(_running, ident, account, entries[: at + 1], amount=running, asked=asked)
    for segment in account.segments:
        if segment.amount is not None:
            ident = seal.mark("segment", account.balance_id, segment.segment_id)
            yield ident, partial(_segment, ident, account, segment, amount=segment.amount, asked=asked)
    for lot in note.lots:
        ident = seal.mark("lot", account.balance_id, lot.segment_id)
        yield ident, partial(lot_receipt, ident, account, lot, asked)


def _entry(ident: str, account: Account, entry: Entry, *, amount: Decimal, asked: tuple[Asked, ...]) -> Receipt:
    """``amount`` is as sent."""
    rows, title = [entry_evidence(account, entry)], f"One entry of the ledger, {account.label}"
    shown, rule = account.unit.major(amount), ENTRY_AS_SENT.format(type=entry.type)
    return receipt(account, title, rows, ident=ident, amount=shown, asked=asked, how=How.READ, rule=rule)


def _effect(ident: str, account: Account, entry: Entry, asked: tuple[Asked, ...]) -> Receipt:
    rows, title = [entry_evidence(account, entry)], f"What the entry does to {account.label}"
    amount, rule = account.unit.major(entry.effect), BY_TYPE.format(type=entry.type)
    return receipt(account, title, rows, ident=ident, amount=amount, asked=asked, rule=rule)


def _running(
    ident: str, account: Account, entries: tuple[Entry, ...], *, amount: Decimal, asked: tuple[Asked, ...]
) -> Receipt:
    rows = [entry_evidence(account, one) for one in entries]
    return receipt(account, f"Running balance, {account.label}", rows, ident=ident, amount=amount, asked=asked)


def _segment(ident: str, account: Account, segment: Segment, *, amount: Decimal, asked: tuple[Asked, ...]) -> Receipt:
    """``amount`` is as sent."""
    rows, shown = [segment_evidence(account, segment)], account.unit.major(amount)
    return receipt(account, f"Segment, {account.label}", rows, ident=ident, amount=shown, asked=asked)


def _of_total(burn: Burndown, total: BalanceTotal, seal: Seal, asked: tuple[Asked, ...]) -> Found:
    place = ("total", total.currency, total.product, total.side.value)
    for name in (*AMOUNTS, "rolled_in"):
        if getattr(total, name) is not None:
            ident = seal.mark(*place, name)
            yield ident, partial(_total, ident, burn, total, name=name, asked=asked)


def _total(ident: str, burn: Burndown, total: BalanceTotal, *, name: str, asked: tuple[Asked, ...]) -> Receipt:
    """One row per balance; what was rolled in is no new grant, so it is told apart from what was granted."""
    column = burn.table["granted" if name == "rolled_in" else name]
    members = [at for at in total.members if _is_part(name, rolled_in=burn.notes[at].rolled_in)]
    rows = tuple(
        Evidence(words=_label(burn, at), amount=column.iloc[at], balance_id=burn.table["id"].iloc[at]) for at in members
    )
    return Receipt(
        ident=ident,
        title=f"{NAMES[name]}, all {SIDES[total.side]} in {total.product or total.currency}",
        amount=getattr(total, name),
        unit=total.currency,
        is_money=total.is_money,
        rows=rows,
        rule="" if rows else NO_BALANCE,
        asked=asked,
    )


def _is_part(name: str, *, rolled_in: bool) -> bool:
    return rolled_in if name == "rolled_in" else not rolled_in if name == "granted" else True


def _label(burn: Burndown, at: int) -> str:
    row = burn.table.iloc[at]
    return str(row["name"] or row["product"] or row["id"])


def _needed(ident: str, one: Obligation, asked: tuple[Asked, ...]) -> Receipt:
    account, owed, left = one.account, one.shortfall or Decimal(0), one.days_left or Decimal(0)
    title = f"Needed per day, {account.label}"
    formula: Formula = (Operand(owed, "of shortfall"), " ÷ ", Operand(left, "days left", counts=True))
    rule, formula = (NEEDED, formula) if left >= 1 else (NEEDED_TODAY, formula[:1])
    return receipt(
        account, title, (), ident=ident, amount=one.per_day, asked=asked, how=How.RULE, rule=rule, formula=formula
    )
