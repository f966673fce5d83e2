"""Link tokens: what the host signs, checked in the order of the design (4.4): length, header, key id, record, then the
signature, then the claims. Nothing of a token is believed before its signature is."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from access.denied import Denied, Reason
from access.embed.fields import Fields, Reader, customer, matching, one_of, text, whole
from access.embed.keys import Key, Ring
from access.embed.link_signing import MAX_LINK_SECONDS, MAX_TOKEN_CHARS, TYPE
from access.embed.names import Dashboard, Theme
from access.embed.options import Options, read_options
from access.strict import Wrong
from access.tokens import header_of, verified

LEEWAY_SECONDS: Final = 30
DEFAULT_SESSION_SECONDS: Final = 3600
MAX_SESSION_SECONDS: Final = 8 * 3600
_YEAR_2100: Final = 4_102_444_800

moment = whole(0, _YEAR_2100)
token_id = matching(r"[A-Za-z0-9._~:-]{16,64}", "16 to 64 letters, digits and marks")
locale = matching(r"[a-zA-Z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}", "a locale such as en-GB")
time_zone = matching("UTC", "UTC: days are UTC here")


@dataclass(frozen=True, kw_only=True)
class Link:
    """The claims of a link token that was checked. ``viewer`` is the host's own opaque name for who looks, or ""."""

    kid: str
    customer_id: str
    dashboard: Dashboard
    token_id: str
    issued_at: int
    expires_at: int
    not_before: int = 0
    session_seconds: int = DEFAULT_SESSION_SECONDS
    viewer: str = ""
    theme: Theme | None = None
    locale: str = ""
    options: Options = field(default_factory=Options)

    @property
    def subject(self) -> str:
        """Who opened it, for the audit log; the link itself where the host names nobody."""
        return f"{self.kid}:{self.viewer or self.token_id}"


def key_of(ring: Ring, kid: str, dashboard: str, now: datetime) -> Key:
    """The record behind an address of an embed; raises ``Denied`` (404) where there is none to be had."""
    key = ring.keys.get(kid)
    if key is None or not key.is_live(now) or dashboard not in tuple(Dashboard) or not key.opens(dashboard):
        raise Denied(Reason.EMBED_KEY, status=404)
    return key


def verify_link(token: object, ring: Ring, *, kid: str, dashboard: str, audience: str, now: datetime) -> Link:
    """The link that ``token`` is, for the address ``kid``/``dashboard`` of the app at ``audience``. Raises ``Denied``:
    404 for an address that is none, 401 for everything else."""
    try:
        return read_link(token, ring, kid=kid, dashboard=dashboard, audience=audience, now=now)
    except Wrong:
        raise Denied(Reason.EMBED_TOKEN, status=401) from None


def read_link(token: object, ring: Ring, *, kid: str, dashboard: str, audience: str, now: datetime) -> Link:
    """``verify_link`` for who signed the link: what is wrong with the token itself is told by ``Wrong``."""
    header = header_of(token, MAX_TOKEN_CHARS)
    _check_header(header, kid)
    key = key_of(ring, kid, dashboard, now)
    if header["alg"] != key.algorithm:
        raise Wrong("the token names another algorithm than its key's")
    claims = verified(str(token), key.verifying, key.algorithm)
    link = _read_claims(claims, key, audience=audience, dashboard=Dashboard(dashboard))
    _admit(link, key, ring, now)
    return link


def _admit(link: Link, key: Key, ring: Ring, now: datetime) -> None:
    """Raise ``Denied`` unless the link is of now and its key may open what it names."""
    reason: Reason | None = None if _is_timely(link, int(now.timestamp())) else Reason.EMBED_EXPIRED
    reason = reason or ring.refuses(
        key, customer_id=link.customer_id, dashboard=link.dashboard, issued_at=link.issued_at, now=now
    )
    if reason is not None:
        raise Denied(reason, status=401, subject=link.subject, customer=link.customer_id)


def _check_header(header: dict[str, Any], kid: str) -> None:
    """Exactly three members. With any other, ``crit``, ``jwk``, ``jku`` and ``x5u`` among them, it is no link."""
    if set(header) != {"alg", "kid", "typ"} or header["typ"] != TYPE or header["kid"] != kid:
        raise Wrong("The header is not that of a link")


def _read_claims(claims: dict[str, Any], key: Key, *, audience: str, dashboard: Dashboard) -> Link:
    fields = Fields(claims, "")
    fields.need("iss", _exactly(key.issuer))
    fields.need("aud", _exactly(audience))
    fields.need("dash", _exactly(dashboard))
    fields.may("tz", time_zone, "UTC")
    none: Theme | None = None
    link = Link(
        kid=key.kid,
        customer_id=fields.need("cus", customer),
        dashboard=dashboard,
        token_id=fields.need("jti", token_id),
        issued_at=fields.need("iat", moment),
        not_before=fields.may("nbf", moment, 0),
        expires_at=fields.need("exp", moment),
        session_seconds=fields.may("max", whole(60, MAX_SESSION_SECONDS), DEFAULT_SESSION_SECONDS),
        viewer=fields.may("sub", text, ""),
        theme=fields.may("theme", one_of(Theme), none),
        locale=fields.may("locale", locale, ""),
        options=fields.may("opt", lambda value, where: read_options(value, where, dashboard=dashboard), Options()),
    )
    fields.close()
    return link


def _exactly(wanted: str) -> Reader[str]:
    def read(value: object, where: str) -> str:
        if not isinstance(value, str) or value != wanted:
            raise Wrong(f"{where} is not what it should be")
        return wanted

    return read


def _is_timely(link: Link, now: int) -> bool:
    began = max(link.issued_at, link.not_before) <= now + LEEWAY_SECONDS
    return began and 0 < link.expires_at - link.issued_at <= MAX_LINK_SECONDS and now < link.expires_at + LEEWAY_SECONDS
