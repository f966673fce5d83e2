"""Settings that cannot all be meant: each is one sentence, and the app does not start (design 4.6, first row).

A setting about who is let in that has no effect in the mode that was chosen is a contradiction too: whoever set it
believes in it. Those that always have a value (the start token, rates, host and port) are passed over where nothing
reads them, as a value that was given cannot be told from one that was not; the table is in docs/reference/access.md.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from data.settings import AuthMode, BadSetting, Identity, Settings

_PROXY: Final[Mapping[str, str]] = {
    "policy_file": "BURNBOARD_POLICY_FILE",
    "identity": "BURNBOARD_IDENTITY",
    "identity_header": "BURNBOARD_IDENTITY_HEADER",
    "identity_issuer": "BURNBOARD_IDENTITY_ISSUER",
    "identity_audience": "BURNBOARD_IDENTITY_AUDIENCE",
    "identity_keys": "BURNBOARD_IDENTITY_KEYS",
    "identity_algorithms": "BURNBOARD_IDENTITY_ALGORITHMS",
    "identity_email_claim": "BURNBOARD_IDENTITY_EMAIL_CLAIM",
    "identity_groups_claim": "BURNBOARD_IDENTITY_GROUPS_CLAIM",
    "proxy_secret_file": "BURNBOARD_PROXY_SECRET_FILE",
}
_EMBED: Final[Mapping[str, str]] = {
    "embed_keys_file": "BURNBOARD_EMBED_KEYS_FILE",
    "issuer_keys_file": "BURNBOARD_ISSUER_KEYS_FILE",
    "session_key_file": "BURNBOARD_SESSION_KEY_FILE",
}
_SIGNED: Final = ("identity_issuer", "identity_audience", "identity_keys", "identity_algorithms",
                  "identity_email_claim", "identity_groups_claim")  # fmt: skip


def refuse_contradictions(settings: Settings) -> None:
    """Raise ``BadSetting`` for the first setting that does not go with the others."""
    if settings.auth is AuthMode.LOCAL:
        _refuse_reachable(settings)
    if not settings.auth.has_proxy:
        _refuse(settings, _PROXY, f"needs BURNBOARD_AUTH=proxy, and that is {settings.auth}")
    if not settings.auth.has_embed:
        _refuse(settings, _EMBED, f"needs BURNBOARD_AUTH=embed or proxy+embed, and that is {settings.auth}")
    if settings.identity is Identity.PLAIN:
        plain = {field: _PROXY[field] for field in _SIGNED}
        _refuse(settings, plain, "is about signed assertions, and BURNBOARD_IDENTITY is plain")
    elif settings.proxy_secret_file is not None:
        raise BadSetting("BURNBOARD_PROXY_SECRET_FILE is about plain headers, and BURNBOARD_IDENTITY is not plain.")
    _refuse_places(settings)


def _refuse_places(settings: Settings) -> None:
    """Addresses that cannot both be had. The app knows one path alone, so links to another would lead nowhere."""
    if settings.public_url is not None and urlsplit(settings.public_url).path != settings.path_prefix:
        raise BadSetting(
            "BURNBOARD_PUBLIC_URL does not end with the path in BURNBOARD_PATH_PREFIX: its links would lead nowhere."
        )
    if settings.socket is None and settings.metrics_port == settings.port:
        raise BadSetting("BURNBOARD_METRICS_PORT is the same as BURNBOARD_PORT: each needs a port of its own.")


def _refuse_reachable(settings: Settings) -> None:
    """Local mode is for whoever sits at this machine."""
    if settings.socket is not None:
        raise BadSetting("BURNBOARD_SOCKET is for a proxy, and BURNBOARD_AUTH is local.")
    if settings.trusted_proxies:
        raise BadSetting("BURNBOARD_TRUSTED_PROXIES is about a proxy, and BURNBOARD_AUTH is local.")
    if not is_loopback(settings.host):
        raise BadSetting(
            "BURNBOARD_HOST can only be 127.0.0.1, ::1 or localhost in local mode, which has no login. "
            "Set BURNBOARD_AUTH=proxy to be reached by others."
        )


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _refuse(settings: Settings, fields: Mapping[str, str], why: str) -> None:
    for field, name in fields.items():
        value: Any = getattr(settings, field)
        if value is not None and value != ():
            raise BadSetting(f"{name} {why}.")
