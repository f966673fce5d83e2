"""However wide the question, the browser draws at most 2,000 marks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from selenium.webdriver.remote.webdriver import WebDriver

from benchmarks.bench_marks import Case, canvas, cases, marks
from benchmarks.browser import chromium
from components.figures.stacked_bars import MAX_MARKS

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebDriver]:
    with chromium() as running:
        canvas(running, tmp_path_factory.mktemp("canvas"))
        yield running


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_no_chart_draws_more_marks_than_the_limit(driver: WebDriver, case: Case) -> None:
    drawn = marks(driver, case.figure())
    assert 0 < drawn <= MAX_MARKS


def test_every_bar_is_counted(driver: WebDriver) -> None:
    bars = {"type": "bar", "x": [1, 2, 3], "y": [1, 2, 3]}
    assert marks(driver, {"data": [bars, bars], "layout": {}}) == 6


def test_every_piece_of_a_broken_line_is_counted(driver: WebDriver) -> None:
    line = {"type": "scatter", "mode": "lines", "y": [1, 2, None, 3, 4, None, 5, 6]}
    assert marks(driver, {"data": [line], "layout": {}}) == 3
