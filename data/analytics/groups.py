"""What a group is called, and which kind of series it makes. A group is told apart by its exact values, never by its
label: a real value spelled "Other" is not the rest, and one spelled "(not set)" is not null.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from data.series import NOT_SET_LABEL, UNATTRIBUTED_LABEL, SeriesKind

ALL_LABEL = "All usage"
EMPTY_LABEL = "(empty)"
COMPOUND_MARK = " · "

GroupValues = dict[str, str | None]
# By group key, what its raw values are called.
ValueNames = Mapping[str, Mapping[str, str]]
NO_NAMES: Final[ValueNames] = {}


@dataclass(frozen=True, order=True)
class GroupName:
    """How one group is shown."""

    label: str
    kind: SeriesKind


NOT_SET = GroupName(NOT_SET_LABEL, SeriesKind.NOT_SET)
UNATTRIBUTED = GroupName(UNATTRIBUTED_LABEL, SeriesKind.UNATTRIBUTED)


def group_values(text: str) -> GroupValues:
    """The group of a canonical JSON object as ``data.schema`` stores it; values that are not text become their JSON."""
    found = json.loads(text)
    return {
        key: value if value is None or isinstance(value, str) else json.dumps(value) for key, value in found.items()
    }


def group_name(values: GroupValues) -> GroupName:
    """The name of an exact group. A compound group is "(not set)" only when it is null throughout."""
    if not values:
        return GroupName(ALL_LABEL, SeriesKind.VALUE)
    if all(value is None for value in values.values()):
        return NOT_SET
    return GroupName(COMPOUND_MARK.join(_part(value) for value in values.values()), SeriesKind.VALUE)


def called(values: GroupValues, names: ValueNames) -> GroupValues:
    """``values`` under the names that they are shown with; what has none stays as it is."""
    return {key: None if value is None else names.get(key, {}).get(value, value) for key, value in values.items()}


def value_name(value: str) -> GroupName:
    """The name of a single value that was sent."""
    return GroupName(_part(value), SeriesKind.VALUE)


def _part(value: str | None) -> str:
    if value is None:
        return NOT_SET_LABEL
    return value or EMPTY_LABEL
