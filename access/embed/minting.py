"""Links that this app signs itself: for the page that offers to copy one, for getEmbeddableUrl, for the command line.

Whoever asks has been checked for the account before; the key's own record is checked here, always (reliability-security
design, 4.4: never sign what a request names without checking). Each link leaves one line in the audit log.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from access import audit
from access.denied import Denied, Reason
from access.embed.embeddable_url import Asked
from access.embed.issuers import Issuer
from access.embed.keys import Key, Ring
from access.embed.link import DEFAULT_SESSION_SECONDS, Link, read_link
from access.embed.link_signing import MAX_LINK_SECONDS, LinkTooLarge, sign_link
from access.embed.names import Dashboard, Theme
from access.embed.options import Options
from access.strict import Wrong
from access.watched import Watched
from data.clock import Clock
from data.errors import BadQuery


@dataclass(frozen=True, kw_only=True)
class MintRequest:
    """One link. ``asker`` is who asked, for the audit log, and ``via`` which way."""

    kid: str
    customer_id: str
    dashboard: Dashboard
    public_url: str
    asker: str
    via: str
    options: Options = field(default_factory=Options)
    viewer: str = ""
    theme: Theme | None = None
    locale: str = ""
    session_seconds: int = DEFAULT_SESSION_SECONDS
    seconds: int = MAX_LINK_SECONDS


class CannotMint(BadQuery):
    """This link cannot be signed; the sentence says why and is safe to show to whoever asked."""


@dataclass(frozen=True, kw_only=True)
class Minter:
    ring: Watched[Ring]
    clock: Clock

    def kids(self, customer_id: str, dashboard: Dashboard) -> tuple[str, ...]:
        """The keys that this app could sign such a link with, in the order of the file."""
        keys = self.ring.current().keys.values()
        return tuple(key.kid for key in keys if self._refusal(key, customer_id, dashboard) is None)

    def mint(self, request: MintRequest) -> str:
        """The address of an embed; raises ``CannotMint``."""
        ring = self.ring.current()
        key = ring.keys.get(request.kid)
        if key is None:
            raise CannotMint("There is no key of this id that links can be signed with.")
        refusal = self._refusal(key, request.customer_id, request.dashboard)
        if refusal is not None:
            raise CannotMint(refusal)
        url = self._signed(key, request)
        link = self._as_read(url, ring, request)
        audit.minted(
            subject=request.asker,
            customer=link.customer_id,
            dashboard=link.dashboard,
            kid=link.kid,
            link=link.token_id,
            via=request.via,
        )
        return url

    def _as_read(self, url: str, ring: Ring, request: MintRequest) -> Link:
        """What a link says to the app that will open it: none is handed out that would be refused."""
        token, place = url.partition("#t=")[2], {"kid": request.kid, "dashboard": str(request.dashboard)}
        try:
            return read_link(token, ring, **place, audience=request.public_url, now=self.clock.now())
        except Wrong as wrong:
            raise CannotMint(f"{wrong}.") from None
        except Denied:
            raise CannotMint("Links for this account are revoked at present.") from None

    def _refusal(self, key: Key, customer_id: str, dashboard: Dashboard) -> str | None:
        """Why ``key`` does not sign such a link here, as a sentence; None when it does."""
        if key.signing is None:
            return "This app does not hold the private half of the key; only its owner can sign links with it."
        if not key.signs_now(self.clock.now()):
            return "The key is not one that new links are signed with."
        if not key.covers(customer_id):
            return "The key is not for this account."
        return None if key.opens(dashboard) else "The key is not for this dashboard."

    def _signed(self, key: Key, request: MintRequest) -> str:
        try:
            return sign_link(
                key.signing,
                algorithm=key.algorithm,
                kid=key.kid,
                public_url=request.public_url,
                customer_id=request.customer_id,
                dashboard=request.dashboard,
                options=request.options.claims(),
                more=_more(key, request),
                seconds=request.seconds,
                clock=lambda: self.clock.now().timestamp(),
            )
        except LinkTooLarge as large:
            raise CannotMint(str(large)) from None


def _more(key: Key, request: MintRequest) -> dict[str, object]:
    parts: dict[str, object] = {
        "iss": key.issuer if key.issuer != key.kid else "",
        "sub": request.viewer,
        "theme": request.theme,
        "locale": request.locale,
        "max": request.session_seconds if request.session_seconds != DEFAULT_SESSION_SECONDS else 0,
    }
    return {name: value for name, value in parts.items() if value}


def mint_for_issuer(minter: Minter, issuer: Issuer, asked: Asked, *, public_url: str) -> str:
    """The address that ``issuer`` asked for; raises ``Denied`` (403) for what its key is not for, or ``CannotMint``."""
    if not issuer.covers(asked.customer_id) or not issuer.opens(asked.dashboard):
        raise Denied(
            Reason.EMBED_NOT_COVERED,
            "This key is not for this customer or this dashboard.",
            subject=f"issuer:{issuer.name}",
            customer=asked.customer_id,
        )
    return minter.mint(
        MintRequest(
            kid=issuer.kid,
            customer_id=asked.customer_id,
            dashboard=asked.dashboard,
            public_url=public_url,
            asker=f"issuer:{issuer.name}",
            via="api",
            options=asked.options,
        )
    )
