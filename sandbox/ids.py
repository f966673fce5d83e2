"""Ids and seeds: pure functions of names, the same on every machine and in every order."""

from __future__ import annotations

from hashlib import blake2b
from uuid import UUID, uuid5

_NAMESPACE = UUID("5b1f2f0e-6a0c-5d3b-9c41-0b0a57a11ce5")


def ident(*parts: str) -> str:
    """The UUID that belongs to a path of names, such as ``ident("contract", "halden", "main")``."""
    return str(uuid5(_NAMESPACE, "/".join(parts)))


def seeded(*parts: str, size: int = 8) -> int:
    """A whole number of ``size`` bytes that depends on nothing but ``parts``."""
    return int.from_bytes(blake2b("\x1f".join(parts).encode(), digest_size=size).digest(), "big")
