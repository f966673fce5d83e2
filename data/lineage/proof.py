"""Receipts of the proof: what each check expected, what it found, and the difference, row by row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Final

from data.analytics.proofs.check import Check, CheckName, Item
from data.analytics.proofs.groups_total import subject_of
from data.lineage.value import Evidence, Figures, How, Receipt
from data.money import EXACT
from data.source import Asked
from data.views.asking import Question
from data.views.proof import FIGURES, ProofView

TITLES: Final[Mapping[CheckName, str]] = {
    CheckName.WINDOWS_INVOICE: "Windows against invoice",
    CheckName.USAGE_QUANTITY: "Usage against billed quantity",
    CheckName.LEDGER_BALANCE: "Ledger against balance",
    CheckName.NET_BALANCE: "Net balance against balances",
    CheckName.DEDUCTION_LINES: "Ledger deduction against applied lines",
    CheckName.GROUPS_TOTAL: "Groups against total",
    CheckName.NO_PURCHASE: "Purchases counted as usage",
}
# Which questions each check was made of.
FAMILIES: Final[Mapping[CheckName, tuple[str, ...]]] = {
    CheckName.WINDOWS_INVOICE: ("invoices", "breakdowns"),
    CheckName.USAGE_QUANTITY: ("usage_totals", "invoices", "metrics"),
    CheckName.LEDGER_BALANCE: ("balances",),
    CheckName.NET_BALANCE: ("net_balance", "balances", "invoices"),
    CheckName.DEDUCTION_LINES: ("balances", "invoices"),
    CheckName.GROUPS_TOTAL: ("usage",),
    CheckName.NO_PURCHASE: ("invoices", "breakdowns", "balances"),
}
# What stands on each side: expected, and found.
SIDES: Final[Mapping[CheckName, tuple[str, str]]] = {
    CheckName.WINDOWS_INVOICE: ("What the invoice says.", "What the daily windows of the invoice sum to."),
    CheckName.USAGE_QUANTITY: ("What the metric counted over the billing period.", "The quantity that was billed."),
    CheckName.LEDGER_BALANCE: ("What the entries of the ledger add up to.", "The balance as it was sent."),
    CheckName.NET_BALANCE: (
        "The balances of this unit added up; without drafts, what drafts have drawn is put back.",
        "The net balance as the billing service adds it up.",
    ),
    CheckName.DEDUCTION_LINES: ("What the ledger took off.", "What the lines of the invoice applied."),
    CheckName.GROUPS_TOTAL: ("The usage asked for without groups.", "The same usage by group, added up."),
    CheckName.NO_PURCHASE: (
        "Nothing: the purchase of a commit is no usage.",
        "Lines counted as usage that look like the purchase of a commit.",
    ),
}
NAMES: Final[Mapping[str, str]] = {"expected": "expected", "actual": "found", "difference": "difference"}
DIFFERENCE: Final = "What was found minus what was expected."
NOT_COMPARED: Final = "Nothing is compared: the groups of this metric are not meant to add up."


def figures(view: ProofView, question: Question) -> Figures:  # noqa: ARG001  # one signature for all views
    """By receipt id: the three figures of each check; of one without amounts its difference alone, as the files name
    it."""
    return dict(figure for one in view.checks for figure in _of_check(view, one))


def _of_check(view: ProofView, check: Check) -> Iterator[tuple[str, Callable[[], Receipt]]]:
    for name in FIGURES:
        if check.difference is not None or name == "difference":
            yield view.receipt(check, name), partial(_receipt, view, check, name)


def _receipt(view: ProofView, check: Check, name: str) -> Receipt:
    window = (check.start, check.end) if check.start and check.end else None
    return Receipt(
        ident=view.receipt(check, name),
        title=f"{TITLES[check.check]}, {check.named}: {NAMES[name]}",
        amount=getattr(check, name),
        unit=check.currency,
        is_money=check.is_money,
        rows=tuple(_rows(view, check, name)),
        how=How.RULE if check.difference is None else How.SUM,
        rule=NOT_COMPARED if check.difference is None else _rule(check, name),
        asked=_asked(view, check),
        window=window,
    )


def _rule(check: Check, name: str) -> str:
    expected, found = SIDES[check.check]
    return {"expected": expected, "actual": found, "difference": DIFFERENCE}[name]


def _rows(view: ProofView, check: Check, name: str) -> Iterator[Evidence]:
    """The rows of one side; of the difference those that were found, then those that were expected with their sign
    turned."""
    if name != "expected":
        yield from (_evidence(view, one) for one in check.actual_rows())
    if name != "actual":
        yield from (_evidence(view, one, taken_off=name == "difference") for one in check.expected_rows())


def _evidence(view: ProofView, item: Item, *, taken_off: bool = False) -> Evidence:
    name = view.names.get(item.balance_id, item.balance_id)
    words = f"{name}: {item.words}" if name and item.line is None else item.words
    return Evidence(
        words=f"{words}, as expected" if taken_off else words,
        amount=EXACT.minus(item.amount) if taken_off else item.amount,
        quantity=item.quantity,
        unit_price=item.unit_price,
        at=item.at,
        invoice_id=item.invoice_id,
        line=item.line,
        tier=item.tier,
        paid_by="" if item.line is None else name,
        balance_id=item.balance_id,
    )


def _asked(view: ProofView, check: Check) -> tuple[Asked, ...]:
    """The questions behind a check; of many alike the ones about its metric and key or its period, where they can be
    told."""
    asked = [one for one in view.provenance.asked if one.family in FAMILIES[check.check]]
    return tuple(one for one in asked if _concerns(one, check))


def _concerns(one: Asked, check: Check) -> bool:
    if one.family == "usage":
        told = dict(one.parameters)
        keys = tuple(value for name, value in one.parameters if name == "group_key")
        subject = subject_of(told["billable_metric_id"], keys)
        return check.subject == subject if keys else check.subject.startswith(subject)
    first_day = check.start.date().isoformat() if check.start else ""
    said = [one.path, *(value for _, value in one.parameters)]
    return one.family != "usage_totals" or any(value.startswith(first_day) for value in said)
