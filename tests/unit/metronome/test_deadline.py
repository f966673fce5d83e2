"""How long an answer may take in all (row R7 holds how it is passed down)."""

from __future__ import annotations

import pytest

from data.metronome.deadline import Deadline
from tests.unit.metronome.upstream import ManualClock


def test_a_deadline_ends_in_all_or_without_progress() -> None:
    clock = ManualClock()
    download = Deadline(clock, 120, idle=10)
    clock.seconds += 9
    assert download.remaining() == pytest.approx(1)
    download.touch()
    clock.seconds += 9
    assert not download.expired
    clock.seconds += 2
    assert download.expired

    steady = Deadline(clock, 120, idle=10)
    for _ in range(13):
        clock.seconds += 9
        steady.touch()
    assert steady.remaining() == pytest.approx(3)
    clock.seconds += 4
    steady.touch()
    assert steady.expired


def test_one_call_of_a_page_ends_before_the_page_does_and_one_of_a_download_goes_on() -> None:
    clock = ManualClock()
    page, download = Deadline(clock, 10), Deadline(clock, 120, idle=10)
    assert (page.for_one_call().remaining(), download.for_one_call().remaining()) == (8, 10)
    clock.seconds += 7
    assert page.for_one_call().remaining() == pytest.approx(3)
