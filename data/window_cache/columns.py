"""Columns of a frame as what MessagePack holds, and back: one way for each kind of ``data.schema``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, Final, Generic, TypeVar

import msgspec
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.frames.columns import Coded, as_times, categorical, decimals, objects

T = TypeVar("T")
Integers = NDArray[np.int64]
Value = str | tuple[str | tuple[str, ...], ...]  # what an object column holds

_EARLIEST, _LATEST = (np.datetime64(day, "us").astype(np.int64) for day in ("0001-01-01", "9999-12-31"))
_NOT_A_TIME: Final = np.iinfo(np.int64).min


class Unreadable(ValueError):
    """Bytes that were not written here: a miss."""


class Numbers(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """Integers: the lowest, and by how much each differs from the one before, ``width`` bytes each; differences run
    round, as those of unsigned integers do. Texts by first sight are numbered 0, 1, 2: nearly nothing is left."""

    low: int
    width: int
    steps: bytes

    @staticmethod
    def of(values: NDArray[Any]) -> Numbers:
        whole = np.asarray(values, np.int64)
        if not len(whole):
            return Numbers(0, 1, b"")
        low = whole.min()
        above = whole.view(np.uint64) - low.view(np.uint64)
        width = 1 << (max(0, int(above.max()).bit_length() - 1) // 8).bit_length()
        narrow = above.astype(f"<u{width}")
        return Numbers(int(low), width, np.diff(narrow, prepend=narrow.dtype.type(0)).tobytes())

    def values(self) -> Integers:
        if self.width not in {1, 2, 4, 8} or len(self.steps) % self.width:
            raise Unreadable("numbers of no width")
        above = np.cumsum(np.frombuffer(self.steps, f"<u{self.width}"), dtype=f"<u{self.width}")
        return (above.astype(np.uint64) + np.int64(self.low).view(np.uint64)).view(np.int64)


class Repeated(msgspec.Struct, Generic[T], array_like=True, frozen=True, forbid_unknown_fields=True):
    """Distinct values, and the number of one for each row; -1 = none."""

    distinct: T
    codes: Numbers

    def places(self, count: int) -> Integers:
        """The number of each row, for ``count`` distinct values."""
        places = self.codes.values()
        if len(places) and not -1 <= places.min() <= places.max() < count:
            raise Unreadable("a row of no value")
        return places


def _write_texts(column: pd.Series) -> Any:
    return Repeated(column.cat.categories.tolist(), Numbers.of(column.cat.codes.to_numpy()))


def _read_texts(held: Repeated[list[str]]) -> pd.Categorical:
    if len(set(held.distinct)) != len(held.distinct):
        raise Unreadable("a text twice")
    return categorical(held.places(len(held.distinct)).astype(np.int32), held.distinct)


def _write_times(column: pd.Series) -> Any:
    distinct, codes = np.unique(pd.DatetimeIndex(column.array).asi8, return_inverse=True)
    return Repeated(Numbers.of(distinct), Numbers.of(codes))


def _read_times(held: Repeated[Numbers]) -> pd.DatetimeIndex:
    distinct = held.distinct.values()
    if not np.all((distinct == _NOT_A_TIME) | ((distinct >= _EARLIEST) & (distinct <= _LATEST))):
        raise Unreadable("a time of no calendar")
    return as_times(np.append(distinct, _NOT_A_TIME)[held.places(len(distinct))])


def _write_decimals(column: pd.Series) -> Any:
    return _write_values(None if value is None else str(value) for value in column.tolist())


def _read_decimals(held: Repeated[list[str]]) -> NDArray[np.object_]:
    return _spread(decimals(list(map(Decimal, held.distinct))), held)


def _write_objects(column: pd.Series) -> Any:
    return _write_values(column.tolist())


def _read_objects(held: Repeated[list[Value]]) -> NDArray[np.object_]:
    return _spread(objects(held.distinct), held)


def _write_values(values: Iterable[Any]) -> Any:
    coded = Coded(values)
    return Repeated(coded.distinct, Numbers.of(coded.codes))


def _spread(distinct: NDArray[np.object_], held: Repeated[Any]) -> NDArray[np.object_]:
    return np.append(distinct, [None])[held.places(len(distinct))]


def _write_floats(column: pd.Series) -> Any:
    return column.to_numpy().astype("<f8").tobytes()


def _read_floats(held: bytes) -> NDArray[np.float64]:
    return np.frombuffer(held, "<f8").astype(np.float64)


def _write_integers(column: pd.Series) -> Any:
    return Numbers.of(column.to_numpy())


def _read_flags(held: Numbers) -> NDArray[np.bool_]:
    found = held.values()
    if np.any((found < 0) | (found > 1)):
        raise Unreadable("a flag that is neither")
    return found.astype(bool)


_KINDS: Final[dict[str, tuple[Callable[[pd.Series], Any], Any, Callable[[Any], Any]]]] = {
    "text": (_write_texts, Repeated[list[str]], _read_texts),
    "time": (_write_times, Repeated[Numbers], _read_times),
    "decimal": (_write_decimals, Repeated[list[str]], _read_decimals),
    "object": (_write_objects, Repeated[list[Value]], _read_objects),
    "float": (_write_floats, bytes, _read_floats),
    "flag": (_write_integers, Numbers, _read_flags),
    "count": (_write_integers, Numbers, Numbers.values),
}
_ENCODER = msgspec.msgpack.Encoder()
_DECODERS: Final = {kind: msgspec.msgpack.Decoder(held) for kind, (_, held, _) in _KINDS.items()}


def write(column: pd.Series, kind: str) -> msgspec.Raw:
    return msgspec.Raw(_ENCODER.encode(_KINDS[kind][0](column)))


def read(held: msgspec.Raw, kind: str) -> Any:
    """The column again; raises ``Unreadable`` or an error of what was not written here (see ``codec``)."""
    return _KINDS[kind][2](_DECODERS[kind].decode(held))
