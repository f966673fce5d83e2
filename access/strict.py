"""Files and tokens that say exactly one thing: JSON and YAML in which no name stands twice, and records whose every
name is known (reliability-security design, 4.3 and 4.4).

Errors are sentences that say where something is wrong, never what stands there: it may be a secret or a name.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Collection, Hashable
from typing import Any

import yaml

_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")


class Wrong(ValueError):
    """A sentence part: where something is and what is wrong with it."""


def strict_json(raw: bytes | str) -> Any:
    """JSON in which no name stands twice in an object and every number is one; raises ``Wrong``."""
    try:
        return json.loads(raw, object_pairs_hook=_once, parse_constant=_no_constant)
    except Wrong:
        raise
    except (ValueError, RecursionError):
        raise Wrong("it is not JSON") from None


def strict_yaml(raw: bytes) -> Any:
    """YAML of plain values, in which no name stands twice and nothing stands for something else; raises ``Wrong``."""
    try:
        return yaml.load(raw, Loader=_StrictLoader)  # noqa: S506  # made from SafeLoader
    except Wrong:
        raise
    except yaml.MarkedYAMLError as error:
        line = f" (line {error.problem_mark.line + 1})" if error.problem_mark else ""
        raise Wrong(f"it is not YAML{line}") from None
    except (yaml.YAMLError, ValueError, RecursionError):
        raise Wrong("it is not YAML") from None


def compact_parts(token: str) -> tuple[bytes, bytes, bytes]:
    """Header, payload and signature of a token in compact form, each in its one spelling; raises ``Wrong``."""
    if not _COMPACT.fullmatch(token):
        raise Wrong("the token is not three parts of base64url")
    header, payload, signature = map(_decoded, token.split("."))
    return header, payload, signature


def document(raw: bytes, name: str) -> Any:
    """What the file called ``name`` holds: JSON where the name says so, else YAML."""
    return strict_json(raw) if name.endswith(".json") else strict_yaml(raw)


def record(value: object, where: str, *, needs: Collection[str] = (), may: Collection[str] = ()) -> dict[str, Any]:
    """``value`` if it is an object with every name of ``needs`` and no other than those and ``may``."""
    if not isinstance(value, dict) or not all(isinstance(name, str) for name in value):
        raise Wrong(f"{where} should be an object with names")
    if missing := [name for name in needs if name not in value]:
        raise Wrong(f"{where} has no {missing[0]}")
    if set(value) - {*needs, *may}:
        raise Wrong(f"{where} has a name that is not known there; known are {', '.join((*needs, *may))}")
    return value


def named(value: object, where: str) -> dict[str, Any]:
    """``value`` if it is an object whose names are free."""
    if not isinstance(value, dict) or not all(isinstance(name, str) and name for name in value):
        raise Wrong(f"{where} should be an object with names")
    return value


def texts(value: object, where: str) -> list[str]:
    """``value`` if it is a list of texts."""
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise Wrong(f"{where} should be a list of texts")
    return value


def _decoded(part: str) -> bytes:
    """Base64url without padding, in its one spelling: the bits that are left over are zero."""
    try:
        raw = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except (binascii.Error, ValueError):
        raise Wrong("the token is not base64url") from None
    if base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != part:
        raise Wrong("the token is not base64url")
    return raw


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Wrong("a name stands twice in one object")
    return found


def _no_constant(_: str) -> Any:
    raise Wrong("it is not JSON")


class _StrictLoader(yaml.SafeLoader):
    """Plain values only: a name that stands twice, an alias and a merge are errors."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise Wrong("an alias is not read here")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: ARG002
        """Deep, whatever was asked: the names have to be there to be compared."""
        seen: set[Hashable] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str | int) or key in seen or key_node.tag.endswith(":merge"):
                raise Wrong(f"a name stands twice in one object, or is none (line {key_node.start_mark.line + 1})")
            seen.add(key)
        return super().construct_mapping(node, deep=True)
