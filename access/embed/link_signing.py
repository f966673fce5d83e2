"""Signing a link to an embed. Needs PyJWT and nothing of this app: a host's backend can copy this file as it is.

    key = Path("acme-2026.key").read_bytes().strip()          # HS256: the secret, white space around it taken off
    url = sign_link(
        key, algorithm="HS256", kid="acme-2026", public_url="https://billing.example.com/",
        customer_id="8deed800-1b7a-495d-a207-6c52bac54dc9", dashboard="usage", options={"export": True},
    )

For ES256 and EdDSA ``key`` is the private key in PEM. The address is good for ten minutes at most: sign it for each
page view, for the person who is signed in at your site, and never for an account that a browser names. What each claim
means: ``docs/reference/embed-tokens.md``.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any

from jwt.api_jws import PyJWS

MAX_LINK_SECONDS = 600
MAX_TOKEN_CHARS = 4096
TYPE = "embed+jwt"


class LinkTooLarge(ValueError):
    """The options make the token longer than the app reads."""


def sign_link(
    key: Any,
    *,
    algorithm: str,
    kid: str,
    public_url: str,
    customer_id: str,
    dashboard: str,
    options: Mapping[str, Any] | None = None,
    more: Mapping[str, Any] | None = None,
    seconds: int = MAX_LINK_SECONDS,
    clock: Callable[[], float] = time.time,
) -> str:
    """The address of an embed, its token behind the ``#``. ``public_url`` is the app's own, with a slash at its end;
    ``options`` is the claim ``opt``, ``more`` other claims: ``sub``, ``theme``, ``locale``, ``max``, ``iss``."""
    began = int(clock())
    times = {"iat": began, "exp": began + min(seconds, MAX_LINK_SECONDS)}
    what = {"cus": customer_id, "dash": dashboard, **({"opt": dict(options)} if options else {})}
    claims = {"iss": kid, "aud": public_url, **times, "jti": secrets.token_urlsafe(24), **what, **(more or {})}
    payload = json.dumps(claims, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
    token = PyJWS(algorithms=[algorithm]).encode(payload, key, algorithm, headers={"kid": kid, "typ": TYPE})
    if len(token) > MAX_TOKEN_CHARS:
        raise LinkTooLarge("The options of this link are too many: its token would be longer than 4 KB.")
    return f"{public_url}embed/{kid}/{dashboard}#t={token}"
