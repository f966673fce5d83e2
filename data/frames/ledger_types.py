"""What a ledger entry does (section 4.2 of the Metronome notes): by its type, never by its sign."""

from __future__ import annotations

from typing import Final

GRANTED, USED, EXPIRED, ROLLED_OVER = "granted", "used", "expired", "rolled_over"
TRUED_UP, ADJUSTED, CREDITED, CANCELED, OTHER = "trued_up", "adjusted", "credited", "canceled", "other"

_BY_ENDING: Final = {
    "SEGMENT_START": GRANTED,
    "SEAT_BASED_ADJUSTMENT": GRANTED,
    "AUTOMATED_INVOICE_DEDUCTION": USED,
    "EXPIRATION": EXPIRED,
    "ROLLOVER": ROLLED_OVER,
    "MANUAL": ADJUSTED,
    "CANCELED": CANCELED,
    "CREDITED": CREDITED,
}
_BY_TYPE: Final = {
    **{f"PREPAID_COMMIT_{ending}": category for ending, category in _BY_ENDING.items()},
    **{f"CREDIT_{ending}": category for ending, category in _BY_ENDING.items()},
    "POSTPAID_COMMIT_INITIAL_BALANCE": GRANTED,
    "POSTPAID_COMMIT_AUTOMATED_INVOICE_DEDUCTION": USED,
    "POSTPAID_COMMIT_TRUEUP": TRUED_UP,
    "POSTPAID_COMMIT_ROLLOVER": ROLLED_OVER,
    "POSTPAID_COMMIT_EXPIRATION": EXPIRED,
    "POSTPAID_COMMIT_MANUAL": ADJUSTED,
}


def category(type: str | None) -> str:
    """granted, used, expired, rolled_over, trued_up, adjusted, credited, canceled, or "other" for unknown types."""
    return _BY_TYPE.get((type or "").upper(), OTHER)
