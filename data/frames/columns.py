"""Lists of values as frame columns, each kind of ``data.schema`` built once over all rows.

A long table repeats few texts, so each distinct one is looked at once: ``Coded`` numbers them while rows go by.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.errors import BadAnswer
from data.metronome.shapes import instant
from data.schema import Columns, check

Codes = NDArray[np.int32]
Instants = NDArray[np.int64]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NOT_A_TIME = np.iinfo(np.int64).min
# No amount has more digits before its dot; beyond this, exact sums would overflow or round.
_MOST_DIGITS = 30
# What None counts as in unsigned codes: read as a signed number, its bits are -1.
_NONE = 2**32 - 1


class Coded(dict[Any, int]):
    """A column of texts (or other hashable values) as numbers: ``codes`` by row, the distinct values in order of
    first sight. None has the number -1.

    They are gathered unsigned, as ``array`` takes a list of such numbers several times faster than one of signed ones.
    """

    def __init__(self, values: Iterable[Any] = ()) -> None:
        super().__init__({None: _NONE})
        self._codes = array("I", map(self.__getitem__, values))

    def __missing__(self, value: Any) -> int:
        code = self[value] = len(self) - 1
        return code

    def add(self, values: Sequence[Any]) -> None:
        """Values that are all the same, as those of one invoice's lines often are, are looked up once."""
        if values and values.count(values[0]) == len(values):
            self._codes.extend(array("I", [self[values[0]]]) * len(values))
        else:
            self._codes.fromlist(list(map(self.__getitem__, values)))

    @property
    def codes(self) -> Codes:
        return np.array(self._codes, np.uint32).view(np.int32)

    @property
    def distinct(self) -> list[Any]:
        return list(self)[1:]


def frame(columns: Mapping[str, Any], schema: Columns) -> pd.DataFrame:
    """The columns as a checked frame on a plain index."""
    kept = {name: _as_kind(column, schema.get(name, "")) for name, column in columns.items()}
    return check(pd.DataFrame(kept, copy=False), schema)


def _as_kind(column: Any, kind: str) -> Any:
    """Object columns say so themselves; pandas would make texts of them otherwise."""
    return pd.Series(column, dtype="object", copy=False) if kind in ("object", "decimal") else column


def text(values: Iterable[str | None]) -> pd.Categorical:
    """Categorical of the texts; None is missing."""
    return coded_text(Coded(values))


def coded_text(coded: Coded) -> pd.Categorical:
    return categorical(coded.codes, coded.distinct)


def categorical(codes: Codes, texts: Sequence[str]) -> pd.Categorical:
    return pd.Categorical.from_codes(codes, categories=pd.Index(list(texts), dtype="str"))


def times(texts: Iterable[str | None]) -> pd.DatetimeIndex:
    """UTC instants to the microsecond, each distinct spelling parsed once; None and "" are NaT."""
    return coded_times(Coded(texts))


def coded_times(coded: Coded) -> pd.DatetimeIndex:
    return as_times(instants(coded.distinct)[coded.codes])


def instants(texts: Iterable[str | None]) -> Instants:
    """Microseconds since 1970 UTC, followed by one "not a time", so that the code -1 finds it."""
    return np.array([*map(_microseconds, texts), _NOT_A_TIME], np.int64)


def as_times(microseconds: Instants) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(microseconds.view("datetime64[us]")).tz_localize("UTC")


def decimals(values: Sequence[Decimal | None]) -> NDArray[np.object_]:
    """Amounts as sent. Raises ``BadAnswer`` for one that is not a number or absurdly large."""
    # One pass, as amounts lie wide apart in memory and each of them is fetched anew by a second one.
    if any(not value.is_finite() or value.adjusted() > _MOST_DIGITS for value in values if value is not None):
        raise BadAnswer("an amount that is not a number of this world")
    return objects(values)


def objects(values: Sequence[Any]) -> NDArray[np.object_]:
    """An object column; numpy would otherwise spread tuples over several dimensions."""
    return np.fromiter(values, object, len(values))


def texts(values: Iterable[str | None]) -> NDArray[np.object_]:
    """An object column of ``str``, "" where nothing was sent."""
    return objects([value or "" for value in values])


def floats(values: Sequence[float | None]) -> NDArray[np.float64]:
    return np.array(values, np.float64)


def canonical(pairs: Mapping[str, str | None]) -> str:
    """A JSON object in the order of ``pairs``, without spaces."""
    return msgspec.json.encode(pairs).decode()


def _microseconds(text: str | None) -> int:
    moment = instant(text)
    if moment is None:
        return int(_NOT_A_TIME)
    since = moment - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
