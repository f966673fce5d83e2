"""Who asks, decided on what the socket's peer sent, before anything rewrites it; afterwards nothing downstream can read
a raw identity header (reliability-security design, 4.1 and finding 14)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from access.denied import Denied, Gate, Moved, Reason
from access.headers import strip
from access.origin import check_origin
from access.peer import NOBODY, Peer, peer_of
from data.settings import Settings

SCOPE, DENIED, CROSSED = "burnboard.scope", "burnboard.denied", "burnboard.crossed"
FAILED = "Something went wrong on this side. The id helps to find out what."
Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Wsgi = Callable[[Environ, StartResponse], Iterable[bytes]]
log = logging.getLogger("burnboard")


def identify(server: Flask, gate: Gate, settings: Settings, *, keep: Iterable[str] = ()) -> None:
    """Let ``gate`` decide about every request of ``server``. To be called last: it goes around everything."""
    app: Any = server.wsgi_app
    also = (settings.identity_header,) if settings.identity_header else ()
    around = Identity(app, gate, peer=peer_of(settings), public_url=settings.public_url, keep=keep, also=also)
    server.wsgi_app = around  # type: ignore[method-assign]


class Identity:
    """Puts either a ``Scope`` or what stood against it into the environ of every request, and what another site sent
    under a name of its own. Where ``peer`` is the proxy, the client's address and scheme are what it says they are.
    ``keep``: headers that routes with a check of their own have to read; ``also``: those of the settings, which nobody
    behind the gate is to read."""

    def __init__(
        self,
        app: Wsgi,
        gate: Gate,
        *,
        peer: Peer = NOBODY,
        public_url: str | None = None,
        keep: Iterable[str] = (),
        also: Iterable[str] = (),
    ) -> None:
        self._gate, self._peer, self._public_url = gate, peer, public_url
        self._keep, self._also = tuple(keep), tuple(also)
        self._app = app
        self._behind_proxy = ProxyFix(self._stripped, x_for=1, x_proto=1, x_host=0, x_port=0, x_prefix=0)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        for name in (SCOPE, DENIED, CROSSED):
            environ.pop(name, None)
        self._decide(environ)
        if self._peer.is_proxy(environ):
            return self._behind_proxy(environ, start_response)
        return self._stripped(environ, start_response)

    def _decide(self, environ: Environ) -> None:
        """An error while deciding is a denial: nothing may run on a request that nobody has judged."""
        try:
            check_origin(environ, self._public_url)
        except Denied as crossed:
            environ[CROSSED] = crossed
        try:
            environ[SCOPE] = self._gate.admit(environ)
        except (Denied, Moved) as decided:
            environ[DENIED] = decided
        except Exception:
            log.exception("unforeseen error while deciding who asks")
            environ[DENIED] = Denied(Reason.FAILED, FAILED, status=500)

    def _stripped(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        strip(environ, keep=self._keep, also=self._also)
        return self._app(environ, start_response)
