"""Who the made-up accounts are. Tests refer to them by the names below; ids come from the keys."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum

from sandbox.catalogue import commitments, currencies, flagship, growth, guide, hostile, lifecycle, pricing, seats
from sandbox.catalogue.parts import customer_id
from sandbox.model import Account


class Customer(StrEnum):
    """Customer ids by what an account shows."""

    FLAGSHIP = customer_id("halden")
    TOKENS = customer_id("quillfeather")
    MANY_GROUPS = customer_id("gantry")
    ROLLOVER = customer_id("marrow")
    MINIMUM_SPEND = customer_id("tidewater")
    EURO = customer_id("brandt")
    OWN_UNIT = customer_id("orrery")
    MANY_BALANCES = customer_id("lumenfield")
    TWO_CONTRACTS = customer_id("kestrel")
    ADJUSTED = customer_id("penrose")
    WEEKLY = customer_id("saltmarsh")
    BRAND_NEW = customer_id("copperleaf")
    NOTHING_USED = customer_id("ironbark")
    ENDED = customer_id("vestry")
    ARCHIVED = customer_id("old-harbor")
    LATE_USAGE = customer_id("wrenfield")
    TIERED = customer_id("ostler")
    PRICE_CHANGE = customer_id("bellweather")
    SEATS = customer_id("fenwick")
    NO_METRICS = customer_id("thornbury")
    HOSTILE = customer_id("hostile")
    GUIDE_USAGE = guide.USAGE_ACCOUNT
    GUIDE_BALANCES = guide.BALANCES_ACCOUNT
    GUIDE_SPEND = guide.SPEND_ACCOUNT
    GUIDE_COMMIT = guide.COMMIT_ACCOUNT


_BUILDERS: tuple[Callable[[datetime], Account], ...] = (
    flagship.halden,
    growth.quillfeather,
    commitments.tidewater,
    commitments.marrow,
    growth.gantry,
    currencies.brandt,
    currencies.orrery,
    commitments.lumenfield,
    lifecycle.kestrel,
    commitments.penrose,
    lifecycle.saltmarsh,
    growth.copperleaf,
    lifecycle.ironbark,
    lifecycle.vestry,
    lifecycle.old_harbor,
    pricing.wrenfield,
    pricing.ostler,
    pricing.bellweather,
    seats.fenwick,
    seats.thornbury,
)


def accounts(today: datetime, *, with_hostile: bool = False) -> list[Account]:
    """All accounts as of ``today`` (a midnight): the made-up ones, then the guide's examples."""
    builders = (*_BUILDERS, hostile.hostile) if with_hostile else _BUILDERS
    return [build(today) for build in builders] + guide.guide_accounts()
