"""Ledger entries in plain words (section 4.2 of the Metronome notes); a type that is not known is shown as itself."""

from __future__ import annotations

from typing import Final

from components.names import clean
from data.analytics.burn_days_values import Event
from data.analytics.entries import GRANTED, Entry

_BY_ENDING: Final = {
    "SEGMENT_START": "Granted",
    "INITIAL_BALANCE": "Promised",
    "SEAT_BASED_ADJUSTMENT": "Granted for seats",
    "AUTOMATED_INVOICE_DEDUCTION": "Used",
    "EXPIRATION": "Expired unused",
    "ROLLOVER": "Rolled over",
    "TRUEUP": "Trued up: the shortfall was billed",
    "MANUAL": "Adjusted by hand",
    "CANCELED": "Canceled",
    "CREDITED": "Credited",
}
_PREFIXES: Final = ("PREPAID_COMMIT_", "POSTPAID_COMMIT_", "CREDIT_")
_SCHEDULED: Final = {GRANTED: "Begins", "expired": "Ends: what is left lapses"}


def entry_words(entry: Entry) -> str:
    """What happened; "Used" is said of an obligation as "Fulfilled"."""
    kind = entry.type.upper()
    prefix = next((one for one in _PREFIXES if kind.startswith(one)), None)
    words = _BY_ENDING.get(kind.removeprefix(prefix)) if prefix else None
    if words is None:
        return clean(entry.type, 60)
    return "Fulfilled by usage" if words == "Used" and prefix == "POSTPAID_COMMIT_" else words


def event_words(event: Event) -> str:
    """An entry as ``entry_words``, or what the schedule says and the ledger does not list."""
    if event.entry is not None:
        return entry_words(event.entry)
    return f"{_SCHEDULED.get(event.category, event.category)} (not in the ledger)"
