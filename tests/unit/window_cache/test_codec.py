"""The codec: what goes in comes out, to the last digit; what did not go in is told apart; small and quick."""

from __future__ import annotations

import random
import zlib
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data import schema
from data.window_cache import codec
from data.window_cache.codec import Unreadable, decode, encode
from data.window_cache.entry import Entry, Stamp
from data.window_cache.tables import COLUMNS
from tests.unit.window_cache.made_up import assert_same, entries, lines, stamps

NAMES = tuple(COLUMNS)
CACHED = ("USAGE", "LINES", "WINDOWS", "BALANCES", "SEGMENTS", "LEDGER", "INVOICES", "CUSTOMERS", "METRICS",
          "CREDIT_TYPES", "CONTRACTS", "METRIC_TOTALS", "NET_BALANCES")  # fmt: skip


def test_every_frame_that_the_source_hands_out_has_a_name() -> None:
    assert {name.upper(): columns for name, columns in COLUMNS.items()} == {
        name: getattr(schema, name) for name in CACHED
    }


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=10)
@given(data=st.data())
def test_what_goes_in_comes_out_to_the_last_digit(name: str, data: st.DataObject) -> None:
    entry = data.draw(entries((name,)))
    assert_same(decode(encode(entry)), entry)


@settings(max_examples=8)
@given(entry=entries(("balances", "segments")) | entries(()))
def test_several_tables_and_none_come_out_as_they_went_in(entry: Entry) -> None:
    assert_same(decode(encode(entry)), entry)


@given(days=st.dictionaries(st.integers(0, 10**6), stamps, max_size=40))
def test_every_day_keeps_its_own_stamp(days: dict[int, Stamp]) -> None:
    assert decode(encode(Entry({}, {}, days, frozenset(days)))).days == days


def test_equal_entries_are_equal_bytes() -> None:
    assert encode(lines(3, 2, 2)) == encode(decode(encode(lines(3, 2, 2))))


def whole_lines() -> bytes:
    return encode(lines(5, 3, 2))


def test_two_thousand_mutations_are_unreadable() -> None:
    """Bits, bytes, cuts and swaps anywhere."""
    rng, data = random.Random(5), whole_lines()  # noqa: S311  # the same each time
    for _ in range(2_000):
        with pytest.raises(Unreadable):
            decode(_mutated(data, rng))


def test_mutations_under_a_valid_seal_are_unreadable_or_frames_of_the_schema() -> None:
    """Somebody who may write to the store can seal what they like; nothing that they write is more than bad data."""
    rng = random.Random(6)  # noqa: S311  # the same each time
    packed = codec._opened(encode(lines(2, 2, 1)))
    read = 0
    for _ in range(500):
        try:
            entry = decode(_sealed(_mutated(packed, rng)))
        except Unreadable:
            continue
        read += 1
        for name, table in entry.tables.items():
            schema.check(table, COLUMNS[name])
            assert len(table) == len(entry.rows[name])
    assert 0 < read < 500


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x80\x04N.",  # a pickle
        b"0" * 11,
        b"\x00" * 4096,
        b"\x91" * 100_000,
        encode(lines(2, 2, 1)) + b"\x00",
        encode(lines(2, 2, 1))[:-1],
    ],
)
def test_what_was_not_written_here_is_unreadable(data: bytes) -> None:
    with pytest.raises(Unreadable):
        decode(data)


NUMBERS = [0, 1, b"\x00"]


@pytest.mark.parametrize(
    "packed",
    [
        None,
        [],
        [[], [], NUMBERS, 1],
        [[["passwords", NUMBERS, []]], [], NUMBERS],  # a table of no schema
        [[["metric_totals", NUMBERS, [[["m"], NUMBERS]]]], [], NUMBERS],  # a column too few
        [[["metric_totals", NUMBERS, [[["m"], [1, 1, b"\x00"]], b"\x00" * 8]]], [], NUMBERS],  # a row of no value
        [[["metric_totals", NUMBERS, [[["m"], NUMBERS], b"\x00" * 9]]], [], NUMBERS],  # half a float
        [[["metric_totals", NUMBERS, [[["m"], NUMBERS], b"\x00" * 16]]], [], NUMBERS],  # another length
        [[["metric_totals", [0, 3, b"\x00" * 3], [[["m"], NUMBERS], b"\x00" * 8]]], [], NUMBERS],  # no width
        [[["metric_totals", [2**63, 1, b"\x00"], [[["m"], NUMBERS], b"\x00" * 8]]], [], NUMBERS],  # no day
        [[["net_balances", NUMBERS, [[["c"], NUMBERS], NUMBERS, [["NaN"], NUMBERS]]]], [], NUMBERS],
        [[["net_balances", NUMBERS, [[["c"], NUMBERS], NUMBERS, [["1E+999999"], NUMBERS]]]], [], NUMBERS],
        [[["net_balances", NUMBERS, [[["c"], NUMBERS], NUMBERS, [["one"], NUMBERS]]]], [], NUMBERS],
        [[["net_balances", NUMBERS, [[["c"], NUMBERS], [2, 1, b"\x00"], [["1"], NUMBERS]]]], [], NUMBERS],  # no flag
        [[], [[1.0, "2026-11-20T12:00:00", NUMBERS]], NUMBERS],  # a time of no zone
    ],
)
def test_a_shape_that_is_not_the_one_written_is_unreadable(packed: object) -> None:
    with pytest.raises(Unreadable):
        decode(_sealed(msgspec.msgpack.encode(packed)))


def test_the_same_shape_written_by_hand_is_read() -> None:
    """The positive control of the test above."""
    moment = datetime(2026, 11, 20, 12, tzinfo=UTC)
    totals = ["net_balances", NUMBERS, [[["c"], NUMBERS], [1, 1, b"\x00"], [["1.50"], NUMBERS]]]
    entry = decode(_sealed(msgspec.msgpack.encode([[totals], [[1.0, moment, NUMBERS]], NUMBERS])))
    assert entry.days == {0: Stamp(1.0, moment)}
    assert str(entry.tables["net_balances"]["balance"][0]) == "1.50"


def test_a_bomb_is_not_unpacked() -> None:
    body = (100).to_bytes(4, "big") + zlib.compress(b"\x00" * 50_000_000, 9)
    with pytest.raises(Unreadable):
        decode(codec._seal(body) + body)
    body = (0xFFFFFFFF).to_bytes(4, "big") + zlib.compress(b"\x00" * 1000)
    with pytest.raises(Unreadable):
        decode(codec._seal(body) + body)


def test_a_line_takes_at_most_25_bytes() -> None:
    """31 days of 50 groups with two lines each, no two amounts alike; benchmarks have the time that it takes."""
    assert len(encode(lines(31, 50, 2))) <= 25 * 31 * 50 * 2


def _mutated(data: bytes, rng: random.Random) -> bytes:
    """``data`` with something else in it, never itself."""
    at, other = rng.randrange(len(data)), rng.randrange(len(data))
    some = bytearray(data)
    match rng.randrange(5):
        case 0:
            some[at] ^= 1 << rng.randrange(8)
        case 1:
            some[at] = (some[at] + rng.randrange(1, 256)) % 256
        case 2:
            del some[at : at + rng.randrange(1, 9)]
        case 3:
            some[at:at] = rng.randbytes(rng.randrange(1, 9))
        case _:
            some[at], some[other] = some[other], some[at]
    return bytes(some) if bytes(some) != data else data + b"\x00"


def _sealed(packed: bytes) -> bytes:
    body = len(packed).to_bytes(4, "big") + zlib.compress(packed, 1)
    return codec._seal(body) + body
