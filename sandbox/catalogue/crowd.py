"""Thin customers without usage or contracts, to see how lists behave when there are thousands."""

from __future__ import annotations

from sandbox.catalogue.parts import customer_id
from sandbox.ids import seeded
from sandbox.model import Account
from sandbox.moments import DAY, utc

_FIRST = (
    "Amber",
    "Birch",
    "Cobalt",
    "Dapple",
    "Elder",
    "Fathom",
    "Gilded",
    "Hollow",
    "Indigo",
    "Juniper",
    "Keystone",
    "Larch",
)
_SECOND = (
    "Bridge",
    "Canyon",
    "Delta",
    "Field",
    "Harbor",
    "Lantern",
    "Meadow",
    "Orchard",
    "Quarry",
    "Ridge",
    "Summit",
    "Weir",
)
_THIRD = ("Analytics", "Biotech", "Energy", "Freight", "Health", "Media", "Mobility", "Retail", "Software", "Systems")


def crowd(count: int) -> list[Account]:
    return [_member(number) for number in range(1, count + 1)]


def _member(number: int) -> Account:
    key = f"crowd-{number}"
    words = (part[seeded(key, str(place)) % len(part)] for place, part in enumerate((_FIRST, _SECOND, _THIRD)))
    return Account(
        id=customer_id(key),
        name=f"{' '.join(words)} {number:05d}",
        created_at=utc(2023, 1, 1) + (number % 700) * DAY,
        aliases=(key,),
        salesforce_id=f"001Cr{number:010d}",
    )
