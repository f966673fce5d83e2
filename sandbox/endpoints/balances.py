"""Commits and credits with ledgers, and the net balance (sections 2.7 and 2.8)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from sandbox import checks
from sandbox.amounts import ZERO, exact, number
from sandbox.asking import BODY, Ask, Endpoint, Row
from sandbox.books import Books
from sandbox.catalogue.units import USD
from sandbox.ledgers import balance_now, ledger
from sandbox.model import Balance, BalanceType
from sandbox.moments import stamp
from sandbox.prices import CreditType
from sandbox.refusals import bad

_NO_UNIT = "00000000-0000-0000-0000-000000000000"
_NET_TYPES = {
    BalanceType.PREPAID: "PREPAID_COMMIT",
    BalanceType.POSTPAID: "POSTPAID_COMMIT",
    BalanceType.CREDIT: "CREDIT",
}


def _segments(books: Books, balance: Balance) -> list[Row]:
    granted = books.chronicle.granted
    return [
        {
            "id": part.id,
            "amount": number(part.amount if part.amount is not None else granted.get(part.id, ZERO)),
            "starting_at": stamp(part.start),
            "ending_before": stamp(part.end),
        }
        for part in balance.segments
    ]


def _access(books: Books, balance: Balance) -> Row:
    items = {"schedule_items": _segments(books, balance)}
    if balance.unit is None:
        return items | {"access_type": "QUANTITY"}
    return items | {"credit_type": balance.unit.reference}


def _invoice_schedule(balance: Balance, unit: CreditType) -> Row:
    items = [
        {
            "id": payment.id,
            "invoice_id": payment.invoice_id,
            "amount": number(payment.amount),
            "unit_price": number(payment.amount),
            "quantity": 1,
            "timestamp": stamp(payment.at),
        }
        for payment in balance.payments
    ]
    return {"credit_type": unit.reference, "schedule_items": items}


def _optional(balance: Balance) -> Row:
    """Fields that are there only when they say something."""
    recurring = "recurring_credit_id" if balance.type is BalanceType.CREDIT else "recurring_commit_id"
    fields: Row = {
        "name": balance.name,
        "contract": {"id": balance.contract_id} if balance.contract_id else None,
        "applicable_contract_ids": list(balance.contract_ids) or None,
        "applicable_product_ids": list(balance.product_ids) or None,
        "specifiers": [{"presentation_group_values": dict(balance.group_values)}] if balance.group_values else None,
        "rollover_fraction": number(balance.rollover_fraction) if balance.rollover_fraction else None,
        recurring: balance.recurring_id,
        "subscription_config": _pooled(balance.subscription_id) if balance.subscription_id else None,
        "archived_at": stamp(balance.archived_at) if balance.archived_at else None,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _pooled(subscription_id: str) -> Row:
    """Granted per seat, spent by all of them together."""
    grows = {"is_prorated": False}
    return {"allocation": "POOLED", "apply_seat_increase_config": grows, "subscription_id": subscription_id}


def _origin(books: Books, balance: Balance) -> Row:
    """Where a rolled over balance came from."""
    source = "credit_id" if balance.type is BalanceType.CREDIT else "commit_id"
    for origin in books.account.balances:
        if origin.id == balance.rolled_from:
            return {"rolled_over_from": {source: origin.id, "contract_id": origin.contract_id}}
    return {}


@exact
def balance_row(books: Books, balance: Balance, *, with_balance: bool, with_ledger: bool) -> Row:
    """A commit or credit as listed; ``balance`` and ``ledger`` only when asked for."""
    row: Row = {
        "id": balance.id,
        "type": balance.type.value,
        "product": balance.product.reference,
        "priority": balance.priority,
        "access_schedule": _access(books, balance),
        "custom_fields": {},
        "created_at": stamp(balance.created_at),
        "rate_type": "LIST_RATE",
    }
    row |= _optional(balance) | _origin(books, balance)
    if balance.payments:
        row["invoice_schedule"] = _invoice_schedule(balance, balance.payment_unit or balance.unit or USD)
    if with_balance:
        row["balance"] = number(balance_now(books, balance))
    if with_ledger:
        row["ledger"] = ledger(books, balance)
    return row


def _listed(balance: Balance, args: Any) -> bool:
    """The documented filters; edges of a segment belong to it at the start only."""
    spans = [(part.start, balance.end_of(part)) for part in balance.segments]
    access = "QUANTITY" if balance.by_quantity else "SPEND"
    return (
        (args.get("include_contract_balances", False) or balance.contract_id is None)
        and (args.get("include_archived", False) or balance.archived_at is None)
        and args.get("id", balance.id) == balance.id
        and args.get("access_type", access) == access
        and ("covering_date" not in args or any(start <= args["covering_date"] < end for start, end in spans))
        and ("starting_at" not in args or any(end > args["starting_at"] for _, end in spans))
        and ("effective_before" not in args or any(start < args["effective_before"] for start, _ in spans))
    )


def list_balances(ask: Ask) -> list[Row]:
    books, args = ask.books(), ask.args
    wanted = {"with_balance": args.get("include_balance", False), "with_ledger": args.get("include_ledgers", False)}
    return [
        balance_row(books, balance, **wanted)
        for balance in books.account.balances
        if _listed(balance, args) and not (args.get("exclude_zero_balances") and not balance_now(books, balance))
    ]


def _netted(books: Books, args: Any) -> Iterator[Balance]:
    quantity = args.get("access_type") == "QUANTITY"
    unit_id = args.get("credit_type_id", USD.id)
    for balance in books.account.balances:
        in_unit = balance.by_quantity if quantity else balance.unit is not None and balance.unit.id == unit_id
        if in_unit and balance.archived_at is None and _matches_any(balance, args.get("filters")):
            yield balance


def _matches_any(balance: Balance, filters: list[Row] | None) -> bool:
    """OR between filters, AND inside one. No balance here has custom fields."""
    return filters is None or any(
        _NET_TYPES[balance.type] in one.get("balance_types", _NET_TYPES.values())
        and balance.id in one.get("ids", [balance.id])
        and not one.get("custom_fields")
        for one in filters
    )


@exact
def net_balance(ask: Ask) -> Row:
    """What can be spent now in one unit; with ``FINALIZED``, before the deductions of draft invoices."""
    books, args = ask.books(), ask.args
    quantity = args.get("access_type") == "QUANTITY"
    if quantity and "credit_type_id" in args:
        raise bad("credit_type_id cannot be used with access_type QUANTITY")
    finalized = args.get("invoice_inclusion_mode") == "FINALIZED"
    amounts = (balance_now(books, balance, finalized_only=finalized) for balance in _netted(books, args))
    total: Decimal = sum(amounts, ZERO)
    return {"balance": number(total), "credit_type_id": _NO_UNIT if quantity else args.get("credit_type_id", USD.id)}


_ACCESS = checks.one_of("SPEND", "QUANTITY")
_FILTER = checks.record(
    {
        "balance_types": checks.list_of(checks.one_of(*_NET_TYPES.values())),
        "ids": checks.list_of(checks.uuid),
        "custom_fields": checks.mapping(checks.text),
    }
)
_FLAGS = (
    "include_contract_balances",
    "include_balance",
    "include_ledgers",
    "include_archived",
    "exclude_zero_balances",
)
_MOMENTS = ("covering_date", "starting_at", "effective_before")
ENDPOINTS = (
    Endpoint(
        family="balances",
        method="POST",
        rule="/v1/contracts/customerBalances/list",
        answer=list_balances,
        cursor=BODY,
        default=25,
        most=25,
        body={"customer_id": checks.uuid, "id": checks.uuid, "access_type": _ACCESS}
        | dict.fromkeys(_FLAGS, checks.flag)
        | dict.fromkeys(_MOMENTS, checks.moment),
        required=("customer_id",),
    ),
    Endpoint(
        family="net_balance",
        method="POST",
        rule="/v1/contracts/customerBalances/getNetBalance",
        answer=net_balance,
        body={
            "customer_id": checks.uuid,
            "credit_type_id": checks.uuid,
            "access_type": _ACCESS,
            "invoice_inclusion_mode": checks.one_of("FINALIZED_AND_DRAFT", "FINALIZED"),
            "filters": checks.list_of(_FILTER),
        },
        required=("customer_id",),
    ),
)
