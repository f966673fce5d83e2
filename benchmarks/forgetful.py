"""Burnboard as ``python app.py`` serves it, with one address more, at which it forgets every answer, as if it had just
been started: what the source holds, and what was made of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from flask import Flask

import pages_app
from access.setup import Access
from app import ROOT, create_app, create_source
from benchmarks.serving import FORGET
from callbacks.context import Context
from data.settings import Settings
from data.views.memo import Memo
from server.begin import begin
from server.front import Front
from server.site import Builders, build_in_worker


def serve() -> int:
    return begin(
        read=lambda: Settings.read(ROOT),
        check=lambda settings: create_source(settings).check,
        create=worker,
        arguments=[],
    )


def worker(folder: Path) -> Front:
    return build_in_worker(lambda: Settings.read(ROOT), builders, folder)


def builders(settings: Settings) -> Builders:
    """Pages alone: the benchmarks run as on one's own machine, where there are no embeds."""
    source, contexts = create_source(settings), _contexts()

    def forget() -> None:
        source.cache.clear()
        for context in contexts:
            object.__setattr__(context, "views", Memo(context.clock))

    def pages(access: Access) -> Flask:
        server = create_app(settings, source, gate=access.page_gate()).server
        inner = server.wsgi_app

        def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            if environ["PATH_INFO"] != FORGET:
                return inner(environ, start_response)
            forget()
            start_response("204 No Content", [])
            return []

        server.wsgi_app = answer  # type: ignore[method-assign]  # as Flask documents it
        return server

    return Builders(pages=pages, embeds=pages)


def _contexts() -> list[Context]:
    """Those that the app makes from now on."""
    made: list[Context] = []

    def noted(**parts: Any) -> Context:
        made.append(Context(**parts))
        return made[-1]

    pages_app.Context = noted  # type: ignore[assignment,misc]
    return made
