"""From settings to the source that they describe."""

from __future__ import annotations

from data.clock import Clock
from data.metronome.client import MetronomeClient
from data.metronome.limits import Limits
from data.metronome_source import MetronomeSource
from data.settings import BadSetting, Settings

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
    )
    client = MetronomeClient(base_url=settings.base_url, token=settings.token, clock=clock, limits=limits)
    return MetronomeSource(client, clock, dashboards_origin=settings.dashboards_origin)
