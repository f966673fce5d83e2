"""Why one balance is used before the next, in one sentence (section 4.5 of the Metronome notes)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from components import dates
from components.format import quantity
from components.names import clean
from data.analytics.segments import NEVER
from data.analytics.use_order import ALL, Rule, Tier, Turn

TIERS: Final = {
    Tier.ROLLED_POSTPAID: "what rolled over from a postpaid commit",
    Tier.ROLLED: "what rolled over",
    Tier.PREPAID: "prepaid value",
    Tier.POSTPAID: "a postpaid commit",
}
SAME: Final = "no rule tells them apart"


def why(turn: Turn, following: Turn) -> str:
    """``Reward credit before Prepaid Credits: lower priority number (1 before 100).``"""
    return f"{clean(turn.account.label, 60)} before {clean(following.account.label, 60)}: {reason(turn)}."


def reason(turn: Turn) -> str:
    """What tells ``turn`` from the one after it; "" for the last."""
    if turn.is_last:
        return ""
    return _WORDS[turn.rule](turn.own, turn.next) if turn.rule else SAME


def _tier(own: Any, following: Any) -> str:
    tiers = list(Tier)
    return f"{TIERS[tiers[own]]} is used before {TIERS[tiers[following]]}"


def _priority(own: Any, following: Any) -> str:
    if following == float("inf"):
        return f"it has a priority ({quantity(own)}), the next has none"
    return f"lower priority number ({quantity(own)} before {quantity(following)})"


def _fewer(things: str) -> Callable[[Any, Any], str]:
    def words(own: Any, following: Any) -> str:
        rest = "any number" if following >= ALL else str(following)
        return f"fewer {things} ({own} before {rest})"

    return words


def _dates(verb: str) -> Callable[[Any, Any], str]:
    def words(own: Any, following: Any) -> str:
        shown = [_day(one, last=verb == "ends") for one in (own, following)]
        return f"it {verb} first ({shown[0]} before {shown[1]})"

    return words


def _day(moment: datetime, *, last: bool) -> str:
    if moment >= NEVER:
        return "no end"
    if moment.year == 1:
        return "no start"
    return dates.day(dates.last_day(moment) if last else moment)


_WORDS: Final[dict[Rule, Callable[[Any, Any], str]]] = {
    Rule.TIER: _tier,
    Rule.PRIORITY: _priority,
    Rule.COST: lambda _own, _following: "it cost nothing, the next was paid for",
    Rule.PRODUCTS: _fewer("products"),
    Rule.SPECIFIERS: _fewer("conditions"),
    Rule.END: _dates("ends"),
    Rule.START: _dates("began"),
    Rule.CONTRACTS: _fewer("contracts"),
}
