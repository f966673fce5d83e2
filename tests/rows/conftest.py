"""What the rows share: ten marked accounts, and a clean request log for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.conftest import clock, start_page
from tests.rows.marked import MarkedSandbox, marked_sandbox

__all__ = ["api", "clock", "shared_marked", "start_page"]

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Rows hold the whole product to its promises: they are for ``make test``, not for the minute of ``make check``."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.thorough)


@pytest.fixture(scope="session")
def shared_marked() -> Iterator[MarkedSandbox]:
    with marked_sandbox() as running:
        yield running


@pytest.fixture
def api(shared_marked: MarkedSandbox) -> Iterator[MarkedSandbox]:
    """The marked sandbox without faults and with an empty request log."""
    shared_marked.forget()
    yield shared_marked
    shared_marked.faults.clear()
