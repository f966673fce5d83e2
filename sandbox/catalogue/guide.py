"""The four worked examples of the API's dashboard guide, under their own ids, standing still on 15 October 2024.

Only facts, prices and ids are given here; every answer is derived, and a test compares it with the guide's.
"""

from __future__ import annotations

from decimal import Decimal

from sandbox.catalogue.metrics import GUIDE_CALLS, GUIDE_CPU_HOURS
from sandbox.catalogue.parts import contract_id, customer_id, flat
from sandbox.catalogue.units import USD
from sandbox.ids import ident
from sandbox.model import Account, Balance, BalanceType, Cell, Contract, Payment, Segment, Stream
from sandbox.moments import DAY, steps, utc
from sandbox.prices import Product

STANDSTILL = utc(2024, 10, 15, 12)
USAGE_ACCOUNT = "140a7113-76c4-4ce2-9379-29fa3375d23c"
BALANCES_ACCOUNT = "23f894af-c350-45df-bb3e-3b134e352109"
SPEND_ACCOUNT = "d7abd0cd-4ae9-4db7-8676-e986a4ebd8dc"
COMMIT_ACCOUNT = customer_id("guide-commit")

_SEPTEMBER, _OCTOBER, _NOVEMBER = utc(2024, 9, 1), utc(2024, 10, 1), utc(2024, 11, 1)
_REGIONS = tuple(Cell((("region", name),)) for name in ("ap-south-1", "us-east-1", "us-east-2"))
_MY_PRODUCT = Product(
    id="d111fa1e-861e-48bb-82a6-3924d6cf0636",
    name="My Product",
    metric_id=GUIDE_CPU_HOURS.id,
    presentation=("region",),
)
_PREPAID_CREDITS = Product(
    id="d72716a4-1dcc-4e91-8ad4-a1be29c917a7", name="Prepaid Credits", kind="FixedProductListItem"
)
_REWARD_CREDIT = Product(id="aa52ce3b-f896-4f5c-b1ec-a71dff8ebfeb", name="Reward credit", kind="FixedProductListItem")


def guide_accounts() -> list[Account]:
    return [_usage(), _balances(), _spend(), _commit()]


def _account(ident_: str, name: str, **more: object) -> Account:
    details: dict[str, object] = {"created_at": utc(2024, 8, 20), "standstill": STANDSTILL} | more
    return Account(id=ident_, name=name, paired=True, legacy=True, **details)  # type: ignore[arg-type]


def _regional_facts() -> Stream:
    given = {_OCTOBER: (37, 24, 12), _OCTOBER + DAY: (91, 0, 0)}
    return Stream(metric=GUIDE_CPU_HOURS, seed="guide", cells=_REGIONS, start=_OCTOBER, given=given)


def _contract(ident_: str, invoice_id: str) -> Contract:
    return Contract(
        id=ident_,
        name="My Product, paid in arrears",
        start=_OCTOBER,
        currency=USD,
        rates=(flat(_MY_PRODUCT, "100"),),
        invoice_ids={_OCTOBER: invoice_id},
    )


def _usage() -> Account:
    contract = _contract(contract_id("guide-usage"), ident("invoice", "guide-usage"))
    return _account(
        USAGE_ACCOUNT, "Guide example: usage by region", streams=(_regional_facts(),), contracts=(contract,)
    )


def _spend() -> Account:
    contract = _contract("28d9bc16-7c56-4d4a-a2b9-b4c3ede34eeb", "c5b9aab9-377b-517d-a634-924e35e7d110")
    parts = {"streams": (_regional_facts(),), "contracts": (contract,), "rows_as": USAGE_ACCOUNT}
    return _account(SPEND_ACCOUNT, "Guide example: spend by region", **parts)


def _commit() -> Account:
    contract = _contract("95a390e3-b5c6-4264-8c7a-3583ec574c42", "5d960878-2553-5290-bddd-8def5f42532a")
    segment = Segment("ede54bc6-0c23-4d0b-a096-d6c79f38ff31", Decimal(20000), _OCTOBER, utc(2025, 10, 1))
    payment = _payment(segment, ident("payment", "guide"), ident("invoice", "guide-purchase"))
    details = {"product": _PREPAID_CREDITS, "payments": (payment,), "created_at": _OCTOBER}
    balance = _drawn(contract, "f3243ab9-dd22-4a6e-b4c3-7b2a0f8e8732", BalanceType.PREPAID, segment, **details)
    parts = {"streams": (_regional_facts(),), "contracts": (contract,), "balances": (balance,)}
    return _account(COMMIT_ACCOUNT, "Guide example: spend under a commit", rows_as=USAGE_ACCOUNT, **parts)


def _payment(segment: Segment, ident_: str, invoice_id: str) -> Payment:
    return Payment(id=ident_, invoice_id=invoice_id, amount=segment.amount or Decimal(0), at=segment.start)


def _call_facts() -> Stream:
    """$65 of calls in September, $20 in October up to the day on which the example is read."""
    september = dict.fromkeys(steps(_SEPTEMBER, _SEPTEMBER + 26 * DAY, DAY), (250,))
    october = dict.fromkeys(steps(_OCTOBER, _OCTOBER + 10 * DAY, DAY), (200,))
    cell = Cell((("region", "us-east-1"),))
    return Stream(metric=GUIDE_CALLS, seed="guide", cells=(cell,), start=_SEPTEMBER, given=september | october)


def _balances() -> Account:
    calls = Product(
        id=ident("product", "guide-calls"), name="Calls", metric_id=GUIDE_CALLS.id, presentation=("region",)
    )
    contract = Contract(
        id="8b6cb03d-c9c7-4230-9656-ed8e106bc7bd",
        name="Calls with a yearly commitment",
        start=_SEPTEMBER,
        currency=USD,
        rates=(flat(calls, "1"),),
        invoice_ids={
            _SEPTEMBER: "3f13f349-c1a6-5e98-81ce-fd3743904e6f",
            _OCTOBER: "832ed401-17ed-56dd-87c4-b5684a52b26c",
        },
    )
    parts = {"streams": (_call_facts(),), "contracts": (contract,), "balances": _guide_balances(contract)}
    return _account(BALANCES_ACCOUNT, "Guide example: commitments", **parts)


def _guide_balances(contract: Contract) -> tuple[Balance, ...]:
    year = Segment("e20d07a1-63c0-4fef-ac23-50f7b710cf3e", Decimal(10000), _SEPTEMBER, utc(2025, 9, 1))
    month = Segment("3b4be61d-26d0-46a5-acb5-c55d5cce0d9c", Decimal(500), _OCTOBER, _NOVEMBER)
    payment = _payment(year, "a528d105-4a7c-4a93-b630-56ccf8a675d5", "0267436e-3c4d-5ee4-9369-5618f27229a5")
    commit = {"product": _PREPAID_CREDITS, "priority": 100, "payments": (payment,), "created_at": _SEPTEMBER}
    reward = {"product": _REWARD_CREDIT, "priority": 1, "created_at": _OCTOBER}
    return (
        _drawn(contract, "b8bc055d-2c0f-4629-b9e4-c87e0b59da1e", BalanceType.PREPAID, year, **commit),
        _drawn(contract, "c0522458-353f-4a39-bad2-a315ff2eed88", BalanceType.CREDIT, month, **reward),
    )


def _drawn(contract: Contract, ident_: str, kind: BalanceType, segment: Segment, **more: object) -> Balance:
    """A balance of ``contract`` in dollars with one segment."""
    details: dict[str, object] = {"contract_id": contract.id, "contract_ids": (contract.id,)} | more
    return Balance(id=ident_, type=kind, unit=USD, segments=(segment,), **details)  # type: ignore[arg-type]
