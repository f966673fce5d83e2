"""What a parameter may look like. A check takes (name, value as sent) and returns the value to use, or refuses."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sandbox.moments import midnight
from sandbox.refusals import bad

Check = Callable[[str, Any], Any]
Checks = dict[str, Check]
_FULL_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)


class Words(str):
    """A value from a query string, where everything is text: numbers, booleans and lists may be read from it."""

    __slots__ = ()


def text(name: str, value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise bad(f"{name} must be a non-empty string")
    return value


def uuid(name: str, value: Any) -> str:
    try:
        return str(UUID(text(name, value)))
    except ValueError:
        raise bad(f"{name} must be a UUID") from None


def flag(name: str, value: Any) -> bool:
    """true or false; in a query string as a word of any case."""
    if isinstance(value, Words) and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    if not isinstance(value, bool):
        raise bad(f"{name} must be a boolean")
    return value


def whole(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | Words) or not re.fullmatch(r"-?[0-9]{1,9}", str(value)):
        raise bad(f"{name} must be an integer")
    return int(value)


def moment(name: str, value: Any) -> datetime:
    """An RFC 3339 instant; a bare date means its first moment in UTC."""
    try:
        parsed = datetime.fromisoformat(text(name, value))
    except ValueError:
        raise bad(f"{name} must be an RFC 3339 timestamp") from None
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)


def day(name: str, value: Any) -> datetime:
    parsed = moment(name, value)
    if parsed != midnight(parsed):
        raise bad(f"{name} must be aligned to UTC midnight")
    return parsed


def full_instants(fields: Checks) -> Checks:
    """The same checks, with a time and an offset demanded of every instant."""
    return {name: _in_full(check) if check in {moment, day} else check for name, check in fields.items()}


def _in_full(check: Check) -> Check:
    def full(name: str, value: Any) -> Any:
        if not _FULL_INSTANT.fullmatch(text(name, value)):
            raise bad(f"{name} must be an RFC 3339 timestamp with a time and an offset")
        return check(name, value)

    return full


def one_of(*choices: str) -> Check:
    """One of ``choices`` in any case; the value is used as it is written here."""
    known = {choice.lower(): choice for choice in choices}

    def check(name: str, value: Any) -> str:
        found = known.get(text(name, value).lower())
        if found is None:
            raise bad(f"{name} must be one of {', '.join(choices)}")
        return found

    return check


def list_of(item: Check, *, least: int = 0, most: int | None = None) -> Check:
    """A JSON array, or in a query string values that are repeated or joined by commas."""

    def check(name: str, value: Any) -> list[Any]:
        values = value.split(",") if isinstance(value, Words) else value
        if not isinstance(values, list):
            raise bad(f"{name} must be an array")
        if len(values) < least or (most is not None and len(values) > most):
            raise bad(f"{name} must have between {least} and {most or 'any number of'} entries")
        return [item(name, part) for part in values]

    return check


def record(fields: Checks, *, required: tuple[str, ...] = ()) -> Check:
    """A JSON object with exactly these fields."""

    def check(name: str, value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise bad(f"{name} must be an object")
        return checked(value, fields, required, strict=True, where=f"{name}.")

    return check


def mapping(item: Check) -> Check:
    def check(name: str, value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise bad(f"{name} must be an object")
        return {key: item(f"{name}.{key}", part) for key, part in value.items()}

    return check


def checked(
    sent: Mapping[str, Any], fields: Checks, required: tuple[str, ...], *, strict: bool, where: str = ""
) -> dict[str, Any]:
    """The known fields of ``sent``, each checked. Null counts as absent. Strict: an unknown field is refused."""
    unknown = sorted(set(sent) - set(fields))
    if unknown and strict:
        raise bad(f"unexpected field {where}{unknown[0]}")
    present(required, sent, where=where)
    return {name: fields[name](f"{where}{name}", sent[name]) for name in fields if sent.get(name) is not None}


def present(required: tuple[str, ...], sent: Mapping[str, Any], *, where: str = "") -> None:
    """Refuse a request that lacks a required parameter."""
    missing = [name for name in required if sent.get(name) is None]
    if missing:
        raise bad(f"{where}{missing[0]} is required")


def ordered(start: datetime | None, end: datetime | None) -> None:
    """Refuse a range that does not end after it begins."""
    if start is not None and end is not None and end <= start:
        raise bad("ending_before must be after starting_on")
