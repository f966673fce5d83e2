"""From settings to ``EmbedAccess``. Whatever is missing or contradicts itself refuses to start and names the setting
(reliability-security design, 4.6)."""

from __future__ import annotations

import secrets
from functools import partial
from pathlib import Path

from access.embed.issuers import Issuers, parse_issuers
from access.embed.key_files import read_file, read_secret
from access.embed.keys import Replay, Ring, parse_ring
from access.embed.minting import Minter
from access.embed.opening import EmbedAccess
from access.embed.replay import MemoryUses, Replays, Uses
from access.embed.session import LIFE_SECONDS, Sessions
from access.strict import Wrong
from access.watched import Watched, open_watched
from data.clock import Clock
from data.settings import BadSetting, Settings

RING, ISSUERS, SESSION_KEY = "BURNBOARD_EMBED_KEYS_FILE", "BURNBOARD_ISSUER_KEYS_FILE", "BURNBOARD_SESSION_KEY_FILE"


def open_embed(settings: Settings, clock: Clock, *, session_seconds: int = LIFE_SECONDS) -> EmbedAccess:
    """What the settings describe; raises ``BadSetting``."""
    ring = open_ring(settings, clock)
    if settings.shared_url is None and any(key.replay is Replay.ONCE for key in ring.current().keys.values()):
        raise BadSetting(
            f"{RING} has a key with replay: once; that needs BURNBOARD_CACHE_URL to be a redis:// address."
        )
    issuers = open_issuers(settings, clock)
    refuse_lost(ring, issuers)
    memory = MemoryUses(clock)
    return EmbedAccess(
        ring=ring,
        sessions=Sessions(session_key(settings), life=session_seconds),
        replays=Replays(_shared_uses(settings.shared_url) if settings.shared_url else memory, memory),
        minter=Minter(ring=ring, clock=clock),
        issuers=issuers,
        clock=clock,
    )


def _shared_uses(url: str) -> Uses:
    from access.embed.redis_uses import RedisUses  # noqa: PLC0415  # only those who share load the library

    return RedisUses(url)


def open_ring(settings: Settings, clock: Clock) -> Watched[Ring]:
    path = settings.embed_keys_file
    if path is None:
        raise BadSetting(f"{RING} is needed for embeds: the file with the keys that sign links.")
    return open_watched(
        path,
        partial(parse_ring, path=path),
        clock,
        name="embed_keys",
        setting=RING,
        beside=lambda ring: ring.files,
    )


def open_issuers(settings: Settings, clock: Clock) -> Watched[Issuers] | None:
    path = settings.issuer_keys_file
    if path is None:
        return None
    return open_watched(path, partial(parse_issuers, path=path), clock, name="issuer_keys", setting=ISSUERS)


def refuse_lost(ring: Watched[Ring], issuers: Watched[Issuers] | None) -> None:
    """Raise ``BadSetting`` for an issuer whose key the ring does not have: it would never get a link."""
    for one in issuers.current().lost(ring.current().keys) if issuers else ():
        raise BadSetting(
            f"{ISSUERS} names a file that does not go with {RING}: issuers.{one.name}.kid is {one.kid}, and the ring "
            "has no such key."
        )


def session_key(settings: Settings) -> bytes:
    """What signs sessions. Made up for this process only where no other will be asked about its sessions."""
    path = settings.session_key_file
    if path is not None:
        return _secret(path)
    if settings.workers > 1 or settings.shared_url is not None:
        raise BadSetting(
            f"{SESSION_KEY} is needed with several workers or replicas: all of them read each other's sessions."
        )
    return secrets.token_bytes(32)


def _secret(path: Path) -> bytes:
    try:
        return read_secret(read_file(path, SESSION_KEY), SESSION_KEY)
    except Wrong as wrong:
        raise BadSetting(f"{wrong}.") from None
