"""What was decoded and joined stays in memory while there is room, and what two things share takes it once."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd

from data.metronome.deadline import Deadline
from data.window_cache.entry import joined, sliced
from data.window_cache.memo import Memo, weight_beside, weights_of
from data.window_cache.reader import Read, WindowCache
from data.window_cache.store import MemoryStore
from data.window_cache.wanted import Fetched, Span, Wanted, by_day
from tests.unit.window_cache import made_up
from tests.unit.window_cache.shelves import MEGABYTE, TODAY, HandClock


def test_what_is_heavier_than_all_room_is_not_kept_and_drives_nothing_out() -> None:
    memo = Memo(100)
    memo.put("a", 1, {"a": 60})
    memo.put("b", 2, {"b": 101})
    assert (memo.get("a"), memo.get("b")) == (1, None)
    memo.put("a", 3, {"a": 101})
    assert memo.get("a") is None, "what was there before is of the past all the same"


def test_a_part_of_two_values_counts_once_and_for_as_long_as_one_of_them_is_there() -> None:
    memo = Memo(100)
    memo.put("block", 1, {"rows": 60})
    memo.put("answer", 2, {"own": 20, "rows": 60})
    memo.put("other", 3, {"another": 20})
    assert [memo.get(key) for key in ("block", "answer", "other")] == [1, 2, 3]
    memo.put("more", 4, {"more": 1})  # the block goes first, which frees nothing, and then the answer
    assert [memo.get(key) for key in ("block", "answer", "other", "more")] == [None, None, 3, 4]
    memo.put("again", 5, {"rows": 70})
    assert [memo.get(key) for key in ("other", "more", "again")] == [3, 4, 5]


def test_what_is_put_if_there_is_room_drives_nothing_out() -> None:
    memo = Memo(100)
    assert memo.put("a", 1, {"a": 60})
    assert not memo.put("b", 2, {"b": 41}, if_room=True)
    assert memo.put("c", 3, {"a": 60, "c": 40}, if_room=True)
    assert not memo.put("c", 4, {"c": 41}, if_room=True)
    assert [memo.get(key) for key in "abc"] == [1, None, None]


def test_what_is_made_of_one_block_shares_its_memory() -> None:
    block = made_up.lines(31, 100, 2)
    first, end = made_up.DAY, made_up.DAY + 31
    for entry in (block, sliced(block, first + 3, end - 3)):
        assert weight_beside([block], joined([entry])) == 0
    table = joined([block])["lines"].copy(deep=False)
    before = block.tables["lines"]["line"].tolist()
    table["line"] = 0
    table.loc[3, "quantity"] = None
    assert block.tables["lines"]["line"].tolist() == before
    assert block.tables["lines"]["quantity"].notna().all()


def test_the_amounts_of_what_is_joined_are_those_of_the_blocks() -> None:
    blocks = [made_up.lines(31, 20, 2, first=made_up.DAY + 31 * number) for number in range(3)]
    assert 0 < weight_beside(blocks, joined(blocks)) < sum(weights_of(*blocks).values()) / 2


class Accounts:
    """A cache with so much room for what was decoded, over lines of so many groups a day."""

    def __init__(self, memo_bytes: int) -> None:
        self.clock, self.calls = HandClock(), 0
        self.cache = WindowCache(MemoryStore(64 * MEGABYTE, self.clock), self.clock, memo_bytes=memo_bytes)

    def ask(self, account: str, groups: int, days: int) -> Read[pd.DataFrame]:
        def fetch(span: Span | None, until: Deadline) -> Fetched:
            assert span is not None
            until.remaining()
            entry = made_up.lines((span[1] - span[0]).days, groups, 2, first=span[0].toordinal())
            return Fetched(entry.tables, entry.rows)

        end = TODAY - timedelta(days=40)
        pieces = by_day("", (account,), end - timedelta(days=days), end, 31)
        wanted = Wanted(name=(account, days), pieces=pieces, fetch=fetch, shape=lambda tables: tables["lines"])
        return self.cache.read(wanted, whole=False, begin=lambda: Deadline(self.clock, 10.0))


def test_a_large_answer_leaves_the_answers_of_others_where_they_are() -> None:
    accounts = Accounts(2 * MEGABYTE)
    accounts.ask("large", 100, 60)
    small = accounts.ask("small", 5, 30).value
    for _ in range(2):
        assert len(accounts.ask("large", 100, 60).value) == 12_000
        assert accounts.ask("small", 5, 30).value is small


def test_an_answer_of_half_a_million_cells_is_warm_in_eight_megabytes() -> None:
    accounts = Accounts(8 * MEGABYTE)
    assert accounts.ask("a", 50, 150).value is accounts.ask("a", 50, 150).value
