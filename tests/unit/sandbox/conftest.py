"""A sandbox per test module and a caller for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.server import Sandbox, running_sandbox
from tests.unit.sandbox.calling import NOW, Caller


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox(now=NOW, hostile=True) as running:
        yield running


@pytest.fixture(scope="module")
def caller(sandbox: Sandbox) -> Iterator[Caller]:
    one = Caller(sandbox.url)
    yield one
    one.session.close()
