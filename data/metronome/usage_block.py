"""Usage rows packed as columns while they arrive: an hour of hundreds of groups makes a million rows."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from typing import TypeVar

from data.metronome.shapes import UsageRow

K = TypeVar("K")
GroupItems = tuple[tuple[str | None, str | None], ...]
_GroupKey = GroupItems | tuple[str | None, str | None]
_NAN = float("nan")


class _Codes(dict[K, int]):
    """A number for each distinct thing, in order of first sight."""

    def __missing__(self, key: K) -> int:
        code = self[key] = len(self)
        return code


class _CodesOfKey(dict[str | None, int]):
    """The numbers of one key's groups by value alone, which is cheaper to look up than the pair of both."""

    def __init__(self, key: str | None, groups: _Codes[_GroupKey]) -> None:
        super().__init__()
        self._key, self._groups = key, groups

    def __missing__(self, value: str | None) -> int:
        code = self[value] = self._groups[self._key, value]
        return code


class UsageBlock:
    """Usage rows as three columns of numbers and the two lists that the numbers point into.

    Rows are packed page by page, so that the structs of a page are gone before the next one is decoded: a row costs
    16 bytes instead of 400, and the texts of a window or a group are kept once. The numbers are unsigned, as ``array``
    takes a list of such numbers several times faster than one of signed ones.
    """

    __slots__ = ("_groups", "_keys", "_windows", "group", "value", "window")

    def __init__(self, rows: Iterable[UsageRow] = ()) -> None:
        self._windows: _Codes[tuple[str, str]] = _Codes()
        self._groups: _Codes[_GroupKey] = _Codes()
        self._keys: dict[str | None, _CodesOfKey] = {}
        self.window, self.group, self.value = array("I"), array("I"), array("d")
        self.add(list(rows))

    def __len__(self) -> int:
        return len(self.value)

    def add(self, rows: list[UsageRow]) -> None:
        self.window.fromlist(self._window_codes(rows))
        self.group.fromlist(self._group_codes(rows))
        self.value.fromlist([_NAN if row.value is None else row.value for row in rows])

    def _window_codes(self, rows: list[UsageRow]) -> list[int]:
        """Neighbours mostly share a window; comparing two texts is cheaper than hashing a pair of them."""
        codes: list[int] = []
        start = end = None
        code = -1
        for row in rows:
            if row.starting_on != start or row.ending_before != end:
                start, end = row.starting_on, row.ending_before
                code = self._windows[start, end]
            codes.append(code)
        return codes

    def _group_codes(self, rows: list[UsageRow]) -> list[int]:
        """Rows without a map mostly share their key."""
        codes: list[int] = []
        key = None
        of_key = self._of_key(key)
        for row in rows:
            if row.group:
                codes.append(self._groups[tuple(row.group.items())])
                continue
            if row.group_key != key:
                key = row.group_key
                of_key = self._of_key(key)
            codes.append(of_key[row.group_value])
        return codes

    def _of_key(self, key: str | None) -> _CodesOfKey:
        return self._keys.setdefault(key, _CodesOfKey(key, self._groups))

    @property
    def windows(self) -> list[tuple[str, str]]:
        """(start, end) texts by window number."""
        return list(self._windows)

    @property
    def groups(self) -> list[GroupItems]:
        """The (key, value) pairs as sent by group number; the key is None where neither spelling was sent."""
        return [_as_items(key) for key in self._groups]


def _as_items(key: _GroupKey) -> GroupItems:
    match key:
        case (str() | None as name, str() | None as value):
            return ((name, value),)
        case _:
            return tuple(pair for pair in key if isinstance(pair, tuple))
