"""A cache whose clock moves when told, on a made-up API."""

from __future__ import annotations

import pytest

from tests.unit.window_cache.shelves import Asker, HandClock, MadeUp


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def api() -> MadeUp:
    return MadeUp()


@pytest.fixture
def asker(clock: HandClock, api: MadeUp) -> Asker:
    return Asker(clock, api)
