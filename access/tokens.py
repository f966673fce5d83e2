"""Signed tokens in their compact form, read more strictly than PyJWT does by itself (reliability-security design,
finding 15): one spelling per token, no member twice, and the algorithm from the key's record, never from the header.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import jwt
from jwt.api_jws import PyJWS

from access.strict import Wrong, compact_parts, strict_json


def header_of(token: object, limit: int) -> dict[str, Any]:
    """The header of a token of at most ``limit`` characters, not yet verified; raises ``Wrong``."""
    if not isinstance(token, str) or len(token) > limit:
        raise Wrong("The token is too long")
    return _object(compact_parts(token)[0])


def verified(token: str, key: Any, algorithm: str) -> dict[str, Any]:
    """The payload of ``token`` if ``key`` signed it with ``algorithm``; raises ``Wrong``."""
    try:
        payload = PyJWS(algorithms=[algorithm]).decode(token, key, algorithms=[algorithm])
    except (jwt.PyJWTError, ValueError, TypeError):
        raise Wrong("The signature is not right") from None
    return _object(payload)


def signed(claims: Mapping[str, Any], key: Any, algorithm: str, header: Mapping[str, str]) -> str:
    payload = json.dumps(claims, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
    return PyJWS(algorithms=[algorithm]).encode(payload, key, algorithm, headers=dict(header))


def _object(raw: bytes) -> dict[str, Any]:
    found = strict_json(raw)
    if not isinstance(found, dict):
        raise Wrong("it should be an object")
    return found
