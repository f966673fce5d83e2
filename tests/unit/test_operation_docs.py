"""docs/reference/operation.md knows every event and every number that there is, and none that there is not."""

from __future__ import annotations

import re
from pathlib import Path

from prometheus_client import CollectorRegistry

from server.numbers import Numbers
from server.told import Sort

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "reference" / "operation.md").read_text()


def emitted() -> set[str]:
    texts = [
        path.read_text() for room in ("access", "data", "server", "callbacks") for path in (ROOT / room).rglob("*.py")
    ]
    return {name for text in texts for name in re.findall(r'(?:emit\(\s*Channel\.\w+,|_tell\()\s*"(\w+)"', text)}


def test_every_event_is_told() -> None:
    rows = re.findall(r"^\| `burnboard[.a-z]*` \| (.+?) \|", PAGE, re.M)
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == emitted()


def test_every_number_is_told_with_its_labels() -> None:
    registry = CollectorRegistry()
    numbers = Numbers(registry)
    there = {}
    for metric in vars(numbers).values():
        if hasattr(metric, "_labelnames"):
            ending = "_total" if metric._type == "counter" else ""
            there[metric._name + ending] = set(metric._labelnames)
    there |= {"burnboard_workers": set(), "burnboard_build_info": {"dash", "granian", "python"}}
    told = {
        name: set(re.findall(r"`(\w+)`", labels))
        for name, labels in re.findall(r"^\| `(burnboard_\w+)` \|([^|]*)\|", PAGE, re.M)
    }
    assert told == there


def test_every_kind_of_request_is_told() -> None:
    assert [sort for sort in Sort if f"`{sort}`" not in PAGE] == []
