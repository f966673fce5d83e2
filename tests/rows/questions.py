"""Every question that the source answers, as something that can be asked about any account: for rows that ask them all,
in all orders and from many threads."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd

from data.source import Ask, Loaded, Source
from tests.rows.marked import Marked

FIRST, LAST = date(2026, 10, 1), date(2026, 10, 9)
USD = "2714e483-4ff1-48e4-9e25-ac732e8f24f2"
Asking = Callable[[Source, Ask, Marked], Loaded[Any]]

ABOUT_ONE: Mapping[str, Asking] = {
    "account": lambda source, ask, _: source.account(ask),
    "metrics": lambda source, ask, _: source.metrics(ask),
    "contracts": lambda source, ask, _: source.contracts(ask),
    "metric_totals": lambda source, ask, _: source.metric_totals(ask, FIRST, LAST),
    "usage": lambda source, ask, one: source.usage(ask, one.metrics[0], FIRST, LAST, window="day", keys=("region",)),
    "usage_whole": lambda source, ask, one: source.usage(ask, one.metrics[0], FIRST, LAST, window="none", keys=()),
    "usage_spans": lambda source, ask, one: source.usage_spans(
        ask, one.metrics[0], ((FIRST, FIRST + timedelta(days=7)), (FIRST + timedelta(days=7), LAST)), keys=("region",)
    ),
    "breakdowns": lambda source, ask, _: source.breakdowns(ask, FIRST, LAST, window="day"),
    "spend_breakdowns": lambda source, ask, _: source.spend_breakdowns(ask, FIRST, LAST, keys=("region",)),
    "balances": lambda source, ask, _: source.balances(ask),
    "net_balances": lambda source, ask, _: source.net_balances(ask, (USD,)),
    "invoices": lambda source, ask, _: source.invoices(ask),
}
UNMARKED = {"net_balances", "metric_totals", "usage_whole"}  # figures without a name in them


def text_of(value: Any) -> str:
    """Every text inside an answer."""
    if isinstance(value, pd.DataFrame):
        return " ".join(map(str, value.to_numpy(dtype=object).ravel())) + " ".join(map(str, value.columns))
    if is_dataclass(value):
        return " ".join(text_of(getattr(value, one.name)) for one in fields(value))
    if isinstance(value, tuple | list):
        return " ".join(map(text_of, value))
    return str(value)


def random_question(chance: random.Random) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
    """Method, arguments and keywords; few values of each kind, so that different questions are alike."""
    first = FIRST + timedelta(days=chance.randint(0, 40))
    days = first, first + timedelta(days=chance.randint(1, 40))
    metric = f"0000000{chance.randint(0, 3)}-0000-4000-8000-000000000000"
    keys = tuple(
        chance.choice(("a", "b", "a,b", "whole", "a|b", "", "day", "usage", metric))
        for _ in range(chance.randint(0, 3))
    )
    window = chance.choice(("hour", "day", "none"))
    spans = tuple((days[0] + timedelta(days=n), days[0] + timedelta(days=n + 1)) for n in range(chance.randint(1, 3)))
    kinds: dict[str, tuple[tuple[Any, ...], dict[str, Any]]] = {
        "account": ((), {}),
        "metrics": ((), {}),
        "metric": ((metric,), {}),
        "contracts": ((), {}),
        "metric_totals": (days, {}),
        "usage": ((metric, *days), {"window": window, "keys": keys}),
        "usage_spans": ((metric, spans), {"keys": keys}),
        "breakdowns": (days, {"window": chance.choice(("hour", "day"))}),
        "spend_breakdowns": (days, {"keys": keys}),
        "balances": ((), {}),
        "net_balances": ((keys,), {}),
        "invoices": ((), {}),
    }
    method = chance.choice(list(kinds))
    return method, *kinds[method]
