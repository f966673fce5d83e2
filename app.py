"""Burnboard, put together: ``create_server()`` is what a WSGI server imports, and running this file serves the site on
its own. ``create_app(settings, source)`` makes the pages alone. Nothing happens at import."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Flask

from access.setup import Access
from callbacks.context import Mint
from data.clock import Clock
from data.connect import open_source
from data.metronome_source import MetronomeSource
from data.settings import Settings
from pages_app import create_app
from server.begin import begin
from server.front import Front
from server.logs import set_up_logs
from server.site import Builders, build_in_worker, build_site

if TYPE_CHECKING:
    from access.embed.opening import EmbedAccess

ROOT = Path(__file__).resolve().parent


def create_source(settings: Settings, clock: Clock | None = None) -> MetronomeSource:
    """The real source, on ``clock`` if not on that of the settings; raises ``BadSetting`` without a token."""
    return open_source(settings, clock or Clock(settings.now))


def builders(settings: Settings) -> Builders:
    """How the two sites are made, on one source: both count as one to Metronome, and share a cache."""
    source = create_source(settings)

    def pages(access: Access) -> Flask:
        mint = _signer(settings, access.embed) if access.embed else None
        return create_app(settings, source, gate=access.page_gate(), mint=mint).server

    def embeds(access: Access) -> Flask:
        from embed_app import create_embed_app  # noqa: PLC0415  # only in the modes that have embeds

        return create_embed_app(settings, source, access.embed).server

    return Builders(pages=pages, embeds=embeds, look=source.upstream)


def _signer(settings: Settings, embed: EmbedAccess) -> Mint:
    from server.embed_links import LinkSigner  # noqa: PLC0415  # only in the modes that have embeds

    return LinkSigner(embed, prefix=settings.path_prefix, public_url=settings.public_url)


def create_server() -> Front:
    """The WSGI application of the whole site, ready for its first request."""
    settings = Settings.read(ROOT)
    set_up_logs(settings)
    return build_site(settings, builders(settings))


def create_worker(folder: Path) -> Front:
    """``create_server`` for a worker process of ``server.run``, which has its own folder for what they share."""
    return build_in_worker(lambda: Settings.read(ROOT), builders, folder)


def main() -> int:
    return begin(
        read=lambda: Settings.read(ROOT),
        check=lambda settings: create_source(settings).check,
        create=create_worker,
        arguments=sys.argv[1:],
    )


if __name__ == "__main__":
    sys.exit(main())
