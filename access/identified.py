"""Somebody, as a proxy tells it: an address and the groups. What they may see is the policy's business."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, kw_only=True)
class Person:
    email: str
    groups: frozenset[str] = frozenset()


class Identifier(Protocol):
    def identify(self, environ: Mapping[str, Any]) -> Person:
        """Who asks; raises ``Denied`` with 401 for nobody, for somebody odd, and for what is not proven."""
        ...
