"""Building blocks that keep the account descriptions short. Ids come from names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from itertools import product as combinations

from sandbox.catalogue.units import USD
from sandbox.ids import ident, seeded
from sandbox.model import Account, Balance, BalanceType, Cell, Contract, Late, Metric, Payment, Segment, Shape, Stream
from sandbox.prices import CreditType, Product, Rate

Term = tuple[datetime, datetime]


def customer_id(key: str) -> str:
    return ident("customer", key)


def account(key: str, name: str, *, created_at: datetime, **more: object) -> Account:
    """An account whose id, alias and Salesforce id come from its key; ``more`` are fields of ``Account``."""
    salesforce_id = f"001{seeded('salesforce', key):x}"[:15].upper()
    details: dict[str, object] = {"aliases": (key,), "salesforce_id": salesforce_id} | more
    return Account(id=customer_id(key), name=name, created_at=created_at, **details)  # type: ignore[arg-type]


def contract_id(key: str, name: str = "main") -> str:
    return ident("contract", key, name)


def agreement(
    key: str, name: str, start: datetime, *, part: str = "main", currency: CreditType = USD, **more: object
) -> Contract:
    """A contract of the account ``key``; ``part`` tells several apart, ``more`` are fields of ``Contract``."""
    return Contract(id=contract_id(key, part), name=name, start=start, currency=currency, **more)  # type: ignore[arg-type]


def cells(**axes: Mapping[str, int] | Mapping[str | None, int]) -> tuple[Cell, ...]:
    """All combinations of group values with the product of their shares (thousandths)."""
    found = []
    for combination in combinations(*(axis.items() for axis in axes.values())):
        weight = 1000
        for _, share in combination:
            weight = weight * share // 1000
        values = tuple((key, value) for key, (value, _) in zip(axes, combination, strict=True))
        found.append(Cell(values, weight))
    return tuple(found)


def stream(
    key: str,
    metric: Metric,
    parts: tuple[Cell, ...],
    start: datetime,
    *,
    daily: int,
    shape: Shape,
    end: datetime | None = None,
    late: tuple[Late, ...] = (),
) -> Stream:
    return Stream(metric=metric, seed=key, cells=parts, start=start, end=end, daily=daily, shape=shape, late=late)


def sold(
    metric: Metric, *, name: str | None = None, by: tuple[str, ...] = (), priced_by: tuple[str, ...] = ()
) -> Product:
    """The product that bills ``metric``, shown on invoices by the group keys ``by``."""
    ident_ = ident("product", metric.id, name or metric.name, *by, *priced_by)
    return Product(id=ident_, name=name or metric.name, metric_id=metric.id, presentation=by, pricing=priced_by)


def fixed(name: str, kind: str = "FixedProductListItem") -> Product:
    return Product(id=ident("product", name), name=name, kind=kind)


def flat(product: Product, price: str, unit: CreditType = USD) -> Rate:
    return Rate(product=product, unit=unit, prices={(): Decimal(price)})


def terms(*points: datetime) -> list[Term]:
    """Consecutive stretches between ``points``."""
    return list(pairwise(points))


def segments(seed: str, amounts: Iterable[tuple[Term, int]]) -> tuple[Segment, ...]:
    return tuple(
        Segment(ident("segment", seed, term[0].isoformat()), Decimal(amount), *term) for term, amount in amounts
    )


def credit(
    key: str, name: str, amounts: Iterable[tuple[Term, int]], /, *, unit: CreditType | None = USD, **more: object
) -> Balance:
    """A credit given for free; ``more`` are fields of ``Balance``."""
    parts = segments(f"{key}/{name}", amounts)
    details: dict[str, object] = {"product": fixed(name), "created_at": parts[0].start} | more
    return Balance(id=ident("credit", key, name), type=BalanceType.CREDIT, unit=unit, segments=parts, **details)  # type: ignore[arg-type]


def _payment(segment: Segment, unit_cost: Decimal) -> Payment:
    return Payment(
        id=ident("payment", segment.id),
        invoice_id=ident("invoice", "purchase", segment.id),
        amount=(segment.amount or Decimal(0)) * unit_cost,
        at=segment.start,
    )


def prepaid(
    key: str,
    name: str,
    amounts: Iterable[tuple[Term, int]],
    *,
    unit: CreditType | None = USD,
    unit_cost: str = "1",
    **more: object,
) -> Balance:
    """A commit paid at the start of each of its segments, at ``unit_cost`` for each unit that it grants."""
    parts = segments(f"{key}/{name}", amounts)
    payments = tuple(_payment(part, Decimal(unit_cost)) for part in parts)
    details: dict[str, object] = {
        "segments": parts,
        "product": fixed("Prepaid commitment"),
        "created_at": parts[0].start,
        "payments": payments,
        "name": name,
    } | more
    return Balance(id=ident("commit", key, name), type=BalanceType.PREPAID, unit=unit, **details)  # type: ignore[arg-type]


def postpaid(key: str, name: str, term: Term, amount: int, *, unit: CreditType = USD, **more: object) -> Balance:
    parts = segments(f"{key}/{name}", [(term, amount)])
    details: dict[str, object] = {
        "product": fixed("Minimum spend"),
        "created_at": parts[0].start,
        "name": name,
    } | more
    return Balance(id=ident("commit", key, name), type=BalanceType.POSTPAID, unit=unit, segments=parts, **details)  # type: ignore[arg-type]
