"""How often one viewer may ask (reliability-security design, S32 and 4.6). Counted per person or embed session and
address, over five seconds, so that a page may ask for all its panels at once. Where nobody is known yet, as where links
are exchanged, it is the address alone, with the share of several viewers: a whole office may come from one.

Whoever goes on asking after being told to wait is not let in again before a pause: else a flood would still get its
whole share. With ``redis://`` replicas count together; while that does not answer, each counts alone at half the rate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask, Response, current_app, request

from access.audit import hashed
from access.denied import Denied, Reason
from data.clock import Clock
from data.scope import Scope
from data.settings import AuthMode, Settings
from server.guard import note_denial
from server.identity import SCOPE
from server.problems import problem
from server.told import Sort, sort_of

if TYPE_CHECKING:
    from server.limiter import Limiter

BURST_SECONDS = 5
ADDRESS = "address"
LIMITER = "burnboard.limiter"
TOO_OFTEN = "That was too often. Please wait a moment."
_FREE = frozenset({Sort.STATIC, Sort.HEALTH})


def open_limiter(settings: Settings) -> Limiter | None:
    """What the settings ask for; on one's own machine there is no limit."""
    if settings.auth is AuthMode.LOCAL:
        return None
    from server.limiter import Limiter  # noqa: PLC0415  # its library takes its time to load

    return Limiter(
        viewer_rate=settings.viewer_rate,
        embed_rate=settings.embed_rate,
        clock=Clock(),
        shared_url=settings.shared_url,
    )


def limit_viewers(server: Flask) -> None:
    """429 for whoever asks too often, once ``server.extensions[LIMITER]`` is set. Belongs behind the guard, which
    knows who asks; bundles and health are free."""

    def check() -> Response | None:
        limiter: Limiter | None = current_app.extensions.get(LIMITER)
        rule = request.url_rule.rule if request.url_rule else ""
        if limiter is None or sort_of(request.endpoint or "", rule) in _FREE:
            return None
        wait = limiter.wait(*_viewer())
        if wait == BURST_SECONDS:  # the first refusal; whoever goes on asking is told of once (S38)
            note_denial(Denied(Reason.TOO_MANY, status=429))
        return None if wait is None else problem(429, TOO_OFTEN, retry_after=wait)

    server.before_request(check)


def _viewer() -> tuple[str, str]:
    """Whose share a request is taken from."""
    scope, address = request.environ.get(SCOPE), request.remote_addr or ""
    if isinstance(scope, Scope):
        return scope.kind, f"{scope.kind}:{hashed(scope.subject)}|{address}"
    return ADDRESS, f"{ADDRESS}|{address}"
