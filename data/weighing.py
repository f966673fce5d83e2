"""What is held in memory, roughly in bytes: for memos, which are bounded by it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import fields, is_dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

LOOKED_AT: Final = 8_192  # of many elements, to tell how many of them are one and the same
SAMPLE: Final = 16  # of those, to tell how heavy they are


def weight_of(value: Any, seen: set[int] | None = None) -> int:
    """Roughly the bytes of ``value``, each part of it once, and none that is in ``seen``. Of many elements a few from
    all over stand for the others."""
    seen = set() if seen is None else seen
    value = _owner(value) if isinstance(value, np.ndarray) else value
    if value is None or id(value) in seen:
        return 0
    seen.add(id(value))
    own = 0 if isinstance(value, pd.DataFrame | pd.Series) else sys.getsizeof(value)
    elements = _elements(value)
    if elements is None:
        return own + sum(weight_of(part, seen) for part in _parts(value))
    return own + _weight_of_many(elements, seen)


def arrays_of(frame: pd.DataFrame) -> dict[int, int]:
    """The bytes of each array that ``frame`` stands on, by identity: a slice stands on all of what it was cut from."""
    owners = [_owner(array) for _, column in frame.items() for array in _arrays(column.array)]
    return {id(owner): owner.nbytes for owner in owners}


def _weight_of_many(elements: Sequence[Any], seen: set[int]) -> int:
    """What they share is met with the first of them, and not multiplied."""
    looked_at = elements[:: len(elements) // LOOKED_AT + 1]
    distinct = list({id(one): one for one in looked_at if one is not None}.values())
    mostly_apart = len(distinct) > len(looked_at) // 2
    count = len(distinct) * len(elements) // len(looked_at) if mostly_apart else len(distinct)
    some = distinct[1 :: len(distinct) // SAMPLE + 1]
    first = sum(weight_of(one, seen) for one in distinct[:1])
    return first + sum(weight_of(one, seen) for one in some) * (count - 1) // max(1, len(some))


def _elements(value: Any) -> Sequence[Any] | None:
    """What there may be many of in ``value``; None where it has parts."""
    if isinstance(value, np.ndarray):
        return value.ravel().tolist() if value.dtype == object else ()
    if isinstance(value, tuple | list):
        return value
    if isinstance(value, Mapping):
        return [*value.keys(), *value.values()]
    return tuple(value) if isinstance(value, Set) else None


def _parts(value: Any) -> Iterator[Any]:
    if isinstance(value, pd.DataFrame):
        for _, column in value.items():
            yield from _arrays(column.array)
    elif isinstance(value, pd.Series):
        yield from _arrays(value.array)
    elif is_dataclass(value) and not isinstance(value, type):
        yield from (getattr(value, field.name) for field in fields(value))


def _arrays(column: Any) -> tuple[Any, ...]:
    """The arrays of a column of a frame."""
    if isinstance(column, pd.Categorical):
        return column.codes, np.asarray(column.categories.array)
    return (column.view("i8") if isinstance(column, pd.arrays.DatetimeArray) else np.asarray(column),)


def _owner(array: Any) -> Any:
    """Whose memory ``array`` shows; that is held as a whole."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array
