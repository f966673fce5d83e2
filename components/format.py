"""Numbers as text: money, quantity, rate, share, change. Days and instants are in ``components.dates``.

Values are rounded once, here, half away from zero, as invoices are. A true minus, thousands separators, no exponent;
a missing value is never written as a zero. Separators and the place of a sign are those of the viewer's locale; the
examples are those of the app's own.
"""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Context, Decimal

from components.locales import FIXED
from components.manner import manner
from components.names import clean
from data.money import QUANTITY

MINUS = "−"
DASH = "–"
UNKNOWN = "unknown"
CENT = Decimal("0.01")
QUANTITY_DIGITS = 6
RATE_DIGITS = 6
UNIT_LIMIT = 40
COMPACT_FROM = Decimal(1000)

_SHOWN = Context(prec=60, rounding=ROUND_HALF_UP)
_TOO_LONG = 40  # digits before or after the dot that no real amount has; a hostile 1e400000 must not become a page
_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£"}
# The currencies of the Metronome notes, section 3.1. Any other label is the name of a pricing unit.
CURRENCIES = frozenset(
    ("USD", "AUD", "BRL", "CAD", "CHF", "CZK", "EUR", "GBP", "INR", "MXN", "NGN", "NOK", "PLN", "SEK", "TRY", "ZAR",
     "NZD", "SGD", "DKK", "CNY")
)  # fmt: skip
_STEPS = ((Decimal("1e12"), "T"), (Decimal("1e9"), "B"), (Decimal("1e6"), "M"), (Decimal("1e3"), "k"))

Number = Decimal | float | int


def money(amount: Number | None, currency: str, *, missing: str = UNKNOWN, named: bool = True) -> str:
    """``amount`` in currency units with two decimals: ``$1,234.50``, ``−€3.00``, ``12.00 CHF``, ``<$0.01``.

    A label that is no currency is a pricing unit: number and name, without a symbol. ``named`` False leaves that name
    out, for a place that tells it already.
    """
    if currency not in CURRENCIES:
        return quantity(amount, currency if named else "", missing=missing)
    exact = _exact(amount)
    if exact is None:
        return missing
    if 0 < abs(exact) < CENT:
        return _signed(exact < 0, _with_currency("0.01", currency, below=True))
    return _signed(exact < 0, _with_currency(_fixed(abs(exact), 2), currency))


def compact_money(amount: Number | None, currency: str, *, missing: str = UNKNOWN) -> str:
    """``$48.2k`` from a thousand on, ``money`` below it; the exact text belongs beside it."""
    exact = _exact(amount)
    if exact is None or abs(exact) < COMPACT_FROM or exact.adjusted() > _TOO_LONG:
        return money(amount, currency, missing=missing)
    text = _compact(abs(exact))
    named = _with_currency(text, currency) if currency in CURRENCIES else _with_unit(text, currency)
    return _signed(exact < 0, named)


def compact_quantity(value: Number | None, unit: str = "", *, missing: str = DASH) -> str:
    """``12.3M CPU hours`` from ten thousand on, ``quantity`` below it."""
    exact = _exact(value)
    if exact is None or abs(exact) < 10 * COMPACT_FROM or exact.adjusted() > _TOO_LONG:
        return quantity(value, unit, missing=missing)
    return _with_unit(_signed(exact < 0, _compact(abs(exact))), unit)


def quantity(value: Number | None, unit: str = "", *, missing: str = DASH) -> str:
    """All digits before the dot, and after it so many that six are significant: ``1,234,568``, ``0.0000125``."""
    exact = _exact(value)
    if exact is None:
        return missing
    return _with_unit(_signed(exact < 0, _significant(abs(exact), QUANTITY_DIGITS)), unit)


def rate(amount: Number | None, currency: str, per: str = "", *, missing: str = UNKNOWN) -> str:
    """A price of one unit to six significant digits, at least two decimals: ``$0.0000125/h``, ``$1.50``."""
    exact = _exact(amount)
    if exact is None:
        return missing
    text = _significant(abs(exact), RATE_DIGITS)
    whole, _, fraction = text.partition(".")
    priced = f"{whole}.{fraction.ljust(2, '0')}" if currency in CURRENCIES and exact.adjusted() < _TOO_LONG else text
    named = _with_currency(priced, currency) if currency in CURRENCIES else _with_unit(priced, currency)
    return _signed(exact < 0, named) + (f"/{per}" if per else "")


def exact(value: Number | None, unit: str, *, is_money: bool) -> str:
    """``amount`` with every digit that it has, so that a column of them adds up on paper."""
    whole = _exact(value)
    if whole is None or not whole:
        return amount(value, unit, is_money=is_money)
    places = -int(whole.normalize().as_tuple().exponent)
    if abs(whole.adjusted()) > _TOO_LONG or places > _TOO_LONG:
        return amount(value, unit, is_money=is_money)
    is_currency = is_money and unit in CURRENCIES
    text = _fixed(abs(whole), max(places, 2 if is_currency else 0))
    return _signed(whole < 0, _with_currency(text, unit) if is_currency else _with_unit(text, unit if is_money else ""))


def share(part: Number | None, whole: Number | None) -> str:
    """``part`` of ``whole`` as a percentage with one decimal; a dash where there is nothing to divide."""
    top, bottom = _exact(part), _exact(whole)
    if top is None or not bottom:
        return DASH
    percent = _SHOWN.divide(_SHOWN.multiply(top, Decimal(100)), bottom)
    is_tiny = 0 < abs(percent) < Decimal("0.1")
    text = "<0.1" if is_tiny else _trimmed(_fixed(abs(percent), 1))
    return _signed(percent < 0, _local(text) + manner().locale.percent)


def count(number: int) -> str:
    """How many of something: ``1,234``."""
    return _local(f"{number:,}")


def change(now: Number | None, before: Number | None) -> str:
    """The relative change with its sign; "new" from zero, "no change" for none, a dash where a side is missing."""
    later, earlier = _exact(now), _exact(before)
    if later is None or earlier is None:
        return DASH
    if later == earlier:
        return "no change"
    if earlier == 0:
        return "new"
    text = share(_SHOWN.subtract(later, earlier), abs(earlier))
    return text if text.startswith(MINUS) else f"+{text}"


def amount(value: Number | None, unit: str, *, is_money: bool) -> str:
    """A value of a chart or a table cell; missing is a dash, never a zero."""
    return money(value, unit, missing=DASH) if is_money else quantity(value, missing=DASH)


def _exact(value: Number | None) -> Decimal | None:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return None
    exact = value if isinstance(value, Decimal) else Decimal(repr(value))
    return exact if exact.is_finite() else None


def _fixed(value: Decimal, places: int) -> str:
    if value and abs(value.adjusted()) > _TOO_LONG:
        return f"{'more' if value.adjusted() > 0 else 'less'} than can be shown"
    return f"{_SHOWN.quantize(value, Decimal(1).scaleb(-places)):,f}"


def _significant(value: Decimal, digits: int) -> str:
    if value == 0:
        return "0"
    text = _fixed(value, max(0, digits - 1 - value.adjusted()))
    return _trimmed(text)


def _trimmed(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def _compact(value: Decimal) -> str:
    """Three significant digits and a letter; 999,950 is 1M, not 1000k."""
    rounded = Context(prec=3, rounding=ROUND_HALF_UP).plus(value)
    size, letter = next((step for step in _STEPS if rounded >= step[0]), (Decimal(1), ""))
    return f"{_trimmed(f'{_SHOWN.divide(rounded, size):,f}')}{letter}"


def _with_currency(text: str, currency: str, *, below: bool = False) -> str:
    lead, number = "<" if below else "", _local(text)
    symbol = _SYMBOLS.get(currency)
    if symbol and manner().locale.symbol_after:
        return f"{lead}{number}{FIXED}{symbol}"
    return f"{lead}{symbol}{number}" if symbol else f"{lead}{number} {currency}"


def _with_unit(text: str, unit: str) -> str:
    number = _local(text)
    return number if unit in ("", QUANTITY) else f"{number} {clean(unit, UNIT_LIMIT)}"


def _local(text: str) -> str:
    """A number as this module writes it, in the viewer's way."""
    return manner().locale.number(text)


def _signed(negative: bool, text: str) -> str:
    return MINUS + text if negative else text
