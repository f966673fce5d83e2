"""An API that always says the same: what it answers for an account and a day follows from those two and nothing else,
amounts with digits that no float holds, drafts, days without rows. What it says of a day can be changed, and every
question is counted."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from data.clock import Clock
from data.metronome.client import MetronomeClient
from data.metronome_source import MetronomeSource
from data.scope import LOCAL
from data.source import Ask
from data.window_cache.reader import WindowCache
from data.window_cache.store import Store
from tests.unit.metronome.upstream import Answer, Asked, Upstream, client_on
from tests.unit.window_cache.shelves import TODAY, HandClock

ACCOUNTS = tuple(f"0000000{number}-0000-4000-8000-00000000000{number}" for number in (1, 2, 3))
METRIC = "f3b17844-a98d-413a-b310-5be1df72213d"
PAGE = 40
STEPS = {"DAY": timedelta(days=1), "HOUR": timedelta(hours=1)}


@dataclass
class SteadyApi:
    """``changed``: what is said of a day now instead. ``asked``: first pages only, as (path, start, end). ``meets``: is
    called with every question before it is answered; it may fail, wait, or answer otherwise."""

    changed: dict[date, int] = field(default_factory=dict)
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    meets: Callable[[], Answer | bool | None] = lambda: None

    def __call__(self, asked: Asked) -> Answer:
        told = {**dict(asked.query), **(asked.body or {})}
        start, end = (datetime.fromisoformat(told[name]) for name in ("starting_on", "ending_before"))
        at = int(told.get("next_page") or 0)
        if not at:
            self.asked.append((asked.path, told["starting_on"], told["ending_before"]))
        met = self.meets()
        if isinstance(met, Answer):
            return met
        rows = list(self._rows(asked.path, told, start, end))
        more = str(at + PAGE) if at + PAGE < len(rows) else None
        body = {"data": rows[at : at + PAGE], "next_page": more}
        return Answer(msgspec.json.Encoder(decimal_format="number").encode(body))

    def _rows(self, path: str, told: dict[str, Any], start: datetime, end: datetime) -> Iterator[dict[str, Any]]:
        size = told["window_size"].upper()
        if "usage" in path:
            yield from self._usage(told, start, end, STEPS.get(size, end - start))
            return
        customer = path.split("/")[3]
        moment = start
        while moment < end:
            if self._chance(customer, moment, "invoice").random() < 0.8:
                yield self._element(customer, moment, STEPS[size])
            moment += STEPS[size]

    def _usage(self, told: dict[str, Any], start: datetime, end: datetime, step: timedelta) -> Iterator[dict[str, Any]]:
        moment = start
        while moment < end:
            chance = self._chance(told["customer_id"], moment, "usage", step)
            for region in ("eu", "us", None):
                if chance.random() < 0.7:
                    value = None if chance.random() < 0.1 else round(chance.random() * 1e6, chance.randint(0, 9))
                    yield {**_window(moment, step), "group": {"region": region}, "value": value}
            moment += step

    def _element(self, customer: str, moment: datetime, step: timedelta) -> dict[str, Any]:
        chance = self._chance(customer, moment, "element", step)
        lines = [
            {
                "name": f"line {number}",
                "total": _amount(chance),
                "quantity": _amount(chance),
                "unit_price": None if chance.random() < 0.3 else _amount(chance),
                "presentation_group_values": {"region": chance.choice(("eu", "us"))},
            }
            for number in range(chance.randint(0, 3))
        ]
        broken = {f"breakdown_{key}": text for key, text in _stamps(moment, step).items()}
        month = moment.replace(day=1, hour=0)
        return {
            "id": f"{customer[:8]}-{month:%Y%m}",
            "status": "DRAFT" if moment.month == TODAY.month else "FINALIZED",
            "total": _amount(chance),
            "line_items": lines,
            **_stamps(month, timedelta(days=27)),
            **broken,
        }

    def _chance(self, *about: Any) -> random.Random:
        day = next(one for one in about if isinstance(one, datetime)).date()
        return random.Random(repr((about, self.changed.get(day))))  # noqa: S311


def _amount(chance: random.Random) -> Decimal:
    return Decimal(chance.randint(-(10**12), 10**15)).scaleb(-chance.randint(0, 14))


def _stamps(moment: datetime, step: timedelta) -> dict[str, str]:
    return {"start_timestamp": moment.isoformat(), "end_timestamp": (moment + step).isoformat()}


def _window(moment: datetime, step: timedelta) -> dict[str, str]:
    return {"starting_on": moment.isoformat(), "ending_before": (moment + step).isoformat()}


def asking(customer: str = ACCOUNTS[0], *, whole: bool = False) -> Ask:
    return Ask(scope=LOCAL, customer_id=customer, whole=whole)


def client_of(api: SteadyApi, clock: Clock) -> MetronomeClient:
    return client_on(Upstream(api), clock)


def source_of(api: SteadyApi, clock: HandClock, store: Store | None = None) -> MetronomeSource:
    cache = None if store is None else WindowCache(store, clock)
    return MetronomeSource(client_of(api, clock), clock, window_cache=cache)
