"""R16: days are kept in blocks of one grid. A question about 400 days takes at most 14 calls, the same shifted by a day
at most 2, and repeated none: for usage and for the breakdowns of invoices."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from data.metronome_source import MetronomeSource
from tests.rows.steady_api import METRIC, SteadyApi, asking, source_of
from tests.unit.window_cache.shelves import TODAY, HandClock

Method = Callable[[MetronomeSource, date, date], Any]
METHODS: dict[str, Method] = {
    "usage": lambda source, start, end: source.usage(asking(), METRIC, start, end, window="day", keys=("region",)),
    "breakdowns": lambda source, start, end: source.breakdowns(asking(), start, end, window="day"),
    "spend_breakdowns": lambda source, start, end: source.spend_breakdowns(asking(), start, end, keys=("region",)),
}
DAYS = timedelta(days=400)


@pytest.mark.parametrize("name", list(METHODS))
@pytest.mark.parametrize("back", range(0, 62, 9))
def test_r16_fourteen_calls_then_two_then_none(name: str, back: int) -> None:
    api, clock = SteadyApi(), HandClock()
    source, ask = source_of(api, clock), METHODS[name]
    end = TODAY + timedelta(days=1 - back)

    def calls(start: date, end: date) -> int:
        before = len(api.asked)
        ask(source, start, end)
        return len(api.asked) - before

    assert calls(end - DAYS, end) <= 14
    for shift in (timedelta(days=1), timedelta(days=-1)):
        assert calls(end - DAYS + shift, end + shift) <= 2
        assert calls(end - DAYS + shift, end + shift) == 0
    assert calls(end - DAYS, end) == 0
    assert calls(end - timedelta(days=90), end - timedelta(days=7)) == 0
