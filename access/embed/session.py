"""Sessions of viewers: five minutes at a time, signed by this app alone, carrying everything that the link fixed.

Another type and audience than a link, so that neither is ever taken for the other. What ends a link's power ends the
session's too: key, accounts and revocations are looked up again for every request (reliability-security design, 4.4).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from access.denied import Denied, Reason
from access.embed.fields import Fields, customer, matching, one_of, text, whole
from access.embed.keys import KID, Ring
from access.embed.link import LEEWAY_SECONDS, Link, locale, moment, token_id
from access.embed.names import Dashboard, Theme
from access.embed.options import Options, read_options
from access.strict import Wrong
from access.tokens import header_of, signed, verified
from data.scope import Kind, Right, Scope

LIFE_SECONDS: Final = 300
MAX_SESSION_CHARS: Final = 6144  # a link's 4 KB and what comes to it
TYPE: Final = "embed-session+jwt"
AUDIENCE: Final = "burnboard:embed-session"

_kid = matching(KID, "a key's id")


@dataclass(frozen=True, kw_only=True)
class Session:
    """One opened embed. ``link_id`` is its link's ``jti``; ``link_issued_at`` is what revocations are held against;
    ``ends_at`` never moves."""

    kid: str
    link_id: str
    customer_id: str
    dashboard: Dashboard
    link_issued_at: int
    expires_at: int
    ends_at: int
    viewer: str
    theme: Theme | None
    locale: str
    options: Options

    @property
    def subject(self) -> str:
        """The same as the link's: all that is done with one link is told, and counted, as of one viewer."""
        return f"{self.kid}:{self.viewer or self.link_id}"

    def scope(self) -> Scope:
        rights = {Right.VIEW, Right.EXPORT} if self.options.export else {Right.VIEW}
        return Scope(
            kind=Kind.EMBED,
            subject=self.subject,
            customers=frozenset({self.customer_id}),
            rights=frozenset(rights),
            locked=self.options.locked(self.dashboard, self.locale),
            version=f"key:{self.kid}",
        )

    def refused_by(self, ring: Ring, now: datetime) -> Reason | None:
        """Why the key that opened this session no longer keeps it open; None when it does."""
        key = ring.keys.get(self.kid)
        if key is None:
            return Reason.EMBED_KEY
        return ring.refuses(
            key, customer_id=self.customer_id, dashboard=self.dashboard, issued_at=self.link_issued_at, now=now
        )


class Sessions:
    """Makes and reads session tokens with one ``key``, the same on every worker and replica."""

    def __init__(self, key: bytes, *, life: int = LIFE_SECONDS) -> None:
        self._key, self._life = key, life

    def begin(self, link: Link, now: datetime) -> Session:
        began = int(now.timestamp())
        ends = began + link.session_seconds
        return Session(
            kid=link.kid,
            link_id=link.token_id,
            customer_id=link.customer_id,
            dashboard=link.dashboard,
            link_issued_at=link.issued_at,
            expires_at=min(began + self._life, ends),
            ends_at=ends,
            viewer=link.viewer,
            theme=link.theme,
            locale=link.locale,
            options=link.options,
        )

    def renewed(self, session: Session, now: datetime) -> Session:
        """The same session for another while, at most until its end."""
        return replace(session, expires_at=min(int(now.timestamp()) + self._life, session.ends_at))

    def token(self, session: Session) -> str:
        return signed(_claims(session), self._key, "HS256", {"typ": TYPE})

    def read(self, token: object, ring: Ring, now: datetime) -> Session:
        """The session behind ``token``; raises ``Denied`` (401) when there is none or it is over."""
        try:
            header = header_of(token, MAX_SESSION_CHARS)
            if header != {"alg": "HS256", "typ": TYPE}:
                raise Wrong("the header is not that of a session")
            session = _read(verified(str(token), self._key, "HS256"))
        except Wrong:
            raise Denied(Reason.EMBED_TOKEN, status=401) from None
        moment_now = now.timestamp()
        over = Reason.EMBED_ENDED if moment_now >= session.ends_at else Reason.EMBED_EXPIRED
        late = moment_now >= session.expires_at or session.expires_at - self._life > moment_now + LEEWAY_SECONDS
        reason = over if late else session.refused_by(ring, now)
        if reason is not None:
            raise Denied(reason, status=401, subject=session.subject, customer=session.customer_id)
        return session


def _claims(session: Session) -> Mapping[str, Any]:
    parts = {
        "aud": AUDIENCE,
        "exp": session.expires_at,
        "kid": session.kid,
        "jti": session.link_id,
        "cus": session.customer_id,
        "dash": session.dashboard,
        "lat": session.link_issued_at,
        "end": session.ends_at,
        "sub": session.viewer,
        "theme": session.theme,
        "locale": session.locale,
        "opt": session.options.claims(),
    }
    return {name: value for name, value in parts.items() if value}


def _read(claims: dict[str, Any]) -> Session:
    fields = Fields(claims, "")
    if fields.need("aud", text) != AUDIENCE:
        raise Wrong("aud is not that of a session")
    dashboard = fields.need("dash", one_of(Dashboard))
    none: Theme | None = None
    session = Session(
        kid=fields.need("kid", _kid),
        link_id=fields.need("jti", token_id),
        customer_id=fields.need("cus", customer),
        dashboard=dashboard,
        link_issued_at=fields.need("lat", moment),
        expires_at=fields.need("exp", moment),
        ends_at=fields.need("end", whole(1, 4_102_444_800)),
        viewer=fields.may("sub", text, ""),
        theme=fields.may("theme", one_of(Theme), none),
        locale=fields.may("locale", locale, ""),
        options=fields.may("opt", lambda value, where: read_options(value, where, dashboard=dashboard), Options()),
    )
    fields.close()
    return session
