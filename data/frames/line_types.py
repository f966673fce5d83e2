"""What a line item is (section 5.2 of the Metronome notes)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from data.metronome.invoice_shapes import LineItem

OTHER = "other"


_USAGE_PRODUCTS: Final = frozenset({"UsageProductListItem", "CompositeProductListItem"})
_SUBSCRIPTION_PRODUCT: Final = "SubscriptionProductListItem"
_FIXED_PRODUCT: Final = "FixedProductListItem"


def _is_usage(item: LineItem) -> bool:
    return item.product_type in _USAGE_PRODUCTS and (item.quantity is not None or (item.total or 0) >= 0)


def _is_deduction(item: LineItem) -> bool:
    return bool(item.commit_id) and item.quantity is None and item.total is not None and item.total < 0


def _is_subscription(item: LineItem) -> bool:
    return bool(item.subscription_id) or item.product_type == _SUBSCRIPTION_PRODUCT


def _is_scheduled(item: LineItem) -> bool:
    return bool(item.scheduled_charge_id)


def _is_purchase(item: LineItem) -> bool:
    return item.product_type == _FIXED_PRODUCT and bool(item.commit_id) and (item.total or 0) > 0


def _is_trueup(item: LineItem) -> bool:
    return item.postpaid_commit is not None


# The table of section 5.2 from top to bottom, for lines that come without a type: the first that fits. The one row
# that is told by the lines beside it (cpu_conversion) comes after those that a line tells by itself.
_RULES: Final[tuple[tuple[str, Callable[[LineItem], bool]], ...]] = (
    ("usage", _is_usage),
    ("applied_commit_or_credit", _is_deduction),
    ("subscription", _is_subscription),
    ("scheduled", _is_scheduled),
    ("commit_purchase", _is_purchase),
    ("postpaid_trueup", _is_trueup),
)
KNOWN: Final = frozenset({*(name for name, _ in _RULES), "cpu_conversion"})


def line_type(item: LineItem, *, beside_other_units: bool = False) -> str:
    """The type as sent when it is known, derived when none was sent, else "other" (older types are all of that).

    ``beside_other_units``: the line is in its invoice's own unit while the invoice has lines in another one, which is
    what tells the conversion line of a custom pricing unit from any other line without a product.
    """
    if item.type:
        sent = item.type.lower()
        return sent if sent in KNOWN else OTHER
    for name, fits in _RULES:
        if fits(item):
            return name
    return "cpu_conversion" if beside_other_units and not item.product_id else OTHER
