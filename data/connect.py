"""From settings to the source that they describe."""

from __future__ import annotations

from data.clock import Clock
from data.metronome.client import MetronomeClient
from data.metronome.limits import Limits
from data.metronome_source import MetronomeSource
from data.setting_values import MEMORY_CACHE
from data.settings import AuthMode, BadSetting, Secret, Settings
from data.window_cache.freshness import Freshness
from data.window_cache.reader import WindowCache
from data.window_cache.store import MemoryStore, Store
from data.window_cache.wanted import fingerprint

HOW_TO_START = (
    "METRONOME_BEARER_TOKEN is not set. Set it in the environment or in .env, or use `make run`, "
    "which starts a local sandbox with made-up accounts."
)


def open_source(settings: Settings, clock: Clock) -> MetronomeSource:
    """The source that ``settings`` describe; raises ``BadSetting`` without a token."""
    if settings.token is None:
        raise BadSetting(HOW_TO_START)
    limits = Limits(
        clock=clock,
        concurrency=settings.upstream_concurrency,
        per_customer=max(1, settings.upstream_concurrency // 2),
        rps=settings.upstream_rps,
        burst=settings.upstream_burst,
        embed_share=1.0 if settings.auth is AuthMode.EMBED else 0.5,
    )
    client = MetronomeClient(base_url=settings.base_url, token=settings.token, clock=clock, limits=limits)
    cache = _cache(settings, settings.token, clock)
    return MetronomeSource(client, clock, dashboards_origin=settings.dashboards_origin, window_cache=cache)


def _cache(settings: Settings, token: Secret, clock: Clock) -> WindowCache:
    """A quarter of the memory is for what is encoded, the rest for what was decoded and put together: some 30 times as
    large."""
    quarter = settings.cache_mb * (1 << 20) // 4
    return WindowCache(
        open_store(settings.cache_url, clock, limit_bytes=quarter),
        clock,
        realm=fingerprint(settings.base_url, token.reveal()),
        freshness=Freshness(late_days=settings.late_days),
        memo_bytes=3 * quarter,
    )


def open_store(cache_url: str, clock: Clock, *, limit_bytes: int) -> Store:
    """What ``BURNBOARD_CACHE_URL`` asks for. ``limit_bytes`` bounds what is kept in this process; a Redis has bounds of
    its own."""
    if cache_url == MEMORY_CACHE:
        return MemoryStore(limit_bytes, clock)
    from data.window_cache.redis_store import RedisStore  # noqa: PLC0415  # nobody else needs the library

    return RedisStore(cache_url, clock)
