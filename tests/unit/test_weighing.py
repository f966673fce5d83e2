"""What memos believe of bytes is about what they are."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from data.weighing import LOOKED_AT, arrays_of, weight_of
from tests.unit.window_cache import made_up

pytestmark = pytest.mark.thorough


@dataclass(frozen=True)
class Point:
    name: str
    value: Decimal
    days: tuple[int, ...]


MADE: dict[str, Callable[[], Any]] = {
    "amounts and texts in a frame": lambda: made_up.lines(31, 100, 2),
    "a series": lambda: pd.Series(np.zeros(1_000_000)),
    "a set": lambda: frozenset(range(100_000, 200_000)),
    "small things, then large ones": lambda: (*((b"",) * 16), *(bytes(100_000) for _ in range(100))),
    "many of one": lambda: (bytes(100_000),) * 10_000,
    "dataclasses": lambda: tuple(Point(f"{n}", Decimal(n) / 7, tuple(range(n, n + 9))) for n in range(1_000, 9_000)),
    "a mapping": lambda: {f"name {number}": float(number) for number in range(20_000)},
    "amounts that repeat": lambda: pd.Series([Decimal(1), Decimal(2)] * 50_000, dtype="object"),
    "amounts that do not": lambda: pd.Series([Decimal(n) for n in range(10 * LOOKED_AT)], dtype="object"),
    "texts": lambda: pd.Series([f"a text of its own {number:08}" for number in range(20_000)], dtype="str"),
}


@pytest.mark.parametrize("make", MADE.values(), ids=MADE.keys())
def test_weights_are_about_right(make: Callable[[], Any]) -> None:
    gc.collect()
    tracemalloc.start()
    try:
        made = make()
        gc.collect()
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert taken / 1.5 < weight_of(made) < taken * 1.5


def test_what_is_shared_weighs_once() -> None:
    frame = pd.DataFrame({"a": np.arange(10_000), "b": np.arange(10_000.0)})
    assert 160_000 <= weight_of((frame, frame.iloc[5_000:], [frame.copy(deep=False)])) <= 170_000
    assert arrays_of(frame.iloc[5_000:]) == arrays_of(frame)
