"""The doors of embeds: a link is exchanged for a session, a session renewed, a request admitted by its session."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from access import audit
from access.denied import Denied, Reason
from access.embed.issuers import Issuer, Issuers
from access.embed.keys import Ring
from access.embed.link import key_of, verify_link
from access.embed.minting import Minter
from access.embed.names import Dashboard
from access.embed.replay import Replays
from access.embed.session import Session, Sessions
from access.watched import Watched
from data.clock import Clock
from data.scope import Bounds, Scope

BEARER: Final = re.compile(r"Bearer ([A-Za-z0-9._~+/=-]+)")


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A session as its frame gets it: the token, how long it holds, and what it shows."""

    session: str
    expires_in: int
    ends_in: int
    customer_id: str
    dashboard: Dashboard
    panels: tuple[str, ...]
    origins: tuple[str, ...]
    theme: str | None
    locale: str
    colours: Mapping[str, str]
    bounds: Bounds
    export: bool
    start: Mapping[str, str]

    def as_json(self) -> dict[str, Any]:
        first, last = self.bounds.earliest, self.bounds.latest
        bounds = {
            "earliest": first.isoformat() if first else None,
            "latest": last.isoformat() if last else None,
            "max_days": self.bounds.max_days,
        }
        return {**vars(self), "colours": dict(self.colours), "start": dict(self.start), "bounds": bounds}


@dataclass(frozen=True, kw_only=True)
class SessionGate:
    """Admits a request by its session token and by nothing else."""

    ring: Watched[Ring]
    sessions: Sessions
    clock: Clock

    def admit(self, environ: Mapping[str, Any]) -> Scope:
        return self.session(bearer(environ.get("HTTP_AUTHORIZATION"))).scope()

    def session(self, token: str) -> Session:
        return self.sessions.read(token, self.ring.current(), self.clock.now())


@dataclass(frozen=True, kw_only=True)
class EmbedAccess:
    """Everything about embeds that the server asks for. ``issuers`` is None where nobody may mint over HTTP."""

    ring: Watched[Ring]
    sessions: Sessions
    replays: Replays
    minter: Minter
    issuers: Watched[Issuers] | None
    clock: Clock

    @property
    def gate(self) -> SessionGate:
        return SessionGate(ring=self.ring, sessions=self.sessions, clock=self.clock)

    def exchange(self, kid: str, dashboard: str, link_token: object, *, public_url: str) -> Opened:
        """A session for a link; raises ``Denied``: 404 for an address that is none, 401, or 503."""
        ring, now = self.ring.current(), self.clock.now()
        link = verify_link(link_token, ring, kid=kid, dashboard=dashboard, audience=public_url, now=now)
        self.replays.admit(link, ring.keys[kid].replay, int(now.timestamp()))
        opened = self._opened(self.sessions.begin(link, now))
        audit.opened(subject=link.subject, customer=link.customer_id, dashboard=dashboard, kid=kid, link=link.token_id)
        return opened

    def renew(self, session: str, *, kid: str, dashboard: str) -> Opened:
        """Another while for a session that still runs; raises ``Denied``, for another address than its own too."""
        found = self.gate.session(session)
        if (kid, dashboard) != (found.kid, found.dashboard):
            raise Denied(Reason.EMBED_TOKEN, status=401, subject=found.subject, customer=found.customer_id)
        opened = self._opened(self.sessions.renewed(found, self.clock.now()))
        audit.opened(
            subject=found.subject,
            customer=found.customer_id,
            dashboard=found.dashboard,
            kid=found.kid,
            link=found.link_id,
            renewed=True,
        )
        return opened

    def issuer(self, authorization: object) -> Issuer:
        """Whose bearer key this is; raises ``Denied`` (401)."""
        found = self.issuers.current().find(bearer(authorization)) if self.issuers else None
        if found is None:
            raise Denied(Reason.ISSUER_KEY, "This bearer key is not known here.", status=401)
        return found

    def origins(self, kid: str, dashboard: str | None = None) -> tuple[str, ...]:
        """Who may frame the page at this address; raises ``Denied`` (404) where there is none."""
        ring = self.ring.current()
        key = ring.keys.get(kid)
        if key is None or not key.is_live(self.clock.now()):
            raise Denied(Reason.EMBED_KEY, status=404)
        if dashboard is not None:
            key = key_of(ring, kid, dashboard, self.clock.now())
        return key.origins

    def problems(self) -> tuple[str, ...]:
        """The files that are not as they should be; while there is one the app is not ready."""
        ring, issuers = self.ring, self.issuers
        bad = [] if ring.valid else [ring.name]
        if issuers and (not issuers.valid or self._has_lost(issuers)):
            bad.append(issuers.name)
        return tuple(bad)

    def _has_lost(self, issuers: Watched[Issuers]) -> bool:
        """Whether an issuer's key has left the ring: the app would not start again like this. While a file is bad the
        file itself is the problem."""
        return self.ring.valid and bool(issuers.current().lost(self.ring.current().keys))

    def _opened(self, session: Session) -> Opened:
        now, options = int(self.clock.now().timestamp()), session.options
        return Opened(
            session=self.sessions.token(session),
            expires_in=session.expires_at - now,
            ends_in=session.ends_at - now,
            customer_id=session.customer_id,
            dashboard=session.dashboard,
            panels=tuple(sorted(options.panels(session.dashboard))),
            origins=self.origins(session.kid),
            theme=session.theme,
            locale=session.locale,
            colours=dict(options.colours),
            bounds=options.bounds,
            export=options.export,
            start=options.start_query(),
        )


def bearer(header: object) -> str:
    """The token of an ``Authorization`` header; raises ``Denied`` (401) for any other, for none and for two."""
    found = BEARER.fullmatch(header) if isinstance(header, str) else None
    if found is None:
        raise Denied(Reason.NO_IDENTITY, status=401)
    return found[1]
