"""Exact arithmetic: how amounts are computed and how they are written as JSON numbers."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Context, Decimal, localcontext
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

ZERO = Decimal(0)
EXACT = Context(prec=80)
# A line that crosses the end of a balance is split by amount; its quantity is cut at this many places.
QUANTITY_STEP = Decimal("1e-9")


def exact(function: Callable[P, R]) -> Callable[P, R]:
    """Run ``function`` where no sum or product of amounts is rounded."""

    @wraps(function)
    def inside(*args: P.args, **kwargs: P.kwargs) -> R:
        with localcontext(EXACT):
            return function(*args, **kwargs)

    return inside


def number(amount: Decimal) -> int | Decimal:
    """``amount`` as it is written in JSON: a whole number without a point, otherwise all digits, no exponent."""
    if amount == amount.to_integral_value():
        return int(amount)
    text = format(amount, "f").rstrip("0")
    return Decimal(text)
