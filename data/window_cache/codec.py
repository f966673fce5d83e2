"""Entries as bytes: columns, not rows, and nothing in them that could run (decision 13).

    seal (8 bytes over the rest) | length of what was packed (4 bytes) | zlib of MessagePack

For each table it holds the columns in the order of ``data.schema``, without their names: distinct values and a number
per row, amounts as the digits that Metronome sent. ``VERSION`` is part of every key and changes with the schema, so
nobody meets bytes of another make; what is met all the same is ``Unreadable``.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from datetime import datetime
from hashlib import blake2b
from typing import Annotated, Final

import msgspec
import numpy as np
import pandas as pd

from data.errors import BadAnswer
from data.frames.columns import frame
from data.window_cache.columns import Numbers, Unreadable, read, write
from data.window_cache.entry import Days, Entry, Stamp
from data.window_cache.tables import COLUMNS

__all__ = ["VERSION", "Unreadable", "decode", "encode"]

_LAYOUT: Final = 1
_SEAL, _LENGTH = 8, 4  # bytes
_MOST_BYTES: Final = 1 << 28  # packed: what a hostile length may make us reserve
_LEVEL: Final = 1
_INT32 = np.iinfo(np.int32)


class _Table(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    name: str
    days: Numbers
    columns: tuple[msgspec.Raw, ...]


class _Stamped(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """The days that are held since the same moment."""

    stored: float
    fetched_at: Annotated[datetime, msgspec.Meta(tz=True)]
    days: Numbers


class _Packed(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    tables: tuple[_Table, ...]
    stamped: tuple[_Stamped, ...]
    settled: Numbers


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(_Packed)
_SCHEMA = _ENCODER.encode({name: list(columns.items()) for name, columns in COLUMNS.items()})
VERSION: Final = f"{_LAYOUT}.{blake2b(_SCHEMA, digest_size=4).hexdigest()}"


def encode(entry: Entry) -> bytes:
    """``entry`` as bytes that ``decode`` makes the same entry of, to the last digit."""
    packed = _ENCODER.encode(_Packed(_pack_tables(entry), _pack_days(entry.days), _numbers(entry.settled)))
    body = len(packed).to_bytes(_LENGTH, "big") + zlib.compress(packed, _LEVEL)
    return _seal(body) + body


def decode(data: bytes) -> Entry:
    """The entry that ``encode`` wrote; raises ``Unreadable`` for anything else."""
    try:
        packed = _DECODER.decode(_opened(data))
        tables = {table.name: _read_table(table) for table in packed.tables}
        days = {day: Stamp(one.stored, one.fetched_at) for one in packed.stamped for day in one.days.values().tolist()}
        rows = {table.name: _days(table.days) for table in packed.tables}
        return Entry(tables, rows, days, frozenset(packed.settled.values().tolist()))
    except (ValueError, TypeError, ArithmeticError, RecursionError, zlib.error, BadAnswer) as error:
        raise Unreadable("not an entry of this make") from error


def _pack_tables(entry: Entry) -> tuple[_Table, ...]:
    return tuple(
        _Table(name, Numbers.of(entry.rows[name]), tuple(write(rows[column], kind) for column, kind in _kinds(name)))
        for name, rows in entry.tables.items()
    )


def _pack_days(days: Mapping[int, Stamp]) -> tuple[_Stamped, ...]:
    since: dict[Stamp, list[int]] = {}
    for day, stamp in days.items():
        since.setdefault(stamp, []).append(day)
    return tuple(_Stamped(stamp.stored, stamp.fetched_at, _numbers(those)) for stamp, those in since.items())


def _read_table(table: _Table) -> pd.DataFrame:
    columns = {name: read(held, kind) for (name, kind), held in zip(_kinds(table.name), table.columns, strict=True)}
    if {len(column) for column in columns.values()} != {len(table.days.values())}:
        raise Unreadable("columns of different lengths")
    return frame(columns, COLUMNS[table.name])


def _kinds(table: str) -> list[tuple[str, str]]:
    if table not in COLUMNS:
        raise Unreadable("a table of no schema")
    return list(COLUMNS[table].items())


def _days(held: Numbers) -> Days:
    days = held.values()
    if len(days) and (days[0] < 0 or days[-1] > _INT32.max or np.any(np.diff(days) < 0)):
        raise Unreadable("days in no order")
    return days.astype(np.int32)


def _numbers(days: frozenset[int] | list[int]) -> Numbers:
    return Numbers.of(np.array(sorted(days), np.int64))


def _seal(body: bytes) -> bytes:
    return blake2b(body, digest_size=_SEAL).digest()


def _opened(data: bytes) -> bytes:
    seal, body = data[:_SEAL], data[_SEAL:]
    length = int.from_bytes(body[:_LENGTH], "big")
    if seal != _seal(body) or not 0 < length <= _MOST_BYTES:
        raise Unreadable("another seal")
    unpacking = zlib.decompressobj()
    packed = unpacking.decompress(body[_LENGTH:], length)
    if len(packed) != length or not unpacking.eof or unpacking.unused_data:
        raise Unreadable("another length")
    return packed
