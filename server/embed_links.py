"""Links to this app's own embeds, signed for its own pages: the adapter between callbacks, which know no keys, and the
minter, which knows no pages. Whoever asks is checked here once more (reliability-security design, 4.4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from flask import request

from access.denied import Denied
from access.embed.embeddable_url import Asked, read_asked
from access.embed.link_signing import MAX_LINK_SECONDS
from access.embed.minting import CannotMint, MintRequest
from access.embed.opening import EmbedAccess
from data.dashboards import Dashboard, EmbedLink, NoKey
from data.scope import AccessDenied, Locked, Right, Scope
from data.setting_values import Secret

NONE_SIGNS = (
    "The key ring has no active key, with a secret or a private part, for this account and dashboard. "
    "BURNBOARD_EMBED_KEYS_FILE names the ring."
)
UNREADABLE = "The key ring cannot be read at present."


class LinkSigner:
    """Signs for pages of the app at ``public_url``, which None takes from each request, below ``prefix``."""

    def __init__(self, embed: EmbedAccess, *, prefix: str, public_url: str | None) -> None:
        self._embed, self._prefix, self._public_url = embed, prefix, public_url

    def __call__(self, scope: Scope, customer_id: str, dashboard: Dashboard) -> EmbedLink:
        """A link as whoever calls getEmbeddableUrl without options gets it, with files only for who may take them: a
        link shows the whole account, and hands on no more than its asker has. Raises ``NoKey`` or ``AccessDenied``."""
        scope.require(customer_id)
        scope.require_right(Right.MINT_EMBED)
        if scope.locked != Locked():
            raise AccessDenied(customer_id)
        asked = read_asked({"customer_id": customer_id, "dashboard": dashboard.value})
        asked = replace(asked, options=replace(asked.options, export=scope.may(Right.EXPORT)))
        until = self._embed.clock.now() + timedelta(seconds=MAX_LINK_SECONDS)
        try:
            return EmbedLink(url=Secret(self._minted(asked, scope.subject)), good_until=until)
        except CannotMint as refused:
            raise NoKey(refused.sentence) from None
        except Denied:
            raise NoKey(UNREADABLE) from None

    def _minted(self, asked: Asked, asker: str) -> str:
        """With the first key that signs such a link."""
        kids = self._embed.minter.kids(asked.customer_id, asked.dashboard)
        if not kids:
            raise NoKey(NONE_SIGNS)
        site = self._public_url or f"{request.scheme}://{request.host}{self._prefix}"
        wanted = MintRequest(
            kid=kids[0],
            customer_id=asked.customer_id,
            dashboard=asked.dashboard,
            public_url=site,
            asker=asker,
            via="page",
            options=asked.options,
        )
        return self._embed.minter.mint(wanted)
