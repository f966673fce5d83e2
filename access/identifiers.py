"""From settings to how people are told apart: one of the signed assertions, or plain headers."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from access.headers import can_identify
from access.identified import Identifier
from access.jwks import ALGORITHMS, FetchedKeys, FileKeys, KeySource, fetch_keys, parse_keys
from access.peer import Peer
from access.plain import FAMILIES, PlainHeaders, parse_secrets
from access.signed import PRESETS, Assertions, Preset
from access.watched import Watched, open_watched
from data.clock import Clock
from data.setting_values import https_or_file
from data.settings import BadSetting, Identity, Settings

OFF = "off"
Files = tuple[Watched[Any], ...]


def open_identifier(settings: Settings, peer: Peer, clock: Clock) -> tuple[Identifier, Files]:
    """How the proxy says who is there, and the files that this is read from; raises ``BadSetting``."""
    if settings.identity is None:
        raise BadSetting(f"BURNBOARD_IDENTITY is not set: it should be one of {', '.join(Identity)}.")
    return (_plain if settings.identity is Identity.PLAIN else _signed)(settings, peer, clock)


def _plain(settings: Settings, peer: Peer, clock: Clock) -> tuple[Identifier, Files]:
    if not peer:
        raise BadSetting(
            "BURNBOARD_TRUSTED_PROXIES is not set: plain headers are believed only from the proxy's own network, or on "
            "a Unix socket (BURNBOARD_SOCKET)."
        )
    family = FAMILIES.get((settings.identity_header or "x-forwarded").lower())
    if family is None:
        raise BadSetting(f"BURNBOARD_IDENTITY_HEADER should be one of {', '.join(FAMILIES)} for plain headers.")
    secrets = _secrets(settings, clock)
    return PlainHeaders(family=family, peer=peer, secrets=secrets), (secrets,) if secrets else ()


def _secrets(settings: Settings, clock: Clock) -> Watched[Any] | None:
    name = "BURNBOARD_PROXY_SECRET_FILE"
    if settings.proxy_secret_file is None:
        raise BadSetting(f"{name} is not set: plain headers need the proxy's secret beside them.")
    if settings.proxy_secret_file != OFF:
        return open_watched(Path(settings.proxy_secret_file), parse_secrets, clock, name="proxy_secret", setting=name)
    if settings.socket is None or settings.trusted_proxies:
        raise BadSetting(f"{name} can be off only where nothing but a Unix socket is listened on (BURNBOARD_SOCKET).")
    return None


def _signed(settings: Settings, _peer: Peer, clock: Clock) -> tuple[Identifier, Files]:
    preset = _preset(settings)
    issuer = settings.identity_issuer or preset.issuer
    if not issuer:
        raise BadSetting("BURNBOARD_IDENTITY_ISSUER is not set: it says whose assertions are believed.")
    if settings.identity_audience is None:
        raise BadSetting("BURNBOARD_IDENTITY_AUDIENCE is not set: it says whom an assertion must be for.")
    keys, files = _keys(settings, preset.keys.format(issuer=issuer.rstrip("/")), clock)
    found = Assertions(preset=preset, issuer=issuer, audience=settings.identity_audience, keys=keys, clock=clock)
    return found, files


def _preset(settings: Settings) -> Preset:
    """The preset with what the settings say otherwise."""
    preset = PRESETS[settings.identity or Identity.OIDC]
    header = settings.identity_header or preset.header
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]{0,99}", header) or not can_identify(header):
        raise BadSetting("BURNBOARD_IDENTITY_HEADER should be the name of a header that only the proxy sets.")
    algorithms = settings.identity_algorithms or preset.algorithms
    if not set(algorithms) <= set(ALGORITHMS):
        raise BadSetting(f"BURNBOARD_IDENTITY_ALGORITHMS should be some of {', '.join(ALGORITHMS)}.")
    return replace(
        preset,
        header="Authorization" if header.lower() == "authorization" else header,
        algorithms=algorithms,
        email_claim=settings.identity_email_claim or preset.email_claim,
        groups_claim=settings.identity_groups_claim or preset.groups_claim,
    )


def _keys(settings: Settings, usual: str, clock: Clock) -> tuple[KeySource, Files]:
    name = "BURNBOARD_IDENTITY_KEYS"
    where = https_or_file(name, settings.identity_keys or usual)
    if not where:
        raise BadSetting(f"{name} is not set: it says where the keys are, a file or an https address.")
    if "://" in where:
        return FetchedKeys(partial(fetch_keys, where, clock), clock), ()
    file = open_watched(Path(where), parse_keys, clock, name="identity_keys", setting=name)
    return FileKeys(file), (file,)
