"""Contracts in the v2 shape (section 2.14)."""

from __future__ import annotations

from sandbox import checks
from sandbox.amounts import number
from sandbox.asking import BODY, Ask, Cursor, Endpoint, Row
from sandbox.books import Books
from sandbox.contract_terms import overrides, subscription_row
from sandbox.endpoints.balances import balance_row
from sandbox.ids import ident
from sandbox.model import BalanceType, Contract
from sandbox.moments import stamp
from sandbox.prices import Fee
from sandbox.refusals import Refusal, bad


def _charge(fee: Fee, contract: Contract) -> Row:
    items = [
        {
            "id": ident("charge-date", fee.id, at.isoformat()),
            "amount": number(fee.amount),
            "unit_price": number(fee.amount),
            "quantity": 1,
            "timestamp": stamp(at),
            "invoice_id": ident("invoice", fee.id, at.isoformat()),
        }
        for at in fee.dates
    ]
    schedule = {"credit_type": contract.currency.reference, "schedule_items": items}
    return {"id": fee.id, "product": fee.product.reference, "schedule": schedule, "name": fee.product.name}


def _transitions(books: Books, contract: Contract) -> list[Row]:
    pairs = [(one.renewed_from, one.id) for one in books.account.contracts if one.renewed_from]
    return [
        {"type": "RENEWAL", "from_contract_id": old, "to_contract_id": new}
        for old, new in pairs
        if contract.id in {old, new}
    ]


def _balances(books: Books, contract: Contract, ask: Ask, *, credits_only: bool) -> list[Row]:
    wanted = {
        "with_balance": ask.args.get("include_balance", False),
        "with_ledger": ask.args.get("include_ledgers", False),
    }
    return [
        balance_row(books, balance, **wanted)
        for balance in books.account.balances
        if balance.contract_id == contract.id and (balance.type is BalanceType.CREDIT) == credits_only
    ]


def contract_row(books: Books, contract: Contract, ask: Ask) -> Row:
    row: Row = {
        "id": contract.id,
        "customer_id": books.account.id,
        "name": contract.name,
        "starting_at": stamp(contract.start),
        "created_at": stamp(contract.start),
        "created_by": "Billing team",
        "rate_card_id": ident("rate-card", contract.id),
        "net_payment_terms_days": contract.net_terms,
        "commits": _balances(books, contract, ask, credits_only=False),
        "credits": _balances(books, contract, ask, credits_only=True),
        "overrides": overrides(contract),
        "subscriptions": [subscription_row(sold, contract, books.now) for sold in contract.subscriptions],
        "scheduled_charges": [_charge(fee, contract) for fee in contract.charges],
        "transitions": _transitions(books, contract),
        "usage_filter": [],
        "usage_statement_schedule": {
            "billing_anchor_date": stamp(contract.start),
            "frequency": contract.frequency.value,
        },
        "custom_fields": {},
    }
    ends = {"ending_before": contract.end, "archived_at": contract.archived_at}
    return row | {name: stamp(moment) for name, moment in ends.items() if moment is not None}


def _listed(contract: Contract, ask: Ask) -> bool:
    args = ask.args
    covering, starting = args.get("covering_date"), args.get("starting_at")
    return (
        (args.get("include_archived", False) or contract.archived_at is None)
        and (starting is None or contract.start >= starting)
        and (covering is None or (contract.start <= covering and (contract.end is None or covering < contract.end)))
    )


def list_contracts(ask: Ask) -> list[Row]:
    if {"covering_date", "starting_at"} <= set(ask.args):
        raise bad("covering_date cannot be used with starting_at")
    books = ask.books()
    chosen = sorted((one for one in books.account.contracts if _listed(one, ask)), key=lambda one: one.start)
    return [contract_row(books, contract, ask) for contract in chosen]


def one_contract(ask: Ask) -> Row:
    if "as_of_date" in ask.args and ask.args.get("include_ledgers"):
        raise bad("as_of_date cannot be used with include_ledgers")
    books = ask.books()
    for contract in books.account.contracts:
        if contract.id == ask.args["contract_id"]:
            return contract_row(books, contract, ask)
    raise Refusal(404, "Contract not found", "ContractNotFound")


_FLAGS = {"include_balance": checks.flag, "include_ledgers": checks.flag}
ENDPOINTS = (
    Endpoint(
        family="contracts",
        method="POST",
        rule="/v2/contracts/list",
        answer=list_contracts,
        cursor=Cursor(BODY.place, "cursor"),
        default=20,
        most=20,
        body=_FLAGS
        | {
            "customer_id": checks.uuid,
            "include_archived": checks.flag,
            "covering_date": checks.moment,
            "starting_at": checks.moment,
        },
        required=("customer_id",),
    ),
    Endpoint(
        family="contract",
        method="POST",
        rule="/v2/contracts/get",
        answer=one_contract,
        body=_FLAGS | {"customer_id": checks.uuid, "contract_id": checks.uuid, "as_of_date": checks.moment},
        required=("customer_id", "contract_id"),
    ),
)
