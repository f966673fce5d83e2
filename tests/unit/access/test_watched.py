"""A file is taken up when it changes; a bad one leaves the last good one in use for a while."""

from __future__ import annotations

from pathlib import Path

import pytest

from access.denied import Denied, Reason
from access.watched import GRACE_SECONDS, MAX_BYTES, Watched, open_watched
from data.clock import Clock
from data.events import Channel
from data.settings import BadSetting
from tests.rows.identities import MovedClock, audited


def number(raw: bytes) -> int:
    return int(raw)


def watched(tmp_path: Path, clock: Clock, text: str = "1") -> tuple[Watched[int], Path]:
    path = tmp_path / "number"
    path.write_text(text)
    return Watched(path, number, clock, name="number"), path


def test_a_change_is_taken_up_within_a_second_and_not_looked_for_sooner(tmp_path: Path) -> None:
    clock = MovedClock()
    file, path = watched(tmp_path, clock)
    path.write_text("2")
    assert file.current() == 1
    clock.move(1.0)
    assert file.current() == 2


def test_a_bad_file_leaves_the_last_good_one_for_a_quarter_of_an_hour_and_then_nothing(tmp_path: Path) -> None:
    clock = MovedClock()
    file, path = watched(tmp_path, clock)
    clock.move(100_000)  # nobody asked for a day: that is no age of the bad file
    path.write_text("x")
    with audited(Channel.APP) as told:
        assert file.current() == 1
        assert not file.valid
        clock.move(GRACE_SECONDS)
        assert file.current() == 1
        clock.move(1.0)
        with pytest.raises(Denied) as caught:
            file.current()
        assert (caught.value.reason, caught.value.status) == (Reason.NO_VALID_FILE, 503)
        assert file.age_seconds == GRACE_SECONDS + 1.0
        path.write_text("3")
        clock.move(1.0)
        assert (file.current(), file.valid, file.age_seconds) == (3, True, 0.0)
    assert [line["event"] for line in told] == ["file_invalid", "file_mended"]
    assert str(path) not in str(told)


def test_a_file_that_is_gone_or_too_long_is_bad_and_the_old_text_is_good_again(tmp_path: Path) -> None:
    clock = MovedClock()
    file, path = watched(tmp_path, clock)
    for spoil in (path.unlink, lambda: path.write_bytes(b"1" * (MAX_BYTES + 1))):
        spoil()
        clock.move(1.0)
        assert (file.current(), file.valid) == (1, False)
    path.write_text("1")
    clock.move(1.0)
    assert file.valid


def test_files_beside_it_count_as_part_of_it(tmp_path: Path) -> None:
    """The value holds what was read of them, so that no change between two readings goes unseen."""
    clock, path, other = MovedClock(), tmp_path / "number", tmp_path / "other"
    path.write_text("1")
    other.write_text("2")

    def both(raw: bytes) -> tuple[int, bytes]:
        try:
            return int(raw), other.read_bytes()
        except OSError:
            raise ValueError("other cannot be read") from None

    file = Watched(path, both, clock, name="number", beside=lambda value: {other: value[1]})
    other.write_text("3")
    assert file.current() == (1, b"2")
    clock.move(1.0)
    assert file.current() == (1, b"3")
    for spoil in (other.unlink, lambda: other.write_bytes(b"1" * (MAX_BYTES + 1))):
        spoil()
        clock.move(1.0)
        assert file.current()[0] == 1
    other.unlink()
    clock.move(1.0)
    assert not file.valid
    other.write_text("3")
    clock.move(1.0)
    assert (file.current(), file.valid) == ((1, b"3"), True)


@pytest.mark.parametrize("text", ["x", None])
def test_a_file_that_is_bad_at_the_start_is_told_by_the_setting(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "MARK_PATH"
    if text is not None:
        path.write_text(text)
    with pytest.raises(BadSetting, match="BURNBOARD_POLICY_FILE") as caught:
        open_watched(path, number, Clock(), name="policy", setting="BURNBOARD_POLICY_FILE")
    assert "MARK_PATH" not in str(caught.value)
