"""Single values of a query string, checked. Each parser raises ``ValueError`` with a sentence that quotes the input,
short and printable."""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum
from typing import TypeVar
from urllib.parse import parse_qsl, unquote

EARLIEST, LATEST = date(2000, 1, 1), date(2100, 1, 1)
MAX_KEY_CHARS = 200
MAX_OPEN = 20
MAX_QUERY_CHARS = 4096

Member = TypeVar("Member", bound=StrEnum)

_ID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_RECEIPT = re.compile(r"[A-Z]-[A-Z2-7]{8}")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def is_id(text: str) -> bool:
    """Whether ``text`` is written like a Metronome id (a UUID); anything else never reaches the API."""
    return _ID.fullmatch(text) is not None


def parse_day(text: str) -> date:
    """An ISO day (YYYY-MM-DD) between 2000 and 2100; raises ``ValueError`` with a sentence otherwise."""
    try:
        day = date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII) else None
    except ValueError:
        day = None
    if day is None or not EARLIEST <= day < LATEST:
        raise ValueError(f"{shown(text)} is not a day from 2000 to 2099, written as YYYY-MM-DD.")
    return day


def parse_id(text: str) -> str:
    if not is_id(text):
        raise ValueError(f"{shown(text)} is not the id of a metric.")
    return text


def parse_ids(text: str) -> tuple[str, ...]:
    """Up to 20 ids, comma-joined, each once, in the order given."""
    found = tuple(dict.fromkeys(text.split(",")))
    if len(found) > MAX_OPEN or not all(map(is_id, found)):
        raise ValueError(f"{shown(text)} does not name rows to open: up to {MAX_OPEN} ids, joined by commas.")
    return found


def parse_receipt(text: str) -> str:
    if not _RECEIPT.fullmatch(text):
        raise ValueError(f"{shown(text)} is not the id of a receipt, such as S-4KQ7M2XA.")
    return text


def parse_flag(what: str, on: str, text: str) -> bool:
    """True for the one word that switches ``what`` on."""
    if text != on:
        raise ValueError(f"{shown(text)} is not known for {what}; it can be “{on}” or left out.")
    return True


def parse_choice(choices: tuple[int, ...], text: str) -> int:
    """One of ``choices``, written as plain digits."""
    if text not in {str(number) for number in choices}:
        known = ", ".join(str(number) for number in choices)
        raise ValueError(f"{shown(text)} is not a number of groups that can be shown ({known}).")
    return int(text)


def parse_names(known: tuple[str, ...], text: str) -> frozenset[str]:
    """Some of ``known``, comma-joined."""
    names = frozenset(text.split(","))
    if not names <= set(known):
        raise ValueError(f"{shown(text)} does not name tables ({', '.join(known)}, joined by commas).")
    return names


def parse_member(kind: type[Member], what: str, text: str) -> Member:
    try:
        return kind(text)
    except ValueError:
        known = ", ".join(kind)
        raise ValueError(f"{shown(text)} is not a known {what} ({known}).") from None


def checked_text(text: str, what: str) -> str:
    if not text or len(text) > MAX_KEY_CHARS or _UNPRINTABLE.search(text):
        raise ValueError(f"{shown(text)} is not a {what}: that is 1 to {MAX_KEY_CHARS} printable characters.")
    return text


def shown(text: str) -> str:
    """``text`` in quotes, shortened and printable, for a sentence."""
    clean = _UNPRINTABLE.sub(" ", text)
    return f"“{clean[:40]}…”" if len(clean) > 40 else f"“{clean}”"


def join_keys(keys: tuple[str, ...]) -> str:
    """A compound group key as one text; a comma or percent sign inside a key is percent-encoded."""
    return ",".join(key.replace("%", "%25").replace(",", "%2C") for key in keys)


def split_keys(text: str) -> tuple[str, ...]:
    """The reverse of ``join_keys``; raises ``ValueError`` for empty, over-long or unprintable keys."""
    keys = tuple(unquote(part) for part in text.split(","))
    for key in keys:
        checked_text(key, "group key")
    return keys


def pairs_of(search: str, known: tuple[str, ...]) -> tuple[dict[str, str], list[str]]:
    """The first value of each key of a query string, and a sentence for each of ``known`` that stands there twice."""
    text = search.removeprefix("?")
    if len(text) > MAX_QUERY_CHARS:
        return {}, [f"The query is longer than the {MAX_QUERY_CHARS} characters that are read."]
    pairs: dict[str, str] = {}
    problems: list[str] = []
    for key, value in parse_qsl(text, keep_blank_values=True, errors="replace"):
        if key in pairs and key in known:
            problems.append(f"{shown(key)} stands twice in the query; it can be given once.")
        pairs.setdefault(key, value)
    return pairs, problems
