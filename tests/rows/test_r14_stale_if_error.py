"""R14: while Metronome is down what was fetched before is shown with its age, for a day; after that an error, and
nothing old. For everything that the source can be asked, by a page and by a download."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from data.errors import SourceError
from data.metronome.client import MetronomeClient
from data.metronome.limits import Limits
from data.metronome_source import MetronomeSource
from data.scope import LOCAL
from data.settings import Secret
from data.source import Ask, Loaded
from sandbox.catalogue import Customer
from sandbox.server import Sandbox
from tests.conftest import NOW
from tests.embeds import HandClock
from tests.rows.questions import USD

MINUTE, HOUR = 60.0, 3_600.0
START = datetime.fromisoformat(NOW)
END = START.date() + timedelta(days=1)
RANGE = END - timedelta(days=90), END
Asking = Callable[[MetronomeSource, Ask, str], Loaded[Any]]
METHODS: Mapping[str, Asking] = {
    "accounts": lambda source, ask, _: source.accounts(ask),
    "account": lambda source, ask, _: source.account(ask),
    "metrics": lambda source, ask, _: source.metrics(ask),
    "credit_types": lambda source, ask, _: source.credit_types(ask),
    "contracts": lambda source, ask, _: source.contracts(ask),
    "metric_totals": lambda source, ask, _: source.metric_totals(ask, *RANGE),
    "usage": lambda source, ask, metric: source.usage(ask, metric, *RANGE, window="day", keys=()),
    "usage by hour": lambda source, ask, metric: source.usage(ask, metric, *last_days(6), window="hour", keys=()),
    "usage_spans": lambda source, ask, metric: source.usage_spans(ask, metric, (RANGE, last_days(9)), keys=()),
    "breakdowns": lambda source, ask, _: source.breakdowns(ask, *RANGE, window="day"),
    "spend_breakdowns": lambda source, ask, _: source.spend_breakdowns(ask, *RANGE, keys=("region",)),
    "balances": lambda source, ask, _: source.balances(ask),
    "net_balances": lambda source, ask, _: source.net_balances(ask, (USD,)),
    "invoices": lambda source, ask, _: source.invoices(ask),
}


def last_days(count: int) -> tuple[date, date]:
    return END - timedelta(days=count), END


def everything(source: MetronomeSource, metric: str, *, whole: bool) -> dict[str, Loaded[Any] | SourceError]:
    """What each method answers, or fails with."""
    found: dict[str, Loaded[Any] | SourceError] = {}
    for name, method in METHODS.items():
        try:
            found[name] = method(source, Ask(scope=LOCAL, customer_id=Customer.FLAGSHIP, whole=whole), metric)
        except SourceError as error:
            found[name] = error
    return found


@pytest.mark.parametrize("whole", [False, True], ids=["page", "download"])
def test_r14_shown_with_its_age_for_a_day_and_then_no_longer(sandbox: Sandbox, whole: bool) -> None:
    clock = HandClock(START)
    limits = Limits(clock=clock, rps=1e6, burst=10**6)
    source = MetronomeSource(
        MetronomeClient(base_url=sandbox.url, token=Secret("t"), clock=clock, limits=limits), clock
    )
    ask = Ask(scope=LOCAL, customer_id=Customer.FLAGSHIP)
    metric = str(source.metrics(ask).value["metric_id"].iloc[0])
    fresh = everything(source, metric, whole=False)
    assert not [one for one in fresh.values() if isinstance(one, SourceError) or one.stale or one.missing]

    sandbox.faults.add("reset")
    for ahead in (10 * MINUTE, 23 * HOUR - 10 * MINUTE):
        clock.move(ahead)
        everything(source, metric, whole=whole)  # those who come first may still be shown what is on its way
        assert source.cache.wait(30)
        for name, found in everything(source, metric, whole=whole).items():
            assert isinstance(found, Loaded), (name, found)
            assert isinstance(found.stale, SourceError), name
            assert found.fetched_at == START, name
            assert all(one.is_old and one.fetched_at == START for one in found.asked), name
            assert found.missing == (), name

    clock.move(2 * HOUR)
    for _ in range(2):
        gone = everything(source, metric, whole=whole)
        assert [name for name, found in gone.items() if not isinstance(found, SourceError)] == []
        clock.move(MINUTE)

    sandbox.faults.clear()
    clock.move(2 * HOUR)
    again = everything(source, metric, whole=whole)
    assert [name for name, found in again.items() if isinstance(found, SourceError) or found.stale] == []
