"""What stands under an opened balance: its segments, and its ledger, newest first, as it was sent."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from components import dates
from components.drawn import page_href
from components.format import DASH, count, money
from components.grid import Cell, Detail, Group, Head, Row, Table, cell
from components.ledger_words import entry_words
from components.manner import manner, of_files
from components.names import clean
from data.analytics.commitments import BalanceNote
from data.analytics.entries import PENDING, UNDATED, Account, Entry, Segment
from data.analytics.ledger import running_balances
from data.pages import Page
from data.query_values import is_id
from data.views.asking import Question

Mark = Callable[..., str]

MAX_ROWS = 400
ENTRY_HEADS = (
    Head("Date", "col-name"),
    Head("Entry"),
    Head("State"),
    Head("Amount", "num"),
    Head("Running balance", "num strong"),
    Head("Invoice"),
    Head("Reason"),
)
SEGMENT_HEADS = (Head("Segment", "col-name"), Head("Last day"), Head("Amount", "num"), Head("Left now", "num strong"))
NO_LEDGER = "No ledger was sent for this balance, so where its value went is not known."
NOT_KNOWN = "not known"
NO_AMOUNT = "An entry does not say its amount, so where its value went is not known."
NO_ENTRIES = "Its ledger has no entry yet."
RUNNING_NOTE = "The running balance adds every entry in order of time and is not floored at zero."


def ledger_detail(note: BalanceNote, question: Question, mark: Mark) -> Detail:
    """The detail of one balance; what contradicts its balance is shown as sent, and said."""
    account = note.account
    if account is None:
        return Detail()
    tables = [_segments(account, note, mark)] if account.segments else []
    if account.ledger:
        tables.append(_ledger(account, account.ledger, question, mark))
    return Detail(tables=tables, notes=_notes(account, note))


def _notes(account: Account, note: BalanceNote) -> list[str]:
    if account.ledger is None:
        return [NO_LEDGER]
    said = [RUNNING_NOTE] if account.ledger else [NO_ENTRIES]
    if account.entries is None:
        said.append(NO_AMOUNT)
    if note.reconciles is False:
        proof = "" if manner().embedded else "; the proof has the gap"
        said.append(f"Its ledger does not explain its balance. Both are as they were sent{proof}.")
    if len(account.ledger) > MAX_ROWS:
        where = of_files("in the ledger file", "not listed")
        said.append(f"{count(len(account.ledger) - MAX_ROWS)} older entries are {where}.")
    return said


def _ledger(account: Account, entries: tuple[Entry, ...], question: Question, mark: Mark) -> Table:
    pairs = list(zip(entries, running_balances(account), strict=True))[-MAX_ROWS:]
    unit = account.unit.label
    rows = [
        Row(
            [
                DASH if one.timestamp == UNDATED else dates.instant(one.timestamp),
                cell(entry_words(one), title=clean(one.type, 80)),
                cell("", chip=("Pending", "chip-info") if one.state == PENDING else ("Posted", "chip-muted")),
                _amount(one, account, mark),
                _known(running, unit, mark("running", account.balance_id, one.position)),
                _invoice(one.invoice_id, question),
                clean(one.reason, 200) if one.reason else DASH,
            ]
        )
        for one, running in reversed(pairs)
    ]
    caption = f"Ledger of {clean(account.label, 60)}, newest first. Times are UTC."
    return Table(caption, ENTRY_HEADS, [Group(rows)], kind="ledger-table")


def _amount(entry: Entry, account: Account, mark: Mark) -> Cell:
    """As sent; an entry whose type says that it takes is counted so whatever its sign, and that is said."""
    if entry.amount is None:
        return NOT_KNOWN
    unit, place = account.unit, (account.balance_id, entry.position)
    effect = cell(money(unit.major(entry.effect), unit.label), receipt=mark("effect", *place))
    below = [["counted as ", effect, ", by its type"]] if entry.effect != entry.amount else []
    return cell(money(unit.major(entry.amount), unit.label), receipt=mark("entry", *place), below=below)


def _known(amount: Decimal | None, unit: str, receipt: str) -> Cell:
    return NOT_KNOWN if amount is None else cell(money(amount, unit), receipt=receipt)


def _invoice(invoice_id: str, question: Question) -> Cell:
    if not invoice_id:
        return DASH
    text = clean(invoice_id, 13)
    href = page_href(question, Page.INVOICES, open=(invoice_id,)) if is_id(invoice_id) else ""
    return cell(text, href=href, title=clean(invoice_id, 60))


def _segments(account: Account, note: BalanceNote, mark: Mark) -> Table:
    lots = {lot.segment_id: lot for lot in note.lots}
    rows = [_segment(account, one, lots[one.segment_id].left if one.segment_id in lots else None, mark)
            for one in account.segments]  # fmt: skip
    return Table(f"Segments of {clean(account.label, 60)}", SEGMENT_HEADS, [Group(rows)], kind="segments-table")


def _segment(account: Account, one: Segment, left: Decimal | None, mark: Mark) -> Row:
    unit = account.unit.label
    place = (account.balance_id, one.segment_id)
    held = DASH if left is None else cell(money(left, unit), receipt=mark("lot", *place))
    return Row(
        [
            f"From {dates.day(one.starts_at)}" if one.starts_at else "Without a start",
            dates.day(dates.last_day(one.ends_at)) if one.ends_at else "No end",
            _known(None if one.amount is None else account.unit.major(one.amount), unit, mark("segment", *place)),
            held,
        ]
    )
